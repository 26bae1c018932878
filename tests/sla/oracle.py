"""Working time counted minute by minute: slow, plain, and sharing nothing with the product.

Moments are minutes since 1970 in UTC, calendars their JSON form, an open end of a pause is None.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1)
WINDOW_DAYS = 150
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Pauses = Sequence[tuple[int, int | None]]


class OutOfSight(Exception):
    """Nothing is due within the window that the oracle looks through."""


def wall(zone: str, minute: int) -> int:
    """What the clocks in the zone show at a UTC minute, as minutes since 1970 on the wall."""
    shown = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return int((shown - EPOCH).total_seconds()) // 60


@lru_cache(maxsize=100_000)
def minute_of(zone: str, shown: int) -> int:
    """The first UTC minute at which the clocks show this; a skipped time goes by the offset before."""
    for offset in sorted({shown - wall(zone, shown + hours * 60) + hours * 60 for hours in (-30, 30)}):
        if wall(zone, shown + offset) == shown:
            return shown + offset
    before = wall(zone, shown - 30 * 60) - (shown - 30 * 60)
    return shown - before


def spans(calendar: dict, on: date) -> Iterator[range]:
    midnight = int((datetime(on.year, on.month, on.day) - EPOCH).total_seconds()) // 60
    hours = calendar.get("days", {}).get(on.isoformat())
    if hours is None:
        hours = calendar["week"].get(NAMES[on.weekday()], [])
    for pair in hours:
        opens, closes = (int(text[:-3]) * 60 + int(text[-2:]) for text in pair)
        yield range(
            minute_of(calendar["zone"], midnight + opens), minute_of(calendar["zone"], midnight + closes)
        )


def date_at(zone: str, minute: int) -> date:
    return (EPOCH + timedelta(minutes=wall(zone, minute))).date()


def is_paused(pauses: Pauses, minute: int) -> bool:
    return any(begin <= minute and (end is None or minute < end) for begin, end in pauses)


def active_minutes(calendar: dict, start: int, pauses: Pauses, days: int) -> list[int]:
    first = date_at(calendar["zone"], start)
    opened = {
        minute
        for ahead in range(-2, days)
        for span in spans(calendar, first + timedelta(days=ahead))
        for minute in span
        if minute >= start
    }
    return sorted(minute for minute in opened if not is_paused(pauses, minute))


def due_after_minutes(calendar: dict, start: int, amount: int, pauses: Pauses) -> int | None:
    for days in (10, 40, WINDOW_DAYS):
        active = active_minutes(calendar, start, pauses, days)
        if len(active) >= amount:
            return active[amount - 1] + 1
    return nothing(pauses)


def due_after_days(calendar: dict, start: int, amount: int, pauses: Pauses) -> int | None:
    on, closings = date_at(calendar["zone"], start), [start]
    for ahead in range(1, WINDOW_DAYS):
        last = max((span[-1] for span in spans(calendar, on + timedelta(days=ahead)) if span), default=None)
        if last is not None and not is_paused(pauses, last):
            closings.append(max(closings[-1], last + 1))
        if len(closings) > amount:
            return closings[amount]
    return nothing(pauses)


def due_after_calendar_days(calendar: dict, start: int, amount: int, pauses: Pauses) -> int | None:
    on, ends = date_at(calendar["zone"], start), [start]
    for ahead in range(1, WINDOW_DAYS):
        day = on + timedelta(days=ahead)
        last = max((span[-1] for span in spans(calendar, day) if span), default=None)
        if last is None:
            whole = range(*(minute_of(calendar["zone"], shown) for shown in midnights(day)))
            is_lost, end = all(is_paused(pauses, minute) for minute in whole), whole.stop
        else:
            is_lost, end = is_paused(pauses, last), last + 1
        if not is_lost:
            ends.append(max(ends[-1], end))
            if len(ends) > amount and last is not None:
                return ends[-1]
    return nothing(pauses)


def midnights(day: date) -> tuple[int, int]:
    begins = int((datetime(day.year, day.month, day.day) - EPOCH).total_seconds()) // 60
    return begins, begins + 1440


def nothing(pauses: Pauses) -> None:
    if all(end is not None for _, end in pauses):
        raise OutOfSight


def elapsed(calendar: dict, start: int, end: int, pauses: Pauses) -> int:
    days = max(1, (end - start) // 1440 + 3)
    return sum(1 for minute in active_minutes(calendar, start, pauses, days) if minute < end)
