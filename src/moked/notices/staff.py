"""Tell colleagues about cases: on the desk at once, and by mail from the outbox.

What is told is only that there is something to look at; to whoever handles a case its resident's words as
well, unless it is confidential. Who may look is asked again whenever it is shown or sent. A mail can be
answered by mail: its address is that colleague's own, for that case.
"""

import dataclasses
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from moked.accounts.models import User
from moked.accounts.queries import actor_for, actors_of, managers_of, workers_of
from moked.accounts.rules import Actor
from moked.base.rows import add, new
from moked.cases import operations as cases
from moked.cases.events import CaseMoved, ResidentWrote
from moked.cases.models import Case, Contact
from moked.cases.queries import moment_of_change
from moked.catalogue.rules import CaseKind
from moked.channels.base.troubles import NotNow, Refused, is_for_good
from moked.channels.email import smtp
from moked.channels.email.addresses import with_tag
from moked.channels.queries import account_of
from moked.events.operations import publish
from moked.events.subscribers import Work
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.queries import public_url
from moked.notices import rendering
from moked.notices.events import StaffMailPlanned
from moked.notices.models import StaffNotice
from moked.notices.operations import message_id
from moked.notices.rules import REPLY_LINE, StaffKind
from moked.notices.texts import Text, text_for

PAGE = 50
MOST_COUNTED = 100


def tell(
    case: Case,
    user_ids: Iterable[int],
    *,
    kind: StaffKind,
    what: str = "",
    level: str = "",
    contact: Contact | None = None,
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
            contact_id=contact.pk if contact else None,
            at=now,
            mail_state=StaffNotice.MailState.PLANNED if by_mail else "",
        )
        add(row)
        if by_mail:
            publish(StaffMailPlanned(municipality_id=case.municipality_id, staff_notice_id=row.pk), now=now)


def tell_of_words(event: ResidentWrote) -> None:
    """Tell whoever handles a case what its resident wrote, in the transaction in which it was kept."""
    case = Case.objects.get(id=event.case_id)
    if case.assignee_id is None:
        return
    contact = Contact.objects.get(id=event.contact_id)
    if contact.author_id != case.assignee_id:
        kind = StaffKind.RESIDENT_WROTE
        tell(case, [case.assignee_id], kind=kind, contact=contact, by_mail=True, now=contact.at)


def tell_of_waiting(event: CaseMoved) -> None:
    """Tell whoever handles a case that what it waited for has not come; of a silent body the managers too."""
    if not event.reason:
        return
    case, kind = Case.objects.get(id=event.case_id), StaffKind(event.reason)
    is_escalated = kind == StaffKind.BODY_SILENT and case.department_id is not None
    managers = managers_of(case.department_id or 0) if is_escalated else []
    at = moment_of_change(event.case_id)
    tell(case, [*handlers_of(case), *managers], kind=kind, by_mail=True, now=at)


def who_may_be_praised(case: Case) -> list[User]:
    """Return the colleagues who work on cases like this one, by name, and so may read the praise in it."""
    found = actors_of(case.municipality_id)
    return [user for user, actor in found if user.is_active and actor.may_work_on(case.department_id)]


@transaction.atomic
def pass_on_praise(*, case_id: int, user_ids: Collection[int], by: Actor, now: datetime) -> Case:
    """Let colleagues read that they were praised, each once; the timeline tells whom it reached.

    Raises cases.UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NO_PRAISE, NOBODY_CHOSEN, UNKNOWN_HANDLER for who
    may not see the case).
    """
    case = cases.locked_for_work(case_id, by)
    if case.kind != CaseKind.PRAISE:
        raise cases.UnableToChangeCase("NO_PRAISE")
    if not user_ids:
        raise cases.UnableToChangeCase("NOBODY_CHOSEN")
    people = User.objects.in_bulk(user_ids)
    if len(people) < len(set(user_ids)) or not all(_who_sees(one, case) for one in people.values()):
        raise cases.UnableToChangeCase("UNKNOWN_HANDLER")
    words = Contact.objects.filter(case=case).order_by("id").first()
    told = StaffNotice.objects.filter(case=case, kind=StaffKind.PRAISED)
    for user_id in sorted(set(people) - set(told.values_list("user_id", flat=True))):
        tell(case, [user_id], kind=StaffKind.PRAISED, contact=words, by_mail=True, now=now)
        cases.note_praise(case, user_id, by, now)
    return case


def handlers_of(case: Case) -> list[int]:
    """Return the ids of whoever has the case and sees it, else of everybody in its department."""
    if case.assignee and _who_sees(case.assignee, case):
        return [case.assignee.pk]
    return list(workers_of(case.department_id or 0))


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


# A failed one is sent when somebody has its dead letter tried again.
NOT_SENT = (StaffNotice.MailState.PLANNED, StaffNotice.MailState.FAILED)


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
        StaffNotice.objects.select_related("user", "municipality", "case__service", "contact")
        .filter(id=work.event.staff_notice_id, mail_state__in=NOT_SENT)
        .first()
    )
    if row is None:
        return
    actor = _who_sees(row.user, row.case)
    if actor is None:
        _mark(row, StaffNotice.MailState.DROPPED)
        return
    try:
        smtp.carry(_mail(row, actor, work.event_id), still_mine=work.still_mine)
    except (Refused, NotNow) as problem:
        if is_for_good(problem, work):
            _mark(row, StaffNotice.MailState.FAILED)
        raise
    _mark(row, StaffNotice.MailState.SENT)


def _who_sees(user: User, case: Case) -> Actor | None:
    """Return somebody as the actor who sees a case now; None when they do not."""
    actor = actor_for(user, case.municipality_id)
    sees = actor is not None and Case.objects.visible_to(actor).filter(id=case.pk).exists()
    return actor if sees else None


def _mark(row: StaffNotice, state: StaffNotice.MailState) -> None:
    planned = StaffNotice.objects.filter(id=row.pk, mail_state__in=NOT_SENT)
    planned.update(mail_state=state)


def _mail(row: StaffNotice, actor: Actor, event_id: int) -> smtp.Mail:
    """Return the mail: number and service, what the resident wrote if it is about that, the way to the case.

    Where the mailbox can tell who writes, it says how to answer by mail.
    """
    town, language, mailbox = row.municipality, row.user.language, account_of(row.municipality)
    text = text_for(f"STAFF_{row.kind}", language, fallback=town.language)
    if mailbox and mailbox.authserv_id and actor.may_work_on(row.case.department_id):
        text = _answerable(text, row.kind)
    is_shown = row.contact is not None and not row.case.service.is_confidential
    mail = rendering.build(
        town,
        text,
        {
            "number": row.case.number or "",
            "service": row.case.service.name_in(text.language, town.language),
            "words": row.contact.body if row.contact and is_shown else "",
            "link": public_url(town, "desk:case", row.case.number or ""),
        },
        to=row.user.email,
        message_id=message_id(event_id, row.user_id, town.sender),
        automatic="auto-generated",
        now=datetime.now(UTC),
    )
    if mailbox is None:
        return mail
    link = links.ensure(municipality_id=row.municipality_id, purpose=Link.Purpose.COLLEAGUE, object_id=row.pk)
    return dataclasses.replace(mail, reply_to=with_tag(mailbox.address, links.render(link)))


def _answerable(text: Text, kind: str) -> Text:
    """Return a text that says how to answer it, and above which line."""
    how = "STAFF_HOW_TO_ANSWER" if kind == StaffKind.RESIDENT_WROTE else "STAFF_HOW_TO_NOTE"
    line, hint = (text_for(one, text.language).body for one in ("STAFF_LINE", how))
    return dataclasses.replace(text, body=f"{REPLY_LINE} {line} {REPLY_LINE}\n\n{text.body}\n\n{hint}")
