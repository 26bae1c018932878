"""Figures for the staff: of what they see, all of it, and nothing else."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.models import Case
from moked.cases.rules import Outcome
from moked.insights.projections import count
from moked.insights.queries import staff_figures
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
NOVEMBER = date(2026, 11, 1)


def of(actor, **filters):
    return staff_figures(actor, NOVEMBER, NOVEMBER, NOW + timedelta(days=1), **filters)


@pytest.fixture
def town():
    return make_town()


def test_everybody_counts_exactly_the_cases_they_see(town):
    above = make_department(town)
    roads, parks = make_department(town, parent=above), make_department(town)
    hidden = make_service(town, department=parks, confidential_roles=(Role.SERVICE_MANAGER,))
    services = [make_service(town, department=roads), make_service(town, department=parks), hidden]
    for number, service in enumerate(services):
        for _ in range(number + 1):
            make_case(town, service=service)
    count(town.pk, list(Case.objects.values_list("id", flat=True)))
    actors = {
        role: make_actor(town, role)
        for role in (Role.AGENT, Role.SERVICE_MANAGER, Role.AUDITOR, Role.ADMINISTRATOR)
    }
    actors["roads"] = make_actor(town, Role.DEPARTMENT_WORKER, department=roads)
    actors["parks"] = make_actor(town, Role.DEPARTMENT_WORKER, department=parks)
    actors["above"] = make_actor(town, Role.DEPARTMENT_MANAGER, department=above)
    actors["elsewhere"] = make_actor(make_town(), Role.AGENT)
    seen = {name: Case.objects.visible_to(actor).count() for name, actor in actors.items()}
    assert {name: of(actor).total.received for name, actor in actors.items()} == seen
    assert {name: of(actor).total.open for name, actor in actors.items()} == seen
    assert (seen[Role.AGENT], seen[Role.SERVICE_MANAGER], seen["roads"], seen["parks"]) == (3, 6, 1, 5)
    agent = of(actors[Role.AGENT])
    for rows in (agent.services, agent.departments, agent.channels, agent.districts, agent.months):
        assert sum(row.measures.received for row in rows) == 3
    assert hidden.slug not in {row.code for row in agent.services}
    # A department is no way around either.
    assert of(actors["roads"], department_ids=[parks.pk]).total.received == 0


def test_figures_by_person_are_for_that_person_and_their_manager(town):
    roads, parks = make_department(town), make_department(town)
    one, other = (make_staff(town, Role.DEPARTMENT_WORKER, department=roads) for _ in range(2))
    agent = make_actor(town, Role.AGENT)
    for person in (one, one, other):
        case = make_case(town, service=make_service(town, department=roads))
        operations.assign(case_id=case.pk, department_id=roads.pk, assignee_id=person.pk, by=agent, now=NOW)
        count(town.pk, [case.pk])

    def people(actor):
        return [(row.code, row.measures.received) for row in of(actor).people]

    assert people(actor_for(one, town.pk)) == [(one.name, 2)]
    assert people(actor_for(other, town.pk)) == [(other.name, 1)]
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=roads)
    assert people(manager) == sorted([(one.name, 2), (other.name, 1)])
    assert people(make_actor(town, Role.DEPARTMENT_MANAGER, department=parks)) == []
    assert people(agent) == people(make_actor(town, Role.SERVICE_MANAGER)) == []


def test_measures_of_the_staff(town):
    service, agent = make_service(town), make_actor(town, Role.AGENT)

    def closed(email, hours, *, touch=False):
        case = make_case(town, service=service, email=email)
        at = NOW + timedelta(hours=hours)
        operations.close_case(
            case_id=case.pk,
            outcome=Outcome.ANSWERED,
            message="There.",
            by=agent,
            now=at,
            at_first_contact=touch,
        )
        count(town.pk, [case.pk])
        return case

    closed("ada@example.org", 0, touch=True)
    closed("bea@example.org", 10)
    again = closed("bea@example.org", 20)
    operations.reopen(case_id=again.pk, message="Again.", by=agent, now=NOW + timedelta(hours=21))
    operations.close_case(
        case_id=again.pk, outcome=Outcome.FIXED, message="Now.", by=agent, now=NOW + timedelta(hours=24)
    )
    make_case(town, service=service)
    count(town.pk, list(Case.objects.values_list("id", flat=True)))
    total = of(agent).total
    assert (total.received, total.closed, total.open) == (4, 3, 1)
    assert (total.repeat, total.reopened, total.first_contact, total.at_first_contact) == (1, 1, 1, 33)
    assert total.median == pytest.approx(600, rel=0.1)
    assert (total.rated, total.satisfied, total.in_time) == (0, None, None)


def test_open_and_late_by_how_much_is_counted_up_to_a_limit(town, monkeypatch):
    monkeypatch.setattr("moked.insights.queries.MOST_OVERDUE", 2)
    service, agent = make_service(town), make_actor(town, Role.AGENT)
    for days in (0, 1, 5, 40, 41, 42):
        case = make_case(town, service=service)
        late = NOW + timedelta(days=1) - timedelta(days=days, hours=1)
        Case.objects.filter(pk=case.pk).update(promised_at=late, promise_state="BROKEN")
    bands = [(one.least, one.count, one.is_capped) for one in of(agent).overdue]
    assert bands == [(0, 2, False), (3, 1, False), (8, 0, False), (31, 2, True)]


def test_one_and_many_cases_take_as_many_queries(town):
    agent = make_actor(town, Role.AGENT)
    taken = []
    for _ in range(2):
        for _ in range(3):
            count(town.pk, [make_case(town).pk])
        with CaptureQueriesContext(connection) as queries:
            of(agent)
        taken.append(len(queries))
    assert taken == [11, 11]
