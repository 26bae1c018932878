"""What reactions may say, and what they may not."""

from datetime import UTC, datetime, timedelta

import pytest

from moked.audit.models import AuditRecord
from moked.processes import actions, triggers
from moked.processes.models import ReactionSet
from moked.processes.operations import Outdated
from moked.processes.queries import in_force
from moked.processes.rules import DEEPEST, BadReactions, Chain, Named, gone_from, named_by, read
from moked.processes.triggers import Lasting, TriggerKind, enough_joined
from moked.revisions.models import Revision
from moked.sla.calendars import Calendar
from tests.factories import NOW, make_department, make_town, make_user
from tests.places.maps import make_map
from tests.processes.reacting import WAITING, closing, make_reply, note, publish, reaction, to
from tests.sla.calendars import ISRAELI

STAYS = {"state": WAITING, "lasts": "5d"}


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"code": "Ä"}, "“code” does not fit"),
        ({"name": {}}, "“name” does not fit"),
        ({"name": {"en": "x" * 121}}, "“name” does not fit"),
        ({"when": "SOMETIMES"}, "“when” does not fit"),
        ({"when": "MOVED", "state": "RESOLVED"}, "“state” does not fit"),
        ({"when": "STATE_LASTS"}, "“state” does not fit"),
        ({"when": "STATE_LASTS", "state": WAITING, "lasts": "0d"}, "“lasts” does not fit"),
        ({"when": "STATE_LASTS", "state": WAITING, "lasts": "5"}, "“lasts” does not fit"),
        ({"when": "STATE_LASTS", "state": WAITING, "lasts": "999d"}, "“lasts” does not fit"),
        ({"when": "UNANSWERED", "lasts": "٥d"}, "“lasts” does not fit"),
        ({"when": "JOINED", "count": 0}, "“count” does not fit"),
        ({"when": "JOINED", "count": True}, "“count” does not fit"),
        ({"when": "JOINED", "count": 3}, "“hours” does not fit"),
        ({"when": "JOINED", "count": 3, "hours": 10**6}, "“hours” does not fit"),
        ({"when": "PROMISE_BROKEN", "promise": "EVERYTHING"}, "“promise” does not fit"),
        ({"actions": []}, "Say what reaction 1 does."),
        ({"actions": [note()] * 9}, "Say what reaction 1 does."),
        ({"actions": [note(), note()]}, "does the same thing twice"),
        ({"actions": [{"do": "RUN", "code": "1/0"}]}, "“do” does not fit"),
        ({"actions": [to("HIGHEST")]}, "“priority” does not fit"),
        ({"actions": [{"do": "GIVE"}]}, "“department” does not fit"),
        ({"actions": [{"do": "GIVE", "department": "x", "person": "1"}]}, "“person” does not fit"),
        ({"actions": [{"do": "TELL", "whom": ["EVERYBODY"]}]}, "“whom” does not fit"),
        ({"actions": [{"do": "TELL", "whom": []}]}, "“whom” does not fit"),
        ({"actions": [{"do": "NOTE", "words": {"en": " "}}]}, "“words” does not fit"),
        ({"actions": [{"do": "CLOSE", "reply": "x", "outcome": "MERGED"}]}, "“outcome” does not fit"),
        ({"when": "CLOSED", "actions": [to("HIGH")]}, "closed by then"),
        ({"when": "SURVEY_ANSWERED", "actions": [closing()]}, "closed by then"),
        ({"actions": [{"do": "REVIEW"}]}, "still open"),
        ({"if": {"field": "salary", "is": "HIGH"}}, "is not known at that point"),
        ({"if": {"field": "words", "matches": "(a+)+$"}}, "in one of these ways"),
        ({"if": {"all": []}}, "at least one condition"),
        ({"if": {"not": {"not": {"not": {"not": {"not": {"field": "kind", "is": "REPORT"}}}}}}}, "Simplify"),
        ({"if": "1 == 1"}, "Write the condition as a comparison"),
    ],
)
def test_what_no_reaction_may_say_is_refused_in_words(broken, words):
    document = reaction("one", "OPENED", to("HIGH")) | broken
    with pytest.raises(BadReactions, match=words) as refused:
        read([document])
    assert refused.value.number == 1


def test_two_of_one_code_and_more_than_two_hundred_are_refused():
    one = reaction("one", "OPENED", to("HIGH"))
    with pytest.raises(BadReactions, match="“code”"):
        read([one, one])
    assert len(read([one | {"code": f"one-{number}"} for number in range(200)])) == 200
    with pytest.raises(BadReactions, match="room for 200"):
        read([one | {"code": f"one-{number}"} for number in range(201)])


@pytest.mark.parametrize(
    "document",
    [
        reaction("one", "OPENED", to("RAISE"), asks={"field": "answer.depth", "is": "DEEP"}),
        reaction("two", "JOINED", note(), count=3, hours=48),
        reaction("two", "JOINED", note(), count=1, hours=0),
        reaction("three", "STATE_LASTS", "REMIND", closing(), **STAYS),
        reaction("four", "SURVEY_ANSWERED", "REVIEW", {"do": "TELL", "whom": ["MANAGER"], "by_mail": True}),
        reaction("five", "MOVED", {"do": "GIVE", "department": "roads", "team": "crew"}, state="SCHEDULED"),
        reaction("six", "PROMISE_BROKEN", to("RAISE"), "REVIEW"),
        reaction("six", "PROMISE_BROKEN", to("RAISE"), promise="FIRST_ANSWER"),
    ],
)
def test_a_document_is_read_and_written_again_as_it_was(document):
    assert [one.as_document() for one in read([document])] == [document]


def test_all_that_a_town_may_retire_is_known_by_name():
    give = {"do": "GIVE", "department": "roads", "team": "crew", "person": 7}
    asks = {
        "any": [
            {"field": "service", "one_of": ["lamp", "hole"]},
            {"not": {"field": "areas", "includes": "DISTRICT/north"}},
            {"field": "department", "is": "water"},
            {"field": "department", "is_answered": True},
        ]
    }
    (one,) = read([reaction("one", "OPENED", give, closing(), asks=asks)])
    names = [
        ("service", "lamp"),
        ("service", "hole"),
        ("area", "DISTRICT/north"),
        ("department", "water"),
        ("department", "roads"),
        ("team", "crew"),
        ("person", "7"),
        ("reply", "silence"),
    ]
    known = [Named(*name) for name in names]
    assert list(named_by(one)) == known
    assert gone_from(one, known) is None
    for missing in known:
        assert gone_from(one, [name for name in known if name != missing]) == missing


def test_priorities_go_up_to_the_highest_and_no_further():
    (up,) = read([reaction("up", "OPENED", to("RAISE"))])
    steps = ["LOW"]
    while len(steps) < 5:
        steps.append(actions.priority_after(up.actions[0], steps[-1]))
    assert steps == ["LOW", "NORMAL", "HIGH", "URGENT", "URGENT"]


def test_a_chain_allows_none_twice_and_five_at_most():
    chain = Chain()
    for number in range(DEEPEST):
        assert chain.allows(f"r{number}")
        chain = chain.with_next(f"r{number}")
        assert not chain.allows(f"r{number}")
    assert not chain.allows("another")


def test_enough_must_join_within_the_hours_whoever_came_before():
    moments = [(1, 0), (2, 30), (3, 60), (4, 70), (5, 75)]
    joined = [(pk, NOW + timedelta(hours=hours)) for pk, hours in moments]
    assert enough_joined(joined[:3], 3, 48) == 0
    assert enough_joined(joined, 3, 48) == 4
    assert enough_joined(joined, 5, 0) == 5
    assert enough_joined(joined, 1, 0) == 1
    assert enough_joined([], 1, 0) == 0


def test_every_trigger_that_lasts_says_how_long():
    assert set(triggers.TIMED) == {TriggerKind.STATE_LASTS, TriggerKind.UNANSWERED}
    hours = Calendar.from_document(ISRAELI)
    monday = datetime(2026, 11, 16, 9, tzinfo=UTC)
    ends = {text: Lasting.read(text).after(monday, hours) - monday for text in ("48h", "2c", "2d")}
    assert ends["48h"] == ends["2c"] == timedelta(days=2)
    assert ends["2d"] == timedelta(days=2, hours=5)


@pytest.mark.django_db
def test_published_reactions_are_in_force_and_those_before_stay_in_the_history():
    town, author = make_town(), make_user()
    first, second = reaction("one", "OPENED", to("HIGH")), reaction("one", "OPENED", to("LOW"))
    publish(town, first)
    publish(town, first)
    row = publish(town, second, by_user_id=author.pk, base=1)
    assert [one.as_document() for one in in_force(town.pk).reactions] == [second]
    history = Revision.objects.filter(kind="reactions", object_id=row.pk).order_by("number")
    assert [(one.state, one.author_id) for one in history] == [("RETIRED", None), ("PUBLISHED", author.pk)]
    assert AuditRecord.objects.filter(verb="reactions.published").latest("id").after == {
        "revision": 2,
        "reactions": 1,
    }


@pytest.mark.django_db
def test_who_began_from_an_older_revision_overwrites_nothing():
    town = make_town()
    publish(town, reaction("one", "OPENED", to("HIGH")))
    with pytest.raises(Outdated):
        publish(town, reaction("two", "OPENED", to("HIGH")), base=0)
    assert [one.code for one in in_force(town.pk).reactions] == ["one"]
    assert Revision.objects.filter(kind="reactions").count() == 1


@pytest.mark.django_db
@pytest.mark.abuse("A08")
def test_what_another_town_has_cannot_be_named():
    town, other = make_map(), make_map()
    make_reply(other)
    department, person = make_department(other), make_user()
    for document in (
        reaction("one", "OPENED", closing()),
        reaction("one", "OPENED", {"do": "GIVE", "department": department.code}),
        reaction("one", "OPENED", to("LOW"), asks={"field": "areas", "includes": "DISTRICT/nowhere"}),
    ):
        with pytest.raises(BadReactions, match="no longer there"):
            publish(town, document)
    own = make_department(town)
    with pytest.raises(BadReactions, match="no longer there"):
        publish(town, reaction("one", "OPENED", {"do": "GIVE", "department": own.code, "person": person.pk}))
    assert not ReactionSet.objects.exists()
