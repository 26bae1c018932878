"""A dry run changes nothing, and says what then happens."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.queries.past import Sample
from moked.cases.rules import Outcome
from moked.events.models import Event
from moked.processes.models import Firing
from moked.processes.operations import react_on_time
from moked.processes.queries.trials import try_reactions
from moked.sla.operations import break_overdue
from moked.surveys import queries as surveys
from moked.surveys.operations import answer
from tests.factories import (
    NOW,
    make_actor,
    make_case,
    make_department,
    make_follower,
    make_label,
    make_service,
    make_town,
)
from tests.processes.reacting import (
    WAITING,
    again,
    closing,
    make_reply,
    note,
    publish,
    reaction,
    reactions_of,
    to,
)
from tests.sla.promising import promise

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def manager(town):
    return make_actor(town, Role.SERVICE_MANAGER)


@pytest.fixture
def water(town):
    return make_department(town)


def tried(manager, *documents, now=LATER, **sample):
    return try_reactions(manager, reactions_of(*documents), Sample(**sample), now)


def seen(trial):
    """Return what would be done: the rule's number, and from what to what."""
    return [
        (one.case.pk, one.played.number, [(effect.was, effect.would_be) for effect in one.played.effects])
        for one in trial.rows
    ]


def nobody():
    """Stand for a worker that has nothing to do."""


def live(service, manager, kind, work=nobody):
    """Let a case live one of some lives, the same each time; the worker reacts after each step."""
    by = resident(service.municipality_id)
    matter = "A hole in the road." if kind == "confirmed" else "A hole in the road, and smoke."
    case = make_case(service.municipality, service=service, matter=matter)
    work()
    step = {"case_id": case.pk, "by": manager}
    match kind:
        case "confirmed":
            Case.objects.filter(pk=case.pk).update(is_public=True)
            for _ in range(3):
                make_follower(case)
        case "late":
            break_overdue(NOW + timedelta(days=4))
        case "raised":
            cases.set_priority(priority="URGENT", now=NOW + timedelta(hours=1), **step)
        case "waiting":
            cases.move(target=WAITING, now=NOW + timedelta(hours=2), **step)
        case "unhappy":
            done = NOW + timedelta(hours=3)
            cases.close_case(outcome=Outcome.FIXED, message="Done.", now=done, **step)
            work()
            said = {"fixed": "CANT_TELL", "rating": 1, "words": "It is not.", "by": by}
            answer(survey_id=surveys.of_link(case.pk).pk, now=NOW + timedelta(hours=4), **said)
    work()
    return case


def rules(service, water):
    return (
        reaction("smoke", "OPENED", to("HIGH"), asks={"field": "words", "mentions": ["smoke"]}),
        reaction(
            "give",
            "OPENED",
            {"do": "GIVE", "department": water.code},
            asks={"field": "service", "is": service.slug},
        ),
        reaction("many", "JOINED", to("RAISE"), count=3, hours=48),
        reaction("calm", "PRIORITY_CHANGED", to("NORMAL"), asks={"field": "priority", "is": "URGENT"}),
        reaction("waits", "MOVED", note(), state=WAITING),
        reaction(
            "unhappy",
            "SURVEY_ANSWERED",
            "REVIEW",
            asks={"all": [{"field": "rating", "less_than": 3}, {"field": "has_words", "is": True}]},
        ),
        reaction("closed", "CLOSED", {"do": "TELL", "whom": ["CENTRE"]}),
        reaction("late", "PROMISE_BROKEN", note(), promise="RESOLUTION"),
        reaction("slow", "PROMISE_BROKEN", note(), promise="FIRST_ANSWER"),
    )


def test_what_a_dry_run_says_is_what_then_happens_on_copies_of_the_cases(town, manager, water, work):
    service, other = make_service(town, is_public=True), make_service(town)
    promising = make_service(town)
    promise(promising, resolution="3d")
    lives = [
        (service, "opened"),
        (other, "raised"),
        (other, "waiting"),
        (service, "unhappy"),
        (service, "confirmed"),
        (promising, "late"),
    ]
    for one, kind in lives:
        live(one, manager, kind)
    work()
    documents = rules(service, water)
    trial = tried(manager, *documents, now=NOW + timedelta(days=5))
    assert Firing.objects.count() == 0
    publish(town, *documents)
    for one, kind in lives:
        live(one, manager, kind, work)
    done = Firing.objects.filter(result="DONE").values_list("code", flat=True)
    said = {one["code"]: tally.cases for one, tally in zip(documents, trial.tallies, strict=True)}
    assert Counter(done) == {code: count for code, count in said.items() if count}
    assert said == {"smoke": 5, "give": 3, "many": 1, "calm": 1, "waits": 1, "unhappy": 1, "closed": 1} | {
        "late": 1,
        "slow": 0,
    }


def test_a_priority_that_comes_with_another_service_is_reacted_to_as_a_dry_run_says(town, manager, work):
    hurried, calm = make_service(town, priority="HIGH"), make_service(town)
    documents = (
        reaction("high", "PRIORITY_CHANGED", note(), asks={"field": "priority", "is": "HIGH"}),
        reaction("normal", "PRIORITY_CHANGED", note(), asks={"field": "priority", "is": "NORMAL"}),
    )

    def live_on():
        case = make_case(town, service=calm)
        for hours, service in ((1, hurried), (2, make_service(town, priority="HIGH")), (3, calm)):
            moment = NOW + timedelta(hours=hours)
            cases.change_service(case_id=case.pk, service_id=service.pk, by=manager, now=moment)
            work()
        return case

    live_on()
    trial = tried(manager, *documents)
    assert [tally.cases for tally in trial.tallies] == [1, 1]
    publish(town, *documents)
    live_on()
    assert list(Firing.objects.order_by("id").values_list("code", "result")) == [
        ("high", "DONE"),
        ("normal", "DONE"),
    ]


def test_rules_are_played_through_on_what_was_known_then(town, manager, water):
    case = make_case(town, service=make_service(town, department=water))
    cases.set_priority(case_id=case.pk, priority="URGENT", by=manager, now=NOW + timedelta(hours=1))
    cases.close_case(
        case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=manager, now=NOW + timedelta(hours=2)
    )
    documents = (
        reaction("open", "OPENED", to("HIGH"), asks={"field": "priority", "is": "NORMAL"}),
        reaction("now", "OPENED", to("LOW"), asks={"field": "priority", "is": "URGENT"}),
        reaction("state", "OPENED", note(), asks={"field": "state", "is": "RECEIVED"}),
        reaction("done", "OPENED", note(), asks={"field": "outcome", "is": "FIXED"}),
    )
    trial = tried(manager, *documents)
    assert [tally.cases for tally in trial.tallies] == [1, 0, 1, 0]
    assert seen(trial) == [(case.pk, 1, [("NORMAL", "HIGH")]), (case.pk, 3, [("", "")])]


def test_what_rules_lead_to_is_played_through_and_ends(town, manager):
    make_case(town)
    trial = tried(
        manager,
        reaction("up", "OPENED", to("HIGH")),
        reaction("down", "PRIORITY_CHANGED", to("NORMAL"), asks={"field": "priority", "is": "HIGH"}),
        reaction("again", "PRIORITY_CHANGED", to("HIGH"), asks={"field": "priority", "is": "NORMAL"}),
    )
    assert [(one.played.number, one.played.problem) for one in trial.rows] == [
        (1, ""),
        (2, ""),
        (3, ""),
        (2, "CHAIN_ENDED"),
    ]


def test_what_a_case_would_not_allow_is_said(town, manager):
    make_reply(town, outcome="FIXED")
    make_case(town, service=make_service(town, needs_proof=True))
    trial = tried(manager, reaction("close", "OPENED", closing(outcome="FIXED")))
    assert (trial.tallies[0].cases, trial.tallies[0].refused) == (0, 1)
    assert [one.played.problem for one in trial.rows] == ["PROOF_NEEDED"]


def test_what_is_a_matter_of_time_is_told_for_now_and_for_a_week_and_then_done(town, manager, work):
    make_reply(town)
    documents = (
        reaction("remind", "STATE_LASTS", "REMIND", state=WAITING, lasts="5c"),
        reaction("close", "STATE_LASTS", closing(), state=WAITING, lasts="10c"),
    )
    long_ago, lately = make_case(town), make_case(town)
    cases.move(case_id=long_ago.pk, target=WAITING, by=manager, now=NOW)
    cases.move(case_id=lately.pk, target=WAITING, by=manager, now=NOW + timedelta(days=5))
    now = NOW + timedelta(days=6)
    trial = tried(manager, *documents, now=now)
    assert [(tally.cases, tally.soon) for tally in trial.tallies] == [(1, 1), (0, 1)]
    publish(town, *documents)
    work()
    assert react_on_time(now) == "1 reactions done"
    react_on_time(now + timedelta(days=7))
    assert sorted(Firing.objects.values_list("case_id", "code")) == [
        (long_ago.pk, "close"),
        (long_ago.pk, "remind"),
        (lately.pk, "remind"),
    ]
    assert again(long_ago).state == "DECLINED"


def test_only_the_chosen_cases_of_the_own_town_that_may_be_seen_are_tried(town, manager):
    service = make_service(town)
    first = make_case(town, service=service, now=NOW - timedelta(days=9))
    make_case(town, service=service)
    hidden = make_service(town, confidential_roles=("AGENT",))
    make_case(town, service=hidden)
    make_case(make_town())
    up = reaction("up", "OPENED", to("HIGH"))
    assert tried(manager, up).tried == 2
    assert tried(manager, up, last=1).tried == 1
    middle = datetime(2026, 11, 10, tzinfo=UTC)
    assert tried(manager, up, service=service.slug, until=middle).rows[0].case == first
    assert tried(manager, up, since=middle).tried == 1
    assert again(first).priority == "NORMAL"
    assert Event.objects.filter(name="case.priority_changed").count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_a_dry_run_asks_the_database_as_often_for_three_cases_as_for_one(
    town, manager, water, django_assert_num_queries, count
):
    service = make_service(town)
    for _ in range(count):
        make_case(town, service=service)
    documents = rules(service, water)
    with django_assert_num_queries(12):
        tried(manager, *documents)


def test_a_dry_run_knows_the_labels_of_then(town, manager):
    storm, press = make_label(town, "Storm"), make_label(town, "Press")
    add = {"do": "LABEL", "add_labels": [storm.code]}
    plain, labelled, cleared = (make_case(town) for _ in range(3))
    cases.change_labels(case_id=labelled.pk, add=[storm.code, press.code], by=manager, now=NOW)
    cases.change_labels(case_id=cleared.pk, add=[storm.code], by=manager, now=NOW)
    for case in (plain, labelled, cleared):
        cases.start(case_id=case.pk, by=manager, now=NOW + timedelta(hours=1))
    cases.change_labels(case_id=cleared.pk, remove=[storm.code], by=manager, now=NOW + timedelta(hours=2))
    cases.change_labels(case_id=plain.pk, add=[storm.code], by=manager, now=NOW + timedelta(hours=2))
    trial = tried(manager, reaction("label", "MOVED", add, state="IN_PROGRESS"))
    assert [one.case for one in trial.rows] == [plain], "the others had it at that moment"
    asks = {"field": "labels", "one_of": [press.code]}
    trial = tried(manager, reaction("up", "MOVED", to("HIGH"), state="IN_PROGRESS", asks=asks))
    assert [one.case for one in trial.rows] == [labelled]


def test_what_follows_in_time_adds_labels_in_a_dry_run_too(town, manager):
    storm, case = make_label(town, "Storm"), make_case(town)
    trial = tried(
        manager,
        reaction("up", "STATE_LASTS", to("HIGH"), state="RECEIVED", lasts="1h"),
        reaction("label", "PRIORITY_CHANGED", {"do": "LABEL", "add_labels": [storm.code]}),
    )
    assert [(one.case, one.played.number) for one in trial.rows] == [(case, 1), (case, 2)]
