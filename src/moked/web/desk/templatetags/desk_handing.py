"""Words for hand-overs to external bodies."""

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from moked.handovers.models import BodyMail
from moked.handovers.rules import Kind, State
from moked.web.ui.labels import Label, Words

register = template.Library()

STATES = {
    State.SENT: Label(pgettext_lazy("hand-over", "no answer yet"), "hourglass-split", "amber"),
    State.ACCEPTED: Label(pgettext_lazy("hand-over", "they take it on"), "check-lg", "teal"),
    State.ASKED: Label(pgettext_lazy("hand-over", "they ask something"), "question-circle", "amber"),
    State.DONE: Label(pgettext_lazy("hand-over", "done, they say"), "check-circle-fill", "green"),
    State.NOT_OURS: Label(pgettext_lazy("hand-over", "not theirs, they say"), "slash-circle", "amber"),
    State.WITHDRAWN: Label(pgettext_lazy("hand-over", "taken back"), "arrow-counterclockwise"),
    State.GIVEN_UP: Label(pgettext_lazy("hand-over", "no answer came"), "exclamation-triangle-fill", "amber"),
}
MAILS = {
    BodyMail.State.PLANNED: Label(pgettext_lazy("mail to a body", "on its way"), "clock"),
    BodyMail.State.SENT: Label(pgettext_lazy("mail to a body", "their mail server has it"), "check-lg"),
    BodyMail.State.FAILED: Label(
        pgettext_lazy("mail to a body", "refused: check their address"), "exclamation-triangle-fill", "amber"
    ),
    BodyMail.State.DROPPED: Label(pgettext_lazy("mail to a body", "no longer needed"), "dash-circle"),
}
STATEMENTS: dict[Kind, Words] = {
    Kind.ACCEPTED: _("They take it on"),
    Kind.ASKED: _("They asked"),
    Kind.WROTE: _("They wrote"),
    Kind.TOLD: _("We answered"),
    Kind.DONE: _("They say it is done"),
    Kind.NOT_OURS: _("They say it is not theirs"),
}


@register.filter
def hand_over_label(state: str) -> Label:
    """Return word, icon and tone of how a hand-over stands."""
    return STATES[State(state)]


@register.filter
def body_mail_label(mail: BodyMail) -> Label:
    """Return word, icon and tone of what became of a mail to a body."""
    return MAILS[BodyMail.State(mail.state)]


@register.filter
def statement_label(kind: str) -> str:
    """Return what was said in a hand-over, in words."""
    return str(STATEMENTS[Kind(kind)])
