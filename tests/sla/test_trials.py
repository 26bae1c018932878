"""What other hours would do to open promises, told before they are published."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.rules import Outcome
from moked.sla import calendars
from moked.sla.models import Calendar, Commitment
from moked.sla.operations import recompute_calendar
from moked.sla.trials import MOST_TRIED, try_hours
from tests.factories import make_actor, make_case, make_service, make_town
from tests.sla.calendars import ISRAELI, calendar
from tests.sla.promising import MONDAY, at, make_calendar, promise

pytestmark = pytest.mark.django_db

CLOSED_TUESDAY = calendars.Calendar.from_document(ISRAELI | {"days": {"2026-11-17": []}})
AS_IT_IS = calendars.Calendar.from_document(ISRAELI)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def office(town) -> Calendar:
    return make_calendar(town)


@pytest.fixture
def service(town, office):
    made = make_service(town)
    promise(made, resolution="3d", calendar=office)
    return made


@pytest.fixture
def manager(town):
    return make_actor(town, Role.SERVICE_MANAGER)


def test_a_day_less_moves_what_is_open_by_a_day(town, office, service, manager):
    case = make_case(town, service=service, now=MONDAY)
    trial = try_hours(manager, office, CLOSED_TUESDAY, MONDAY)
    assert (trial.open, trial.tried, trial.moved, trial.more) == (1, 1, 1, 0)
    [row] = trial.rows
    assert (row.case.number, row.kind, row.was, row.would_be) == (
        case.number, "RESOLUTION", at(19, 16), at(22, 16)
    )  # fmt: skip


def test_a_trial_says_what_publishing_does_and_changes_nothing(town, office, service, manager):
    make_case(town, service=service, now=MONDAY)
    [row] = try_hours(manager, office, CLOSED_TUESDAY, MONDAY).rows
    assert Commitment.objects.get().due_at == row.was
    make_calendar(town, ISRAELI | {"days": {"2026-11-17": []}})
    recompute_calendar(calendar_id=office.pk, now=MONDAY, may_go_on=lambda: True)
    assert Commitment.objects.get().due_at == row.would_be


def test_the_same_hours_move_nothing(town, office, service, manager):
    make_case(town, service=service, now=MONDAY)
    trial = try_hours(manager, office, AS_IT_IS, MONDAY)
    assert (trial.tried, trial.moved, trial.rows) == (1, 0, ())


def test_waiting_for_the_resident_counts_as_it_does_for_the_clock(town, office, service, manager):
    case = make_case(town, service=service, now=MONDAY)
    agent = make_actor(town, Role.AGENT)
    cases.move(case_id=case.pk, target="WAITING_FOR_RESIDENT", by=agent, now=at(16, 12))
    trial = try_hours(manager, office, CLOSED_TUESDAY, at(16, 12))
    assert (trial.open, trial.moved) == (1, 0), "a clock that stands still has no date to move"


def test_what_is_done_and_what_counts_by_another_calendar_is_left_out(town, office, service, manager):
    done = make_case(town, service=service, now=MONDAY)
    agent = make_actor(town, Role.AGENT)
    cases.close_case(case_id=done.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=at(16, 12))
    other = make_service(town)
    promise(other, resolution="3d", calendar=make_calendar(town, code="other"))
    make_case(town, service=other, now=MONDAY)
    trial = try_hours(manager, office, CLOSED_TUESDAY, MONDAY)
    assert (trial.open, trial.tried) == (0, 0)


@pytest.mark.abuse("A01")
def test_cases_the_reader_may_not_see_are_counted_and_not_shown(town, office, manager):
    hidden = make_service(town, confidential_roles=("AUDITOR",))
    promise(hidden, resolution="3d", calendar=office)
    make_case(town, service=hidden, now=MONDAY)
    trial = try_hours(manager, office, CLOSED_TUESDAY, MONDAY)
    assert (trial.open, trial.tried, trial.rows) == (1, 0, ())
    assert try_hours(make_actor(town, Role.AUDITOR), office, CLOSED_TUESDAY, MONDAY).moved == 1


def test_only_the_newest_are_tried_and_twenty_of_them_listed(town, office, service, manager):
    case = make_case(town, service=service, now=MONDAY)
    one = Commitment.objects.get()
    for number in range(MOST_TRIED + 1):
        one.pk, one.kind = None, f"KIND-{number}"
        one.save(force_insert=True)
    Commitment.objects.filter(kind="RESOLUTION").update(due_at=at(19, 16) + timedelta(days=30))
    trial = try_hours(manager, office, CLOSED_TUESDAY, MONDAY)
    assert (trial.open, trial.tried, trial.moved, trial.more) == (202, 200, 200, 180)
    assert [row.kind for row in trial.rows] == [f"KIND-{number}" for number in range(200, 180, -1)]
    assert {row.case for row in trial.rows} == {case}


@pytest.mark.parametrize("number", [1, 3])
def test_a_trial_takes_as_many_queries_for_any_number_of_cases(
    number, town, office, service, manager, django_assert_num_queries
):
    for _ in range(number):
        make_case(town, service=service, now=MONDAY)
    office = Calendar.objects.select_related("revision").get()
    with django_assert_num_queries(3):
        assert try_hours(manager, office, CLOSED_TUESDAY, MONDAY).moved == number


def test_hours_too_rare_for_a_promise_leave_it_without_a_date(town, office, service, manager):
    make_case(town, service=service, now=MONDAY)
    once = calendars.Calendar.from_document(calendar(days={"2026-11-17": [["08:00", "16:00"]]}, sun=[]))
    [row] = try_hours(manager, office, once, MONDAY).rows
    assert row.would_be is None
