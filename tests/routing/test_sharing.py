"""A case that comes to a team goes to one of those on duty, as the team shares its cases."""

from datetime import timedelta

import pytest

from moked.accounts.operations import UnableToChangeTeam, add_absence, change_team, set_members
from moked.accounts.rules import Role, Sharing, system
from moked.cases.models import Change
from moked.cases.operations import assign, close_case
from moked.cases.rules import ChangeKind, Outcome
from moked.routing.operations import publish_rules, retire_team
from moked.routing.rules import Rule, Target
from moked.routing.sharing import share
from tests.factories import (
    NOW,
    make_case,
    make_department,
    make_service,
    make_staff,
    make_team,
    make_town,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    return make_town()


@pytest.fixture
def department(town):
    return make_department(town)


@pytest.fixture
def service(town, department):
    return make_service(town, department=department)


def people(town, department, count: int) -> list:
    return [make_staff(town, Role.DEPARTMENT_WORKER, department=department) for _ in range(count)]


def give(case, team, *, to=None, later: int = 0):
    assign(
        case_id=case.pk,
        department_id=case.department_id,
        team_id=team.pk,
        assignee_id=to.pk if to else None,
        by=system(case.municipality_id),
        now=NOW + timedelta(minutes=later),
    )
    case.refresh_from_db()
    return case.assignee


def close(case):
    close_case(
        case_id=case.pk,
        outcome=Outcome.FIXED,
        message="Done.",
        by=system(case.municipality_id),
        now=NOW + timedelta(hours=1),
    )


def away(town, user):
    add_absence(user_id=user.pk, first_day=NOW.date(), last_day=NOW.date(), by=system(town.pk), now=NOW)


def test_a_team_that_shares_nothing_keeps_the_case(town, department, service):
    team = make_team(town, *people(town, department, 2), department=department)
    assert give(make_case(service.municipality, service=service), team) is None


def test_turns_go_round_among_those_on_duty(town, department, service):
    first, second, third = people(town, department, 3)
    team = make_team(town, third, first, second, department=department, sharing=Sharing.IN_TURN)
    away(town, second)
    given = [
        give(make_case(service.municipality, service=service), team, later=number) for number in range(4)
    ]
    assert given == [first, third, first, third]


def test_the_turn_goes_on_after_whoever_left(town, department, service):
    first, second, third = people(town, department, 3)
    team = make_team(town, first, second, third, department=department, sharing=Sharing.IN_TURN)
    assert [give(make_case(service.municipality, service=service), team) for _ in range(2)] == [first, second]
    away(town, second)
    assert give(make_case(service.municipality, service=service), team) == third


def test_the_least_loaded_gets_it_and_of_equals_whose_turn_it_is(town, department, service):
    first, second, third = people(town, department, 3)
    team = make_team(town, first, second, third, department=department, sharing=Sharing.LEAST_LOADED)
    # What is with another team counts, what is closed does not.
    busy = make_team(town, first, third, department=department)
    give(make_case(service.municipality, service=service), busy, to=first)
    done = make_case(service.municipality, service=service)
    give(done, busy, to=third)
    close(done)
    assert [give(make_case(service.municipality, service=service), team) for _ in range(4)] == [
        second,
        third,
        first,
        second,
    ]


def test_who_is_named_keeps_the_case_and_the_turn_stays(town, department, service):
    first, second = people(town, department, 2)
    team = make_team(town, first, second, department=department, sharing=Sharing.IN_TURN)
    assert give(make_case(service.municipality, service=service), team, to=second) == second
    assert give(make_case(service.municipality, service=service), team) == first


def test_with_nobody_on_duty_it_stays_with_the_team(town, department, service):
    (worker,) = people(town, department, 1)
    team = make_team(town, worker, department=department, sharing=Sharing.IN_TURN)
    away(town, worker)
    case = make_case(service.municipality, service=service)
    assert give(case, team) is None
    assert case.team == team
    share(case_id=case.pk, now=NOW + timedelta(days=1))
    case.refresh_from_db()
    assert case.assignee == worker


def test_a_confidential_case_is_shared_among_those_who_see_it(town, department):
    agent, manager = make_staff(town, Role.AGENT), make_staff(town, Role.SERVICE_MANAGER)
    service = make_service(town, department=department, confidential_roles=(Role.SERVICE_MANAGER,))
    team = make_team(town, agent, manager, sharing=Sharing.IN_TURN)
    assert [give(make_case(service.municipality, service=service), team) for _ in range(2)] == [
        manager,
        manager,
    ]


def test_the_timeline_says_why_and_that_the_machine_did_it(town, department, service):
    for sharing, reason in ((Sharing.IN_TURN, "TURN"), (Sharing.LEAST_LOADED, "LEAST_LOADED")):
        (worker,) = people(town, department, 1)
        case = make_case(service.municipality, service=service)
        give(case, make_team(town, worker, department=department, sharing=sharing))
        rows = Change.objects.filter(case=case, kind__in=(ChangeKind.TEAM, ChangeKind.ASSIGNEE))
        assert list(rows.order_by("id").values_list("kind", "after", "reason", "actor_kind")) == [
            ("TEAM", str(case.team_id), "", "SYSTEM"),
            ("ASSIGNEE", str(worker.pk), reason, "SYSTEM"),
        ]


def test_what_somebody_has_is_closed_or_has_no_team_is_left_alone(town, department, service):
    first, second = people(town, department, 2)
    team = make_team(town, first, second, department=department, sharing=Sharing.IN_TURN)
    held, done, free = (make_case(service.municipality, service=service) for _ in range(3))
    give(held, team, to=first)
    close(done)
    before = Change.objects.count()
    for case in (held, done, free):
        share(case_id=case.pk, now=NOW)
    assert Change.objects.count() == before


@pytest.mark.parametrize("size", [1, 3])
def test_sharing_takes_as_many_queries_however_large_the_team(
    size, town, department, service, django_assert_num_queries
):
    case = make_case(service.municipality, service=service)
    team = make_team(town, department=department)
    give(case, team)
    doing = {"team_id": team.pk, "by": system(town.pk), "now": NOW}
    change_team(
        **doing,
        name=team.name,
        department_id=department.pk,
        sharing=Sharing.LEAST_LOADED,
        is_on_call=False,
    )
    set_members(**doing, user_ids=[one.pk for one in people(town, department, size)])
    with django_assert_num_queries(23):
        share(case_id=case.pk, now=NOW)


def test_a_team_with_open_cases_is_not_retired(town, department, service):
    team = make_team(town, department=department)
    case = make_case(service.municipality, service=service)
    give(case, team)
    with pytest.raises(UnableToChangeTeam) as refusal:
        retire_team(team_id=team.pk, by=system(town.pk), now=NOW)
    assert refusal.value.code == "HAS_CASES"
    team.refresh_from_db()
    assert not team.is_retired
    close(case)
    retire_team(team_id=team.pk, by=system(town.pk), now=NOW)


def test_a_team_that_a_rule_leads_to_is_not_retired(town, department):
    team = make_team(town, department=department)
    publish_rules(municipality=town, rules=[Rule(target=Target(team=team.code))], by_user_id=None, now=NOW)
    with pytest.raises(UnableToChangeTeam) as refusal:
        retire_team(team_id=team.pk, by=system(town.pk), now=NOW)
    assert refusal.value.code == "IN_RULES"
