"""Note what mail servers tell of notices after they took them."""

from datetime import datetime

from django.db import transaction

from moked.cases.models import Participant
from moked.notices import staff
from moked.notices.models import Notice
from moked.notices.rules import StaffKind
from moked.residents.operations import mark_undeliverable


@transaction.atomic
def note_bounce(*, notice_id: int, status: str, is_final: bool, now: datetime) -> Notice:
    """Note that a mail server could not deliver a notice; `status` is its code (RFC 3463), such as 5.1.1.

    When there is no such address, nothing is sent there any more and whoever has the case is told.
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("case").get(id=notice_id)
    if notice.state == Notice.State.BOUNCED:
        return notice
    notice.failure = status[:200]
    notice.state = Notice.State.BOUNCED if is_final else notice.state
    notice.save(update_fields=["state", "failure"])
    if is_final:
        part = Participant.objects.filter(case=notice.case, resident=notice.recipient_id).first()
        if part and part.email:
            mark_undeliverable(notice.municipality_id, part.email, now)
        staff.tell(notice.case, staff.handlers_of(notice.case), kind=StaffKind.BOUNCED, now=now)
    return notice
