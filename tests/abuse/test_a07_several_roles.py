"""A07: two roles of one person give what each gives and not more: a right holds for the cases it is for."""

import pytest

from moked.accounts.operations import add_member
from moked.accounts.queries import actor_for
from moked.accounts.rules import Actor, Role
from moked.cases import operations as cases
from moked.cases import queries
from tests.factories import NOW, make_case, make_department, make_service, make_town, make_user

pytestmark = [pytest.mark.abuse("A07"), pytest.mark.django_db]


def made_of(town, *memberships) -> Actor:
    user = make_user()
    for role, department in memberships:
        add_member(municipality=town, user=user, role=role, department=department, by_user_id=None, now=NOW)
    actor = actor_for(user, town.pk)
    assert actor is not None
    return actor


@pytest.fixture
def town(db):
    return make_town()


@pytest.fixture
def department(town):
    return make_department(town)


def test_an_auditor_who_also_works_in_a_department_changes_only_its_cases(town, department) -> None:
    actor = made_of(town, (Role.AUDITOR, None), (Role.DEPARTMENT_WORKER, department))
    own = make_case(town, service=make_service(town, department=department))
    foreign = make_case(town)
    assert queries.case_by_number(actor, foreign.number) == foreign
    cases.add_note(case_id=own.pk, body="x", by=actor, now=NOW)
    with pytest.raises(cases.UnableToChangeCase):
        cases.add_note(case_id=foreign.pk, body="x", by=actor, now=NOW)


def test_an_auditor_who_also_manages_a_department_reads_details_of_its_cases_only(town, department) -> None:
    actor = made_of(town, (Role.AUDITOR, None), (Role.DEPARTMENT_MANAGER, department))
    own = make_case(town, service=make_service(town, department=department), email="ann@example.org")
    foreign = make_case(town, email="bob@example.org")
    assert queries.reporter_card(own, actor).email == "ann@example.org"
    assert queries.reporter_card(foreign, actor).email != "bob@example.org"


def test_a_worker_of_one_department_who_manages_another_reads_details_only_there(town, department) -> None:
    managed = make_department(town)
    actor = made_of(town, (Role.DEPARTMENT_WORKER, department), (Role.DEPARTMENT_MANAGER, managed))
    own = make_case(town, service=make_service(town, department=department), email="ann@example.org")
    other = make_case(town, service=make_service(town, department=managed), email="bob@example.org")
    assert queries.reporter_card(own, actor).email != "ann@example.org"
    assert queries.reporter_card(other, actor).email == "bob@example.org"


def test_a_role_in_one_town_adds_nothing_in_another(town) -> None:
    other = make_town()
    user = make_user()
    add_member(municipality=town, user=user, role=Role.AUDITOR, department=None, by_user_id=None, now=NOW)
    add_member(municipality=other, user=user, role=Role.AGENT, department=None, by_user_id=None, now=NOW)
    actor = actor_for(user, town.pk)
    assert actor is not None
    assert not actor.may_work_on(None) and not actor.sees_contact_details_of(None)


def test_nobody_is_given_a_role_by_a_department_of_another_town(town) -> None:
    with pytest.raises(ValueError, match="another municipality"):
        add_member(
            municipality=town,
            user=make_user(),
            role=Role.DEPARTMENT_MANAGER,
            department=make_department(make_town()),
            by_user_id=None,
            now=NOW,
        )


@pytest.mark.parametrize("roles", [(Role.AGENT, Role.ADMINISTRATOR), (Role.AUDITOR, Role.ADMINISTRATOR)])
def test_a_confidential_service_stays_closed_to_roles_it_does_not_name(town, department, roles) -> None:
    service = make_service(town, department=department, confidential_roles=("SERVICE_MANAGER",))
    case = make_case(town, service=service)
    actor = made_of(town, *((role, None) for role in roles))
    with pytest.raises(queries.NoSuchCase):
        queries.case_by_number(actor, case.number)
