"""Note what mail servers tell of notices after they took them."""

from datetime import datetime

from django.db import transaction

from moked.cases.models import Participant
from moked.channels.base.troubles import Refused
from moked.notices import operations, staff
from moked.notices.models import Notice
from moked.notices.rules import StaffKind
from moked.residents.operations import mark_undeliverable

NO_SUCH_ADDRESS = "5.1."
OF_THE_SENDER = ("5.1.0", "5.1.7", "5.1.8")


def says_no_such_address(status: str) -> bool:
    """Tell whether a status (RFC 3463) says that there is no such address, and not that ours is bad."""
    return status.startswith(NO_SUCH_ADDRESS) and not status.startswith(OF_THE_SENDER)


@transaction.atomic
def note_bounce(*, notice_id: int, status: str, is_final: bool, now: datetime) -> Notice:
    """Note that a mail server could not deliver a notice; `status` is its code (RFC 3463), such as 5.1.1.

    Once it gave up, whoever has the case is told; where there is no such address (5.1), nothing is sent any
    more. A full mailbox or a mail that was taken for spam says nothing of the address.
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("case").get(id=notice_id)
    if notice.state == Notice.State.BOUNCED:
        return notice
    notice.failure = status[:200]
    if is_final:
        notice.state, notice.state_at = Notice.State.BOUNCED, now
    notice.save(update_fields=["state", "state_at", "failure"])
    if is_final:
        _gave_up(notice, status, now)
    return notice


@transaction.atomic
def note_refusal(notice: Notice, problem: Refused, now: datetime) -> None:
    """Note that a mail server took a notice for this recipient neither now nor ever: as good as a bounce."""
    operations.mark(notice, Notice.State.FAILED, now=now, failure=problem.reason)
    _gave_up(notice, problem.status, now)


def _gave_up(notice: Notice, status: str, now: datetime) -> None:
    if says_no_such_address(status):
        mark_undeliverable(notice.municipality_id, _went_to(notice), now)
    staff.tell(notice.case, staff.handlers_of(notice.case), kind=StaffKind.BOUNCED, now=now)


def _went_to(notice: Notice) -> str:
    """Return the address a notice went to; '' for none. Word of it may come before we have noted that."""
    part = Participant.objects.filter(case=notice.case_id, resident=notice.recipient_id)
    return notice.sent_to or part.values_list("email", flat=True).first() or ""


@transaction.atomic
def note_delivered(*, notice_id: int, now: datetime) -> Notice:
    """Note that a mail server says it has delivered a notice, or passed it on to one that says no more.

    One that was said not to have arrived stays so.
    """
    sent = Notice.objects.filter(id=notice_id, state__in=[Notice.State.PLANNED, Notice.State.SENT])
    sent.update(state=Notice.State.DELIVERED, state_at=now)
    return Notice.objects.select_related("case").get(id=notice_id)
