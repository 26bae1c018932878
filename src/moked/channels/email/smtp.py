"""Carry one mail to the configured SMTP server. It carries only: who is told what is decided above.

Each thread keeps its connection for the next mail, until it hangs up; after any failure it takes a new one.
"""

import contextlib
import dataclasses
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from moked.base.transactions import in_transaction
from moked.channels.base.troubles import CarryError, NoLongerMine, NotNow, Refused
from moked.channels.email.trust import trusted_authorities
from moked.channels.rules import ON_THIS_MACHINE, SendingTrouble

MOST_MAILS = 100
AUTOMATIC = {"X-Auto-Response-Suppress": "All", "Precedence": "bulk"}


class _WholeHeader(UnstructuredHeader):
    """A header whose address or ids must not be broken into lines, and mean what they say."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take the value as it is: read as a text, encoded words in it would become what they hide."""
        kwds["parse_tree"], kwds["decoded"] = cls.value_parser(value), value

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return it as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_HEADERS = HeaderRegistry()
for name in ("list-unsubscribe", "in-reply-to", "references"):
    _HEADERS.map_to_type(name, _WholeHeader)  # type: ignore[arg-type]
POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclasses.dataclass(frozen=True)
class Mail:
    """One mail to one recipient. `automatic` is the value of Auto-Submitted, None for words of a person.

    `answers` are Message-IDs of its thread, the last that of the mail it answers. Answers go to `reply_to`,
    and word of its delivery to `bounces_to`; '' means the sender. Who posts to `unsubscribe` ends such mails
    (RFC 8058); '' for none.
    """

    message_id: str
    sender_name: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    language: str
    written_at: datetime
    automatic: str | None
    answers: tuple[str, ...] = ()
    reply_to: str = ""
    bounces_to: str = ""
    unsubscribe: str = ""


OK = 250
# At the beginning of an answer, and not where it is about the sender.
STATUS = re.compile(rb"5\.\d{1,3}\.\d{1,3}\b(?!.*(?:sender|mail from))", re.IGNORECASE | re.DOTALL)
MARGIN = 5  # seconds of the lease that are left for saying that it was sent
# Why a mail is not sent where that is due to its recipient; all else is a `SendingTrouble`.
REFUSED, BAD_RECIPIENT = "REFUSED", "BAD_RECIPIENT"
_ANSWERS = dict.fromkeys((530, 534, 535, 538), SendingTrouble.SIGN_IN_REFUSED) | {-1: SendingTrouble.NOT_SMTP}
# The first that an error is one of.
_ERRORS: dict[type[OSError], SendingTrouble] = {
    socket.gaierror: SendingTrouble.NO_SUCH_HOST,
    TimeoutError: SendingTrouble.TOO_SLOW,
    ssl.SSLCertVerificationError: SendingTrouble.CERTIFICATE,
    ssl.SSLError: SendingTrouble.NO_TLS,
    smtplib.SMTPNotSupportedError: SendingTrouble.NO_TLS,
    smtplib.SMTPServerDisconnected: SendingTrouble.BROKEN_OFF,
    ConnectionResetError: SendingTrouble.BROKEN_OFF,
    smtplib.SMTPException: SendingTrouble.SIGN_IN_REFUSED,  # no way to sign in that both know
    OSError: SendingTrouble.UNREACHABLE,
}


def compose(mail: Mail) -> EmailMessage:
    """Return the message with exactly one recipient, or raise Refused for a bad one.

    A line break in a header raises ValueError.
    """
    message = EmailMessage(policy=POLICY)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.written_at)
    message["From"] = Address(display_name=mail.sender_name, addr_spec=mail.sender)
    message["To"] = _recipient(mail.to)
    message["Subject"] = mail.subject
    if mail.reply_to:
        message["Reply-To"] = Address(display_name=mail.sender_name, addr_spec=mail.reply_to)
    if mail.answers:
        message["In-Reply-To"], message["References"] = mail.answers[-1], " ".join(mail.answers)
    if mail.automatic:
        message["Auto-Submitted"] = mail.automatic
        for name, value in AUTOMATIC.items():
            message[name] = value
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message["Content-Language"] = mail.language
    return message


def carry(mail: Mail, *, still_mine: Callable[[], bool]) -> None:
    """Hand the mail to the server; asks `still_mine` when all but the text itself has been said.

    Raises Refused, NotNow or NoLongerMine; returning means the server has accepted it. Must not be called
    inside a transaction.
    """
    if in_transaction():
        raise RuntimeError("A mail was about to be sent inside a transaction.")
    try:
        message, sender = compose(mail).as_bytes(), _on_the_wire(mail.bounces_to or mail.sender)
    except (ValueError, IndexError, MessageError) as error:
        raise NotNow(SendingTrouble.BAD_SENDER) from error
    with _told():
        server = _connected()
        try:
            _converse(server, sender, mail.to, message, still_mine)
        except BaseException:
            hang_up()
            raise


def knock() -> None:
    """Connect, say EHLO and sign in as for a mail, and hang up; sends nothing.

    Raises NotNow, caused by what happened. Must not be called inside a transaction.
    """
    if in_transaction():
        raise RuntimeError("A mail server was about to be asked inside a transaction.")
    with _told():
        server = _connect()
        try:
            server.ehlo_or_helo_if_needed()
        finally:
            _part_from(server)


def place() -> tuple[str, int] | None:
    """Return the name and the port of the server that mails go out through, None when none is named."""
    try:
        url = urlsplit(settings.SMTP_URL)
        return (url.hostname, url.port or (465 if url.scheme == "smtps" else 25)) if url.hostname else None
    except ValueError:
        return None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say in our words that the server did not do what it was asked."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        # Our account, our address, or the server as a whole: nothing of this is the recipient's.
        raise _not_taken(error.smtp_code) from error
    except OSError as error:
        raise NotNow(next(trouble for kind, trouble in _ERRORS.items() if isinstance(error, kind))) from error


class _Line(threading.local):
    """The connection of a thread, to where it goes, and how many mails it has carried."""

    server: smtplib.SMTP | None = None
    url = ""
    mails = 0


_line = _Line()


def hang_up() -> None:
    """End this thread's session; whatever happens here, an accepted mail stays accepted."""
    server, _line.server = _line.server, None
    if server:
        _part_from(server)


def _part_from(server: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _connected() -> smtplib.SMTP:
    """Return the connection that was kept, if it still serves, else a new one."""
    if _line.server and not _still_serves(_line.server):
        hang_up()
    if _line.server is None:
        _line.server, _line.url, _line.mails = _connect(), settings.SMTP_URL, 0
    _line.mails += 1
    return _line.server


def _still_serves(server: smtplib.SMTP) -> bool:
    if _line.url != settings.SMTP_URL or _line.mails >= MOST_MAILS:
        return False
    try:
        return server.rset()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _connect() -> smtplib.SMTP:
    if (named := place()) is None:
        raise NotNow(SendingTrouble.NOT_SET)
    url = urlsplit(settings.SMTP_URL)
    if url.username and url.scheme == "smtp" and url.hostname not in ON_THIS_MACHINE:
        raise NotNow(SendingTrouble.UNENCRYPTED)
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            *named, timeout=settings.SMTP_TIMEOUT, context=trusted_authorities()
        )
    else:
        server = smtplib.SMTP(*named, timeout=settings.SMTP_TIMEOUT)
    try:
        if url.scheme == "smtp+starttls":
            server.starttls(context=trusted_authorities())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _converse(
    server: smtplib.SMTP, sender: str, recipient: str, message: bytes, still_mine: Callable[[], bool]
) -> None:
    server.ehlo_or_helo_if_needed()
    code, _ = server.mail(sender)
    if code != OK:
        raise _not_taken(code)
    _expect(server.rcpt(_on_the_wire(recipient)))
    if not still_mine():
        raise NoLongerMine("Another worker has taken this over.")
    with _patience(server):
        try:
            _expect(server.data(message))
        except smtplib.SMTPDataError as error:
            raise _answer(error.smtp_code, error.smtp_error) from error


@contextlib.contextmanager
def _patience(server: smtplib.SMTP) -> Iterator[None]:
    """Wait for the answer to a text nearly as long as it is ours to send.

    A server that is still thinking and is given it again has it twice (RFC 5321, 4.5.3.2.6).
    """
    assert server.sock is not None  # noqa: S101 - it has just answered
    server.sock.settimeout(max(settings.SMTP_TIMEOUT, settings.LEASE_SECONDS - MARGIN))
    try:
        yield
    finally:
        if server.sock:
            server.sock.settimeout(settings.SMTP_TIMEOUT)


def _recipient(address: str) -> Address:
    try:
        return Address(addr_spec=_on_the_wire(address))
    except (ValueError, IndexError, MessageError) as error:
        raise Refused(BAD_RECIPIENT) from error


def _on_the_wire(address: str) -> str:
    """Return the address in ASCII, its domain by IDNA; raises UnicodeError when its first part is none."""
    local, _, domain = address.rpartition("@")
    return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"


def _expect(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise _answer(*answer)


def _answer(code: int, words: bytes | str) -> CarryError:
    if 500 <= code < 600:
        found = STATUS.match(words if isinstance(words, bytes) else words.encode())
        status = found[0].decode() if found else ""
        return Refused(f"{REFUSED} {code}", status)
    return _not_taken(code)


def _not_taken(code: int) -> NotNow:
    return NotNow(f"{_ANSWERS.get(code, SendingTrouble.SAYS_NO)} {code}")
