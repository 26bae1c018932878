"""Open cases in order of what is due next, and what waits for a decision. All start from `visible_to`."""

import dataclasses
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from moked.accounts.models import TeamMember
from moked.accounts.rules import Actor
from moked.cases.models import Case, Check, Review
from moked.cases.queries.labels import of_label
from moked.cases.rules import PromiseState
from moked.catalogue.models import Service

PAGE = 30
MOST_DECISIONS = 10
COUNT_LIMIT = 1000
UNPAUSED = (PromiseState.RUNNING, PromiseState.BROKEN)
# What a row and its mark on a map show; the rest of a case and of its service is not read for a page of them.
SHOWN = (
    *("municipality_id", "number", "title", "kind", "state", "is_open", "priority", "channel", "address"),
    *("was_reopened", "awaits_answer", "awaits_check", "is_outside", "joined"),
    *("opened_at", "queue_at", "queue_for", "promised_at", "promise_state", "scheduled_at"),
    *("latitude", "longitude"),
    *("service__name", "department__name", "team__name", "assignee__name"),
)


@dataclasses.dataclass(frozen=True)
class QueuePage:
    """One page of the queue, in order of `queue_at`; `next_key` continues after its last row."""

    cases: list[Case]
    next_key: str | None


def queue(
    actor: Actor,
    *,
    now: datetime,
    after: str | None = None,
    view: str = "all",
    service: str | None = None,
    label: str | None = None,
) -> QueuePage:
    """Return a page of open cases, the next one due first.

    `view` is all, late, mine, teams, department, unassigned, resident_wrote, checks or outside; `after` is
    the `next_key` of the page before; a broken key starts at the beginning.
    """
    cases = in_view(actor, view, now=now)
    cases = of_service(cases, actor, service) if service else cases
    cases = (of_label(cases, actor, label) if label else cases).order_by("queue_at", "id")
    if key := _read_key(after):
        moment, last_id = key
        cases = cases.filter(queue_at__gte=moment).filter(
            Q(queue_at__gt=moment) | Q(queue_at=moment, id__gt=last_id)
        )
    rows = list(cases.select_related("service", "department", "team", "assignee").only(*SHOWN)[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return QueuePage(rows, f"{rows[-1].queue_at.timestamp():.6f}-{rows[-1].pk}" if more else None)


def queue_size(actor: Actor, *, now: datetime, view: str = "all") -> int:
    """Return how many open cases there are, counted no further than 1,000."""
    return in_view(actor, view, now=now).order_by()[:COUNT_LIMIT].count()


def open_reviews(actor: Actor) -> list[Review]:
    """Return the reviews waiting for a decision, oldest first, at most ten."""
    visible = Case.objects.visible_to(actor).filter(id=OuterRef("case_id"), is_open=False)
    reviews = Review.objects.filter(
        Exists(visible), municipality_id=actor.municipality_id, is_open=True
    ).select_related("case", "case__service", "case__department", "case__team", "case__assignee")
    reviews = reviews.only("reason", "opened_at", *(f"case__{column}" for column in SHOWN))
    return list(reviews.order_by("opened_at", "id")[:MOST_DECISIONS])


def open_checks(actor: Actor) -> list[Check]:
    """Return the finished work the centre has yet to confirm, oldest first, at most ten."""
    if not actor.works_town_wide:
        return []
    visible = Case.objects.visible_to(actor).filter(id=OuterRef("case_id"))
    checks = Check.objects.filter(
        Exists(visible), municipality_id=actor.municipality_id, confirmed__isnull=True
    ).select_related("case", "case__service", "case__department", "case__team", "case__assignee", "asked_by")
    return list(checks.order_by("asked_at", "id")[:MOST_DECISIONS])


def in_view(actor: Actor, view: str, *, now: datetime) -> QuerySet[Case]:
    """Return the open cases of a view of the queue, in no order; a view nobody knows is all of them."""
    cases: QuerySet[Case] = Case.objects.visible_to(actor).open()
    if view == "late":
        # What is owed is due no earlier than the case stands in the queue, whose index ends this search.
        cases = cases.filter(queue_at__lt=now, promised_at__lt=now, promise_state__in=UNPAUSED)
    elif view == "mine":
        cases = cases.filter(assignee_id=actor.user_id)
    elif view == "teams":
        # As values, not a query within: then the database walks the index of the teams' open cases.
        cases = cases.filter(team_id__in=_teams_of(actor))
    elif view == "unassigned":
        cases = cases.filter(assignee__isnull=True)
    elif view == "department":
        cases = cases.filter(department_id__in=sorted(actor.department_ids))
    elif view == "resident_wrote":
        cases = cases.filter(awaits_answer=True)
    elif view == "checks":
        cases = cases.filter(awaits_check=True)
    elif view == "outside":
        cases = cases.filter(is_outside=True)
    return cases


def _teams_of(actor: Actor) -> list[int]:
    teams = TeamMember.objects.filter(municipality_id=actor.municipality_id, user_id=actor.user_id or 0)
    return list(teams.order_by("team_id").values_list("team_id", flat=True))


def of_service(cases: QuerySet[Case], actor: Actor, service: str) -> QuerySet[Case]:
    """Keep the cases of the service of the actor's town with this slug."""
    # As a value, not a join: then the database walks the index of the service's open cases.
    wanted = Service.objects.filter(municipality_id=actor.municipality_id, slug=service)
    return cases.filter(service_id=Subquery(wanted.values("id")[:1]))


def _read_key(key: str | None) -> tuple[datetime, int] | None:
    try:
        seconds, last_id = (key or "").split("-")
        return datetime.fromtimestamp(float(seconds), UTC), int(last_id)
    except (ValueError, OverflowError, OSError):
        return None
