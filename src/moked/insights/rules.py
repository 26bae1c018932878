"""What is counted and under which names. Plain values, no database."""

from datetime import date, timedelta
from enum import StrEnum

from moked.cases.rules import Outcome

REPEAT_WITHIN = timedelta(days=14)
"""The same person about the same matter within this time is a repeat, and cancels a first-contact end."""


class Dimension(StrEnum):
    """What figures are broken down by."""

    TOTAL = "TOTAL"
    SERVICE = "SERVICE"
    AREA = "AREA"
    CHANNEL = "CHANNEL"
    PERSON = "PERSON"
    TEAM = "TEAM"


class Standing(StrEnum):
    """How a case counts: one merged into another was received, but is neither open nor closed."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


class Kept(StrEnum):
    """What became of the promise of a closed case; one without a promise, or without a date, has neither."""

    KEPT = "KEPT"
    BROKEN = "BROKEN"


NOT_DONE = frozenset({Outcome.NOT_OURS, Outcome.WITHDRAWN_BY_RESIDENT})
"""Closed so, a case is set aside: nothing was to be done, so it neither speaks for the work nor against it.

A merged one is set aside too, since the matter goes on as another case.
"""


def first_of_month(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of all months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    ]


def percent(part: int, of: int) -> int:
    """Return a share in whole percents, a half rounded up."""
    return (200 * part + of) // (2 * of)


AGES: tuple[tuple[int, int | None], ...] = ((0, 2), (3, 7), (8, 30), (31, None))
"""Bands of days that something has been open, or late."""
OVERDUE: tuple[tuple[int, int | None], ...] = ((0, 1), (1, 8), (8, 31), (31, None))
"""Bands of whole days that an open case is past its promise: from so many, up to less than so many."""
FEWEST_FOR_SPREAD = 10
"""Of fewer durations, the tenth and the nine tenths would be single cases."""
