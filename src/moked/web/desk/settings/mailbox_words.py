"""How a mailbox is, in words: what is the matter, and what mends it."""

import dataclasses
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from moked.channels.base.channel import Found
from moked.channels.email.imap import UnableToRead
from moked.channels.models import MailServer
from moked.channels.queries import Mailbox
from moked.channels.rules import Light, Trouble
from moked.web.ui.labels import Label, Words

LIGHTS: dict[Light, Label] = {
    Light.NEVER: Label(_("not read yet"), "clock", "neutral"),
    Light.WELL: Label(_("is read"), "check-circle-fill", "green"),
    Light.FAILING: Label(_("cannot be read"), "exclamation-octagon-fill", "red"),
    Light.SILENT: Label(_("nobody looks into it"), "exclamation-triangle-fill", "amber"),
}
HANDED_OVER = Label(_("handed over by the town's mail server"), "inbox", "neutral")
RETIRED = Label(_("retired"), "slash-circle", "neutral")

TROUBLES: dict[Trouble, tuple[Words, Words]] = {
    Trouble.NO_SUCH_HOST: (
        _("There is no server of this name."),
        _("Look for a slip in the name of the server."),
    ),
    Trouble.UNREACHABLE: (
        _("The server cannot be reached."),
        _("Is the port right, and does the firewall let this machine through?"),
    ),
    Trouble.TOO_SLOW: (
        _("The server does not answer in time."),
        _("It is tried again by itself. If it goes on like this, ask whoever runs the mail server."),
    ),
    Trouble.CERTIFICATE: (
        _("The server cannot prove that it is the one you named."),
        _("Write the name that stands in its certificate, or ask for a new certificate."),
    ),
    Trouble.NO_TLS: (
        _("The server does not encrypt in this way at this port."),
        _("Mostly it is port 993 with TLS, or port 143 with STARTTLS."),
    ),
    Trouble.NOT_IMAP: (
        _("What answers there is not a mail server that can be read by IMAP."),
        _("Look at the name of the server and at the port; mostly it is 993."),
    ),
    Trouble.SIGN_IN_REFUSED: (
        _("The server does not let us in."),
        _("Write user name and password again. Some servers want a password made for programs."),
    ),
    Trouble.TOKEN_UNREACHABLE: (
        _("The authority that gives the tokens does not answer."),
        _("Look at its address. It is tried again by itself."),
    ),
    Trouble.TOKEN_REFUSED: (
        _("The authority gives no token."),
        _("The consent may have ended: get a new refresh token and write it here."),
    ),
    Trouble.NO_FOLDER: (
        _("There is no such folder in the mailbox."),
        _("Mostly it is called INBOX."),
    ),
    Trouble.BROKEN_OFF: (
        _("The connection breaks off."),
        _("It is tried again by itself. If it goes on like this, ask whoever runs the mail server."),
    ),
    Trouble.NO_ROOM: (
        _("The disk is full. Mails wait on their server, and none is lost."),
        _("Ask whoever runs this helpdesk to make room."),
    ),
    Trouble.SECRET_LOST: (
        _("The password can no longer be read, since the helpdesk's key is another one."),
        _("Write the password again."),
    ),
    Trouble.OURS: (
        _("Something went wrong in the helpdesk itself."),
        _("Ask whoever runs this helpdesk to look into its log."),
    ),
}
NOBODY_LOOKS = (
    _("No mails are fetched: the process that reads mailboxes does not run."),
    _("Ask whoever runs this helpdesk to look into its log."),
)


@dataclasses.dataclass(frozen=True)
class Health:
    """How a mailbox is: its light, what is the matter, what mends it, and what the other side said."""

    label: Label
    matter: Words = ""
    remedy: Words = ""
    said: str = ""
    since: datetime | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a test: what was found, or what is the matter and what mends it."""

    found: Found | None = None
    matter: Words = ""
    remedy: Words = ""
    said: str = ""


def health_of(mailbox: Mailbox, now: datetime) -> Health:
    """Return how a mailbox is."""
    if mailbox.account.is_retired:
        return Health(RETIRED)
    server = mailbox.server
    if server is None:
        return Health(HANDED_OVER)
    light = server.light_at(now)
    if light == Light.SILENT:
        return Health(LIGHTS[light], *NOBODY_LOOKS, since=server.checked_at)
    if light == Light.FAILING:
        return _failing(server)
    return Health(LIGHTS[light])


def _failing(server: MailServer) -> Health:
    matter, remedy = TROUBLES[Trouble(server.trouble)]
    return Health(LIGHTS[Light.FAILING], matter, remedy, server.said, server.failing_since)


def failed(problem: UnableToRead) -> Result:
    """Return why a test did not succeed."""
    return Result(None, *TROUBLES[problem.trouble], problem.said)
