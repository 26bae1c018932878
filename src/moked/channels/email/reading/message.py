"""Read one mail from its bytes, in this process: `read`. See `child` for strangers' mails."""

import dataclasses
import email.utils
import hashlib
import html as markup
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from moked.base.text import clean_line
from moked.channels.email.reading import html, quotes, subjects
from moked.channels.email.reading.headers import Headers
from moked.channels.email.reading.kinds import Evidence, judged
from moked.channels.email.reading.mail import (
    MOST_BYTES,
    MOST_HTML,
    MOST_HTML_READ,
    MOST_LINKS,
    MOST_TEXT,
    Attachment,
    Ours,
    ReadMail,
    Signal,
    Trouble,
    Unreadable,
)
from moked.channels.email.reading.parts import Segment, Taken, taken_apart
from moked.channels.email.reading.reports import report_of

ENVELOPE = ("delivered-to", "x-original-to", "envelope-to")
FEWEST_LETTERS = 3
LINK = re.compile(r"https?://", re.IGNORECASE)
REPORTS = {
    Signal.DELIVERY_REPORT,
    Signal.READ_RECEIPT,
    Signal.ABUSE_REPORT,
    Signal.FAILED_RECIPIENTS,
    Signal.MAIL_SYSTEM_SENDER,
    Signal.NULL_RETURN_PATH,
}


@dataclasses.dataclass(frozen=True)
class Body:
    """A mail's text by its lines with the marks of clients in it, and its HTML ('' when it has none)."""

    lines: tuple[str, ...]
    marks: Mapping[int, html.Mark]
    html: str


def read(raw: bytes, ours: Ours, folder: Path) -> ReadMail:
    """Read a mail; its attachments become files of an empty folder. Raises Unreadable."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(Trouble.TOO_LARGE)
    digest = hashlib.sha256(raw).hexdigest()
    taken = taken_apart(raw, folder)
    del raw
    headers = taken.headers
    body = _shortened(_body(taken), taken)
    subject = headers.text("subject")
    is_kept = subjects.is_forward(subject)
    folded = quotes.folded(body.lines, marks=body.marks, reply_line=ours.reply_line, is_kept=is_kept)
    text = "\n".join(body.lines)
    evidence = _evidence(taken, subject, text)
    verdict = judged(evidence, ours)
    return ReadMail(
        sha256=digest,
        message_id=evidence.message_id or f"<{digest}@without-id.invalid>",
        has_own_id=bool(evidence.message_id),
        authors=evidence.authors,
        sender=headers.addresses("sender"),
        reply_to=evidence.reply_to,
        return_path=evidence.return_path,
        to=headers.addresses("to"),
        cc=headers.addresses("cc"),
        delivered_to=tuple(one.address for one in headers.addresses(*ENVELOPE) if one.address),
        date=headers.text("date"),
        sent_at=_moment(headers.first("date")),
        subject=subject,
        subject_shown=clean_line(subject),
        title=clean_line(subjects.title_of(subject)),
        in_reply_to=headers.ids("in-reply-to"),
        references=headers.ids("references"),
        authentication_results=tuple(headers.all("authentication-results")),
        kind=verdict.kind,
        signals=verdict.signals,
        may_be_answered=verdict.may_be_answered,
        text=text.strip("\n"),
        visible=folded.visible,
        folded=folded.folded,
        folded_by=folded.by,
        html_clean=_clean(body.html, taken),
        attachments=_with_inline(body.html, taken),
        report=evidence.report if REPORTS & set(verdict.signals) else None,
        charsets=tuple(dict.fromkeys((*headers.charsets, *taken.charsets))),
        defects=tuple(sorted(taken.defects)),
    )


def _body(taken: Taken) -> Body:
    """Join the stretches of the body; of each the plain one is read unless its HTML has a client's marks."""
    lines: list[str] = []
    marks: dict[int, html.Mark] = {}
    links = 0
    for segment in taken.segments:
        if not segment.plain.strip() and not segment.html.strip():
            continue
        is_read = 0 < len(segment.html) <= MOST_HTML_READ
        written = html.written(segment.html) if is_read else html.Written()
        links += written.links or len(LINK.findall(segment.plain))
        is_plain_enough = not written.marks and _has_words(segment.plain)
        if is_plain_enough or not segment.html:
            lines += segment.plain.strip("\n").split("\n")
        else:
            marks |= {len(lines) + number: mark for number, mark in written.marks.items()}
            lines += written.lines
    if links > MOST_LINKS:
        raise Unreadable(Trouble.TOO_MANY_LINKS)
    has_html = any(segment.html.strip() for segment in taken.segments)
    return Body(tuple(lines), marks, "\n".join(map(_markup, taken.segments)) if has_html else "")


def _markup(segment: Segment) -> str:
    return segment.html or f"<pre>{markup.escape(segment.plain)}</pre>"


def _has_words(text: str) -> bool:
    return any(True for _ in islice(filter(str.isalnum, text), FEWEST_LETTERS - 1, None))


def _shortened(body: Body, taken: Taken) -> Body:
    """Keep what is too long to show as a file, and say so; of the text the beginning is shown."""
    if len(body.html) > MOST_HTML:
        taken.keep(body.html.encode(), "body.html", "text/html")
        taken.defects.add("HTML_IS_FILE")
        body = dataclasses.replace(body, html="")
    text = "\n".join(body.lines)
    if len(text) > MOST_TEXT:
        taken.keep(text.encode(), "text.txt", "text/plain")
        taken.defects.add("TEXT_CONTINUES_IN_FILE")
        body = dataclasses.replace(body, lines=tuple(text[:MOST_TEXT].split("\n")))
    return body


def _evidence(taken: Taken, subject: str, text: str) -> Evidence:
    headers = taken.headers
    return Evidence(
        headers=headers,
        type=taken.type,
        message_id=next(iter(headers.ids("message-id")), "") or clean_line(headers.text("message-id")),
        authors=headers.addresses("from"),
        reply_to=headers.addresses("reply-to"),
        return_path=_return_path(headers),
        subject=subject,
        text=text,
        returned_types=frozenset(media_type for media_type, _ in taken.returned),
        report=report_of(taken.returned, headers, text),
    )


def _return_path(headers: Headers) -> str | None:
    """Return the address, '' for the null one, None when there is none."""
    if not headers.has("return-path"):
        return None
    value = clean_line(headers.text("return-path"))
    return value.strip("<> ") if value else None


def _moment(date: str) -> datetime | None:
    """Return what a Date means, None when it means nothing; without a zone it is in UTC."""
    try:
        moment = email.utils.parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _clean(body: str, taken: Taken) -> str:
    files = {one.content_id: one.file for one in taken.attachments if one.content_id}
    return html.cleaned(body, files) if body else ""


def _with_inline(body: str, taken: Taken) -> tuple[Attachment, ...]:
    """Return the attachments; those count as inline that the HTML shows, whatever their part says."""
    shown = html.sources(body) if body else set()
    return tuple(
        dataclasses.replace(one, is_inline=bool(one.content_id) and one.content_id in shown)
        for one in taken.attachments
    )
