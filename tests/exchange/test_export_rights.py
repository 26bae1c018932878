"""Whatever is exported, and whenever: nobody gets a case they may not see at that moment."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from moked.accounts.models import Membership, User
from moked.accounts.operations import add_member
from moked.accounts.queries import actor_for
from moked.accounts.rules import Actor, Role
from moked.audit.models import AuditRecord
from moked.cases.models import Case
from moked.events import worker
from moked.exchange.exports import making, operations, queries, store
from moked.exchange.exports.rules import ANY, CLOSED, Selection
from moked.exchange.models import Export
from moked.municipalities.models import Municipality
from moked.web.desk.export_words import WORDS
from moked.web.desk.queue import VIEWS
from tests.abuse.world import undone
from tests.exchange.files import ask, content, numbers
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_staff, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Municipality:
    return make_town()


@pytest.fixture
def in_steps(monkeypatch) -> None:
    """Make exports of more than two cases in the background, two cases a step."""
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    monkeypatch.setattr(making, "STEP_ROWS", 2)
    monkeypatch.setattr(queries, "PAGE", 1)


def work() -> None:
    while worker.run_outbox():
        pass


def now_as(user: User, town: Municipality) -> Actor:
    found = actor_for(user, town.pk)
    assert found is not None
    return found


@pytest.mark.abuse("A05")
def test_an_export_holds_just_the_visible_cases_of_what_was_chosen() -> None:
    town, other_town = make_town(), make_town()
    above = make_department(town)
    departments = [above, make_department(town, parent=above), make_department(town)]
    services = [
        *(make_service(town, department=one) for one in departments),
        make_service(town, department=departments[0], confidential_roles=(Role.SERVICE_MANAGER,)),
        make_service(other_town),
    ]
    actors = [
        *(make_actor(town, role) for role in (Role.AGENT, Role.SERVICE_MANAGER, Role.AUDITOR)),
        *(make_actor(town, Role.DEPARTMENT_MANAGER, department=one) for one in departments),
        make_actor(town, Role.DEPARTMENT_WORKER, department=above),
        make_actor(town, Role.ADMINISTRATOR),
        make_actor(other_town, Role.AGENT),
    ]
    for service in services:
        for number in range(2):
            make_case(service.municipality, service=service, now=NOW - timedelta(days=number))
    cases = list(Case.objects.order_by("id"))
    change = st.fixed_dictionaries(
        {
            "is_spam": st.booleans(),
            "department": st.sampled_from([None, *departments]),
            "assignee_id": st.sampled_from([None, *(actor.user_id for actor in actors)]),
            "closed": st.booleans(),
        }
    )
    days = st.none() | st.sampled_from([(NOW - timedelta(days=number)).date() for number in (0, 1)])
    chosen = st.builds(
        Selection,
        which=st.sampled_from([*VIEWS, CLOSED, ANY, "no such view"]),
        service=st.sampled_from(["", *(service.slug for service in services)]),
        opened_from=days,
        opened_to=days,
    )

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.tuples(st.sampled_from(cases), change), max_size=5),
        st.sampled_from(actors),
        chosen,
    )
    @example([], actors[-3], Selection(ANY))
    @example([(cases[0], {"department": above, "closed": True})], actors[-3], Selection(CLOSED))
    def export_only_visible(changes, actor, selection):
        with undone():
            for case, said in changes:
                columns = {name: value for name, value in said.items() if name != "closed"}
                end = {"is_open": False, "state": "RESOLVED", "closed_at": NOW} if said["closed"] else {}
                if case.municipality_id == town.pk:
                    Case.objects.filter(pk=case.pk).update(**columns, **end)
            home = town if actor.municipality_id == town.pk else other_town
            if not actor.roles - {Role.ADMINISTRATOR}:
                return
            held = numbers(content(ask(home, actor, selection=selection), actor))
            visible = Case.objects.visible_to(actor).select_related("service")
            assert held == [case.number for case in visible.order_by("id") if fits(case, selection, actor)]

    export_only_visible()


def fits(case: Case, selection: Selection, actor: Actor) -> bool:
    """Tell, one case at a time, whether it is among those chosen."""
    day = case.opened_at.date()  # all are opened before noon, in the town as in the world
    if selection.service and case.service.slug != selection.service:
        return False
    if (selection.opened_from or day) > day or (selection.opened_to or day) < day:
        return False
    if selection.which in {CLOSED, ANY}:
        return selection.which == ANY or not case.is_open
    of_view = {
        "late": False,  # nothing is promised here
        "mine": case.assignee_id == actor.user_id,
        "teams": False,  # there are none here
        "department": case.department_id in actor.department_ids,
        "unassigned": case.assignee_id is None,
        "resident_wrote": case.awaits_answer,
        "checks": case.awaits_check,
        "outside": case.is_outside,
    }
    return case.is_open and of_view.get(selection.which, True)


@pytest.mark.abuse("A06")
def test_who_lost_their_role_gets_no_export_that_was_waiting(town, in_steps) -> None:
    user = make_staff(town, Role.AGENT)
    service = make_service(town)
    for _ in range(5):
        make_case(town, service=service)
    work()
    export = ask(town, now_as(user, town))
    worker.run_outbox()  # the first step
    Membership.objects.filter(user=user).delete()
    work()
    export.refresh_from_db()
    assert export.state == "DENIED"
    assert list(store.folder().glob(f"*/{export.key}.*")) == []
    assert AuditRecord.objects.filter(verb="export.denied", actor_id=user.pk).count() == 1


@pytest.mark.abuse("A06")
@pytest.mark.parametrize("how", ["switched off", "only an administrator"])
def test_who_no_longer_sees_cases_gets_no_export_that_was_waiting(town, in_steps, how) -> None:
    user = make_staff(town, Role.AGENT)
    service = make_service(town)
    for _ in range(3):
        make_case(town, service=service)
    export = ask(town, now_as(user, town))
    if how == "switched off":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=user).update(role=Role.ADMINISTRATOR)
    work()
    export.refresh_from_db()
    assert export.state == "DENIED"


@pytest.mark.abuse("A06")
def test_an_export_is_made_with_what_its_person_may_see_at_that_moment(town, in_steps) -> None:
    """An agent who becomes a worker of one department: what the first step wrote is written anew."""
    ours = make_department(town)
    seen = [make_case(town, service=make_service(town, department=ours), name="Ann Brook") for _ in range(2)]
    unseen = [make_case(town, name="Tom Field") for _ in range(3)]
    user = make_staff(town, Role.AGENT)
    work()
    export = ask(town, now_as(user, town))
    worker.run_outbox()
    assert b"Ann Brook" in making.file_of(export).read_bytes()
    Membership.objects.filter(user=user).delete()
    add_member(
        municipality=town, user=user, role=Role.DEPARTMENT_WORKER, department=ours, by_user_id=None, now=NOW
    )
    work()
    export.refresh_from_db()
    data = content(export, now_as(user, town))
    assert numbers(data) == [case.number for case in seen] and export.rows == 2
    assert b"Ann" not in data and not any(case.number.encode() in data for case in unseen)


@pytest.mark.abuse("A06")
def test_a_case_that_is_hidden_between_two_steps_is_not_written(town, in_steps) -> None:
    service = make_service(town)
    made = [make_case(town, service=service) for _ in range(5)]
    agent = make_actor(town, Role.AGENT)
    work()
    export = ask(town, agent)
    worker.run_outbox()
    Case.objects.filter(pk=made[3].pk).update(is_spam=True)
    work()
    assert numbers(content(export, agent)) == [case.number for case in made if case != made[3]]


@pytest.mark.abuse("A06")
def test_a_finished_export_is_not_handed_over_once_rights_were_taken(town) -> None:
    user = make_staff(town, Role.AGENT)
    add_member(
        municipality=town, user=user, role=Role.SERVICE_MANAGER, department=None, by_user_id=None, now=NOW
    )
    make_case(town)
    export = ask(town, now_as(user, town))
    Membership.objects.filter(user=user, role=Role.SERVICE_MANAGER).delete()
    with pytest.raises(operations.RightsTaken):
        content(export, now_as(user, town))
    add_member(
        municipality=town, user=user, role=Role.SERVICE_MANAGER, department=None, by_user_id=None, now=NOW
    )
    add_member(municipality=town, user=user, role=Role.AUDITOR, department=None, by_user_id=None, now=NOW)
    assert len(numbers(content(export, now_as(user, town)))) == 1


@pytest.mark.abuse("A05")
def test_nobody_fetches_the_export_of_another(town) -> None:
    make_case(town)
    agent = make_actor(town, Role.AGENT)
    export = ask(town, agent)
    for other in (make_actor(town, Role.AGENT), make_actor(make_town(), Role.AGENT)):
        with pytest.raises(operations.NoSuchExport):
            content(export, other)
        assert queries.exports_of(other, now=NOW) == []
    there = make_town()
    user = User.objects.get(pk=agent.user_id)
    add_member(municipality=there, user=user, role=Role.AGENT, department=None, by_user_id=None, now=NOW)
    with pytest.raises(operations.NoSuchExport):
        content(export, now_as(user, there))


def test_a_step_for_nobody_is_no_step(town) -> None:
    making.advance(export_id=10**9, step=0, words=WORDS, now=NOW)
    assert Export.objects.count() == 0
