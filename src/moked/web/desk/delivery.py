"""How words reach a resident: what became of each mail, and which ways there are now."""

import dataclasses
import itertools
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from moked.cases.models import Participant
from moked.cases.queries import ReporterCard
from moked.cases.rules import Wants
from moked.channels.email.smtp import BAD_RECIPIENT, REFUSED
from moked.channels.rules import SendingTrouble
from moked.notices.delivery import NO_SUCH_ADDRESS, OF_THE_SENDER
from moked.notices.models import Notice
from moked.notices.queries import ARRIVED, LOST
from moked.notices.rules import WhyNot
from moked.web.ui.labels import Label

State = Notice.State
STATES = {
    State.PLANNED: Label(pgettext_lazy("mail", "Waiting to be sent"), "hourglass-split"),
    State.SENT: Label(pgettext_lazy("mail", "Sent by e-mail"), "check-lg"),
    State.DELIVERED: Label(pgettext_lazy("mail", "Has arrived"), "check-circle-fill", "green"),
    State.BOUNCED: Label(pgettext_lazy("mail", "Did not arrive"), "exclamation-triangle-fill", "red"),
    State.FAILED: Label(pgettext_lazy("mail", "Could not be sent"), "exclamation-triangle-fill", "red"),
    State.DROPPED: Label(pgettext_lazy("mail", "Not sent"), "slash-circle"),
}
WILL_BE_SENT = Label(pgettext_lazy("mail", "Will be sent"), "clock")
AS_UNWANTED = gettext_lazy("Their mail server refused it, perhaps as unwanted.")
BOUNCES = {
    **dict.fromkeys(OF_THE_SENDER, AS_UNWANTED),
    NO_SUCH_ADDRESS: gettext_lazy("There is no such address."),
    "5.2.2": gettext_lazy("The mailbox is full."),
    "5.2.": gettext_lazy("The mailbox takes no mail."),
    "5.7.": AS_UNWANTED,
}
REASONS = {
    BAD_RECIPIENT: gettext_lazy("Mails cannot be sent to this address."),
    WhyNot.UNDELIVERABLE: gettext_lazy("Earlier mails to this address did not arrive."),
    WhyNot.NO_ADDRESS: gettext_lazy("There is no address any more."),
    WhyNot.UNWANTED: gettext_lazy("They chose not to be told this."),
    WhyNot.BY_A_PROGRAM: gettext_lazy("A program wrote this. Programs are sent only what a person writes."),
    WhyNot.TO_A_PROGRAM: gettext_lazy("Nobody reads mails at this address."),
    WhyNot.NONE_WANTED: gettext_lazy("Whoever wrote asked for no automatic answer."),
    WhyNot.TOO_MANY: gettext_lazy("Many mails went to this address within the hour, perhaps in a loop."),
    WhyNot.TOLD_ALREADY: gettext_lazy("They were told at another address."),
}
SAID_NO = (SendingTrouble.SAYS_NO, REFUSED)


@dataclasses.dataclass(frozen=True)
class Delivery:
    """What became of a mail, since when, and why; `who` is said where it did not go to the reporter."""

    label: Label
    at: datetime
    reason: str = ""
    who: str = ""
    is_told: bool = False


@dataclasses.dataclass(frozen=True)
class Reach:
    """How words reach the reporter now; addresses may be masked.

    `email` gets mails unless they do not arrive since `lost_at`; `phone` is for a person to call. Without any
    of these there is only the tracking page. Who `wants_no_more` is told by mail of no end but a refusal.
    """

    email: str = ""
    lost_at: datetime | None = None
    phone: str = ""
    is_masked: bool = False
    is_anonymous: bool = False
    wants_no_more: bool = False


def reach_of(reporter: ReporterCard | None) -> Reach:
    """Return how words reach the reporter of a case."""
    if reporter is None:
        return Reach(is_anonymous=True)
    return Reach(
        reporter.email,
        reporter.undeliverable_at,
        reporter.phone,
        reporter.is_masked,
        wants_no_more=reporter.wants == Wants.NOTHING,
    )


def not_told(notices: Iterable[Notice]) -> Notice | None:
    """Return the last notice the reporter did not get, if they got none since and nobody called them."""
    last = None
    for notice in notices:
        if notice.role != Participant.Role.REPORTER:  # type: ignore[attr-defined]
            continue
        if notice.state in LOST and notice.told_by_id is None:
            last = notice
        elif notice.state in ARRIVED:
            last = None
    return last


def deliveries(notices: Iterable[Notice]) -> tuple[Delivery, ...]:
    """Return what became of mails that say the same: to the reporter, and how many to others."""
    told = []
    for (is_reporter, *_same), some in itertools.groupby(sorted(notices, key=_alike), key=_alike):
        group = list(some)
        who = "" if is_reporter else _others(len(group))
        told.append(_delivery(max(group, key=_since), who))
    return tuple(sorted(told, key=lambda one: bool(one.who)))


def _alike(notice: Notice) -> tuple[bool, str, str, bool, datetime]:
    """Return by what mails to others are told together; one to the reporter stands for itself."""
    is_reporter = notice.role == Participant.Role.REPORTER  # type: ignore[attr-defined]
    return (
        is_reporter,
        notice.state,
        notice.failure,
        notice.told_by_id is not None,
        _since(notice) if is_reporter else notice.planned_at,
    )


def _others(number: int) -> str:
    return ngettext("to one follower", "to %(number)d followers", number) % {"number": number}


def _since(notice: Notice) -> datetime:
    return notice.state_at or notice.sent_at or notice.planned_at


def _delivery(notice: Notice, who: str) -> Delivery:
    if notice.state == State.PLANNED and notice.due_at:
        return Delivery(WILL_BE_SENT, notice.due_at, who=who)
    return Delivery(
        STATES[State(notice.state)], _since(notice), reason_of(notice), who, notice.told_by_id is not None
    )


def reason_of(notice: Notice) -> str:
    """Return in words why a mail is not where it should be, '' where there is nothing to say."""
    if notice.state == State.BOUNCED:
        said = next((words for begin, words in BOUNCES.items() if notice.failure.startswith(begin)), "")
        return str(said) or _("Their mail server said no more.")
    if notice.state == State.SENT:
        return _("Their mail server is still trying.") if notice.failure else ""
    if notice.state not in {State.FAILED, State.DROPPED}:
        return ""
    if notice.failure in REASONS:
        return str(REASONS[notice.failure])
    word, _code, code = notice.failure.partition(" ")
    if word in SAID_NO:
        return _("The mail server did not take it (%(code)s).") % {"code": code}
    return _("Our own mail server could not be used for days. Tell whoever runs this helpdesk.")
