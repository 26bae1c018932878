"""What is proposed for a calendar, and that only what is accepted changes it."""

from datetime import date

import pytest

from moked.sla.calendars import Calendar
from moked.sla.holidays import UnknownCountry, accept, countries, end_of, propose
from tests.sla.calendars import EUROPEAN, ISRAELI, calendar

WORKDAY = ((480, 960),)


def proposed(document, country, first, months=12, languages=("en",)):
    opening = Calendar.from_document(document)
    return propose(opening, country, first=first, months=months, languages=languages)


def test_an_israeli_autumn_is_closed_on_holidays_and_short_on_their_eves():
    found = proposed(ISRAELI, "IL", date(2026, 9, 1), months=2, languages=("he", "en"))
    assert [(one.on.isoformat(), one.kind, one.hours, one.name["he"]) for one in found] == [
        ("2026-09-13", "HOLIDAY", (), "ראש השנה"),
        ("2026-09-20", "EVE", ((480, 720),), "ערב יום כיפור"),
        ("2026-09-21", "HOLIDAY", (), "יום כיפור"),
    ]
    assert found[1].name["en"] == "Eve of Yom Kippur"


def test_an_eve_follows_the_hebrew_calendar_into_the_next_year():
    found = proposed(ISRAELI, "IL", date(2027, 4, 1), months=2)
    assert [(one.on.isoformat(), one.kind) for one in found] == [
        ("2027-04-21", "EVE"),
        ("2027-04-22", "HOLIDAY"),
        ("2027-04-27", "EVE"),
        ("2027-04-28", "HOLIDAY"),
        ("2027-05-12", "HOLIDAY"),
    ]


def test_a_hungarian_saturday_that_is_worked_gets_the_hours_of_a_friday():
    friday = EUROPEAN | {"fri": [["08:00", "14:00"]]}
    found = proposed(calendar("Europe/Budapest", **friday), "HU", date(2026, 8, 1), 1, ("hu", "en"))
    assert [(one.on.isoformat(), one.kind, one.hours) for one in found] == [
        ("2026-08-08", "WORKING_DAY", ((480, 840),)),
        ("2026-08-20", "HOLIDAY", ()),
        ("2026-08-21", "HOLIDAY", ()),
    ]
    assert found[0].name == {"hu": "Munkanap (áthelyezett)", "en": "Working Saturday"}


def test_czech_holidays_on_a_weekend_change_nothing_and_are_not_proposed():
    found = proposed(calendar("Europe/Prague", **EUROPEAN), "CZ", date(2026, 7, 1), 3, ("cs",))
    assert [(one.on.isoformat(), one.name) for one in found] == [
        ("2026-07-06", {"cs": "Den upálení mistra Jana Husa"}),
        ("2026-09-28", {"cs": "Den české státnosti"}),
    ]


def test_only_what_is_accepted_changes_the_calendar_and_is_not_proposed_again():
    opening = Calendar.from_document(ISRAELI)
    first, *others = propose(opening, "IL", first=date(2026, 9, 1), months=2, languages=["he"])
    taken = accept(opening, [first])
    assert taken.days == {date(2026, 9, 13): ()} and taken.names == {date(2026, 9, 13): {"he": "ראש השנה"}}
    assert propose(taken, "IL", first=date(2026, 9, 1), months=2, languages=["he"]) == others
    assert Calendar.from_document(taken.as_document()) == taken


def test_a_country_nobody_knows_is_refused():
    with pytest.raises(UnknownCountry, match="name a country by two letters"):
        proposed(ISRAELI, "Atlantis", date(2026, 1, 1))


@pytest.mark.parametrize("country", countries())
def test_every_country_of_the_list_can_be_asked_for(country):
    assert isinstance(proposed(EUROPE, country, date(2026, 11, 16), months=12), list)


EUROPE = calendar("Europe/Prague", **EUROPEAN)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 11, 16), 12, date(2027, 11, 15)),
        (date(2026, 11, 16), 24, date(2028, 11, 15)),
        (date(2026, 1, 31), 13, date(2027, 2, 27)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_months_end_the_day_before_their_day_comes_again(first, months, last):
    assert end_of(first, months) == last


def test_a_calendar_knows_how_far_it_was_told_and_never_less():
    opening = Calendar.from_document(ISRAELI)
    told = accept(opening, [], until=date(2028, 1, 1))
    assert told.known_until == date(2028, 1, 1)
    assert accept(told, [], until=date(2027, 1, 1)).known_until == date(2028, 1, 1)
    assert accept(opening, []).known_until is None
