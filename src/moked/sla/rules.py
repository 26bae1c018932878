"""When something is due and how much working time has passed: pure functions of facts. No database.

All moments are aware and compared in UTC. `active` is opening without the pauses; `due` is the first moment
by which the target's working time has been active, or the end of the n-th working day. A period in calendar
days that ends on a closed day ends with the next working day, as the laws of many countries have it (Czech
Administrative Procedure Code § 40, Hungarian Act CL of 2016 § 52, Israeli Interpretation Law § 10).
"""

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from moked.base.labels import Labels
from moked.sla.calendars import Calendar, Interval

SEARCH = timedelta(days=3660)
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)
MOST_PAUSES = 1000
NOTHING = timedelta()
_TARGET = re.compile(r"([1-9]\d{0,4})([mhdc])", re.ASCII)


class BadTarget(ValueError):
    """A target cannot be read; the message says how to write one."""


class BadPause(ValueError):
    """Pauses are not as they must be; the message says what to change."""


class TooFar(ValueError):
    """The calendar opens so rarely that the target is not used up within ten years of the last fact."""

    def __init__(self) -> None:
        super().__init__(_("Nothing is due within ten years: open more often, or promise less working time."))


class Unit(StrEnum):
    """What a target counts: minutes or hours of opening, working days, or all days."""

    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    CALENDAR_DAYS = "c"


IN_DAYS = frozenset({Unit.DAYS, Unit.CALENDAR_DAYS})
_MOST = {Unit.MINUTES: 60_000, Unit.HOURS: 9_000, Unit.DAYS: 400, Unit.CALENDAR_DAYS: 800}


@dataclasses.dataclass(frozen=True)
class Target:
    """How much is promised: `8h` and `90m` of opening, `3d`, the end of the third working day after.

    `30c` is the end of the thirtieth day after, and of the next working day where that one is closed.
    """

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def working_time(self) -> timedelta:
        """The opening that may be used up; not for days, which are counted by their date."""
        return timedelta(minutes=self.amount) if self.unit == Unit.MINUTES else timedelta(hours=self.amount)

    @classmethod
    def read(cls, text: str) -> "Target":
        """Return the target of its short form; raises BadTarget."""
        found = _TARGET.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise BadTarget(
                f"{text!r:.40} is no target: write hours like 8h, minutes like 90m, working days like 3d, "
                "calendar days like 30c."
            )
        target = cls(int(found[1]), Unit(found[2]))
        if target.amount > _MOST[target.unit]:
            raise BadTarget(
                _("%(target)s is too far away: promise %(most)s at most.")
                % {"target": text, "most": cls(_MOST[target.unit], target.unit)}
            )
        return target


@dataclasses.dataclass(frozen=True)
class Pause:
    """The clock stands still from the first moment until just before the second; for good when it is None."""

    from_at: datetime
    to_at: datetime | None = None


class Day(StrEnum):
    """What a date did to the clock."""

    COUNTED = "COUNTED"
    NOT_COUNTED = "NOT_COUNTED"
    CLOSED = "CLOSED"
    PAUSED = "PAUSED"
    NEXT_OPEN = "NEXT_OPEN"


@dataclasses.dataclass(frozen=True)
class Step:
    """One date on the way to what is due.

    `opening` is the date's hours in UTC; `counted` how much of it was used, `total` how much so far. `number`
    is the day's number for a target in days, else 0. A special day is one that differs from the week; `name`
    says what it is. NOT_COUNTED is an open day that does not count: the day something came in, for a target
    in days, or after closing. A closed day counts only for a target in calendar days; where the last of them
    is closed, NEXT_OPEN is the open day it is moved to.
    """

    on: date
    what: Day
    opening: tuple[Interval, ...]
    counted: timedelta
    total: timedelta
    number: int
    is_special: bool
    name: Labels


@dataclasses.dataclass(frozen=True)
class Explanation:
    """How a date was computed: from `start` on, day by day. `due` is None while the clock stands still."""

    start: datetime
    target: Target
    zone: str
    is_open_at_start: bool
    pauses: tuple[Pause, ...]
    due: datetime | None
    steps: tuple[Step, ...]

    @property
    def elapsed(self) -> timedelta:
        """The working time used up when it is due, or where the clock stopped."""
        return self.steps[-1].total


def merged(pauses: Iterable[Pause]) -> list[Interval]:
    """Return the pauses in order, none overlapping; an open end is FOREVER. Raises BadPause."""
    ordered = sorted((pause.from_at, pause.to_at or FOREVER) for pause in pauses)
    joined: list[Interval] = []
    for from_at, to_at in ordered:
        if to_at < from_at:
            raise BadPause(_("A pause ends before it begins: write its beginning first."))
        if joined and from_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], to_at))
        elif to_at > from_at:
            joined.append((from_at, to_at))
    return joined


def due(calendar: Calendar, start: datetime, target: Target, pauses: Sequence[Pause] = ()) -> datetime | None:
    """Return when the target is due; None when the clock stands still before. Raises BadPause, TooFar.

    A working day counts when its closing is not in a pause: a pause moves the date by as many working days
    as it reaches the end of. A closed day counts for a target in calendar days unless it is paused whole.
    """
    stopped = merged(pauses)
    if target.unit in IN_DAYS:
        return _nth_closing(calendar, start, target, stopped)
    return _used_up(calendar, start, target.working_time, stopped)


def elapsed(calendar: Calendar, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
    """Return the active working time from `start` until `end`. Raises BadPause."""
    used = NOTHING
    for from_at, to_at in _active(calendar, start, calendar.date_of(end), merged(pauses)):
        if from_at >= end:
            break
        used += min(to_at, end) - from_at
    return used


def left(
    calendar: Calendar, start: datetime, target: Target, pauses: Sequence[Pause], now: datetime
) -> Target:
    """Return what is left of a target at `now`: days of one in days, else minutes, rounded up.

    Raises BadPause.
    """
    if target.unit not in IN_DAYS:
        unused = target.working_time - elapsed(calendar, start, now, pauses)
        return Target(max(0, math.ceil(unused / timedelta(minutes=1))), Unit.MINUTES)
    days = _counted_days(calendar, start, target.unit, merged(pauses), calendar.date_of(now))
    return Target(max(0, target.amount - sum(1 for ends, _ in days if ends <= now)), target.unit)


def share_used(
    calendar: Calendar, start: datetime, target: Target, percent: int, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """Return when a share of a target has been used up; None while the clock stands still before.

    It is a share of active working time, also of a target in days: never a part of the clock time in between,
    which would fall into nights. Raises BadPause, TooFar.
    """
    due_at = due(calendar, start, target, pauses)
    if due_at is None or percent >= 100:
        return due_at
    return used_up(calendar, start, elapsed(calendar, start, due_at, pauses) * percent / 100, pauses)


def used_up(
    calendar: Calendar, start: datetime, working_time: timedelta, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """Return when so much active working time has passed; None when the clock stands still before.

    Raises BadPause, TooFar.
    """
    return _used_up(calendar, start, working_time, merged(pauses))


def explain(calendar: Calendar, start: datetime, target: Target, pauses: Sequence[Pause] = ()) -> Explanation:
    """Return how `due` comes about, one step a date. Raises BadPause, TooFar."""
    due_at = due(calendar, start, target, pauses)
    stopped = merged(pauses)
    # A clock that stands still is explained up to where it stopped.
    end = due_at or stopped[-1][0]
    return Explanation(
        start=start,
        target=target,
        zone=calendar.zone,
        is_open_at_start=any(
            opens <= start for opens, _ in calendar.opening_between(start, calendar.date_of(start))
        ),
        pauses=tuple(Pause(from_at, None if to_at == FOREVER else to_at) for from_at, to_at in stopped),
        due=due_at,
        steps=tuple(_steps(calendar, start, max(start, end), target, stopped)),
    )


def check_moment(moment: datetime) -> datetime:
    """Return the moment in UTC; raises ValueError for one without offset or out of reach."""
    if moment.tzinfo is None:
        raise ValueError(_("Write moments with their offset, for example 2026-03-27T08:00:00+03:00."))
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = FOREVER
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(_("Write moments between the years 1970 and 2199."))
    return moment


def _used_up(
    calendar: Calendar, start: datetime, working_time: timedelta, stopped: list[Interval]
) -> datetime | None:
    remaining = working_time
    for from_at, to_at in _active(calendar, start, _last_date(calendar, start, stopped), stopped):
        if to_at - from_at >= remaining:
            return from_at + remaining
        remaining -= to_at - from_at
    return _not_due(stopped)


def _nth_closing(
    calendar: Calendar, start: datetime, target: Target, stopped: list[Interval]
) -> datetime | None:
    """Return the end of the n-th day that counts, or of the first open one after it where it is closed."""
    days = _counted_days(calendar, start, target.unit, stopped, _last_date(calendar, start, stopped))
    for number, (ends, is_open) in enumerate(days, 1):
        if number >= target.amount and is_open:
            return ends
    return _not_due(stopped)


def _not_due(stopped: list[Interval]) -> datetime | None:
    """Return None where the clock stands still for good; raises TooFar where it was given all the time."""
    if stopped and stopped[-1][1] == FOREVER:
        return None
    raise TooFar


def _counted_days(
    calendar: Calendar, start: datetime, unit: Unit, stopped: list[Interval], last: date
) -> Iterator[tuple[datetime, bool]]:
    """Yield the end of each day after the start's that counts and whether it is open, none before the last.

    An open day ends with its closing, a closed one with its midnight.
    """
    on, reached = calendar.date_of(start), start
    while (on := on + timedelta(days=1)) <= last:
        closing = calendar.closing_on(on)
        if closing is None and unit == Unit.DAYS:
            continue
        ends = closing or calendar.midnight_after(on)
        if stopped and stopped[-1][0] < ends and stopped[-1][1] == FOREVER:
            return
        if not _is_lost(calendar, on, stopped):
            # A night shift may close after the hours of the day it reaches into.
            reached = max(reached, ends)
            yield reached, closing is not None


def _is_lost(calendar: Calendar, on: date, stopped: list[Interval]) -> bool:
    """Tell whether a pause takes a day away: it reaches its closing, or all of it where it is closed."""
    closing = calendar.closing_on(on)
    if closing is not None:
        return _covers(stopped, closing)
    begins, ends = calendar.midnight_after(on - timedelta(days=1)), calendar.midnight_after(on)
    return any(from_at <= begins and ends <= to_at for from_at, to_at in stopped)


def _covers(stopped: list[Interval], closing: datetime) -> bool:
    return any(from_at < closing <= to_at for from_at, to_at in stopped)


def _active(calendar: Calendar, start: datetime, last: date, stopped: list[Interval]) -> Iterator[Interval]:
    """Yield opening without the pauses, in order."""
    waiting = [*stopped]
    for opens, closes in calendar.opening_between(start, last):
        while waiting and waiting[0][1] <= opens:
            del waiting[0]
        if waiting and waiting[0][0] <= opens and waiting[0][1] == FOREVER:
            return
        yield from _without(waiting, opens, closes)


def _without(stopped: list[Interval], opens: datetime, closes: datetime) -> Iterator[Interval]:
    at = opens
    for from_at, to_at in stopped:
        if from_at >= closes:
            break
        if from_at > at:
            yield at, from_at
        at = max(at, to_at)
    if at < closes:
        yield at, closes


def _last_date(calendar: Calendar, start: datetime, stopped: list[Interval]) -> date:
    """Return where to stop looking: ten years after the last moment that matters."""
    known = [moment for pause in stopped for moment in pause if moment != FOREVER]
    return calendar.date_of(max(start, *known) if known else start) + SEARCH


def _steps(
    calendar: Calendar, start: datetime, end: datetime, target: Target, stopped: list[Interval]
) -> Iterator[Step]:
    first, last = calendar.date_of(start), calendar.date_of(end)
    total, number, reached = NOTHING, 0, start
    is_in_days = target.unit in IN_DAYS
    on = first - timedelta(days=1)
    while on <= last:
        opening = calendar.opening_on(on)
        counted = _counted(opening, reached, end, stopped)
        total += counted
        # What a night shift has counted is not counted again for the day it reaches into.
        reached = max(reached, *(closes for _, closes in opening)) if opening else reached
        is_due_already = number == target.amount
        is_counted_day = on > first and _counts(calendar, on, end, target.unit, stopped)
        number += is_counted_day and not is_due_already
        if on >= first or counted:
            yield Step(
                on=on,
                what=_what(
                    opening,
                    is_counted_day if is_in_days else bool(counted),
                    is_in_days and is_due_already,
                    start,
                    stopped,
                ),
                opening=tuple(opening),
                counted=counted,
                total=total,
                number=number if is_in_days and is_counted_day and not is_due_already else 0,
                is_special=on in calendar.days,
                name=calendar.names.get(on, {}),
            )
        on += timedelta(days=1)


def _counts(calendar: Calendar, on: date, end: datetime, unit: Unit, stopped: list[Interval]) -> bool:
    closing = calendar.closing_on(on)
    if closing is None and unit != Unit.CALENDAR_DAYS:
        return False
    return (closing or calendar.midnight_after(on)) <= end and not _is_lost(calendar, on, stopped)


def _counted(opening: list[Interval], start: datetime, end: datetime, stopped: list[Interval]) -> timedelta:
    clipped = [(max(opens, start), min(closes, end)) for opens, closes in opening]
    parts = (part for opens, closes in clipped if opens < closes for part in _without(stopped, opens, closes))
    return sum((to_at - from_at for from_at, to_at in parts), NOTHING)


def _what(
    opening: list[Interval], is_counted: bool, is_due_already: bool, start: datetime, stopped: list[Interval]
) -> Day:
    if is_counted and not is_due_already:
        return Day.COUNTED
    if not opening:
        return Day.CLOSED
    if is_counted:
        return Day.NEXT_OPEN
    return Day.PAUSED if _covers(stopped, opening[-1][1]) and opening[-1][1] > start else Day.NOT_COUNTED
