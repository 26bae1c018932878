"""Propose the special days of a country for a calendar. A town takes them in as data of its own, or not."""

import calendar as months_of
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum

import holidays
from pyluach.dates import HebrewDate

from moked.base.labels import Labels
from moked.sla.calendars import Calendar, Hours

NOON = 12 * 60
JEWISH_EVES = "IL"
_DAY = timedelta(days=1)
_EVE = {"en": "Eve of {name}", "he": "ערב {name}"}
_WORKED = {"en": "Working Saturday", "hu": "Munkanap (áthelyezett)", "he": "שבת שהיא יום עבודה"}


class UnknownCountry(ValueError):
    """Nothing is known of the holidays of this country; the message says how to name one."""


class Kind(StrEnum):
    """Why a day is proposed."""

    HOLIDAY = "HOLIDAY"
    EVE = "EVE"
    WORKING_DAY = "WORKING_DAY"


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A day that should differ from the week; `hours` () is closed all day, `name` is by language."""

    on: date
    kind: Kind
    name: Labels
    hours: Hours


def propose(
    calendar: Calendar, country: str, *, first: date, months: int, languages: Sequence[str]
) -> list[Proposal]:
    """Return the days of the country that the calendar does not know yet and that would change it, by date.

    Holidays are closed, eves of Jewish holidays end at noon, and a weekend day that is worked for another has
    the hours of the day before it. `country` is its two letters. Raises UnknownCountry.
    """
    last = end_of(first, months)
    proposed = sorted(_all(calendar, country, first, last, languages), key=lambda one: one.on)
    return [
        one
        for one in proposed
        if first <= one.on <= last
        and one.on not in calendar.days
        and one.hours != calendar.week[one.on.weekday()]
    ]


def end_of(first: date, months: int) -> date:
    """Return the last day of so many months from a day on."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last_of_month = months_of.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(first.day, last_of_month)) - _DAY


def countries() -> list[str]:
    """Return the countries whose holidays are known, by their two letters."""
    return sorted(holidays.list_supported_countries(include_aliases=False))


def accept(calendar: Calendar, proposals: Sequence[Proposal], *, until: date | None = None) -> Calendar:
    """Return the calendar with these days and their names, knowing that none are missing `until` a day."""
    return dataclasses.replace(
        calendar,
        known_until=max(filter(None, (calendar.known_until, until)), default=None),
        days={**calendar.days, **{one.on: one.hours for one in proposals}},
        names={**calendar.names, **{one.on: one.name for one in proposals}},
    )


def _all(
    calendar: Calendar, country: str, first: date, last: date, languages: Sequence[str]
) -> Iterator[Proposal]:
    years = range(first.year, last.year + 2)
    # The library names days of its own language where it lacks one; then the town has to.
    known = {language: _of_country(country, years, language) for language in languages}
    plain = _of_country(country, years, None)
    named = {language: days for language, days in known.items() if days is not None}
    assert plain is not None  # noqa: S101 - only a language can be lacking

    def name_of(on: date) -> Labels:
        return {language: days[on] for language, days in named.items()} or {"en": plain[on]}

    yield from (Proposal(on, Kind.HOLIDAY, name_of(on), ()) for on in plain)
    if country == JEWISH_EVES:
        for on in plain:
            if _is_eve(eve := on - _DAY) and eve not in plain:
                hours = _until_noon(calendar.week[eve.weekday()])
                yield Proposal(eve, Kind.EVE, _worded(_EVE, name_of(on)), hours)
    for on in plain.weekend_workdays:
        hours = calendar.week[(on - _DAY).weekday()]
        yield Proposal(
            on, Kind.WORKING_DAY, {key: _WORKED[key] for key in languages if key in _WORKED}, hours
        )


def _of_country(country: str, years: range, language: str | None) -> holidays.HolidayBase | None:
    """Return the holidays, named in a language; None when there are no names in it. Raises UnknownCountry."""
    try:
        found = holidays.country_holidays(country, years=years)
    except NotImplementedError:
        raise UnknownCountry(
            f"There are no holidays of {country!r:.20}: name a country by two letters, like CZ."
        ) from None
    if language is None:
        return found
    code = next((one for one in found.supported_languages if one.partition("_")[0] == language), None)
    return holidays.country_holidays(country, years=years, language=code) if code else None


def _is_eve(on: date) -> bool:
    """Tell whether the next day is a holiday that begins the evening before."""
    tomorrow = HebrewDate.from_pydate(on + _DAY)
    return tomorrow.festival(israel=True, include_working_days=False) is not None


def _worded(words: dict[str, str], name: Labels) -> Labels:
    return {
        language: words[language].format(name=text) for language, text in name.items() if language in words
    }


def _until_noon(hours: Hours) -> Hours:
    return tuple((opens, min(closes, NOON)) for opens, closes in hours if opens < NOON)
