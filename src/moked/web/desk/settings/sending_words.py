"""How mails go out, in words: what is the matter, and what mends it."""

from django.utils.translation import gettext_lazy as _

from moked.channels.email.sending import Sending, UnableToSend
from moked.channels.rules import Light, SendingTrouble, Trouble
from moked.web.desk.settings.mailbox_words import TROUBLES as WHEN_READING
from moked.web.desk.settings.mailbox_words import Health, Result
from moked.web.ui.labels import Label, Words

LIGHTS: dict[Light, Label] = {
    Light.NEVER: Label(_("nothing sent yet"), "clock", "neutral"),
    Light.WELL: Label(_("mails go out"), "check-circle-fill", "green"),
    Light.FAILING: Label(_("mails do not go out"), "exclamation-octagon-fill", "red"),
    Light.SILENT: Label(_("nobody sends them"), "exclamation-triangle-fill", "amber"),
}

TROUBLES: dict[SendingTrouble, tuple[Words, Words]] = {
    SendingTrouble.NOT_SET: (
        _("There is no server through which mails could go out."),
        _("Mails wait until whoever runs this helpdesk names one."),
    ),
    SendingTrouble.UNENCRYPTED: (
        _("The password would go over the network unencrypted, so nothing is sent."),
        _("Ask whoever runs this helpdesk to have the connection encrypted."),
    ),
    SendingTrouble.NO_SUCH_HOST: WHEN_READING[Trouble.NO_SUCH_HOST],
    SendingTrouble.UNREACHABLE: WHEN_READING[Trouble.UNREACHABLE],
    SendingTrouble.TOO_SLOW: WHEN_READING[Trouble.TOO_SLOW],
    SendingTrouble.CERTIFICATE: WHEN_READING[Trouble.CERTIFICATE],
    SendingTrouble.NO_TLS: (
        WHEN_READING[Trouble.NO_TLS][0],
        _("Mostly it is port 465 with TLS, or port 587 with STARTTLS."),
    ),
    SendingTrouble.NOT_SMTP: (
        _("What answers there is not a mail server that mails can be sent through."),
        _("Look at the name of the server and at the port; mostly it is 587 or 465."),
    ),
    SendingTrouble.SIGN_IN_REFUSED: (
        WHEN_READING[Trouble.SIGN_IN_REFUSED][0],
        _("Whoever runs this helpdesk can set the password anew. Some servers want one made for programs."),
    ),
    SendingTrouble.SAYS_NO: (_("The server says no (%(code)s)."), WHEN_READING[Trouble.BROKEN_OFF][1]),
    SendingTrouble.BROKEN_OFF: WHEN_READING[Trouble.BROKEN_OFF],
    SendingTrouble.BAD_SENDER: (
        _("The address or the name that the town sends from cannot stand in a mail."),
        _("Ask whoever runs this helpdesk to look at both."),
    ),
    SendingTrouble.NOBODY_SENDS: (
        _("No mails are sent: the process that sends them does not run."),
        WHEN_READING[Trouble.OURS][1],
    ),
    SendingTrouble.OURS: WHEN_READING[Trouble.OURS],
}


def health_of(sending: Sending) -> Health:
    """Return how mails go out."""
    label = LIGHTS[sending.light]
    if sending.problem is None:
        return Health(label)
    return Health(label, *_words(sending.problem), since=sending.since)


def failed(problem: UnableToSend) -> Result:
    """Return why a test did not succeed."""
    return Result(None, *_words(problem), problem.said)


def _words(problem: UnableToSend) -> tuple[Words, Words]:
    matter, remedy = TROUBLES[problem.trouble]
    return str(matter) % {"code": problem.code} if problem.code else matter, remedy
