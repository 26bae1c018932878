"""What promises went wrong by elsewhere, one test for each kind of mistake.

The rows are the themes of the list of known mistakes in reference/service-levels.md (3.2), then those of its
rules (3.1) that say how promises behave. Next to each test's name stands what it must notice in
tests/mutants/removals.py; rules that are told there and are not listed here say how things are kept.

3.2   a pause over closed time          test_waiting_while_it_is_closed_moves_nothing
      pauses lost with another target   test_another_target_keeps_every_pause
      closed while it waited            test_closing_a_case_that_waits_ends_the_pause_first
      due outside the hours             test_nothing_is_due_while_it_is_closed
      came in outside the hours         test_what_comes_in_while_it_is_closed_counts_from_the_next_opening
      a level at midnight               test_a_level_is_reached_only_while_it_is_open
      lunch breaks the sums             test_a_lunch_break_is_left_out_of_every_day
      only some weekdays work           test_any_days_of_the_week_will_do
      no pause at all                   test_waiting_for_somebody_else_stops_the_clock
      hours ignored                     test_hours_count_only_while_it_is_open
      one interval a day                test_a_day_may_open_many_times
      a weekend hastens                 test_a_weekend_makes_nothing_earlier
      a notice changes the case         test_a_warning_that_only_tells_changes_nothing
      zones shown wrongly               test_a_moment_keeps_its_offset_and_is_shown_by_the_towns_clocks
      equal at second 00                test_the_moment_itself_is_in_time_to_do_and_too_late_to_owe
      which waiting pauses is fixed     test_the_town_says_which_waiting_stops_a_clock
3.1   1  differences in UTC             test_a_day_on_which_the_clocks_change_is_as_long_as_it_is
      2  midnight, night shifts         test_a_day_ends_at_midnight_and_a_night_shift_after_it
      3  special days                   test_a_special_day_replaces_the_week_be_it_closed_short_or_extra
      4  days are no hours              test_a_working_day_is_no_number_of_hours
      5  receipts, answers              test_a_receipt_is_no_answer
                                        test_more_words_do_not_put_off_the_answer_to_the_first
                                        test_before_the_first_answer_no_other_is_owed
      6  what pauses, the law           test_what_the_law_asks_for_never_stands_still
                                        test_a_promise_that_moves_is_told
      7  paused, n left                 test_while_it_waits_what_is_left_is_told_and_no_date
                                        test_a_promise_broken_before_a_pause_stays_broken
      9  from the original start        test_another_priority_counts_from_the_original_start
      10 a calendar's edit              test_an_edit_moves_what_is_open_only
      12 levels                         test_a_level_before_the_end_is_counted_in_working_time
                                        test_what_is_done_is_not_warned_about_any_more
                                        test_an_urgent_level_is_told_by_night
      13 broken when due                test_a_promise_breaks_when_it_is_due_and_not_when_somebody_looks
      15 told by hand                   test_a_time_told_by_hand_is_not_moved_by_waiting
      16 a calendar that never opens    test_a_calendar_that_does_not_open_again_is_not_searched_for_ever
      17 seconds                        test_two_pauses_that_begin_in_one_minute_both_count
"""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.template import Context, Template

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.rules import Channel
from moked.catalogue.rules import Priority
from moked.config.subscribers import RECURRING
from moked.notices.models import Notice, StaffNotice
from moked.notices.operations import mark, plan
from moked.notices.rules import Kind as NoticeKind
from moked.sla import queries, warnings
from moked.sla.calendars import Calendar
from moked.sla.models import Commitment, Pause
from moked.sla.operations import break_overdue, postpone, publish_warnings, warn
from moked.sla.rules import Pause as Stop
from moked.sla.rules import Target, TooFar, check_moment, due, elapsed
from tests.factories import make_actor, make_case, make_department, make_service, make_staff, make_town
from tests.sla.calendars import ISRAELI, NIGHTS, ROUND_THE_CLOCK, calendar
from tests.sla.promising import (
    ALL_FOUR,
    MONDAY,
    at,
    close,
    commitments,
    go_on,
    make_calendar,
    make_promising_service,
    promise,
    reply,
    shown,
    told,
    wait,
    write,
)

DUE = at(19, 16)
ANSWER_DUE = at(16, 15)
OFFICE = Calendar.from_document(ISRAELI)
WITH_LUNCH = calendar(
    **{name: [["08:00", "12:00"], ["13:00", "17:00"]] for name in ("sun", "mon", "tue", "wed", "thu")}
)
in_database = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


@pytest.fixture
def case(town):
    """Opened on a Monday at eleven: an answer within four hours, an end by Thursday evening."""
    return make_case(town, service=make_promising_service(town), email="a@example.org", now=MONDAY)


def due_of(target, start, *stops, by=OFFICE):
    return due(by, start, Target.read(target), [Stop(*stop) for stop in stops])


def is_open(moment, by=OFFICE):
    """Tell whether it is open just before a moment, when the last of something was worked off."""
    before = moment - timedelta(microseconds=1)
    return by.next_opening(before) == before


@in_database
@pytest.mark.parametrize(("target", "due_at"), [("3d", DUE), ("29h", DUE), ("3c", DUE)])
def test_waiting_while_it_is_closed_moves_nothing(town, agent, target, due_at):
    service = make_service(town)
    promise(service, resolution=target)
    case = make_case(town, service=service, email="a@example.org", now=MONDAY)
    wait(case, agent, at(16, 17))
    go_on(case, agent, at(17, 7))
    assert shown(case)[:2] == (due_at, "RUNNING")
    assert told(case) == []


@in_database
def test_another_target_keeps_every_pause(case, agent, town):
    reply(case, agent, at(16, 12))
    wait(case, agent, at(17, 8))
    go_on(case, agent, at(17, 12))
    other = make_service(town)
    promise(other, first_answer="1h", resolution="20h", calendar=make_calendar(town, code="other"))
    cases.change_service(case_id=case.pk, service_id=other.pk, by=agent, now=at(17, 13))
    # Five hours on Monday, four on Tuesday, eight on Wednesday, three on Thursday.
    assert commitments(case) == {
        "FIRST_ANSWER": ("KEPT", ANSWER_DUE, at(16, 12)),
        "RESOLUTION": ("RUNNING", at(19, 11), None),
    }
    assert commitments(case, past=True) == {"RESOLUTION": ("CANCELLED", DUE, None)}
    assert shown(case) == (at(19, 11), "RUNNING", at(19, 11))
    assert told(case) == [at(19, 11).isoformat()]


@in_database
def test_closing_a_case_that_waits_ends_the_pause_first(case, agent):
    wait(case, agent, at(16, 12))
    close(case, agent, at(25, 12))
    assert Pause.objects.get().to_at == at(25, 12)
    # The closings of Tuesday to Tuesday passed while it waited; Wednesday's is the first that counts.
    assert commitments(case)["RESOLUTION"] == ("KEPT", at(29, 16), at(25, 12))
    assert shown(case)[:2] == (at(29, 16), "KEPT")


@pytest.mark.parametrize("target", ["45m", "3h", "8h", "20h", "41h", "1d", "4d", "2c", "9c"])
def test_nothing_is_due_while_it_is_closed(target):
    starts = [at(day, hour, 20) for day in range(15, 22) for hour in (3, 9, 15, 22)]
    stop = at(17, 12), at(18, 2)
    found = {start: [due_of(target, start), due_of(target, start, stop)] for start in starts}
    assert [start for start, moments in found.items() if not all(map(is_open, moments))] == []


@pytest.mark.parametrize(
    ("came", "due_at"), [(at(16, 3), at(16, 11)), (at(16, 22), at(17, 11)), (at(20, 9), at(22, 11))]
)
def test_what_comes_in_while_it_is_closed_counts_from_the_next_opening(came, due_at):
    assert due_of("3h", came) == due_at
    assert elapsed(OFFICE, came, due_at) == timedelta(hours=3)


@pytest.mark.parametrize("moment", ["50%", "80%", "100%", "-1h", "-6h", "+1d", "+3h", "*2h#4"])
def test_a_level_is_reached_only_while_it_is_open(moment):
    for started_at in (at(16, 11), at(18, 15, 30), at(19, 15, 59), at(20, 12)):
        clock = warnings.Clock(OFFICE, started_at, Target.read("8h"), (), is_urgent=False)
        told_at = clock.moment(moment)
        assert told_at is not None
        assert OFFICE.next_opening(told_at) == told_at


def test_a_lunch_break_is_left_out_of_every_day():
    opening = Calendar.from_document(WITH_LUNCH)
    assert due_of("6h", at(16, 11), by=opening) == at(17, 9)
    assert due_of("17h", at(16, 8), by=opening) == at(18, 9)
    assert elapsed(opening, at(16, 11), at(18, 14)) == timedelta(hours=5 + 8 + 5)
    assert elapsed(opening, at(16, 12), at(16, 13)) == timedelta()


@pytest.mark.parametrize("days", ["sun", "mon", "sat", "mon thu", "tue fri", "sun mon tue wed thu fri sat"])
def test_any_days_of_the_week_will_do(days):
    opening = Calendar.from_document(calendar(**{name: [["09:00", "13:00"]] for name in days.split()}))
    working = [
        on
        for on in (date(2026, 11, 17) + timedelta(ahead) for ahead in range(60))
        if f"{on:%a}".lower() in days.split()
    ]
    moments = [datetime.combine(on, day_time(13), ZoneInfo("Asia/Jerusalem")) for on in working[:5]]
    start = at(16, 20)
    assert [due_of(f"{number}d", start, by=opening) for number in range(1, 6)] == moments
    assert [due_of(f"{4 * number}h", start, by=opening) for number in range(1, 6)] == moments


@in_database
@pytest.mark.parametrize("target", ["WAITING_FOR_RESIDENT", "WITH_EXTERNAL_BODY"])
def test_waiting_for_somebody_else_stops_the_clock(case, agent, target):
    wait(case, agent, at(16, 12), target)
    assert commitments(case) == {
        "FIRST_ANSWER": ("RUNNING", ANSWER_DUE, None),
        "RESOLUTION": ("PAUSED", None, None),
    }
    go_on(case, agent, at(18, 10))
    assert commitments(case)["RESOLUTION"] == ("RUNNING", at(22, 16), None)


def test_hours_count_only_while_it_is_open():
    assert due_of("8h", at(16, 11)) == at(17, 11)
    assert due_of("8h", at(19, 11)) == at(22, 11)
    assert elapsed(OFFICE, at(16, 11), at(22, 11)) == timedelta(hours=5 + 3 * 8 + 3)


def test_a_day_may_open_many_times():
    hourly = [[f"{hour:02d}:00", f"{hour:02d}:30"] for hour in range(8, 20)]
    opening = Calendar.from_document(calendar(mon=hourly))
    assert due_of("6h", at(16, 0), by=opening) == at(16, 19, 30)
    assert due_of("90m", at(16, 9, 15), by=opening) == at(16, 12, 15)


def test_a_weekend_makes_nothing_earlier():
    # Friday and Saturday are closed.
    due_on = [due_of("3d", at(day, 11)) for day in range(15, 23)]
    assert due_on == [at(day, 16) for day in (18, 19, 22, 23, 24, 24, 24, 25)]
    levels = []
    for day in range(15, 23):
        clock = warnings.Clock(OFFICE, at(day, 11), Target.read("3d"), (), is_urgent=False)
        levels.append([clock.moment("50%"), clock.moment("-8h"), clock.moment("100%")])
    for moments in zip(*levels, strict=True):
        assert list(moments) == sorted(moments)


@in_database
def test_a_warning_that_only_tells_changes_nothing(town):
    roads = make_department(town)
    manager = make_staff(town, Role.DEPARTMENT_MANAGER, department=roads)
    level = {"kinds": ["RESOLUTION"], "at": "50%", "whom": ["MANAGER"]}
    publish_warnings(municipality=town, levels=warnings.read([level]), by_user_id=None, now=MONDAY)
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    before = type(case).objects.filter(id=case.pk).values().get()
    assert warn(at(18, 9, 30)) == "1 warnings given"
    assert [row.user_id for row in StaffNotice.objects.all()] == [manager.pk]
    assert type(case).objects.filter(id=case.pk).values().get() == before


@in_database
def test_a_moment_keeps_its_offset_and_is_shown_by_the_towns_clocks(case, agent, rf):
    with pytest.raises(ValueError, match="offset"):
        check_moment(datetime(2026, 11, 16, 11))
    wait(case, agent, at(16, 12))
    go_on(case, agent, at(18, 10))
    assert told(case) == ["2026-11-22T14:00:00+00:00"]
    request = rf.get("/")
    request.municipality = case.municipality
    page = Template("{% load ui %}{% moment at %}").render(Context({"request": request, "at": at(22, 16)}))
    assert 'datetime="2026-11-22T16:00:00+02:00"' in page and "16:00" in page


@in_database
def test_the_moment_itself_is_in_time_to_do_and_too_late_to_owe(town, agent):
    service = make_promising_service(town)
    done, late, owed = (make_case(town, service=service, now=MONDAY) for _ in range(3))
    close(done, agent, DUE)
    close(late, agent, DUE + timedelta(microseconds=1))
    assert break_overdue(DUE - timedelta(microseconds=1)) == "1 promises broken"
    assert commitments(owed)["RESOLUTION"] == ("RUNNING", DUE, None)
    assert break_overdue(DUE) == "1 promises broken"
    states = [commitments(one)["RESOLUTION"] for one in (done, late, owed)]
    assert states == [
        ("KEPT", DUE, DUE),
        ("BROKEN", DUE, DUE + timedelta(microseconds=1)),
        ("BROKEN", DUE, None),
    ]


@in_database
def test_the_town_says_which_waiting_stops_a_clock(town, agent):
    service = make_service(town)
    promise(service, resolution="3d", paused_by={"resolution": ["SCHEDULED"]})
    case = make_case(town, service=service, now=MONDAY)
    wait(case, agent, at(16, 12))
    assert commitments(case)["RESOLUTION"] == ("RUNNING", DUE, None)
    cases.move(case_id=case.pk, target="SCHEDULED", by=agent, now=at(16, 13), until=at(18, 9))
    assert commitments(case)["RESOLUTION"] == ("PAUSED", None, None)


def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is():
    nights = Calendar.from_document(calendar(**NIGHTS))
    spring, autumn = datetime(2026, 3, 26, 20, tzinfo=UTC), datetime(2026, 10, 24, 19, tzinfo=UTC)
    # From ten in the evening to six in the morning: seven hours, and nine.
    assert elapsed(nights, spring, spring + timedelta(hours=12)) == timedelta(hours=7)
    assert elapsed(nights, autumn, autumn + timedelta(hours=12)) == timedelta(hours=9)
    assert due_of("9h", autumn, by=nights) == datetime(2026, 10, 25, 4, tzinfo=UTC)


def test_a_day_ends_at_midnight_and_a_night_shift_after_it():
    always = Calendar.from_document(calendar(**ROUND_THE_CLOCK))
    assert due_of("48h", at(16, 11), by=always) == at(18, 11)
    nights = Calendar.from_document(calendar(**NIGHTS))
    assert due_of("3h", at(17, 2), by=nights) == at(17, 5)
    assert due_of("8h", at(16, 23), by=nights) == at(17, 23)


def test_a_special_day_replaces_the_week_be_it_closed_short_or_extra():
    days = {
        "2026-11-17": [],
        "2026-11-18": [["08:00", "12:00"]],
        "2026-11-20": [["09:00", "11:00"]],
    }
    opening = Calendar.from_document(calendar(days=days))
    assert [due_of(f"{number}d", at(16, 11), by=opening) for number in range(1, 5)] == [
        at(18, 12),
        at(19, 16),
        at(20, 11),
        at(22, 16),
    ]
    assert elapsed(opening, at(16, 11), at(22, 16)) == timedelta(hours=5 + 4 + 8 + 2 + 8)


def test_a_working_day_is_no_number_of_hours():
    assert due_of("1d", at(16, 8)) == due_of("1d", at(16, 23)) == at(17, 16)
    assert due_of("8h", at(16, 8)) == at(16, 16)
    assert due_of("24h", at(16, 8)) == at(18, 16)


@in_database
def test_a_receipt_is_no_answer(town):
    service = make_service(town)
    promise(service, **ALL_FOUR)
    case = make_case(town, service=service, channel=Channel.EMAIL, email="a@example.org", now=MONDAY)
    assert commitments(case)["ACKNOWLEDGEMENT"] == ("RUNNING", at(16, 12), None)
    with transaction.atomic():
        (notice,) = plan(
            event_id=1, case_id=case.pk, kind=NoticeKind.CASE_OPENED, contact_id=None, now=MONDAY
        )
    mark(notice, Notice.State.SENT, now=at(16, 11, 30))
    assert commitments(case)["ACKNOWLEDGEMENT"][0] == "KEPT"
    assert commitments(case)["FIRST_ANSWER"] == ("RUNNING", at(16, 15), None)


@in_database
def test_more_words_do_not_put_off_the_answer_to_the_first(town, agent):
    service = make_service(town)
    promise(service, **ALL_FOUR)
    case = make_case(town, service=service, now=MONDAY)
    reply(case, agent, at(16, 12))
    # Through the town's pages, which counts like any other way of writing.
    write(case, at(16, 13))
    write(case, at(16, 14))
    assert commitments(case)["NEXT_ANSWER"] == ("RUNNING", at(16, 15), None)


@in_database
def test_before_the_first_answer_no_other_is_owed(town):
    service = make_service(town)
    promise(service, **ALL_FOUR)
    case = make_case(town, service=service, now=MONDAY)
    write(case, at(16, 12))
    assert "NEXT_ANSWER" not in commitments(case)


@in_database
def test_what_the_law_asks_for_never_stands_still(town, agent):
    service = make_service(town)
    promise(service, resolution="30c", legal=["resolution"])
    case = make_case(town, service=service, now=MONDAY)
    wait(case, agent, at(16, 12))
    assert commitments(case)["RESOLUTION"] == ("RUNNING", datetime(2026, 12, 16, 14, tzinfo=UTC), None)


@in_database
def test_a_promise_that_moves_is_told(case, agent):
    wait(case, agent, at(16, 12))
    assert told(case) == []
    go_on(case, agent, at(18, 10))
    assert shown(case)[:2] == (at(22, 16), "RUNNING")
    assert told(case) == [at(22, 16).isoformat()]


@in_database
def test_while_it_waits_what_is_left_is_told_and_no_date(case, agent):
    wait(case, agent, at(18, 12))
    case.refresh_from_db()
    (card,) = [one for one in queries.clocks_of(case, at(25, 12)).commitments if one.kind == "RESOLUTION"]
    # Of three days one has ended, Tuesday.
    assert (card.state, card.due_at, card.left) == ("PAUSED", None, Target.read("2d"))
    assert case.promised_at is None


@in_database
def test_a_promise_broken_before_a_pause_stays_broken(case, agent):
    reply(case, agent, at(16, 12))
    wait(case, agent, at(22, 12))
    assert shown(case) == (DUE, "BROKEN", DUE)
    go_on(case, agent, at(24, 12))
    close(case, agent, at(24, 13))
    assert commitments(case)["RESOLUTION"] == ("BROKEN", DUE, at(24, 13))


@in_database
def test_another_priority_counts_from_the_original_start(town, agent):
    service = make_service(town)
    high = {"calendar": "office", "resolution": "20h", "priorities": ["HIGH"]}
    promise(service, resolution="3d", exceptions=[high])
    case = make_case(town, service=service, now=MONDAY)
    wait(case, agent, at(17, 8))
    go_on(case, agent, at(17, 12))
    cases.set_priority(case_id=case.pk, priority=Priority.HIGH, by=agent, now=at(17, 13))
    assert commitments(case) == {"RESOLUTION": ("RUNNING", at(19, 11), None)}
    assert commitments(case, past=True) == {"RESOLUTION": ("CANCELLED", DUE, None)}


@in_database
def test_an_edit_moves_what_is_open_only(town, agent, work):
    service = make_promising_service(town)
    opened, closed = (make_case(town, service=service, now=MONDAY) for _ in range(2))
    reply(opened, agent, at(16, 12))
    close(closed, agent, at(16, 12))
    before = commitments(closed)
    work()
    days = {"2026-11-16": [["08:00", "12:00"]], "2026-11-18": []}
    make_calendar(town, calendar(days=days), now=at(16, 13))
    work()
    assert commitments(opened)["RESOLUTION"][1] == at(22, 16)
    # What was met stays as it was, also on a case that is counted anew.
    assert commitments(opened)["FIRST_ANSWER"] == ("KEPT", ANSWER_DUE, at(16, 12))
    assert commitments(closed) == before


def test_a_level_before_the_end_is_counted_in_working_time():
    clock = warnings.Clock(OFFICE, at(19, 11), Target.read("8h"), (), is_urgent=True)
    # Due on Sunday at eleven: Friday and Saturday are closed.
    assert [clock.moment(key) for key in ("-1h", "-4h", "50%")] == [at(22, 10), at(19, 15), at(19, 15)]


@in_database
def test_what_is_done_is_not_warned_about_any_more(town, agent):
    level = {"kinds": ["RESOLUTION"], "at": "50%", "whom": ["CENTRE"]}
    publish_warnings(municipality=town, levels=warnings.read([level]), by_user_id=None, now=MONDAY)
    case = make_case(town, service=make_promising_service(town), now=MONDAY)
    close(case, agent, at(17, 12))
    # Another process has found the warning due and is late with it.
    Commitment.objects.filter(case=case, kind="RESOLUTION").update(warn_at=at(18, 9, 30))
    assert warn(at(18, 12)) == "0 warnings given"
    assert not StaffNotice.objects.exists()
    assert not Commitment.objects.filter(warn_at__isnull=False).exists()


def test_an_urgent_level_is_told_by_night():
    always = Calendar.from_document(calendar(**ROUND_THE_CLOCK))
    clock = warnings.Clock(always, at(16, 20), Target.read("10h"), (), is_urgent=True)
    assert clock.moment("50%") == at(17, 1)
    by_office = dataclasses.replace(clock, calendar=OFFICE, target=Target.read("1d"))
    # What is due at closing is told then, not when it opens next.
    assert by_office.moment("100%") == at(17, 16)


@in_database
def test_a_promise_breaks_when_it_is_due_and_not_when_somebody_looks(town, agent):
    service = make_promising_service(town)
    in_time, too_late = (make_case(town, service=service, now=MONDAY) for _ in range(2))
    close(in_time, agent, at(19, 15))
    close(too_late, agent, at(22, 9))
    # Nobody had looked before either was closed.
    assert break_overdue(at(26, 9)) == "0 promises broken"
    assert commitments(in_time)["RESOLUTION"] == ("KEPT", DUE, at(19, 15))
    assert commitments(too_late)["RESOLUTION"] == ("BROKEN", DUE, at(22, 9))
    looks = {one.name: one.seconds for one in RECURRING}
    assert (looks["sla.break_overdue"], looks["sla.warn"]) == (60, 60)


@in_database
def test_a_time_told_by_hand_is_not_moved_by_waiting(case, agent):
    postpone(case_id=case.pk, to=at(29, 12), words="The asphalt comes then.", by=agent, now=at(17, 12))
    wait(case, agent, at(18, 12))
    go_on(case, agent, at(19, 9))
    assert commitments(case)["RESOLUTION"] == ("RUNNING", at(22, 16), None)
    assert shown(case)[:2] == (at(29, 12), "RUNNING")
    assert told(case) == [at(29, 12).isoformat()]
    assert case.promise_words == "The asphalt comes then."


def test_a_calendar_that_does_not_open_again_is_not_searched_for_ever():
    once = Calendar.from_document(calendar(days={"2026-11-17": [["08:00", "10:00"]]}, sun=[]))
    assert due_of("2h", at(16, 11), by=once) == at(17, 10)
    for target in ("3h", "2d", "9c"):
        with pytest.raises(TooFar):
            due_of(target, at(16, 11), by=once)


def test_two_pauses_that_begin_in_one_minute_both_count():
    begin = at(16, 12)
    second = timedelta(seconds=1)
    stops = [(begin + 5 * second, begin + 15 * second), (begin + 20 * second, begin + 50 * second)]
    assert due_of("8h", at(16, 11), *stops) == at(17, 11) + 40 * second
    assert elapsed(OFFICE, at(16, 11), at(16, 13), [Stop(*one) for one in stops]) == timedelta(
        hours=2
    ) - timedelta(seconds=40)
