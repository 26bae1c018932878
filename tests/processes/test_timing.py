"""What is a matter of time is done once for each stay, counted from the facts."""

from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.base.pace import Pace
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.rules import Channel
from moked.config.subscribers import end_waiting
from moked.processes.models import Firing, Timer
from moked.processes.operations import react_on_time, timing
from tests.factories import make_actor, make_case, make_department, make_follower, make_service, make_town
from tests.processes.reacting import WAITING, again, closing, fired, make_reply, note, publish, reaction, to
from tests.sla.calendars import calendar
from tests.sla.promising import MONDAY, at, make_calendar, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def lasting(code, lasts, *actions, state=WAITING, **more):
    return reaction(code, "STATE_LASTS", *actions, state=state, lasts=lasts, **more)


def wait(case, by, now=MONDAY):
    cases.move(case_id=case.pk, target=WAITING, by=by, now=now)


@pytest.fixture
def case(town, agent, work):
    """It waits for its resident from a Monday at eleven on, with five and ten days as the issue has them."""
    make_reply(town)
    publish(town, lasting("remind", "5c", "REMIND"), lasting("close", "10c", closing()))
    case = make_case(town, email="dana@resident.example", now=MONDAY)
    wait(case, agent)
    work()
    return case


def test_a_resident_is_reminded_and_then_told_of_the_closing_each_once(case):
    assert end_waiting(at(21, 10, 59)).startswith("0 reactions done")
    assert end_waiting(at(21, 11)).startswith("1 reactions done")
    assert end_waiting(at(21, 11, 1)).startswith("0 reactions done")
    # The tenth day is also when waiting would end by itself: the rule goes first.
    assert end_waiting(at(26, 11)) == "1 reactions done, 0 cases waited long enough"
    assert fired() == [("remind", "DONE"), ("close", "DONE")]
    assert again(case).state == "DECLINED"
    assert end_waiting(at(30, 11)).startswith("0 reactions done")
    assert Timer.objects.count() == 0


def test_an_answer_ends_the_wait_and_asking_again_begins_another(case, agent, work):
    react_on_time(at(21, 11))
    by = resident(case.municipality_id)
    said = {"case_id": case.pk, "channel": Channel.WEB, "by": by}
    cases.add_resident_contact(body="Here.", now=at(22, 9), **said)
    # Before the worker has heard of it nothing goes out either: the facts decide.
    assert react_on_time(at(27, 12)) == "0 reactions done"
    work()
    assert Timer.objects.count() == 0
    wait(case, agent, now=at(23, 9))
    work()
    assert react_on_time(at(28, 8, 59)) == "0 reactions done"
    assert react_on_time(at(28, 9)) == "1 reactions done"
    assert fired() == [("remind", "DONE"), ("remind", "DONE")]


def test_after_a_long_stop_only_what_was_due_last_is_done(case):
    assert react_on_time(at(30, 11)) == "1 reactions done"
    assert fired() == [("remind", "PASSED_OVER"), ("close", "DONE")]


def test_two_sweeps_at_once_do_it_once(case, monkeypatch):
    due = list(timing._due(at(21, 11), Pace(10)))
    assert react_on_time(at(21, 11)) == "1 reactions done"
    assert [timing._react(*one, at(21, 11)) for one in due] == [0]
    assert fired() == [("remind", "DONE")]


def test_one_case_on_which_something_breaks_does_not_stop_the_others(town, case, agent, work, monkeypatch):
    other = make_case(town, now=MONDAY)
    wait(other, agent)
    work()
    do = timing._do

    def broken(matter, due):
        do(matter, due)
        if matter.case == case:
            raise RuntimeError

    monkeypatch.setattr(timing, "_do", broken)
    assert react_on_time(at(21, 11)) == "1 reactions done, 1 cases failed"
    assert fired(other) == [("remind", "DONE")]
    monkeypatch.setattr(timing, "_do", do)
    assert react_on_time(at(21, 11)) == "1 reactions done"


def test_working_days_pass_over_weekends_and_holidays(town, agent, work):
    holidays = calendar(days={"2026-11-18": []})
    service = make_service(town)
    promise(service, resolution="3d", calendar=make_calendar(town, holidays))
    publish(town, lasting("remind", "3d", "REMIND"))
    case = make_case(town, service=service, now=MONDAY)
    wait(case, agent)
    work()
    # Tuesday, not Wednesday, Thursday, not Friday and Saturday: Sunday is the third.
    assert Timer.objects.get().due_at == at(22, 16)


@pytest.mark.parametrize(
    ("lasts", "ends"),
    [
        ("24h", datetime(2026, 10, 25, 8, tzinfo=UTC)),
        ("1c", datetime(2026, 10, 25, 8, tzinfo=UTC)),
        ("1d", datetime(2026, 10, 25, 14, tzinfo=UTC)),
    ],
)
def test_the_night_in_which_the_clocks_go_back_shortens_and_lengthens_nothing(town, agent, work, lasts, ends):
    service = make_service(town)
    promise(service, resolution="3d", calendar=make_calendar(town))
    publish(town, lasting("remind", lasts, "REMIND"))
    # A Saturday at eleven by summer time; on Sunday the office closes at sixteen by winter time.
    began = datetime(2026, 10, 24, 8, tzinfo=UTC)
    case = make_case(town, service=service, now=began)
    wait(case, agent, now=began)
    work()
    assert Timer.objects.get().due_at == ends


def test_another_calendar_moves_what_is_due(town, agent, work):
    service = make_service(town)
    promise(service, resolution="3d", calendar=make_calendar(town))
    publish(town, lasting("remind", "3d", "REMIND"))
    case = make_case(town, service=service, now=MONDAY)
    wait(case, agent)
    work()
    assert Timer.objects.get().due_at == at(19, 16)
    make_calendar(town, calendar(days={"2026-11-18": []}))
    assert react_on_time(at(19, 16)) == "0 reactions done"
    work()
    assert Timer.objects.get().due_at == at(22, 16)


def test_new_rules_are_counted_from_when_the_wait_began_and_old_ones_are_forgotten(town, agent, work):
    case, other = make_case(town, now=MONDAY), make_case(make_town(), now=MONDAY)
    wait(case, agent)
    publish(town, lasting("note", "2c", note()))
    work()
    assert [(one.case_id, one.due_at) for one in Timer.objects.all()] == [(case.pk, at(18, 11))]
    assert other.pk not in Timer.objects.values_list("case_id", flat=True)
    publish(town)
    work()
    assert Timer.objects.count() == 0


def test_a_condition_that_comes_true_later_is_looked_at_again(town, agent, work):
    publish(town, lasting("note", "2c", note(), asks={"field": "priority", "is": "HIGH"}))
    case = make_case(town, now=MONDAY)
    wait(case, agent)
    work()
    assert react_on_time(at(18, 11)) == "0 reactions done"
    # It is not asked for every minute from now on.
    assert Timer.objects.count() == 0
    cases.set_priority(case_id=case.pk, priority="HIGH", by=agent, now=at(18, 12))
    work()
    assert react_on_time(at(18, 12)) == "1 reactions done"


def test_words_nobody_answers_are_counted_from_the_first_of_them(town, agent, work):
    publish(town, reaction("late", "UNANSWERED", to("RAISE"), lasts="48h"))
    case = make_case(town, now=MONDAY)
    by = resident(town.pk)
    for day in (17, 18):
        cases.add_resident_contact(case_id=case.pk, body="And?", channel=Channel.WEB, by=by, now=at(day, 9))
    work()
    assert react_on_time(at(19, 8, 59)) == "0 reactions done"
    assert react_on_time(at(19, 9)) == "1 reactions done"
    cases.reply(case_id=case.pk, body="Soon.", by=agent, now=at(19, 10))
    cases.add_resident_contact(case_id=case.pk, body="When?", channel=Channel.WEB, by=by, now=at(20, 9))
    work()
    assert Timer.objects.get().due_at == at(22, 9)
    cases.reply(case_id=case.pk, body="Today.", by=agent, now=at(20, 10))
    assert react_on_time(at(22, 9)) == "0 reactions done"
    assert again(case).priority == "HIGH"


def test_programs_and_followers_do_not_begin_what_nobody_answers(town, agent, work):
    publish(town, reaction("late", "UNANSWERED", to("RAISE"), lasts="48h"))
    case, by = make_case(town, service=make_service(town, is_public=True), now=MONDAY), resident(town.pk)
    said = {"case_id": case.pk, "body": "And?", "channel": Channel.WEB, "by": by}
    follower = make_follower(case, email="ben@resident.example")
    cases.add_resident_contact(**said, now=at(17, 9), is_automatic=True)
    cases.add_resident_contact(**said, now=at(17, 10), follower=follower)
    cases.add_resident_contact(**said, now=at(19, 9))
    work()
    assert Timer.objects.get().due_at == at(21, 9)


@pytest.mark.parametrize("column", [{"is_spam": True}])
def test_spam_is_not_reacted_on_in_time_either(case, column):
    Case.objects.update(**column)
    assert react_on_time(at(21, 11)) == "0 reactions done"
    assert (Firing.objects.count(), Timer.objects.count()) == (0, 0)


def test_a_merged_case_is_left_alone_and_one_taken_out_has_waited_all_along(town, case, agent, work):
    other = make_case(town, service=case.service, now=MONDAY)
    cases.merge_case(case_id=case.pk, into_id=other.pk, by=agent, now=at(17, 9))
    work()
    assert react_on_time(at(21, 11)) == "0 reactions done"
    cases.unmerge_case(case_id=case.pk, by=agent, now=at(22, 9))
    work()
    assert react_on_time(at(22, 9)) == "1 reactions done"


def test_a_rule_changed_or_taken_out_meanwhile_is_not_followed_any_more(town, case):
    publish(town, lasting("close", "10c", closing()))
    assert react_on_time(at(21, 11)) == "0 reactions done"


@pytest.mark.parametrize("number", [1, 3])
def test_a_sweep_reads_once_what_several_cases_have_in_common(
    number, town, agent, work, django_assert_num_queries
):
    water = make_department(town)
    publish(town, lasting("remind", "1c", "REMIND", asks={"field": "department", "is": water.code}))
    service = make_service(town, department=water)
    for _ in range(number):
        wait(make_case(town, service=service, now=MONDAY), agent)
    work()
    # What is due, and that there is no more; within a savepoint the rules, the cases, since when each waits,
    # by which hours (2), what was done, and what rules may name (7); what was done now, and to plan, cases,
    # since when, what was done and what was due. Within its own each case has its line on the timeline, the
    # audit, an event, its row in the outbox and what it came of.
    with django_assert_num_queries(2 + 2 + 13 + 5 + (2 + 5) * number):
        assert react_on_time(at(18, 11)) == f"{number} reactions done"


def test_the_sweep_reads_only_what_is_due(town, case, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert react_on_time(MONDAY + timedelta(days=1)) == "0 reactions done"
