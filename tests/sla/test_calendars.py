"""A calendar that cannot be right is refused in a sentence that says what to do."""

from datetime import date

import pytest

from moked.sla.calendars import BadCalendar, Calendar
from tests.sla.calendars import ISRAELI, calendar


def refused(document) -> str:
    with pytest.raises(BadCalendar) as error:
        Calendar.from_document(document)
    return str(error.value)


@pytest.mark.parametrize(
    "document", [{**ISRAELI, "week": {}}, calendar(sun=[]), calendar(days={"2026-07-01": []}, sun=[])]
)
def test_a_calendar_that_never_opens_is_refused(document):
    assert refused(document) == "This calendar never opens: give at least one day opening hours."


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "Write the calendar as an object"),
        ({**ISRAELI, "dayz": {}}, "A calendar has no 'dayz'"),
        ({**ISRAELI, "zone": "Asia"}, "There is no time zone 'Asia'"),
        ({**ISRAELI, "zone": "../../etc/passwd"}, "There is no time zone"),
        ({**ISRAELI, "zone": "a\0b"}, "There is no time zone"),
        ({**ISRAELI, "zone": None}, "There is no time zone None"),
        ({**ISRAELI, "zone": "Mars/Olympus"}, "name one like Asia/Jerusalem"),
        ({**ISRAELI, "week": []}, "Write the week as an object"),
        (calendar(sunday=[]), "The week has no day 'sunday'"),
        (calendar(sun=["08:00-16:00"]), "Write the hours of sun as a list of pairs"),
        (calendar(sun=[["08:00"]]), "Write the hours of sun as a list of pairs"),
        (calendar(sun=[["8", "16:00"]]), "'8' in the hours of sun is no time"),
        (calendar(sun=[["08:60", "16:00"]]), "'08:60' in the hours of sun is no time"),
        (calendar(sun=[["٠٨:٠٠", "16:00"]]), "is no time"),
        (calendar(sun=[[480, 960]]), "480 in the hours of sun is no time"),
        (calendar(sun=[["20:00", "48:01"]]), "is no time"),
        (calendar(sun=[["24:00", "30:00"]]), "Begin the hours of sun before 24:00"),
        (calendar(sun=[["22:00", "06:00"]]), "write the end of a night shift past 24:00"),
        (calendar(sun=[["08:00", "08:00"]]), "end before they begin"),
        (calendar(sun=[["08:00", "12:00"], ["11:00", "16:00"]]), "Two intervals of sun overlap"),
        (calendar(sun=[["08:00", "08:01"]] * 13), "Keep the hours of sun to 12 intervals"),
        ({**ISRAELI, "days": []}, "Write the days as an object"),
        (calendar(days={"22.9.2026": []}), "'22.9.2026' is no date"),
        (calendar(days={"20260922": []}), "'20260922' is no date"),
        (calendar(days={"2026-02-30": []}), "'2026-02-30' is no date"),
        (calendar(days={"2026-09-22": None}), "Write the hours of 2026-09-22"),
        (calendar(days={f"{year}-01-01": [] for year in range(1000, 3001)}), "Keep the special days"),
        ({**ISRAELI, "names": {"2026-09-22": "Yom Kippur"}}, "Write the names of days"),
        ({**ISRAELI, "known_until": "soon"}, "'soon' is no date"),
        ({**ISRAELI, "known_until": 2027}, "2027 is no date"),
    ],
)  # fmt: skip
def test_a_calendar_that_is_wrong_is_refused_with_what_to_do(document, message):
    said = refused(document)
    assert message in said and said.endswith(".")


def test_a_calendar_open_on_a_special_day_only_is_taken():
    opening = Calendar.from_document(calendar(days={"2026-10-27": [["07:00", "22:00"]]}, sun=[]))
    assert opening.closing_on(next(iter(opening.days))).isoformat() == "2026-10-27T20:00:00+00:00"


def test_hours_are_kept_in_order_and_names_beside_them():
    document = {
        "zone": "Asia/Jerusalem",
        "week": {"sun": [["13:00", "16:00"], ["8:00", "12:00"]], "mon": []},
        "days": {"2026-09-21": [["08:00", "12:00"]], "2026-04-22": []},
        "names": {"2026-09-21": {"he": "ערב סוכות"}},
    }
    assert Calendar.from_document(document).as_document() == {
        "zone": "Asia/Jerusalem",
        "week": {"sun": [["08:00", "12:00"], ["13:00", "16:00"]]},
        "days": {"2026-04-22": [], "2026-09-21": [["08:00", "12:00"]]},
        "names": {"2026-09-21": {"he": "ערב סוכות"}},
    }


def test_a_calendar_of_before_reads_as_one_that_knows_no_end():
    opening = Calendar.from_document(ISRAELI)
    assert (opening.known_until, opening.special_until) == (None, None)
    assert "known_until" not in opening.as_document()
    assert not opening.runs_out(date(2026, 11, 16))


@pytest.mark.parametrize(
    ("days", "known_until", "until", "runs_out"),
    [
        (["2027-11-16"], None, date(2027, 11, 16), False),
        (["2027-11-15"], None, date(2027, 11, 15), True),
        (["2026-01-01"], "2028-11-15", date(2028, 11, 15), False),
        (["2028-11-20"], "2027-01-01", date(2028, 11, 20), False),
        ([], "2027-01-01", date(2027, 1, 1), True),
    ],
)
def test_days_that_differ_run_out_a_year_before_the_last_that_is_known(days, known_until, until, runs_out):
    document = calendar(days={on: [] for on in days}) | ({"known_until": known_until} if known_until else {})
    opening = Calendar.from_document(document)
    assert (opening.special_until, opening.runs_out(date(2026, 11, 16))) == (until, runs_out)
    assert Calendar.from_document(opening.as_document()) == opening
