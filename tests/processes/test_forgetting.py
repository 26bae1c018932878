"""What can matter to no reaction any more is forgotten, and nothing else."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.rules import Outcome
from moked.events.models import Event, OutboxRow
from moked.events.operations import forget_settled
from moked.processes.models import Echo, Firing, Timer
from moked.processes.operations import forget_reactions, forgetting
from tests.factories import NOW, make_actor, make_case, make_town
from tests.processes.reacting import WAITING, fired, note, publish, reaction, to

pytestmark = pytest.mark.django_db

LONG_AFTER = NOW + timedelta(days=32)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def case(town, work):
    """What was done on it as it was opened led to something else."""
    publish(town, reaction("up", "OPENED", to("HIGH")), reaction("told", "PRIORITY_CHANGED", note()))
    case = make_case(town)
    work()
    assert (fired(case), Echo.objects.count()) == ([("up", "DONE"), ("told", "DONE")], 1)
    settle(NOW)
    return case


def settle(moment):
    """Let all that was done so far have been done at a moment."""
    OutboxRow.objects.filter(state="DONE").update(settled_at=moment)
    Firing.objects.update(at=moment)
    Event.objects.update(occurred_at=moment)


def close(case):
    by = make_actor(case.municipality, Role.AGENT)
    cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)


def test_what_events_came_of_is_known_until_nobody_handles_them_again(case):
    assert forget_reactions(LONG_AFTER) == "0 causes and 0 reactions forgotten"
    forget_settled(LONG_AFTER)
    assert forget_reactions(LONG_AFTER) == "1 causes and 0 reactions forgotten"
    assert Echo.objects.count() == 0


@pytest.mark.parametrize("state", ["PENDING", "DEAD"])
def test_an_event_that_may_be_handled_again_keeps_its_cause_and_what_was_done(case, work, state):
    close(case)
    work()
    settle(NOW)
    rows = OutboxRow.objects.filter(subscriber="processes.react_to.case.priority_changed")
    rows.update(state=state, is_open=state == "PENDING")
    forget_settled(LONG_AFTER)
    assert forget_reactions(LONG_AFTER) == "0 causes and 0 reactions forgotten"
    rows.update(state="DONE", is_open=False)
    forget_settled(LONG_AFTER)
    assert forget_reactions(LONG_AFTER) == "1 causes and 2 reactions forgotten"


def test_what_was_done_is_forgotten_thirty_days_after_closing(case, town, work):
    other = make_case(town)
    work()
    assert len(fired(other)) == 2
    close(case)
    work()
    settle(NOW)
    assert forget_reactions(NOW + timedelta(days=30)).endswith("0 reactions forgotten")
    assert forget_reactions(LONG_AFTER).endswith("2 reactions forgotten")
    assert (len(fired(case)), len(fired(other))) == (0, 2)


@pytest.mark.parametrize("kept", ["reopened", "merged", "joined"])
def test_what_may_matter_again_is_kept(case, kept):
    close(case)
    match kept:
        case "reopened":
            by = make_actor(case.municipality, Role.AGENT)
            cases.reopen(case_id=case.pk, message="Sorry.", by=by, now=NOW + timedelta(days=1))
        case "merged":
            merged = {"state": "MERGED", "merged_into": make_case(case.municipality)}
            Case.objects.filter(pk=case.pk).update(**merged)
        case "joined":
            Firing.objects.update(key="joined:7")
            Firing.objects.filter(code="told").delete()
    before = len(fired(case))
    OutboxRow.objects.all().delete()
    assert forget_reactions(LONG_AFTER).endswith("0 reactions forgotten")
    assert len(fired(case)) == before > 0


def test_many_are_forgotten_a_few_at_a_time(case, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    close(case)
    OutboxRow.objects.all().delete()
    Echo.objects.all().delete()
    Echo.objects.bulk_create(Echo(event_id=number, municipality_id=1, codes="a") for number in range(1, 6))
    for number in range(3):
        Firing.objects.create(
            municipality=case.municipality, case=case, code=f"c{number}", at=NOW, revision=1
        )
    assert forget_reactions(LONG_AFTER) == "5 causes and 5 reactions forgotten"


def test_a_timer_of_a_case_that_is_done_is_gone_without_a_sweep(town, work):
    publish(town, reaction("wait", "STATE_LASTS", "REMIND", state=WAITING, lasts="5c"))
    case = make_case(town)
    by = make_actor(town, Role.AGENT)
    cases.move(case_id=case.pk, target=WAITING, by=by, now=NOW)
    work()
    assert Timer.objects.count() == 1
    close(case)
    work()
    assert Timer.objects.count() == 0
