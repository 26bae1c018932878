"""Residents as staff know them: nothing but what their cases show."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.accounts.rules import Role, resident, system
from moked.cases import operations, residents
from moked.cases.models import Case, Participant
from moked.residents.models import Resident
from tests.abuse.world import undone
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town

pytestmark = pytest.mark.django_db


def found(actor, text: str) -> set[str]:
    return {one.resident.name for one in residents.find_callers(actor, text)}


def test_each_role_finds_the_residents_whose_details_it_may_read():
    town = make_town()
    own, other = make_department(town), make_department(town)
    make_case(town, service=make_service(town, department=own), name="Ann Own")
    make_case(town, service=make_service(town, department=other), name="Ann Other")
    secret = make_service(town, department=own, confidential_roles=(Role.SERVICE_MANAGER,))
    make_case(town, service=secret, name="Ann Secret")
    spam = make_case(town, name="Ann Spam")
    Case.objects.filter(pk=spam.pk).update(is_spam=True)
    make_case(make_town(), name="Ann Elsewhere")
    by_role = {
        Role.AGENT: {"Ann Own", "Ann Other"},
        Role.SERVICE_MANAGER: {"Ann Own", "Ann Other", "Ann Secret"},
        Role.AUDITOR: set(),
        Role.ADMINISTRATOR: set(),
    }
    assert {role: found(make_actor(town, role), "ann") for role in by_role} == by_role
    assert found(make_actor(town, Role.DEPARTMENT_MANAGER, department=own), "ann") == {
        "Ann Own",
        "Ann Secret",
    }
    assert found(make_actor(town, Role.DEPARTMENT_WORKER, department=own), "ann") == set()
    assert found(resident(town.pk), "ann") == found(system(town.pk), "ann") == set()


def test_a_department_that_handed_a_case_on_no_longer_finds_its_resident():
    town = make_town()
    case = make_case(town, name="Ann Brook")
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=case.department)
    assert found(manager, "brook") == {"Ann Brook"}
    operations.assign(
        case_id=case.pk, department_id=make_department(town).pk, assignee_id=None, by=manager, now=NOW
    )
    assert found(manager, "brook") == set()


def test_a_worker_sees_a_resident_of_their_cases_without_finding_them():
    town = make_town()
    case = make_case(town, name="Ann Brook")
    ann = Resident.objects.get()
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=case.department)
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=case.department)
    assert residents.resident_by_reference(worker, ann.reference) == ann
    assert found(worker, "brook") == set()
    assert found(manager, "brook") == {"Ann Brook"}
    assert not residents.may_read_contacts_of(worker, ann)
    assert residents.may_read_contacts_of(manager, ann)
    elsewhere = make_actor(town, Role.DEPARTMENT_MANAGER)
    with pytest.raises(residents.NoSuchResident):
        residents.resident_by_reference(elsewhere, ann.reference)


def test_a_resident_without_reference_is_not_found_by_an_empty_one():
    town = make_town()
    make_case(town, name="Ann Brook")
    Resident.objects.update(reference=None)
    agent = make_actor(town, Role.AGENT)
    with pytest.raises(residents.NoSuchResident):
        residents.resident_by_reference(agent, "")


def test_a_caller_comes_with_the_number_of_their_open_cases_that_one_sees():
    town = make_town()
    service = make_service(town, confidential_roles=(Role.SERVICE_MANAGER,))
    first = make_case(town, name="Ann", email="ann@example.org", phone="0501234567")
    make_case(town, email="ann@example.org")
    make_case(town, email="ann@example.org", service=service)
    closed = make_case(town, email="ann@example.org")
    agent = make_actor(town, Role.AGENT)
    operations.close_case(case_id=closed.pk, outcome="FIXED", message="Done.", by=agent, now=NOW)
    [caller] = residents.find_callers(agent, "050-1234567")
    assert (caller.resident.pk, caller.reach.email, caller.open_cases) == (
        Participant.objects.get(case=first).resident_id,
        "ann@example.org",
        2,
    )


def test_all_cases_page_by_key_without_losing_or_repeating_one(monkeypatch):
    monkeypatch.setattr(residents, "PAGE", 2)
    town = make_town()
    made = [make_case(town, email="ann@example.org").pk for _ in range(5)]
    agent, ann = make_actor(town, Role.AGENT), Resident.objects.get()
    seen, key = [], None
    while True:
        page = residents.all_cases_of(agent, ann, after=key)
        seen += [case.pk for case in page.cases]
        if (key := page.next_key) is None:
            break
    assert seen == made[::-1]
    assert residents.all_cases_of(agent, ann, after="nonsense").cases[0].pk == made[-1]


@pytest.mark.parametrize("count", [1, 3])
def test_finding_callers_takes_four_queries(django_assert_num_queries, count):
    town = make_town()
    for number in range(count):
        make_case(town, name=f"Ann{number} Brook")
    agent = make_actor(town, Role.AGENT)
    with django_assert_num_queries(4):  # as typed, with errors, how to reach them, their open cases
        assert len(residents.find_callers(agent, "brook")) == count


NAMES = ("Ann Brook", "Anna Brock", "Tom Field", "Ann Field")
PHONES = ("050-123 4567", "+972501234567", "052 765 4321", "")


@pytest.mark.abuse("A05")
def test_whatever_is_looked_for_only_residents_of_visible_cases_are_found_and_counted():
    town, other_town = make_town(), make_town()
    departments = [make_department(town), make_department(town)]
    services = [
        *(make_service(town, department=one) for one in departments),
        make_service(town, department=departments[0], confidential_roles=(Role.SERVICE_MANAGER,)),
        make_service(other_town),
    ]
    actors = [
        *(make_actor(town, role) for role in (Role.AGENT, Role.SERVICE_MANAGER, Role.AUDITOR)),
        *(make_actor(town, Role.DEPARTMENT_MANAGER, department=one) for one in departments),
        make_actor(town, Role.DEPARTMENT_WORKER, department=departments[0]),
        make_actor(other_town, Role.AGENT),
    ]
    report = st.tuples(
        st.sampled_from(services), st.sampled_from(NAMES), st.sampled_from(PHONES), st.booleans()
    )

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(report, max_size=6),
        st.sampled_from(actors),
        st.sampled_from(["ann", "brook", "brokc", "field tom", "0501234567", "1234567", "%", "a_n"]),
    )
    def find_only_visible(reports, actor, text):
        with undone():
            for service, name, phone, is_spam in reports:
                case = make_case(service.municipality, service=service, name=name, phone=phone)
                Case.objects.filter(pk=case.pk).update(is_spam=is_spam)
            visible = set(Case.objects.visible_to(actor).values_list("pk", flat=True))
            for caller in residents.find_callers(actor, text):
                open_cases = set(
                    Participant.objects.filter(resident=caller.resident).values_list("case_id", flat=True)
                )
                assert open_cases & visible
                assert caller.open_cases == len(open_cases & visible)
                page = residents.all_cases_of(actor, caller.resident)
                assert {case.pk for case in page.cases} == open_cases & visible

    find_only_visible()
