"""Working time between two moments, asked of one calendar many times over. No database.

`rules.elapsed` walks over every day in between. Here opening is added up once, so that each question takes
two look-ups, however long a case took; the answers are the same.
"""

import json
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from moked.sla.calendars import Calendar
from moked.sla.rules import NOTHING, Pause, merged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SMALLEST = timedelta(microseconds=1)
_NIGHT = timedelta(days=2)
"""So far a calendar's dates may lie from those of UTC, the night shift before included."""


class Worktime:
    """The opening of a calendar, added up over the years that were asked for."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._years: tuple[int, int] | None = None

    def elapsed(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
        """Return the active working time from `start` until `end`. Raises BadPause."""
        if end <= start:
            return NOTHING
        self._reach(start, end)
        used = self._open(end) - self._open(start)
        for from_at, to_at in merged(pauses):
            begins, ends = max(from_at, start), min(to_at, end)
            if begins < ends:
                used -= self._open(ends) - self._open(begins)
        return used * _SMALLEST

    def _open(self, moment: datetime) -> int:
        """Return how long it was open up to a moment, from the first that was asked for."""
        at = _number(moment)
        index = bisect_right(self._opens, at) - 1
        if index < 0:
            return 0
        return self._before[index] + min(at, self._closes[index]) - self._opens[index]

    def _reach(self, start: datetime, end: datetime) -> None:
        first, last = start.astimezone(UTC).year, end.astimezone(UTC).year
        if self._years and self._years[0] <= first and last <= self._years[1]:
            return
        if self._years:
            first, last = min(first, self._years[0]), max(last, self._years[1])
        self._years = first, last
        begins = datetime(first, 1, 1, tzinfo=UTC) - _NIGHT
        opening = list(self._calendar.opening_between(begins, date(last, 12, 31) + _NIGHT))
        self._opens = [_number(opens) for opens, _ in opening]
        self._closes = [_number(closes) for _, closes in opening]
        lengths = (closes - opens for opens, closes in zip(self._opens, self._closes, strict=True))
        self._before = list(accumulate(lengths, initial=0))


def of_document(document: Any) -> Worktime:
    """Return the working time of a calendar's JSON form; the same is read once.

    It is known by what it says and not by an id, which may come to be another's.
    """
    return _of_text(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=64)
def _of_text(text: str) -> Worktime:
    return Worktime(Calendar.from_document(json.loads(text)))


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // _SMALLEST
