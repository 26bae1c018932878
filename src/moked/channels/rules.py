"""What becomes of a message that came in, and how a mailbox is read."""

import dataclasses
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST_SAID = 200
LARGEST_MAIL = 25 * 1024 * 1024
SILENT_AFTER = timedelta(minutes=15)
TOLD_AFTER = timedelta(minutes=15)
ON_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class State(StrEnum):
    """How far a stored message is: not read yet, read and acted upon, set aside for a person, thrown away."""

    STORED = "STORED"
    TAKEN = "TAKEN"
    QUARANTINED = "QUARANTINED"
    DISCARDED = "DISCARDED"


class Outcome(StrEnum):
    """What a message turned out to be."""

    CONTACT = "CONTACT"
    DELIVERY_EVENT = "DELIVERY_EVENT"
    IGNORED_BY_RULE = "IGNORED_BY_RULE"
    QUARANTINE = "QUARANTINE"


class Reason(StrEnum):
    """Why a message is set aside before it is read: its headers are kept, the rest is with its server."""

    TOO_LARGE = "TOO_LARGE"
    NOT_GIVEN = "NOT_GIVEN"


class Security(StrEnum):
    """How the connection to a mail server is encrypted; not at all on this machine only."""

    TLS = "TLS"
    STARTTLS = "STARTTLS"
    NONE = "NONE"


class SignIn(StrEnum):
    """How we show a mail server that the mailbox is ours.

    By a password, by a token (XOAUTH2) that somebody with a mailbox consented to, or by one that we get as an
    app in our own name.
    """

    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a way
    XOAUTH2 = "XOAUTH2"
    APP = "APP"


class Trouble(StrEnum):
    """Why a mailbox cannot be read; NO_ROOM, SECRET_LOST and OURS are our fault."""

    NO_SUCH_HOST = "NO_SUCH_HOST"
    UNREACHABLE = "UNREACHABLE"
    TOO_SLOW = "TOO_SLOW"
    CERTIFICATE = "CERTIFICATE"
    NO_TLS = "NO_TLS"
    NOT_IMAP = "NOT_IMAP"
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED"
    TOKEN_UNREACHABLE = "TOKEN_UNREACHABLE"  # noqa: S105 - the name of a trouble
    TOKEN_REFUSED = "TOKEN_REFUSED"  # noqa: S105 - the name of a trouble
    NO_FOLDER = "NO_FOLDER"
    BROKEN_OFF = "BROKEN_OFF"
    NO_ROOM = "NO_ROOM"
    SECRET_LOST = "SECRET_LOST"  # noqa: S105 - the name of a trouble
    OURS = "OURS"


class SendingTrouble(StrEnum):
    """Why no mails go out; NOT_SET, UNENCRYPTED, BAD_SENDER, NOBODY_SENDS and OURS are our fault."""

    NOT_SET = "NOT_SET"
    UNENCRYPTED = "UNENCRYPTED"
    NO_SUCH_HOST = "NO_SUCH_HOST"
    UNREACHABLE = "UNREACHABLE"
    TOO_SLOW = "TOO_SLOW"
    CERTIFICATE = "CERTIFICATE"
    NO_TLS = "NO_TLS"
    NOT_SMTP = "NOT_SMTP"
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED"
    SAYS_NO = "SAYS_NO"
    BROKEN_OFF = "BROKEN_OFF"
    BAD_SENDER = "BAD_SENDER"
    NOBODY_SENDS = "NOBODY_SENDS"
    OURS = "OURS"


class Light(StrEnum):
    """How a mailbox is: not read yet, read, not to be read, or nobody tries to read it.

    Also how mails go out: none did yet, they do, they do not, or nobody sends them.
    """

    NEVER = "NEVER"
    WELL = "WELL"
    FAILING = "FAILING"
    SILENT = "SILENT"


def light_of(checked_at: datetime | None, failing_since: datetime | None, now: datetime) -> Light:
    """Return how a mailbox is, by when it was last tried and since when that fails."""
    if checked_at is None:
        return Light.NEVER
    if checked_at < now - SILENT_AFTER:
        return Light.SILENT
    return Light.FAILING if failing_since else Light.WELL


class BadServer(Exception):
    """A mailbox cannot be read so.

    `code` is NO_HOST, BAD_PORT, UNENCRYPTED, NO_USER, NO_FOLDER, BAD_TOKEN_URL, NO_CLIENT or NO_SECRET.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclasses.dataclass(frozen=True)
class ServerDetails:
    """Where a mailbox lies and how it is signed in to, without what is secret.

    `token_url`, `client_id` and `scope` say at which authority a token is asked for, and are '' with a
    password.
    """

    host: str
    port: int
    user: str
    security: Security = Security.TLS
    sign_in: SignIn = SignIn.PASSWORD
    folder: str = "INBOX"
    token_url: str = ""
    client_id: str = ""
    scope: str = ""

    def check(self) -> None:
        """Raise BadServer where this cannot work or would show the secret to everybody on the way."""
        if not self.host or any(one.isspace() or one in "/@" for one in self.host):
            raise BadServer("NO_HOST")
        if not 0 < self.port < 65536:
            raise BadServer("BAD_PORT")
        if self.security == Security.NONE and self.host not in ON_THIS_MACHINE:
            raise BadServer("UNENCRYPTED")
        if not self.user:
            raise BadServer("NO_USER")
        if not self.folder:
            raise BadServer("NO_FOLDER")
        if self.sign_in != SignIn.PASSWORD:
            self._check_authority()

    def _check_authority(self) -> None:
        url = urlsplit(self.token_url)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in ON_THIS_MACHINE):
            raise BadServer("BAD_TOKEN_URL")
        if not url.hostname or url.username:
            raise BadServer("BAD_TOKEN_URL")
        if not self.client_id:
            raise BadServer("NO_CLIENT")


# Why a message came to nothing: it had come before, by another way.
# What a program answered: to nothing that we know, or for somebody at a body or one of us.
AUTO_REPLY, AWAY = "AUTO_REPLY", "AWAY"
SEEN_BEFORE = "SEEN_BEFORE"
