"""Plan mails to bodies, remind those that are silent, and note what became of a mail."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from moked.cases.models import Case
from moked.cases.rules import State as CaseState
from moked.events.operations import publish
from moked.handovers.events import BodyMailPlanned
from moked.handovers.models import NOT_SENT, BodyMail, ExternalBody, HandOver, Statement
from moked.handovers.rules import Mail, State
from moked.notices import staff
from moked.notices.rules import TO_BODY, StaffKind

BATCH = 50


def plan_mail(found: HandOver, kind: Mail, now: datetime, statement: Statement | None = None) -> BodyMail:
    """Plan a mail to the body; whom it goes to and what it may read is looked up when it is sent."""
    mail = BodyMail.objects.create(
        municipality_id=found.municipality_id,
        hand_over=found,
        kind=kind,
        statement=statement,
        planned_at=now,
    )
    publish(BodyMailPlanned(municipality_id=found.municipality_id, mail_id=mail.pk), now=now)
    return mail


@transaction.atomic
def mark(
    mail: BodyMail, state: BodyMail.State, *, now: datetime, failure: str = "", message_id: str = ""
) -> None:
    """Note what became of a mail not sent yet; of one refused for good, whoever has the case is told."""
    planned = BodyMail.objects.filter(pk=mail.pk, state__in=NOT_SENT)
    sent_at = now if state == BodyMail.State.SENT else None
    if not planned.update(state=state, sent_at=sent_at, failure=failure[:200], message_id=message_id):
        return
    if state == BodyMail.State.FAILED:
        _gave_up(mail, now)


@transaction.atomic
def note_bounce(*, mail_id: int, status: str, is_final: bool, now: datetime) -> None:
    """Note that a mail server could not deliver a mail to a body; `status` is its code (RFC 3463).

    Once it gave up, the mail counts as refused, and whoever has the case is told.
    """
    rows = BodyMail.objects.select_for_update(of=("self",)).select_related("hand_over__case")
    mail = rows.get(id=mail_id)
    if mail.state != BodyMail.State.SENT:
        return
    mail.failure = status[:200]
    if is_final:
        mail.state = BodyMail.State.FAILED
        _gave_up(mail, now)
    mail.save(update_fields=["state", "failure"])


def note_delivered(*, mail_id: int) -> None:
    """Note that a mail server says it has delivered a mail to a body."""
    reached(BodyMail.objects.values_list("hand_over__body", flat=True).get(id=mail_id))


def reached(body_id: int) -> None:
    """Note that mails reach a body: of those that did not, it is counted anew."""
    ExternalBody.objects.filter(pk=body_id).exclude(failures=0).update(failures=0)


def _gave_up(mail: BodyMail, now: datetime) -> None:
    """Tell whoever has the case, and count; the body comes after the case, as where one answers."""
    case = mail.hand_over.case
    staff.tell(case, staff.handlers_of(case), kind=StaffKind.BOUNCED, what=TO_BODY, now=now)
    ExternalBody.objects.filter(pk=mail.hand_over.body_id).update(failures=F("failures") + 1)


def remind_silent(now: datetime) -> str:
    """Remind each body once that has said nothing of a case, each in a transaction of its own."""
    reminded = 0
    while ids := list(_silent(now)[:BATCH]):
        reminded += sum(_remind(hand_over_id, now) for hand_over_id in ids)
    return f"{reminded} bodies reminded"


def _silent(now: datetime) -> QuerySet[HandOver, int]:
    rows = HandOver.objects.filter(state=State.SENT, reminded_at__isnull=True, remind_at__lte=now)
    waiting = rows.filter(case__state=CaseState.WITH_EXTERNAL_BODY)
    return waiting.order_by("remind_at", "id").values_list("id", flat=True)


@transaction.atomic
def _remind(hand_over_id: int, now: datetime) -> int:
    case_id = HandOver.objects.values_list("case_id", flat=True).get(id=hand_over_id)
    case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    found = HandOver.objects.select_for_update(of=("self",)).get(id=hand_over_id)
    if found.state != State.SENT or found.reminded_at or case.state != CaseState.WITH_EXTERNAL_BODY:
        return 0
    found.reminded_at = now
    found.save(update_fields=["reminded_at"])
    plan_mail(found, Mail.REMINDER, now)
    return 1
