"""Speak IMAP with one mailbox. Knows nothing of the database, or of what becomes of a mail."""

import contextlib
import dataclasses
import imaplib
import re
import select
import socket
import ssl
import threading
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BufferedReader
from typing import cast

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)
from imap_tools.errors import UnexpectedCommandStatusError

from moked.channels.base.troubles import UnableToReach
from moked.channels.email.envelope import LONGEST_HEADERS
from moked.channels.email.trust import trusted_authorities
from moked.channels.rules import Security, Trouble

ANSWERS_WITHIN = 20
ASKS_WITHIN = 60
SLOWEST_BYTES = 20_000
WAITS_BY = "IDLE"
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_CAME = re.compile(rb'\bINTERNALDATE "([^"]+)"')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class UnableToRead(UnableToReach):
    """A mailbox cannot be read."""

    trouble: Trouble


class NotGiven(Exception):
    """The server is well, but does not give this one mail."""


@dataclasses.dataclass(frozen=True)
class Access:
    """How to reach a mailbox and sign in to it: by `token` (XOAUTH2) if there is one, else by `password`."""

    host: str
    port: int
    security: Security
    user: str
    folder: str = "INBOX"
    password: str = dataclasses.field(default="", repr=False)
    token: str = dataclasses.field(default="", repr=False)


@dataclasses.dataclass(frozen=True)
class Listed:
    """A mail on the server: its size in bytes as the server reckons it, and when it came there."""

    uid: int
    size: int
    came_at: datetime


class Session:
    """A connection that is signed in, with its folder open. Its methods raise UnableToRead."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box
        self.uid_validity = 0
        self.mails = 0

    def open(self, access: Access, *, changes_nothing: bool) -> None:
        """Sign in and open the folder."""
        with self._within(ASKS_WITHIN), _told():
            self._sign_in(access)
            try:
                opened = self._box.folder.set(access.folder, readonly=changes_nothing)
            except (MailboxFolderSelectError, imaplib.IMAP4.error) as error:
                raise _unless_broken(error, Trouble.NO_FOLDER) from error
            self.mails = int(opened[1][0])
            self.uid_validity = int((self._box.client.response("UIDVALIDITY")[1] or [None])[0] or 0)

    def uids_above(self, uid: int, since: datetime | None) -> list[int]:
        """Return the mails numbered above a number, in order; about those since a moment, and maybe more."""
        asked = f"UID {uid + 1}:*"
        if since:
            day = since.astimezone(UTC) - timedelta(days=1)
            asked += f" SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        with self._within(ASKS_WITHIN), _told():
            # "n:*" names the last mail even where its number is below n.
            return sorted(one for one in map(int, self._box.uids(asked, charset=None)) if one > uid)

    def listed(self, uids: Collection[int]) -> dict[int, Listed]:
        """Return size and time of mails; those that are gone are missing."""
        with self._within(ASKS_WITHIN), _told():
            words = ",".join(map(str, uids))
            status, items = self._box.client.uid("FETCH", words, "(UID RFC822.SIZE INTERNALDATE)")
            if status != "OK":
                raise UnableToRead(Trouble.BROKEN_OFF, _words(items))
            found = (_listed(one) for one in items if isinstance(one, bytes))
            return {one.uid: one for one in found if one}

    def whole(self, mail: Listed) -> bytes | None:
        """Return a mail's bytes, None when it is gone; raises NotGiven."""
        return self._part(mail, "BODY.PEEK[]")

    def headers(self, mail: Listed) -> bytes | None:
        """Return the beginning of a mail's headers, None when it is gone; raises NotGiven."""
        return self._part(mail, f"BODY.PEEK[HEADER]<0.{LONGEST_HEADERS}>")

    def mark_seen(self, uid: int) -> None:
        """Let whoever opens the mailbox see that a mail was read; one that may not be marked stays."""
        with self._within(ASKS_WITHIN), _told():
            # Not by the library's `flag`, which also expunges what others marked as deleted.
            self._box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def forget_news(self) -> None:
        """Forget that the server told of new mails."""
        self._box.client.response("EXISTS")

    def has_news(self) -> bool:
        """Tell whether the server told of new mails since that was forgotten; it tells only once."""
        return self._box.client.response("EXISTS")[1] != [None]

    def wait(self, seconds: float) -> None:
        """Return when the server tells of something, and at the latest after so many seconds."""
        with _told():
            if WAITS_BY not in self._box.client.capabilities:
                self._listen(seconds)
                self._box.client.noop()
                return
            with self._within(ANSWERS_WITHIN):
                self._box.idle.start()  # type: ignore[no-untyped-call]
            self._listen(seconds)
            with self._within(ANSWERS_WITHIN):
                self._box.idle.stop()  # type: ignore[no-untyped-call]

    def break_off(self) -> None:
        """End the connection at once, from any thread; who waits for an answer gets an error."""
        with contextlib.suppress(OSError):
            # Not by the method of the encrypted socket, which takes away what another thread reads from.
            socket.socket.shutdown(self._box.client.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        with self._within(5), contextlib.suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            self._box.logout()
        with contextlib.suppress(OSError):
            self._box.client.shutdown()

    def _sign_in(self, access: Access) -> None:
        try:
            if access.token:
                self._box.xoauth2(access.user, access.token, initial_folder=None)
            elif access.user.isascii() and access.password.isascii():
                self._box.login(access.user, access.password, initial_folder=None)
            else:
                self._box.login_utf8(access.user, access.password, initial_folder=None)
            # A server may be able to do more for who has signed in.
            self._box.client.capabilities = tuple(_words(self._box.client.capability()[1]).upper().split())
        except (MailboxLoginError, imaplib.IMAP4.error) as error:
            raise _unless_broken(error, Trouble.SIGN_IN_REFUSED) from error

    def _part(self, mail: Listed, part: str) -> bytes | None:
        with self._within(ASKS_WITHIN + mail.size / SLOWEST_BYTES), _told():
            status, items = self._box.client.uid("FETCH", str(mail.uid), f"(UID {part})")
        if status != "OK":
            raise NotGiven
        return next((one[1] for one in items if isinstance(one, tuple) and b"BODY[" in one[0]), None)

    def _listen(self, seconds: float) -> None:
        # Not by the library's `idle.poll`: the socket shows nothing of what came in one piece with an answer.
        if not self._was_told():
            poll = select.poll()
            poll.register(self._box.client.sock, select.POLLIN)
            poll.poll(seconds * 1000)

    def _was_told(self) -> bool:
        """Tell whether words of the server lie here that were not read yet."""
        sock = self._box.client.sock
        patience = sock.gettimeout()
        sock.settimeout(0)
        try:
            return bool(cast("BufferedReader", self._box.client.file).peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            sock.settimeout(patience)

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Break off when this takes longer: a server that sends a byte now and then never times out."""
        timer = threading.Timer(seconds, self.break_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@contextlib.contextmanager
def opened(access: Access, *, changes_nothing: bool = False) -> Iterator[Session]:
    """Connect, sign in and open the folder; raises UnableToRead."""
    session = Session(_connected(access))
    try:
        session.open(access, changes_nothing=changes_nothing)
        yield session
    finally:
        session.close()


def _connected(access: Access) -> BaseMailBox:
    host, port, patience = access.host, access.port, ANSWERS_WITHIN
    try:
        if access.security == Security.TLS:
            return MailBox(host, port, timeout=patience, ssl_context=trusted_authorities())
        if access.security == Security.STARTTLS:
            return MailBoxStartTls(host, port, timeout=patience, ssl_context=trusted_authorities())
        return MailBoxUnencrypted(host, port, timeout=patience)
    except ssl.SSLCertVerificationError as error:
        raise UnableToRead(Trouble.CERTIFICATE, error.verify_message) from error
    except ssl.SSLError as error:
        raise UnableToRead(Trouble.NO_TLS) from error
    except (socket.gaierror, UnicodeError) as error:
        raise UnableToRead(Trouble.NO_SUCH_HOST) from error
    except TimeoutError as error:
        raise UnableToRead(Trouble.TOO_SLOW) from error
    except OSError as error:
        raise UnableToRead(Trouble.UNREACHABLE) from error
    except (imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        is_tls = access.security == Security.STARTTLS and "TLS" in str(error)
        # What answered may be no mail server at all: its words are not repeated.
        raise UnableToRead(Trouble.NO_TLS if is_tls else Trouble.NOT_IMAP) from error


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say in our words that a connection broke."""
    try:
        yield
    except TimeoutError as error:
        raise UnableToRead(Trouble.TOO_SLOW) from error
    except OSError as error:
        raise UnableToRead(Trouble.BROKEN_OFF) from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise _unless_broken(error, Trouble.BROKEN_OFF) from error


def _unless_broken(error: Exception, trouble: Trouble) -> UnableToRead:
    """Return what it means that a server said no, or that the connection broke before it could."""
    if isinstance(error, imaplib.IMAP4.abort):
        return UnableToRead(Trouble.BROKEN_OFF)
    if isinstance(error, UnexpectedCommandStatusError):
        return UnableToRead(trouble, _words(error.command_result[1]))
    return UnableToRead(trouble, _words(error.args))


def _words(said: object) -> str:
    """Return what a server said, in whatever shape the library gives it."""
    found = [one for one in said if one] if isinstance(said, list | tuple) else [said]
    return " ".join(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in found)


def _listed(item: bytes) -> Listed | None:
    uid, size, came = _UID.search(item), _SIZE.search(item), _CAME.search(item)
    if not (uid and size and came):
        return None
    return Listed(int(uid[1]), int(size[1]), _moment(came[1]))


def _moment(said: bytes) -> datetime:
    """Return when a mail came; one whose server cannot tell has come now."""
    try:
        moment = parsedate_to_datetime(said.decode("ascii", "replace"))
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
