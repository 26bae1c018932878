"""Who is on duty: shifts by weekday, over midnight, where the clocks move, and absences."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.accounts.rosters import Absence, BadShift, Member, Shift, by_load, in_turn, on_duty
from moked.base.civil_time import DAY_MINUTES

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ZONE = ZoneInfo("Asia/Jerusalem")
DANA, EYAL, MOR = 1, 2, 3
EVERY_DAY = tuple(range(7))
NIGHT = (22 * 60, 30 * 60)
MONDAY = date(2026, 11, 16)
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Jerusalem", "Europe/Prague", "America/Sao_Paulo", "UTC")]
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
CUTS = st.lists(st.integers(1, DAY_MINUTES - 1), max_size=4)
# Within three days of when the clocks of Jerusalem and Prague move.
NEAR_CHANGES = st.sampled_from(
    [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]
).flatmap(
    lambda around: st.integers(-3 * DAY_MINUTES, 3 * DAY_MINUTES).map(
        lambda minutes: around + timedelta(minutes=minutes)
    )
)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def there(shifts: list[Shift], moment: datetime, absences: list[Absence] | None = None) -> list[int]:
    return on_duty([Member(DANA), Member(EYAL)], shifts, absences or [], moment, ZONE)


def test_who_has_no_shift_is_on_duty_at_all_hours_and_others_inside_one():
    shifts = [Shift(DANA, (0,), 8 * 60, 16 * 60)]
    assert there(shifts, at(MONDAY, 8)) == [DANA, EYAL]
    assert there(shifts, at(MONDAY, 15, 59)) == [DANA, EYAL]
    assert there(shifts, at(MONDAY, 7, 59)) == there(shifts, at(MONDAY, 16)) == [EYAL]
    assert there(shifts, at(MONDAY + timedelta(days=1), 9)) == [EYAL]


def test_a_night_shift_ends_on_the_next_day():
    shifts = [Shift(DANA, (0,), *NIGHT), Shift(EYAL, (5,), 0, 60)]
    tuesday = MONDAY + timedelta(days=1)
    assert there(shifts, at(MONDAY, 22)) == there(shifts, at(tuesday, 5, 59)) == [DANA]
    assert (
        there(shifts, at(tuesday, 6)) == there(shifts, at(MONDAY, 5)) == there(shifts, at(tuesday, 22)) == []
    )


def test_a_night_shift_that_began_before_an_absence_ends_as_usual():
    shifts = [Shift(DANA, EVERY_DAY, *NIGHT), Shift(EYAL, (5,), 0, 60)]
    tuesday, wednesday, thursday = (MONDAY + timedelta(days=ahead) for ahead in (1, 2, 3))
    away = [Absence(DANA, tuesday, wednesday)]
    assert there(shifts, at(tuesday, 5, 59), away) == [DANA]
    assert there(shifts, at(tuesday, 22), away) == there(shifts, at(wednesday, 3), away) == []
    # The shift of the absence's last evening is not worked, not even after midnight.
    assert there(shifts, at(thursday, 3), away) == []
    assert there(shifts, at(thursday, 22), away) == [DANA]


def test_who_has_no_shift_is_absent_from_midnight_to_midnight():
    away = [Absence(DANA, MONDAY, MONDAY)]
    assert there([], at(MONDAY, 0), away) == there([], at(MONDAY, 23, 59), away) == [EYAL]
    assert there([], at(MONDAY - timedelta(days=1), 23, 59), away) == [DANA, EYAL]
    assert there([], at(MONDAY + timedelta(days=1), 0), away) == [DANA, EYAL]


def test_who_was_switched_off_is_never_on_duty():
    assert on_duty([Member(DANA, is_active=False), Member(MOR)], [], [], at(MONDAY, 9), ZONE) == [MOR]


def test_the_hour_that_is_skipped_is_nobodys_and_the_one_shown_twice_is_worked_twice():
    skipped, doubled = date(2026, 3, 27), date(2026, 10, 25)
    shifts = [Shift(DANA, EVERY_DAY, 2 * 60, 3 * 60), Shift(EYAL, EVERY_DAY, 60, 2 * 60)]
    # 02:00 does not exist: at that moment the clocks show 03:00.
    midnight = datetime(2026, 3, 26, 22, tzinfo=UTC)
    found = [there(shifts, midnight + timedelta(minutes=minutes)) for minutes in range(0, 300, 15)]
    assert found == [[]] * 4 + [[EYAL]] * 4 + [[]] * 12
    assert skipped == midnight.astimezone(ZONE).date()
    # From 01:00 until 02:00 two hours pass.
    midnight = datetime(2026, 10, 24, 21, tzinfo=UTC)
    found = [there(shifts, midnight + timedelta(minutes=minutes)) for minutes in range(0, 300, 15)]
    assert found == [[]] * 4 + [[EYAL]] * 8 + [[DANA]] * 4 + [[]] * 4
    assert doubled == midnight.astimezone(ZONE).date()


@UNHURRIED
@given(zone=ZONES, moment=st.one_of(MOMENTS, NEAR_CHANGES), cuts=CUTS)
def test_shifts_that_follow_each_other_leave_no_moment_out_and_none_to_two(zone, moment, cuts):
    edges = [0, *sorted(set(cuts)), DAY_MINUTES]
    shifts = [Shift(number, EVERY_DAY, begins, ends) for number, (begins, ends) in enumerate(pairwise(edges))]
    members = [Member(number) for number in range(len(shifts))]
    assert len(on_duty(members, shifts, [], moment, zone)) == 1


@UNHURRIED
@given(zone=ZONES, moment=st.one_of(MOMENTS, NEAR_CHANGES), begins=st.integers(0, 1439))
def test_a_shift_of_a_whole_day_hands_over_to_the_next_ones(zone, moment, begins):
    by_turns = [
        Shift(DANA, (0, 2, 4, 6), begins, begins + DAY_MINUTES),
        Shift(EYAL, (1, 3, 5), begins, begins + DAY_MINUTES),
    ]
    found = on_duty([Member(DANA), Member(EYAL)], by_turns, [], moment, zone)
    local = moment.astimezone(zone)
    if local.hour * 60 + local.minute == begins and local.weekday() in {6, 0}:
        return  # from Sunday to Monday Dana follows herself
    assert len(found) == 1


@UNHURRIED
@given(
    zone=ZONES,
    moment=st.one_of(MOMENTS, NEAR_CHANGES),
    shifts=st.lists(
        st.builds(
            lambda days, begins, length: Shift(DANA, tuple(sorted(days)), begins, begins + length),
            st.sets(st.integers(0, 6), min_size=1),
            st.integers(0, 1439),
            st.integers(1, DAY_MINUTES),
        ),
        max_size=4,
    ),
)
def test_who_is_away_around_a_moment_is_not_on_duty_then(zone, moment, shifts):
    today = moment.astimezone(zone).date()
    away = [Absence(DANA, today - timedelta(days=1), today)]
    assert on_duty([Member(DANA)], shifts, away, moment, zone) == []


@pytest.mark.parametrize(
    ("weekdays", "begins", "ends", "code"),
    [
        ((), 480, 960, "NO_WEEKDAY"),
        ((7,), 480, 960, "NO_WEEKDAY"),
        ((0,), 480, 480, "NO_LENGTH"),
        ((0,), 480, 400, "NO_LENGTH"),
        ((0,), -1, 400, "NO_LENGTH"),
        ((0,), DAY_MINUTES, DAY_MINUTES + 60, "NO_LENGTH"),
        ((0,), 480, 480 + DAY_MINUTES + 1, "TOO_LONG"),
    ],
)
def test_a_shift_that_is_none_is_refused(weekdays, begins, ends, code):
    with pytest.raises(BadShift) as refusal:
        Shift(DANA, weekdays, begins, ends)
    assert refusal.value.code == code


def test_turns_go_round_also_past_somebody_who_left():
    assert in_turn([3, 1, 2], None) == [1, 2, 3]
    assert in_turn([3, 1, 2], 1) == [2, 3, 1]
    assert in_turn([3, 1], 2) == [3, 1]
    assert in_turn([3, 1], 9) == [1, 3]


def test_the_fewest_come_first_and_of_equals_whose_turn_it_is():
    assert by_load([1, 2, 3], {1: 5, 2: 2, 3: 2}, 2) == [3, 2, 1]
    assert by_load([1, 2, 3], {}, 3) == [1, 2, 3]
