"""Tell colleagues about cases: on the desk at once, and by mail from the outbox.

What is told is only that there is something to look at. Who may look is asked again whenever it is shown or
sent.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, QuerySet

from moked.accounts.models import User
from moked.accounts.queries import actor_for, workers_of
from moked.accounts.rules import Actor
from moked.base.rows import add, new
from moked.cases.models import Case
from moked.channels.base.troubles import Refused
from moked.channels.email import smtp
from moked.events.operations import publish
from moked.events.subscribers import GiveUp, Work
from moked.municipalities.queries import public_url
from moked.notices import rendering
from moked.notices.events import StaffMailPlanned
from moked.notices.models import StaffNotice
from moked.notices.operations import message_id
from moked.notices.rules import StaffKind
from moked.notices.texts import text_for

PAGE = 50
MOST_COUNTED = 100


def tell(
    case: Case,
    user_ids: Iterable[int],
    *,
    kind: StaffKind,
    what: str = "",
    level: str = "",
    by_mail: bool = False,
    now: datetime,
) -> None:
    """Tell colleagues something about a case; called inside the transaction of what they are told."""
    for user_id in dict.fromkeys(user_ids):
        row = new(
            StaffNotice,
            municipality_id=case.municipality_id,
            user_id=user_id,
            case_id=case.pk,
            kind=kind,
            what=what,
            level=level,
            at=now,
            mail_state=StaffNotice.MailState.PLANNED if by_mail else "",
        )
        add(row)
        if by_mail:
            publish(StaffMailPlanned(municipality_id=case.municipality_id, staff_notice_id=row.pk), now=now)


def handlers_of(case: Case) -> list[int]:
    """Return the ids of whoever has the case, else of everybody in its department."""
    return [case.assignee_id] if case.assignee_id else list(workers_of(case.department_id or 0))


def told(actor: Actor) -> QuerySet[StaffNotice]:
    """Return what somebody was told about cases they may see now."""
    # Asked of each notice: as a list, SQLite would first gather every case of the town.
    visible = Case.objects.visible_to(actor).filter(id=OuterRef("case_id"))
    return StaffNotice.objects.filter(
        Exists(visible), user_id=actor.user_id or 0, municipality_id=actor.municipality_id
    )


def page_of(actor: Actor) -> list[StaffNotice]:
    """Return the newest of them, at most fifty, with what a row shows."""
    return list(told(actor).select_related("case__service").order_by("-id")[:PAGE])


def unread(actor: Actor) -> int:
    """Return how many of them somebody has not read, counted no further than a hundred."""
    return told(actor).filter(read_at__isnull=True).order_by()[:MOST_COUNTED].count()


def mark_read(actor: Actor, now: datetime, *, notice_id: int | None = None) -> None:
    """Note that somebody has read one of them, or all."""
    rows = told(actor).filter(read_at__isnull=True)
    (rows.filter(id=notice_id) if notice_id else rows).update(read_at=now)


def send(work: Work) -> None:
    """Send one of them by mail, unless who is told may not see the case any more."""
    row = (
        StaffNotice.objects.select_related("user", "municipality", "case__service")
        .filter(id=work.event.staff_notice_id, mail_state=StaffNotice.MailState.PLANNED)
        .first()
    )
    if row is None:
        return
    if not _may_see(row.user, row.case):
        _mark(row, StaffNotice.MailState.DROPPED)
        return
    try:
        smtp.carry(_mail(row, work.event_id), still_mine=work.still_mine)
    except Refused as refusal:
        _mark(row, StaffNotice.MailState.FAILED)
        raise GiveUp(refusal.reason) from refusal
    _mark(row, StaffNotice.MailState.SENT)


def _may_see(user: User, case: Case) -> bool:
    actor = actor_for(user, case.municipality_id)
    return actor is not None and Case.objects.visible_to(actor).filter(id=case.pk).exists()


def _mark(row: StaffNotice, state: StaffNotice.MailState) -> None:
    planned = StaffNotice.objects.filter(id=row.pk, mail_state=StaffNotice.MailState.PLANNED)
    planned.update(mail_state=state)


def _mail(row: StaffNotice, event_id: int) -> smtp.Mail:
    """Return the mail: number and service, nothing a resident wrote, and the way to the case."""
    town, language = row.municipality, row.user.language
    text = text_for(f"STAFF_{row.kind}", language, fallback=town.language)
    return rendering.build(
        town,
        text,
        {
            "number": row.case.number or "",
            "service": row.case.service.name_in(text.language, town.language),
            "link": public_url(town, "desk:case", row.case.number or ""),
        },
        to=row.user.email,
        message_id=message_id(event_id, row.user_id, town.sender),
        automatic="auto-generated",
        answers=None,
        now=datetime.now(UTC),
    )
