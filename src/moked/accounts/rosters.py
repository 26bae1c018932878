"""Who of a team is on duty: shifts by weekday, and absences. Plain values, no database."""

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from moked.base.civil_time import DAY_MINUTES, on_the_clock

WEEKDAYS = frozenset(range(7))
MOST_SHIFTS = 20


class BadShift(ValueError):
    """A shift is not as it must be; `code` is NO_WEEKDAY, NO_LENGTH or TOO_LONG."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclasses.dataclass(frozen=True)
class Member:
    """Somebody who works in a team; one who was switched off is never on duty."""

    user_id: int
    is_active: bool = True


@dataclasses.dataclass(frozen=True, order=True)
class Shift:
    """When a member is on duty, week after week: on weekdays, Monday being 0, from minute to minute.

    Minutes are those of the town's clocks after midnight of the weekday; past 1,440 a shift ends on the next
    day. Raises BadShift.
    """

    user_id: int
    weekdays: tuple[int, ...]
    begins: int
    ends: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekdays", tuple(sorted(set(self.weekdays))))
        if not self.weekdays or not WEEKDAYS.issuperset(self.weekdays):
            raise BadShift("NO_WEEKDAY")
        if not 0 <= self.begins < DAY_MINUTES or self.ends <= self.begins:
            raise BadShift("NO_LENGTH")
        if self.ends > self.begins + DAY_MINUTES:
            raise BadShift("TOO_LONG")

    def covers(self, at: datetime, on: date, zone: tzinfo) -> bool:
        """Tell whether a moment lies in the shift that begins on a date: its end belongs to it no more."""
        begins, ends = on_the_clock(on, self.begins, zone), on_the_clock(on, self.ends, zone)
        return on.weekday() in self.weekdays and begins <= at < ends


@dataclasses.dataclass(frozen=True)
class Absence:
    """Days, the last one included, on which somebody begins no shift."""

    user_id: int
    first_day: date
    last_day: date


def on_duty(
    members: Iterable[Member],
    shifts: Iterable[Shift],
    absences: Iterable[Absence],
    at: datetime,
    zone: tzinfo,
) -> list[int]:
    """Return who of the members is on duty at a moment, in their order.

    A member without any shift is on duty at all hours. A shift belongs to the day on which it begins: one
    that began the evening before an absence ends as usual, and one that begins on the last evening of it is
    not worked.
    """
    rosters: dict[int, list[Shift]] = {}
    for shift in shifts:
        rosters.setdefault(shift.user_id, []).append(shift)
    away: dict[int, list[Absence]] = {}
    for absence in absences:
        away.setdefault(absence.user_id, []).append(absence)
    today = at.astimezone(zone).date()

    def is_there(user_id: int, on: date) -> bool:
        return not any(one.first_day <= on <= one.last_day for one in away.get(user_id, ()))

    def works(user_id: int) -> bool:
        if user_id not in rosters:
            return is_there(user_id, today)
        # A shift is a day long at most: what began before yesterday is over.
        days = (today - timedelta(days=1), today)
        return any(
            is_there(user_id, on) and any(one.covers(at, on, zone) for one in rosters[user_id]) for on in days
        )

    return [member.user_id for member in members if member.is_active and works(member.user_id)]


def in_turn(user_ids: Iterable[int], last: int | None) -> list[int]:
    """Return people in the order of their turn: first who comes after the last one, always one way round.

    `last` need not be among them any more.
    """
    ordered = sorted(user_ids)
    if last is None:
        return ordered
    return [one for one in ordered if one > last] + [one for one in ordered if one <= last]


def by_load(user_ids: Iterable[int], loads: dict[int, int], last: int | None) -> list[int]:
    """Return people by how much they have, fewest first; of those who have the same, in turn."""
    return sorted(in_turn(user_ids, last), key=lambda one: loads.get(one, 0))
