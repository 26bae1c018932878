"""What is promised for which kind of case, and how a commitment stands. Plain values, no database."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from moked.cases.rules import WITHOUT_PROMISE
from moked.cases.rules import State as CaseState
from moked.catalogue.rules import CaseKind
from moked.sla.calendars import Calendar
from moked.sla.rules import Pause, Target, TooFar, Unit, due

REVIEW_TARGET = Target(2, Unit.DAYS)


class Kind(StrEnum):
    """What is promised: a person's first answer, the end of the matter, a decision on a review."""

    FIRST_ANSWER = "FIRST_ANSWER"
    RESOLUTION = "RESOLUTION"
    REVIEW = "REVIEW"


class State(StrEnum):
    """How a commitment stands. A broken one stays broken when it is met in the end."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    KEPT = "KEPT"
    BROKEN = "BROKEN"
    CANCELLED = "CANCELLED"


OWED = (State.RUNNING, State.PAUSED, State.BROKEN)
"""How a commitment stands that is yet to be met, unless it has been."""

PAUSING = frozenset({CaseState.WAITING_FOR_RESIDENT, CaseState.WITH_EXTERNAL_BODY})
"""States of a case in which the town waits for somebody else."""

PAUSED_BY_WAITING = frozenset({Kind.RESOLUTION})
WAITING_DAYS = {
    CaseState.WAITING_FOR_RESIDENT: "resident",
    CaseState.SCHEDULED: "scheduled",
    CaseState.WITH_EXTERNAL_BODY: "external",
}


@dataclasses.dataclass(frozen=True)
class Standing:
    """When a commitment is due, if its clock runs, and how it stands."""

    due_at: datetime | None
    state: State


def promise_kind(case_kind: str) -> Kind:
    """Return which commitment a resident is told: the answer to a question, else the end of the matter."""
    return Kind.FIRST_ANSWER if case_kind == CaseKind.QUESTION else Kind.RESOLUTION


def owed_beside_promise(case_kind: str) -> Kind:
    """Return which commitment the staff owes without having told the resident its moment."""
    return Kind.RESOLUTION if promise_kind(case_kind) == Kind.FIRST_ANSWER else Kind.FIRST_ANSWER


def stand(
    kind: str,
    target: Target,
    calendar: Calendar,
    started_at: datetime,
    pauses: Sequence[Pause],
    met_at: datetime | None,
    now: datetime,
) -> Standing:
    """Return how a commitment stands at `now`, from its facts alone.

    A target that the calendar can no longer reach is no commitment any more.
    """
    try:
        due_at = due(calendar, started_at, target, pauses if kind in PAUSED_BY_WAITING else ())
    except TooFar:
        return Standing(None, State.CANCELLED)
    return Standing(due_at, state_of(due_at, met_at, now))


def state_of(due_at: datetime | None, met_at: datetime | None, now: datetime) -> State:
    """Return the state at `now` of a commitment that is due then, or whose clock stands still."""
    if met_at is not None:
        return State.BROKEN if due_at and met_at > due_at else State.KEPT
    if due_at is None:
        return State.PAUSED
    return State.BROKEN if due_at <= now else State.RUNNING


def queue_moment(
    owed: Iterable[datetime | None], opened_at: datetime, follow_up_at: datetime | None
) -> datetime:
    """Return where a case stands in the queue: by what is due first, else by when it is to be looked at."""
    return min((due_at for due_at in owed if due_at), default=follow_up_at or opened_at + WITHOUT_PROMISE)


def follow_up(
    waiting: CaseState, days: int, calendar: Calendar | None, until: datetime | None, at: datetime
) -> datetime | None:
    """Return when a case waiting from `at` is to be looked at: days later, or working days after a date."""
    if waiting != CaseState.SCHEDULED:
        return at + timedelta(days=days)
    if until is None or not days:
        return until
    try:
        return due(calendar, until, Target(days, Unit.DAYS)) if calendar else until + timedelta(days)
    except TooFar:
        return until + timedelta(days)
