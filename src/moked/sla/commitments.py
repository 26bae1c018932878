"""What is promised for which kind of case, and how a commitment stands. Plain values, no database."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from moked.cases.rules import Channel, queue_moment_without_promise
from moked.cases.rules import State as CaseState
from moked.catalogue.rules import CaseKind, Priority
from moked.sla.calendars import Calendar
from moked.sla.rules import Pause, Target, TooFar, Unit, due

REVIEW_TARGET = Target(2, Unit.DAYS)


class Kind(StrEnum):
    """What is promised: that it has arrived, a person's answers, the end of the matter, a review's decision.

    An acknowledgement may go out by itself; it is never an answer.
    """

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"
    FIRST_ANSWER = "FIRST_ANSWER"
    NEXT_ANSWER = "NEXT_ANSWER"
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

PAUSED_BY_DEFAULT = {
    Kind.RESOLUTION: frozenset({CaseState.WAITING_FOR_RESIDENT, CaseState.WITH_EXTERNAL_BODY})
}
"""In which states of a case a clock stands still where the town says nothing else.

The town waits for somebody else then. A first answer never waits.
"""

FOLLOW_UP = "FOLLOW_UP"
"""What a case stands in the queue for that waits and owes nothing meanwhile: to be looked at."""

SEEN_AT_ONCE = frozenset({Channel.WEB, Channel.PHONE, Channel.COUNTER, Channel.APP, Channel.API})
"""On which channels whoever reports sees or hears the number at once: that acknowledges it."""

ANSWERS = frozenset({Kind.ACKNOWLEDGEMENT, Kind.FIRST_ANSWER, Kind.NEXT_ANSWER})
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


def stand(
    target: Target,
    calendar: Calendar,
    started_at: datetime,
    pauses: Sequence[Pause],
    met_at: datetime | None,
    now: datetime,
) -> Standing:
    """Return how a commitment stands at `now`, from its facts alone; `pauses` are those that stop its clock.

    A target that the calendar can no longer reach is no commitment any more.
    """
    try:
        due_at = due(calendar, started_at, target, pauses)
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


def queue_place(
    priority: str,
    owed: Iterable[tuple[datetime | None, str]],
    opened_at: datetime,
    follow_up_at: datetime | None,
) -> tuple[datetime, str]:
    """Return where a case stands in the queue and the kind of what is due then, '' for nothing.

    That is what is due first, else when it is to be looked at; an urgent case stands in front of all others.
    """
    otherwise = queue_moment_without_promise(priority, opened_at)
    if priority == Priority.URGENT:
        return otherwise, ""
    dated = [(due_at, kind) for due_at, kind in owed if due_at]
    if dated:
        return min(dated)
    return (follow_up_at, FOLLOW_UP) if follow_up_at else (otherwise, "")


def follow_up(
    waiting: CaseState, days: int, calendar: Calendar | None, until: datetime | None, at: datetime
) -> datetime | None:
    """Return when a case waiting from `at` is to be looked at: days later, or working days after a date.

    Whoever handed it to a body has said until when it may answer.
    """
    if waiting == CaseState.WITH_EXTERNAL_BODY and until is not None:
        return until
    if waiting != CaseState.SCHEDULED:
        return at + timedelta(days=days)
    if until is None or not days:
        return until
    try:
        return due(calendar, until, Target(days, Unit.DAYS)) if calendar else until + timedelta(days)
    except TooFar:
        return until + timedelta(days)
