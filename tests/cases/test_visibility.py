"""Who sees which case."""

import pytest

from moked.accounts.models import Membership
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, resident, system
from moked.cases import operations, queries
from moked.cases.models import Case
from tests.factories import (
    NOW,
    make_actor,
    make_case,
    make_department,
    make_service,
    make_staff,
    make_town,
)

pytestmark = pytest.mark.django_db


def seen(actor) -> set[int]:
    return set(Case.objects.visible_to(actor).values_list("pk", flat=True))


def test_each_role_sees_its_part_of_its_own_town():
    town, other = make_town(), make_town()
    top = make_department(town)
    below = make_department(town, parent=top)
    beside = make_department(town)
    in_top, in_below, in_beside = (
        make_case(town, service=make_service(town, department=department)).pk
        for department in (top, below, beside)
    )
    make_case(other)
    everything = {in_top, in_below, in_beside}
    assert seen(make_actor(town, Role.AGENT)) == everything
    assert seen(make_actor(town, Role.SERVICE_MANAGER)) == everything
    assert seen(make_actor(town, Role.AUDITOR)) == everything
    assert seen(make_actor(town, Role.DEPARTMENT_MANAGER, department=top)) == {in_top, in_below}
    assert seen(make_actor(town, Role.DEPARTMENT_WORKER, department=top)) == {in_top}
    assert seen(make_actor(town, Role.ADMINISTRATOR)) == set()
    assert seen(resident(town.pk)) == set()
    assert seen(system(town.pk)) == everything


def test_a_department_stops_seeing_a_case_it_has_handed_on():
    town = make_town()
    case = make_case(town)
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=case.department)
    assert seen(worker) == {case.pk}
    operations.assign(
        case_id=case.pk, department_id=make_department(town).pk, assignee_id=None, by=worker, now=NOW
    )
    assert seen(worker) == set()


def test_confidential_cases_are_for_named_roles_and_the_department_that_handles_them():
    town = make_town()
    service = make_service(town, confidential_roles=(Role.SERVICE_MANAGER,))
    case = make_case(town, service=service)
    assert seen(make_actor(town, Role.AGENT)) == set()
    assert seen(make_actor(town, Role.AUDITOR)) == set()
    assert seen(make_actor(town, Role.SERVICE_MANAGER)) == {case.pk}
    assert seen(make_actor(town, Role.DEPARTMENT_WORKER, department=service.department)) == {case.pk}


def test_spam_is_seen_by_nobody():
    town = make_town()
    case = make_case(town)
    Case.objects.update(is_spam=True)
    assert seen(make_actor(town, Role.AGENT)) == set()
    with pytest.raises(Case.DoesNotExist):
        queries.case_of_link(case.pk)


def test_without_a_membership_or_switched_off_one_is_nobody():
    town, other = make_town(), make_town()
    user = make_staff(town, Role.AGENT)
    assert actor_for(user, other.pk) is None
    assert actor_for(user, town.pk) is not None
    Membership.objects.all().delete()
    assert actor_for(user, town.pk) is None


def test_a_switched_off_person_is_nobody():
    town = make_town()
    user = make_staff(town, Role.AGENT)
    user.is_active = False
    assert actor_for(user, town.pk) is None


def test_names_and_addresses_are_masked_for_roles_that_do_not_need_them():
    town = make_town()
    case = make_case(town, email="ann@example.org", name="Ann Brook")
    full = queries.reporter_card(case, make_actor(town, Role.AGENT))
    assert full is not None
    assert (full.name, full.email, full.is_masked) == ("Ann Brook", "ann@example.org", False)
    for role in (Role.AUDITOR, Role.DEPARTMENT_WORKER):
        masked = queries.reporter_card(case, make_actor(town, role))
        assert masked is not None
        assert (masked.name, masked.email, masked.is_masked) == ("A•••", "a•••", True)


def test_the_queue_pages_by_key_without_losing_or_repeating_a_case(monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    town = make_town()
    service = make_service(town)
    made = [make_case(town, service=service).pk for _ in range(5)]  # all due at the same moment
    actor = make_actor(town, Role.AGENT)
    found, key = [], None
    while True:
        page = queries.queue(actor, now=NOW, after=key)
        found += [case.pk for case in page.cases]
        if (key := page.next_key) is None:
            break
    assert found == made
    assert queries.queue(actor, now=NOW, after="nonsense").cases[0].pk == made[0]


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_takes_the_same_queries_for_any_number_of_cases(django_assert_num_queries, count):
    town = make_town()
    service = make_service(town)
    for _ in range(count):
        make_case(town, service=service)
    actor = make_actor(town, Role.AGENT)
    with django_assert_num_queries(1):
        for case in queries.queue(actor, now=NOW).cases:
            _ = case.service.name, case.department.name
