"""When an office is open: a week, and days that differ from it, in a place's civil time. No database."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from moked.base.civil_time import DAY_MINUTES, on_the_clock
from moked.base.labels import Labels

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_INTERVALS = 12
MOST_DAYS = 2000
LOOK_AHEAD = 365
_KEYS = ("zone", "week", "days", "names", "known_until")
_MINUTE = timedelta(minutes=1)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)", re.ASCII)
_MESSAGES = {
    "NOT_A_CALENDAR": _("Write the calendar as an object with a zone, a week and days."),
    "UNKNOWN_KEY": _("A calendar has no %(value)s: write zone, week, days or names."),
    "UNKNOWN_ZONE": _("There is no time zone %(value)s: name one like Asia/Jerusalem."),
    "NOT_A_WEEK": _("Write the week as an object with sun, mon, tue, wed, thu, fri and sat."),
    "UNKNOWN_WEEKDAY": _("The week has no day %(value)s: write sun, mon, tue, wed, thu, fri or sat."),
    "NOT_DAYS": _("Write the days as an object whose keys are dates like 2026-09-22."),
    "UNKNOWN_DATE": _("%(value)s is no date: write one like 2026-09-22."),
    "TOO_MANY_DAYS": _("Keep the special days to 2,000; those long past may go."),
    "NOT_HOURS": _(
        'Write the hours of %(place)s as a list of pairs like ["08:00", "16:00"]; none when closed.'
    ),
    "TOO_MANY_HOURS": _("Keep the hours of %(place)s to 12 intervals."),
    "NOT_A_TIME": _("%(value)s in the hours of %(place)s is no time: write one from 00:00 to 48:00."),
    "STARTS_TOO_LATE": _("Begin the hours of %(place)s before 24:00; what begins later is the next day's."),
    "ENDS_BEFORE_IT_STARTS": _(
        "The hours of %(place)s end before they begin: write the end of a night shift past 24:00, "
        "for example 30:00 for six in the morning."
    ),
    "OVERLAPS": _("Two intervals of %(place)s overlap: join them, or leave time between them."),
    "NOT_NAMES": _("Write the names of days as an object of dates, each with its name by language."),
    "NEVER_OPENS": _("This calendar never opens: give at least one day opening hours."),
}

Hours = tuple[tuple[int, int], ...]
"""Opening intervals of one day in minutes after its midnight; an end past 1,440 is in the next day."""

Interval = tuple[datetime, datetime]
"""A half-open interval in UTC."""


class BadCalendar(ValueError):
    """A calendar is not as it must be. The message says what to change; `code` is for who chooses the words.

    `place` is the weekday or date it is about, `value` what was found there.
    """

    def __init__(self, code: str, *, place: str = "", value: object = "") -> None:
        self.code, self.place, self.value = code, place, repr(value)[:60]
        super().__init__(_MESSAGES[code] % {"place": place, "value": self.value})


@dataclasses.dataclass(frozen=True)
class Calendar:
    """Opening hours. `week` begins with Monday; `days` replace the week's hours, () is closed all day.

    `names` say what a special day is, by language; up to `known_until` holidays were suggested.
    """

    zone: str
    week: tuple[Hours, ...]
    days: Mapping[date, Hours] = dataclasses.field(default_factory=dict)
    names: Mapping[date, Labels] = dataclasses.field(default_factory=dict)
    known_until: date | None = None

    @cached_property
    def civil_time(self) -> ZoneInfo:
        """The rules of the zone."""
        return ZoneInfo(self.zone)

    def date_of(self, moment: datetime) -> date:
        """The date on the calendar's clocks."""
        return moment.astimezone(self.civil_time).date()

    @property
    def special_until(self) -> date | None:
        """Up to when days that differ are known: the last one, or the end of what was suggested.

        None for a calendar that has none and for which none were suggested.
        """
        return max(filter(None, (self.known_until, *self.days)), default=None)

    def runs_out(self, today: date) -> bool:
        """Tell whether the days that differ, of a calendar that has any, are known for less than a year."""
        return self.special_until is not None and self.special_until < today + timedelta(days=LOOK_AHEAD)

    def hours_on(self, on: date) -> Hours:
        """The hours of a date, in minutes after midnight."""
        special = self.days.get(on)
        return self.week[on.weekday()] if special is None else special

    def opening_on(self, on: date) -> list[Interval]:
        """Return when the hours of a date are in UTC, in order; the last may end on the next date."""
        if on not in self._openings:
            self._openings[on] = self._computed_opening(on)
        return self._openings[on]

    @cached_property
    def _openings(self) -> dict[date, list[Interval]]:
        """What `opening_on` has returned: many questions ask for the same dates."""
        return {}

    def _computed_opening(self, on: date) -> list[Interval]:
        hours = self.hours_on(on)
        if not hours:
            return []
        midnight, last = self._moment(on, 0), self._moment(on, hours[-1][1])
        if last - midnight == _MINUTE * hours[-1][1]:
            # The clocks do not move meanwhile, as on all but a few days: no need to ask them each time.
            return [(midnight + _MINUTE * opens, midnight + _MINUTE * closes) for opens, closes in hours]
        return _merged(sorted((self._moment(on, opens), self._moment(on, closes)) for opens, closes in hours))

    def closing_on(self, on: date) -> datetime | None:
        """Return when the last hours of a date end; None when it is closed all day."""
        opening = self.opening_on(on)
        return opening[-1][1] if opening else None

    def midnight_after(self, on: date) -> datetime:
        """Return when a date ends, in UTC."""
        return self._moment(on, DAY_MINUTES)

    def next_opening(self, moment: datetime) -> datetime | None:
        """Return the moment itself while open, else when it opens next; None when not within a year."""
        last = self.date_of(moment) + timedelta(days=366)
        return next((opens for opens, _ in self.opening_between(moment, last)), None)

    def opening_between(self, start: datetime, last: date) -> Iterator[Interval]:
        """Yield all opening from `start` on, in order, without overlaps, up to the hours of date `last`."""
        reached = start
        # The night shift of the day before may still be open.
        on = self.date_of(start) - timedelta(days=1)
        while on <= last:
            for opens, closes in self.opening_on(on):
                if closes > reached:
                    yield max(opens, reached), closes
                    reached = closes
            on += timedelta(days=1)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        document: dict[str, Any] = {
            "zone": self.zone,
            "week": {name: _written(hours) for name, hours in zip(WEEKDAYS, self.week, strict=True) if hours},
            "days": {on.isoformat(): _written(hours) for on, hours in sorted(self.days.items())},
        }
        if self.names:
            document["names"] = {on.isoformat(): dict(name) for on, name in sorted(self.names.items())}
        if self.known_until:
            document["known_until"] = self.known_until.isoformat()
        return document

    @classmethod
    def from_document(cls, document: Any) -> "Calendar":
        """Return the checked calendar of its JSON form; raises BadCalendar."""
        if not isinstance(document, dict):
            raise BadCalendar("NOT_A_CALENDAR")
        if unknown := [key for key in document if key not in _KEYS]:
            raise BadCalendar("UNKNOWN_KEY", value=unknown[0])
        calendar = cls(
            zone=_read_zone(document.get("zone")),
            week=_read_week(document.get("week", {})),
            days=_read_days(document.get("days", {})),
            names=_read_names(document.get("names", {})),
            known_until=_read_date(said) if (said := document.get("known_until")) is not None else None,
        )
        if not any(calendar.week) and not any(calendar.days.values()):
            raise BadCalendar("NEVER_OPENS")
        return calendar

    def _moment(self, on: date, minutes: int) -> datetime:
        """Return a wall-clock time in UTC."""
        return on_the_clock(on, minutes, self.civil_time)


def never_closes(zone: str) -> Calendar:
    """Return a calendar that is open round the clock."""
    return Calendar(zone=zone, week=(((0, DAY_MINUTES),),) * len(WEEKDAYS))


def _merged(intervals: list[Interval]) -> list[Interval]:
    """Join sorted intervals that touch or overlap, as they may where clocks skip; leave out empty ones."""
    merged: list[Interval] = []
    for opens, closes in intervals:
        if closes <= opens:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _read_zone(value: Any) -> str:
    try:
        if isinstance(value, str) and value:
            return ZoneInfo(value).key
    except (ValueError, OSError, LookupError):
        pass
    raise BadCalendar("UNKNOWN_ZONE", value=value)


def _read_week(value: Any) -> tuple[Hours, ...]:
    if not isinstance(value, dict):
        raise BadCalendar("NOT_A_WEEK")
    if unknown := [key for key in value if key not in WEEKDAYS]:
        raise BadCalendar("UNKNOWN_WEEKDAY", value=unknown[0])
    return tuple(_read_hours(value.get(name, []), name) for name in WEEKDAYS)


def _read_days(value: Any) -> dict[date, Hours]:
    if not isinstance(value, dict):
        raise BadCalendar("NOT_DAYS")
    if len(value) > MOST_DAYS:
        raise BadCalendar("TOO_MANY_DAYS")
    return {_read_date(on): _read_hours(hours, on) for on, hours in value.items()}


def _read_names(value: Any) -> dict[date, Labels]:
    if not isinstance(value, dict) or len(value) > MOST_DAYS:
        raise BadCalendar("NOT_NAMES")
    if not all(isinstance(name, dict) and _are_texts(name) for name in value.values()):
        raise BadCalendar("NOT_NAMES")
    return {_read_date(on): dict(name) for on, name in value.items()}


def _are_texts(name: dict[Any, Any]) -> bool:
    return all(isinstance(text, str) and len(text) <= 100 for text in name.values())


def _read_date(value: Any) -> date:
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadCalendar("UNKNOWN_DATE", value=value) from None
    if found.isoformat() != value:
        raise BadCalendar("UNKNOWN_DATE", value=value)
    return found


def _read_hours(value: Any, place: str) -> Hours:
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise BadCalendar("NOT_HOURS", place=place)
    if len(value) > MOST_INTERVALS:
        raise BadCalendar("TOO_MANY_HOURS", place=place)
    hours = sorted((_read_time(opens, place), _read_time(closes, place)) for opens, closes in value)
    for opens, closes in hours:
        if opens >= DAY_MINUTES:
            raise BadCalendar("STARTS_TOO_LATE", place=place)
        if closes <= opens:
            raise BadCalendar("ENDS_BEFORE_IT_STARTS", place=place)
    if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
        raise BadCalendar("OVERLAPS", place=place)
    return tuple(hours)


def _read_time(value: Any, place: str) -> int:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= 2 * DAY_MINUTES:
        raise BadCalendar("NOT_A_TIME", place=place, value=value)
    return minutes


def _written(hours: Hours) -> list[list[str]]:
    return [[f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in pair] for pair in hours]
