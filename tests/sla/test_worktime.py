"""Working time from sums is that of walking day by day."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from moked.sla.calendars import Calendar
from moked.sla.rules import Pause, elapsed
from moked.sla.worktime import Worktime, of_document
from tests.sla.calendars import ISRAELI, NIGHTS, ROUND_THE_CLOCK, calendar

FIRST = datetime(2025, 12, 20, tzinfo=UTC)
MINUTES = st.integers(0, 500 * 24 * 60)
CALENDARS = [
    ISRAELI,
    calendar("Europe/Prague", {"2026-03-29": [["00:00", "06:00"]], "2026-10-25": []}, **NIGHTS),
    calendar("America/St_Johns", **ROUND_THE_CLOCK),
    calendar("Pacific/Kiritimati", {"2026-01-01": [["00:00", "36:00"]]}, mon=[["10:00", "24:00"]]),
]


def moment(minutes: int) -> datetime:
    return FIRST + timedelta(minutes=minutes)


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    begins = draw(st.lists(MINUTES, max_size=4))
    lasting = [draw(st.none() | st.integers(0, 40_000)) for _ in begins]
    return [
        Pause(moment(at), None if minutes is None else moment(at + minutes))
        for at, minutes in zip(begins, lasting, strict=True)
    ]


@given(hours=st.sampled_from(CALENDARS), start=MINUTES, length=MINUTES, stopped=pauses())
def test_working_time_is_that_of_walking_day_by_day(hours, start, length, stopped):
    begins, ends = moment(start), moment(start + length)
    walked = elapsed(Calendar.from_document(hours), begins, ends, stopped)
    assert of_document(hours).elapsed(begins, ends, stopped) == walked
    assert Worktime(Calendar.from_document(hours)).elapsed(begins, ends, stopped) == walked


def test_nothing_passes_where_the_end_is_not_after_the_start():
    assert of_document(ISRAELI).elapsed(moment(60), moment(60)) == timedelta()
    assert of_document(ISRAELI).elapsed(moment(60), moment(0)) == timedelta()
