"""A05: whatever a search finds is what its reader may see, all of it, and nothing else shows through."""

import dataclasses
import itertools

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.accounts.models import Department
from moked.accounts.rules import Actor, ActorKind, Role
from moked.cases import operations, queries
from moked.cases.models import Case
from moked.cases.queries.search import words_of
from moked.cases.rules import Outcome
from moked.municipalities.models import Municipality
from moked.search.rules import asked, holds
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town

pytestmark = [pytest.mark.abuse("A05"), pytest.mark.django_db]
MATTERS = ("A deep hole", "A fallen tree", "Hole beside the tree")
NAMES = ("", "Ann Brook", "Bela Treeman")
TYPED = (
    "hole",
    "tree",
    "hole tree",
    "brook",
    "hole brook",
    "treeman",
    "deep hole fallen",
    "noted tree",
    "ann",
    "absent",
)


@dataclasses.dataclass(frozen=True)
class World:
    """Two towns with departments, plain and confidential services, and cases of every sort."""

    town: Municipality
    other: Municipality
    departments: list[Department]


@pytest.fixture
def world() -> World:
    town, other = make_town(), make_town()
    top = make_department(town)
    departments = [top, make_department(town, parent=top), make_department(town)]
    agent = make_actor(town, Role.AGENT)
    for department, sort in itertools.product(
        departments, ({}, {"confidential_roles": (Role.SERVICE_MANAGER,)})
    ):
        service = make_service(town, department=department, **sort)
        for number, (matter, name) in enumerate(zip(MATTERS, NAMES, strict=True)):
            case = make_case(town, service=service, matter=matter, name=name)
            if not sort and number == 1:
                operations.add_note(case_id=case.pk, body="Noted by a colleague", by=agent, now=NOW)
                operations.close_case(
                    case_id=case.pk, outcome=Outcome.FIXED, message="Cut", by=agent, now=NOW
                )
    moved = make_case(
        town, service=service_of(departments[0], town), matter="A hole that moved", name="Ann Brook"
    )
    operations.assign(case_id=moved.pk, department_id=departments[2].pk, assignee_id=None, by=agent, now=NOW)
    spam = make_case(town, matter="A hole of spam")
    Case.objects.filter(pk=spam.pk).update(is_spam=True)
    make_case(other, matter="A hole abroad", name="Ann Brook")
    return World(town, other, departments)


def service_of(department: Department, town: Municipality):
    return make_service(town, department=department)


def readable(case: Case, actor: Actor, words: list[str]) -> bool:
    """Tell, without the index, whether what the actor may read on a case holds all of the words."""
    said = words_of([case])[case.pk]
    texts = said.text + (said.people if actor.sees_contact_details_of(case.department_id) else [])
    return all(any(holds(text, word) for text in texts) for word in words)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.frozensets(st.sampled_from(list(Role)), min_size=1, max_size=2),
    own=st.frozensets(st.integers(0, 2)),
    managed=st.frozensets(st.integers(0, 2)),
    typed=st.sampled_from(TYPED),
    state=st.sampled_from(["all", "open", "closed"]),
)
def test_a_search_finds_exactly_what_its_reader_may_see_and_read(
    world: World, roles: frozenset[Role], own: frozenset[int], managed: frozenset[int], typed: str, state: str
) -> None:
    manages = frozenset(world.departments[at].pk for at in managed)
    works = manages | frozenset(world.departments[at].pk for at in own)
    actor = Actor(ActorKind.STAFF, world.town.pk, 1, roles, works, manages)
    with transaction.atomic():
        page = queries.search(actor, typed, state=state)
        visible = Case.objects.visible_to(actor).select_related("service")
        wanted = {
            case.pk
            for case in visible
            if readable(case, actor, asked(typed)) and state in {"all", "open" if case.is_open else "closed"}
        }
    found = [one.case.pk for one in page.found]
    assert set(found) == wanted and len(found) == len(wanted) == page.total
    for one in page.found:
        may_read = words_of([one.case])[one.case.pk]
        shown = "".join(piece.text for piece in one.excerpt)
        if not actor.sees_contact_details_of(one.case.department_id):
            assert not any(name in shown for name in may_read.people), shown
