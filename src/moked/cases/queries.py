"""Cases as pages show them. Everything for a person starts from `visible_to`."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from moked.accounts.models import Department, User
from moked.accounts.rules import Actor
from moked.cases import rules
from moked.cases.models import Case, Change, Contact, Note, Participant, Review
from moked.catalogue.models import Service
from moked.residents.rules import mask

PAGE = 50
MOST_REVIEWS = 20
COUNT_LIMIT = 1000


class NoSuchCase(Exception):
    """There is no such case, or the actor may not see it; which of the two is not said."""


@dataclasses.dataclass(frozen=True)
class QueuePage:
    """One page of the queue, in order of `queue_at`; `next_key` continues after its last row."""

    cases: list[Case]
    next_key: str | None


@dataclasses.dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened on a case. `kind` is CONTACT_IN, CONTACT_OUT, NOTE or a rules.ChangeKind.

    `before` and `after` are codes; for departments and people their names are in `before_name`, `after_name`.
    """

    at: datetime
    kind: str
    id: int
    body: str = ""
    author: str = ""
    channel: str = ""
    before: str = ""
    after: str = ""
    before_of: Department | User | None = None
    after_of: Department | User | None = None


@dataclasses.dataclass(frozen=True)
class ReporterCard:
    """Who a case is from, by the details given for it; masked for roles that do not need to know."""

    name: str
    email: str
    phone: str
    is_masked: bool


def queue(
    actor: Actor, *, after: str | None = None, view: str = "all", service: str | None = None
) -> QueuePage:
    """Return a page of open cases, the next one due first.

    `view` is all, mine, unassigned or resident_wrote; `after` is the `next_key` of the page before; a broken
    key starts at the beginning.
    """
    cases = _filtered(actor, view, service).order_by("queue_at", "id")
    if key := _read_key(after):
        moment, last_id = key
        cases = cases.filter(queue_at__gte=moment).filter(
            Q(queue_at__gt=moment) | Q(queue_at=moment, id__gt=last_id)
        )
    rows = list(cases.select_related("service", "department", "assignee")[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return QueuePage(rows, f"{rows[-1].queue_at.timestamp():.6f}-{rows[-1].pk}" if more else None)


def queue_size(actor: Actor, *, view: str = "all") -> int:
    """Return how many open cases there are, counted no further than 1,000."""
    return _filtered(actor, view, None).order_by()[:COUNT_LIMIT].count()


def open_reviews(actor: Actor) -> list[Review]:
    """Return the reviews waiting for a decision, oldest first, at most twenty."""
    visible = Case.objects.visible_to(actor).filter(id=OuterRef("case_id"), is_open=False)
    reviews = Review.objects.filter(
        Exists(visible), municipality_id=actor.municipality_id, is_open=True
    ).select_related("case", "case__service", "case__department", "case__assignee")
    return list(reviews.order_by("opened_at", "id")[:MOST_REVIEWS])


def case_by_number(actor: Actor, number: str) -> Case:
    """Return the visible case with this number, its service, department and assignee at hand.

    Raises NoSuchCase.
    """
    case = (
        Case.objects.visible_to(actor)
        .filter(number=number)
        .select_related("municipality", "service", "department", "assignee")
        .first()
    )
    if case is None:
        raise NoSuchCase(number)
    return case


def case_of_link(case_id: int) -> Case:
    """Return the case a verified secret link opens."""
    return Case.objects.select_related("municipality", "service", "department").get(id=case_id, is_spam=False)


def open_review_of(case: Case) -> Review | None:
    """Return the review a person has yet to decide, if there is one."""
    return Review.objects.filter(case=case, is_open=True).first()


def reporter_card(case: Case, actor: Actor) -> ReporterCard | None:
    """Return who the case is from; None when it is anonymous."""
    part = Participant.objects.filter(case=case, role=Participant.Role.REPORTER).first()
    if part is None:
        return None
    is_full = actor.sees_contact_details_of(case.department_id)
    shown = str if is_full else mask
    return ReporterCard(shown(part.name), shown(part.email), shown(part.phone), is_masked=not is_full)


def staff_timeline(case: Case) -> list[TimelineEntry]:
    """Return contacts, notes and changes of a case visible to the caller, oldest first."""
    return _in_order(_contacts(case) + _notes(case) + _changes(case))


def resident_timeline(case: Case) -> list[TimelineEntry]:
    """Return what the resident may read, newest first: contacts and public changes, no notes, no names."""
    public = [
        rules.ChangeKind.OPENED,
        rules.ChangeKind.STATE,
        rules.ChangeKind.CLOSED,
        rules.ChangeKind.REOPENED,
        rules.ChangeKind.REVIEW_OPENED,
        rules.ChangeKind.REVIEW_ANSWERED,
    ]
    changes = Change.objects.filter(case=case, kind__in=public)
    entries = [TimelineEntry(row.at, row.kind, row.pk, before=row.before, after=row.after) for row in changes]
    contacts = [dataclasses.replace(entry, author="") for entry in _contacts(case)]
    return _in_order(contacts + entries)[::-1]


def _filtered(actor: Actor, view: str, service: str | None) -> QuerySet[Case]:
    cases: QuerySet[Case] = Case.objects.visible_to(actor).open()
    if view == "mine":
        cases = cases.filter(assignee_id=actor.user_id)
    elif view == "unassigned":
        cases = cases.filter(assignee__isnull=True)
    elif view == "resident_wrote":
        cases = cases.filter(awaits_answer=True)
    if service:
        # As a value, not a join: then the database walks the index of the service's open cases.
        wanted = Service.objects.filter(municipality_id=actor.municipality_id, slug=service)
        cases = cases.filter(service_id=Subquery(wanted.values("id")[:1]))
    return cases


def _read_key(key: str | None) -> tuple[datetime, int] | None:
    try:
        seconds, last_id = (key or "").split("-")
        return datetime.fromtimestamp(float(seconds), UTC), int(last_id)
    except (ValueError, OverflowError, OSError):
        return None


def _contacts(case: Case) -> list[TimelineEntry]:
    rows = Contact.objects.filter(case=case).select_related("author")
    return [
        TimelineEntry(
            row.at,
            f"CONTACT_{row.direction}",
            row.pk,
            body=row.body,
            author=row.author.name if row.author else "",
            channel=row.channel,
        )
        for row in rows
    ]


def _notes(case: Case) -> list[TimelineEntry]:
    rows = Note.objects.filter(case=case).select_related("author")
    return [
        TimelineEntry(row.at, "NOTE", row.pk, body=row.body, author=row.author.name if row.author else "")
        for row in rows
    ]


def _changes(case: Case) -> list[TimelineEntry]:
    rows = list(Change.objects.filter(case=case).select_related("actor"))
    departments = _named(Department.objects.all(), rows, rules.ChangeKind.DEPARTMENT)
    people = _named(User.objects.all(), rows, rules.ChangeKind.ASSIGNEE)
    named: dict[str, dict[str, Any]] = {
        rules.ChangeKind.DEPARTMENT: departments,
        rules.ChangeKind.ASSIGNEE: people,
    }
    return [
        TimelineEntry(
            row.at,
            row.kind,
            row.pk,
            author=row.actor.name if row.actor else "",
            before=row.before,
            after=row.after,
            before_of=named.get(row.kind, {}).get(row.before),
            after_of=named.get(row.kind, {}).get(row.after),
        )
        for row in rows
    ]


def _named(objects: QuerySet[Any], rows: list[Change], kind: str) -> dict[str, Any]:
    ids = {value for row in rows if row.kind == kind for value in (row.before, row.after) if value}
    return {str(found.pk): found for found in objects.filter(id__in=ids)} if ids else {}


def _in_order(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """By time; at one moment changes come after the words they belong to, each kind in order of its ids."""
    return sorted(entries, key=lambda entry: (entry.at, not entry.kind.startswith("CONTACT"), entry.id))
