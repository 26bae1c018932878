"""Teams are made, changed and retired, have members and a roster; people leave them with their rights."""

from datetime import date, timedelta

import pytest

from moked.accounts import queries
from moked.accounts.models import Absence, Membership, Shift, TeamMember
from moked.accounts.operations import (
    UnableToChangeAbsence,
    UnableToChangeDepartment,
    UnableToChangeTeam,
    add_absence,
    add_member,
    add_team,
    change_department,
    change_team,
    remove_absence,
    restore_team,
    retire_department,
    retire_team,
    set_members,
    set_roster,
    switch_off,
    take_role,
)
from moked.accounts.rosters import Shift as Hours
from moked.accounts.rules import Role, Sharing, system
from moked.audit.models import AuditRecord
from moked.revisions.models import Revision
from tests.factories import NOW, make_actor, make_department, make_staff, make_team, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    return make_town()


def doing(team) -> dict:
    return {"team_id": team.pk, "by": system(team.municipality_id), "now": NOW}


def change(team, **said):
    kept = {
        "name": team.name,
        "department_id": team.department_id,
        "sharing": Sharing(team.sharing),
        "is_on_call": team.is_on_call,
    }
    return change_team(**doing(team), **(kept | said))


def refused(operation, *args, **said) -> UnableToChangeTeam:
    with pytest.raises(UnableToChangeTeam) as refusal:
        operation(*args, **said)
    return refusal.value


def documents(team) -> list:
    rows = Revision.objects.filter(kind="team", object_id=team.pk).order_by("number")
    return [row.document for row in rows]


def members(team) -> list[int]:
    return list(TeamMember.objects.filter(team=team).order_by("user_id").values_list("user_id", flat=True))


def test_each_change_is_a_revision_and_audited(town):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, department=department)
    change(team, sharing=Sharing.IN_TURN, is_on_call=True)
    set_members(**doing(team), user_ids=[worker.pk])
    set_roster(**doing(team), shifts=[Hours(worker.pk, (0, 1), 480, 960)])
    assert documents(team)[-1] == {
        "name": team.name,
        "department": department.code,
        "sharing": "IN_TURN",
        "is_on_call": True,
        "is_retired": False,
        "members": [worker.pk],
        "roster": [{"member": worker.pk, "weekdays": "01", "begins": 480, "ends": 960}],
    }
    verbs = AuditRecord.objects.filter(object_kind="team", object_id=team.pk).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "team.added",
        "team.changed",
        "team.members_set",
        "team.roster_set",
    ]


def test_what_says_the_same_makes_no_revision(town):
    agent = make_staff(town, Role.AGENT)
    team = make_team(town, agent)
    shifts = [Hours(agent.pk, (0,), 480, 960)]
    set_roster(**doing(team), shifts=shifts)
    before = len(documents(team))
    team.refresh_from_db()
    change(team)
    set_members(**doing(team), user_ids=[agent.pk])
    set_roster(**doing(team), shifts=[*shifts, *shifts])
    assert len(documents(team)) == before


def test_a_name_belongs_to_one_team_of_a_department(town):
    first, second = make_department(town), make_department(town)
    team = make_team(town, department=first)
    said = {"municipality": town, "name": team.name, "by": system(town.pk), "now": NOW}
    assert refused(add_team, **said, department=first).code == "NAME_TAKEN"
    other = add_team(**said, department=second)
    assert other.name == team.name
    assert refused(change, other, department_id=first.pk).code == "NAME_TAKEN"
    assert refused(change, team, name={"en": ""}).code == "NO_NAME"


def test_a_department_of_another_town_or_a_retired_one_has_no_teams(town):
    foreign, retired = make_department(make_town()), make_department(town)
    retire_department(department_id=retired.pk, by=system(town.pk), now=NOW)
    team = make_team(town)
    for one in (foreign.pk, retired.pk, 0):
        assert refused(change, team, department_id=one).code == "UNKNOWN_DEPARTMENT"
    for department in (foreign, make_department(make_town())):
        said = {"municipality": town, "name": {"en": "A"}, "by": system(town.pk), "now": NOW}
        assert refused(add_team, **said, department=department).code == "UNKNOWN_DEPARTMENT"


def test_a_team_of_another_town_is_not_there(town):
    team = make_team(make_town())
    by = system(town.pk)
    for operation in (retire_team, restore_team):
        assert refused(operation, team_id=team.pk, by=by, now=NOW).code == "NOT_FOUND"
    assert refused(set_members, team_id=team.pk, user_ids=[], by=by, now=NOW).code == "NOT_FOUND"
    assert refused(set_roster, team_id=team.pk, shifts=[], by=by, now=NOW).code == "NOT_FOUND"


def test_only_who_works_on_the_cases_is_a_member_and_others_are_named(town):
    above = make_department(town)
    department, other = make_department(town, parent=above), make_department(town)
    fitting = [
        make_staff(town, Role.AGENT),
        make_staff(town, Role.SERVICE_MANAGER),
        make_staff(town, Role.DEPARTMENT_WORKER, department=department),
        make_staff(town, Role.DEPARTMENT_MANAGER, department=above),
    ]
    unfit = [
        make_staff(town, Role.AUDITOR),
        make_staff(town, Role.ADMINISTRATOR),
        make_staff(town, Role.DEPARTMENT_WORKER, department=above),
        make_staff(town, Role.DEPARTMENT_MANAGER, department=other),
        make_staff(make_town(), Role.AGENT),
    ]
    team = make_team(town, *fitting, department=department)
    assert members(team) == sorted(one.pk for one in fitting)
    assert [one.pk for one in queries.may_join(town.pk, department.pk)] == [one.pk for one in fitting]
    for one in unfit:
        refusal = refused(set_members, **doing(team), user_ids=[fitting[0].pk, one.pk])
        assert (refusal.code, refusal.names) == (
            "SEES_NO_CASES",
            (one.name if Membership.objects.filter(user=one, municipality=town).exists() else "–",),
        )
    centre = make_team(town)
    assert refused(set_members, **doing(centre), user_ids=[fitting[2].pk]).names == (fitting[2].name,)


def test_a_team_moves_only_where_its_members_see_the_cases(town):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, worker, make_staff(town, Role.AGENT), department=department)
    refusal = refused(change, team, department_id=make_department(town).pk)
    assert (refusal.code, refusal.names) == ("SEES_NO_CASES", (worker.name,))


def test_who_was_switched_off_stays_in_the_team_and_is_not_on_duty(town):
    administrator = make_actor(town, Role.ADMINISTRATOR)
    first, second, third = (make_staff(town, Role.AGENT) for _ in range(3))
    team = make_team(town, first, second)
    switch_off(user_id=first.pk, by=administrator, now=NOW)
    set_members(**doing(team), user_ids=[first.pk, second.pk, third.pk])
    assert members(team) == [first.pk, second.pk, third.pk]
    assert queries.on_duty(team.pk, NOW) == [second.pk, third.pk]


def test_whoever_loses_the_role_that_let_them_in_leaves_team_and_roster(town):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    agent = make_staff(town, Role.AGENT)
    team = make_team(town, worker, agent, department=department)
    centre = make_team(town, agent)
    set_roster(
        **doing(team),
        shifts=[Hours(worker.pk, (0,), 480, 960), Hours(agent.pk, (0,), 480, 960)],
    )
    held = Membership.objects.get(user=worker)
    take_role(user_id=worker.pk, membership_id=held.pk, by=make_actor(town, Role.ADMINISTRATOR), now=NOW)
    assert (members(team), members(centre)) == ([agent.pk], [agent.pk])
    assert list(Shift.objects.values_list("user_id", flat=True)) == [agent.pk]
    assert documents(team)[-1]["members"] == [agent.pk]


def test_who_keeps_another_role_that_lets_them_in_stays(town):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    add_member(municipality=town, user=worker, role=Role.AGENT, department=None, by_user_id=None, now=NOW)
    team = make_team(town, worker, department=department)
    held = Membership.objects.get(user=worker, role=Role.DEPARTMENT_WORKER)
    take_role(user_id=worker.pk, membership_id=held.pk, by=make_actor(town, Role.ADMINISTRATOR), now=NOW)
    assert members(team) == [worker.pk]


def test_a_department_that_moves_away_takes_its_teams_from_the_managers_above(town):
    above = make_department(town)
    department = make_department(town, parent=above)
    manager = make_staff(town, Role.DEPARTMENT_MANAGER, department=above)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, manager, worker, department=department)
    change_department(
        department_id=department.pk, name=department.name, parent_id=None, by=system(town.pk), now=NOW
    )
    assert members(team) == [worker.pk]


def test_a_department_with_teams_is_not_retired(town):
    department = make_department(town)
    team = make_team(town, department=department)
    with pytest.raises(UnableToChangeDepartment) as refusal:
        retire_department(department_id=department.pk, by=system(town.pk), now=NOW)
    assert refusal.value.code == "HAS_TEAMS"
    retire_team(**doing(team))
    retire_department(department_id=department.pk, by=system(town.pk), now=NOW)
    assert refused(restore_team, **doing(team)).code == "UNKNOWN_DEPARTMENT"


def test_a_retired_team_is_offered_nowhere_until_it_is_restored(town):
    team = make_team(town)
    retire_team(**doing(team))
    assert (queries.teams(town.pk), queries.retired_teams(town.pk)) == ([], [team])
    again = add_team(municipality=town, name=team.name, by=system(town.pk), now=NOW)
    assert refused(restore_team, **doing(team)).code == "NAME_TAKEN"
    retire_team(**doing(again))
    restore_team(**doing(team))
    assert queries.teams(town.pk) == [team]


def test_a_roster_is_for_members_only_and_not_without_end(town):
    agent = make_staff(town, Role.AGENT)
    team = make_team(town, agent)
    stranger = Hours(make_staff(town, Role.AGENT).pk, (0,), 480, 960)
    assert refused(set_roster, **doing(team), shifts=[stranger]).code == "NOT_A_MEMBER"
    many = [Hours(agent.pk, (0,), minute, 960) for minute in range(21)]
    assert refused(set_roster, **doing(team), shifts=many).code == "TOO_MANY_SHIFTS"


@pytest.mark.parametrize("size", [1, 3])
def test_on_duty_takes_four_queries(size, town, django_assert_num_queries):
    # Monday, 11:30 on the town's clocks.
    people = [make_staff(town, Role.AGENT) for _ in range(size)]
    late, away = make_staff(town, Role.AGENT), make_staff(town, Role.AGENT)
    team = make_team(town, *people, late, away)
    set_roster(
        **doing(team),
        shifts=[Hours(late.pk, (0,), 16 * 60, 20 * 60), *(Hours(one.pk, (0,), 480, 960) for one in people)],
    )
    add_absence(user_id=away.pk, first_day=NOW.date(), last_day=NOW.date(), by=system(town.pk), now=NOW)
    with django_assert_num_queries(4):
        assert queries.on_duty(team.pk, NOW) == sorted(one.pk for one in people)
    assert queries.on_duty(team.pk, NOW + timedelta(hours=5)) == [late.pk]


def test_an_absence_for_one_town_leaves_the_other_alone(town):
    other = make_town()
    agent = make_staff(town, Role.AGENT)
    add_member(municipality=other, user=agent, role=Role.AGENT, department=None, by_user_id=None, now=NOW)
    here, there = make_team(town, agent), make_team(other, agent)
    add_absence(user_id=agent.pk, first_day=NOW.date(), last_day=NOW.date(), by=system(town.pk), now=NOW)
    assert (queries.on_duty(here.pk, NOW), queries.on_duty(there.pk, NOW)) == ([], [agent.pk])


FIRST, LAST = date(2026, 11, 20), date(2026, 11, 24)


def absence(town, user, first, last):
    return add_absence(user_id=user.pk, first_day=first, last_day=last, by=system(town.pk), now=NOW)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (LAST, FIRST, "BACKWARDS"),
        (LAST, LAST + timedelta(days=3), "OVERLAPS"),
        (FIRST - timedelta(days=3), FIRST, "OVERLAPS"),
        (FIRST - timedelta(days=1), LAST + timedelta(days=1), "OVERLAPS"),
    ],
)
def test_absences_run_forwards_and_do_not_overlap(first, last, code, town):
    agent = make_staff(town, Role.AGENT)
    absence(town, agent, FIRST, LAST)
    with pytest.raises(UnableToChangeAbsence) as refusal:
        absence(town, agent, first, last)
    assert refusal.value.code == code
    absence(town, make_staff(town, Role.AGENT), FIRST, LAST)
    absence(town, agent, LAST + timedelta(days=1), LAST + timedelta(days=1))
    assert Absence.objects.count() == 3


def test_absences_are_of_the_towns_own_people_and_taken_back_by_it_alone(town):
    with pytest.raises(UnableToChangeAbsence) as refusal:
        absence(town, make_staff(make_town(), Role.AGENT), FIRST, LAST)
    assert refusal.value.code == "UNKNOWN_PERSON"
    made = absence(town, make_staff(town, Role.AGENT), FIRST, LAST)
    with pytest.raises(UnableToChangeAbsence) as refusal:
        remove_absence(absence_id=made.pk, by=system(make_town().pk), now=NOW)
    assert refusal.value.code == "NOT_FOUND"
    remove_absence(absence_id=made.pk, by=system(town.pk), now=NOW)
    assert not Absence.objects.exists()
    verbs = AuditRecord.objects.filter(object_kind="user", verb__startswith="absence.").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == ["absence.added", "absence.removed"]


def test_on_call_are_those_on_duty_of_the_department_those_above_and_the_centre(town):
    above = make_department(town)
    department, other = make_department(town, parent=above), make_department(town)
    people = [make_staff(town, Role.AGENT) for _ in range(6)]
    make_team(town, people[0], department=department, is_on_call=True)
    make_team(town, people[1], department=above, is_on_call=True)
    make_team(town, people[2], is_on_call=True)
    make_team(town, people[3], department=other, is_on_call=True)
    make_team(town, people[4], department=department)
    retire_team(**doing(make_team(town, people[5], is_on_call=True)))
    make_team(make_town(), is_on_call=True)
    assert queries.on_call(town.pk, department.pk, NOW) == sorted(one.pk for one in people[:3])
    assert queries.on_call(town.pk, None, NOW) == [people[2].pk]


def test_who_manages_another_department_keeps_no_roster_here(town):
    own, other = make_department(town), make_department(town)
    team = make_team(town, department=own)
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=other)
    assert refused(set_roster, **doing(team) | {"by": manager}, shifts=[]).code == "NOT_FOUND"
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=own)
    assert set_roster(**doing(team) | {"by": manager}, shifts=[]) == team
