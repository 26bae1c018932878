"""What a mail system reports about an earlier mail: in the form of RFC 3464, or in words."""

import re
from collections.abc import Iterable, Iterator

from moked.base.text import clean_line
from moked.channels.email.reading.headers import Headers, decoded_words
from moked.channels.email.reading.mail import Delivery, DeliveryReport

STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
OTHER_REPORT_TYPES = {"message/disposition-notification", "message/feedback-report"}
BLANK_LINES = re.compile(rb"\n[ \t]*\n\s*")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
RETURNED_ID = re.compile(r"^[ \t>]*Message-ID:\s*(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)
_NO_SUCH_USER = (
    r"user unknown|unknown user|no such (?:user|mailbox|recipient|address|person)"
    r"|(?:mailbox|user|address|recipient|account) (?:is )?(?:not found|invalid|unknown)"
    r"|invalid (?:recipient|mailbox|address)|unrouteable address|name is not recognized"
)
NO_SUCH_USER = re.compile(
    rf"{_NO_SUCH_USER}|\b(?:mailbox|user|address|recipient|account)\b[^.;:]{{0,60}} does(?: not|n't) exist",
    re.IGNORECASE,
)
OF_THE_SENDER = re.compile(r"sender|mail from|return.path", re.IGNORECASE)
FOR_GOOD = re.compile(
    rf"{_NO_SUCH_USER}|does(?: not|n't) exist"
    r"|(?:mailbox|user|address|recipient|account) (?:is )?(?:unavailable|disabled)"
    r"|unrouteable|host not found|permanent(?:ly)? (?:fatal )?(?:error|failure|failed)"
    r"|not listed in|was not found|couldn't be (?:found|delivered)|could not be found",
    re.IGNORECASE,
)
MOST_TEXT = 50_000
MOST_DELIVERIES = 1_000
LONGEST_DIAGNOSTIC = 2_000
PERMANENT, TEMPORARY = "5", "4"
SAYS_NOTHING, NO_SUCH_ADDRESS = ".0.0", "5.1.1"


def report_of(returned: Iterable[tuple[str, bytes]], headers: Headers, text: str) -> DeliveryReport:
    """Return which mail is meant and what became of it, by the parts that tell of it or else by words."""
    parts = list(returned)
    deliveries = tuple(_deliveries(parts))[:MOST_DELIVERIES]
    return DeliveryReport(_message_id(parts, text), deliveries or tuple(_in_words(headers, text)))


def is_for_good(report: DeliveryReport, text: str) -> bool:
    """Tell whether some delivery failed for good; in words this needs a status or a phrase that says so."""
    if any(one.action or one.status for one in report.deliveries):
        return any(_failed_for_good(one) for one in report.deliveries)
    text = text[:MOST_TEXT]
    statuses = {one[0] for one in STATUS.findall(text)} & {PERMANENT, TEMPORARY}
    statuses = statuses or set(REPLY_CODE.findall(text))
    return PERMANENT in statuses if statuses else bool(FOR_GOOD.search(text))


def has_failure(report: DeliveryReport) -> bool:
    """Tell whether the report is of anything but success."""
    return any(one.action in {"failed", "delayed", ""} for one in report.deliveries) or not report.deliveries


def _failed_for_good(delivery: Delivery) -> bool:
    return delivery.action in {"failed", ""} and not delivery.status.startswith(TEMPORARY)


def _deliveries(parts: list[tuple[str, bytes]]) -> Iterator[Delivery]:
    for media_type, data in parts:
        if media_type in STATUS_TYPES:
            for block in BLANK_LINES.split(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip()):
                fields = Headers.parsed(block)
                if fields.has("final-recipient", "original-recipient", "action"):
                    yield _delivery(fields)


def _delivery(fields: Headers) -> Delivery:
    recipient = fields.first("final-recipient") or fields.first("original-recipient")
    action = fields.first("action").partition(" ")[0].partition(";")[0].casefold()
    diagnostic = _text(fields.first("diagnostic-code"))
    status = _status(fields.first("status"), action, diagnostic)
    return Delivery(_address(recipient), action, status, diagnostic[:LONGEST_DIAGNOSTIC])


def _status(field: str, action: str, diagnostic: str) -> str:
    """Return the status that says most: Exim gives 5.0.0, for one, and the reason only in its diagnostic."""
    given: list[str] = STATUS.findall(field)[:1]
    within: list[str] = [one for one in STATUS.findall(diagnostic) if not given or one[0] == given[0][0]]
    statuses = [*given, *within]
    for status in statuses:
        if not status.endswith(SAYS_NOTHING):
            return status
    classes = {status[0] for status in statuses} | set(REPLY_CODE.findall(diagnostic)[:1])
    has_failed = action in {"failed", ""} and classes <= {PERMANENT}
    if has_failed and NO_SUCH_USER.search(diagnostic) and not OF_THE_SENDER.search(diagnostic):
        return NO_SUCH_ADDRESS
    return next(iter(statuses), "")


def _in_words(headers: Headers, text: str) -> Iterator[Delivery]:
    """Return for whom a mail failed by the header that Exim and Google add."""
    status = STATUS.search(text[:MOST_TEXT])
    for value in headers.all("x-failed-recipients"):
        for address in value.split(",")[:MOST_DELIVERIES]:
            if address.strip():
                yield Delivery(_address(address), "", status[1] if status else "", "")


def _message_id(parts: list[tuple[str, bytes]], text: str) -> str:
    for media_type, data in parts:
        if media_type in STATUS_TYPES:
            continue
        fields = Headers.parsed(data.lstrip())
        name = "original-message-id" if media_type in OTHER_REPORT_TYPES else "message-id"
        if found := fields.ids(name):
            return found[0]
    in_words = RETURNED_ID.search(text[:MOST_TEXT])
    return clean_line(in_words[1]) if in_words else ""


def _address(value: str) -> str:
    return _text(value.rpartition(";")[2]).strip("<> ")


def _text(value: str) -> str:
    return clean_line(decoded_words(value)[0])
