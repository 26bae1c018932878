"""The reactions' page: written, tried, published, taken back; what stands in their way is said."""

import json
from datetime import UTC, datetime

import pytest

from moked.accounts.rules import Role, system
from moked.cases import operations as cases
from moked.cases.models import Label
from moked.catalogue.models import Service
from moked.processes.models import ReactionSet
from moked.processes.operations.publishing import publish_reactions
from moked.processes.rules import read
from moked.replies.models import ReplyTemplate
from tests.factories import NOW, make_case, make_department, make_label, make_service, make_staff, make_town
from tests.processes.reacting import WAITING, closing, fired, make_reply, note, publish, reaction, to
from tests.web.desk.pages import text

pytestmark = pytest.mark.django_db
URL = "/desk/settings/reactions/"
HISTORY = "/desk/settings/history/reactions/reactions/"
REMIND = reaction("remind", "STATE_LASTS", "REMIND", state=WAITING, lasts="5d")
FORM = {"name_en": "Remind", "name_he": "", "note_en": "", "note_he": "", "phrases": "", "unit": "d"}


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def manager(sign_in, town):
    return sign_in(make_staff(town, Role.SERVICE_MANAGER))


def send(manager, step, *documents, base="0", **form):
    return manager.post(URL, {"step": step, "reactions": json.dumps(list(documents)), "base": base, **form})


def draft_of(answer):
    return [one.as_document() for one in answer.context["draft"].reactions]


def test_a_reaction_is_written_shown_as_a_sentence_and_published(manager, town):
    assert "Nothing is done by itself yet" in text(manager.get(URL))
    said = FORM | {"when": "STATE_LASTS", "state": WAITING, "amount": "5", "remind": "on"}
    answer = send(manager, "put:0", **said)
    page = text(answer)
    assert "When the state has been Waiting for resident for 5 working days" in page
    assert "The resident is reminded of our question" in page and "Not published yet" in page
    assert not ReactionSet.objects.exists()
    (written,) = draft_of(answer)
    assert written == REMIND | {"code": written["code"], "name": {"en": "Remind"}}
    assert send(manager, "publish", written).status_code == 303
    assert ReactionSet.objects.get().document == [written]
    assert "Not published yet" not in text(manager.get(URL))


def everything(town, service, department):
    """Return a reaction that says all the form can say, and something it cannot."""
    make_reply(town)
    make_reply(town, "wait", outcome="")
    person = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    asks = [
        {"field": "service", "one_of": [service.slug]},
        {"field": "channel", "one_of": ["WEB"]},
        {"field": "language", "one_of": ["en"]},
        {"field": "priority", "one_of": ["NORMAL", "HIGH"]},
        {"field": "words", "mentions": ["a hole", "smoke"]},
        {"field": "rating", "less_than": 3},
        {"field": "fixed", "is": "NO"},
        {"field": "has_words", "is": True},
        {"any": [{"field": "joined", "at_least": 2}, {"field": "weekday", "is": "SUN"}]},
    ]
    return reaction(
        "all",
        "MOVED",
        to("RAISE"),
        {"do": "GIVE", "department": department.code, "person": person.pk},
        note("Look here."),
        {"do": "TELL", "whom": ["ASSIGNEE", "MANAGER"], "by_mail": True},
        "REMIND",
        {"do": "WRITE", "reply": "wait"},
        closing(),
        asks={"all": asks},
        state="SCHEDULED",
    )


def test_what_is_changed_is_shown_again_and_what_no_field_shows_stays(manager, town):
    service, department = make_service(town), make_department(town)
    written = everything(town, service, department)
    form = send(manager, "edit:1", written).context["form"]
    said = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", False)}
    assert draft_of(send(manager, "put:1", written, **said)) == [written]
    page = text(send(manager, "down:1", written))
    for words in ("the words: a hole, smoke", "rated 2 at most", "and further conditions", "By mail too"):
        assert words.lower() in page.lower()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name_en": ""}, "Write this in the language of the town."),
        ({"when": "STATE_LASTS", "amount": "5"}, "Choose the state."),
        ({"when": "STATE_LASTS", "state": WAITING}, "Write how long."),
        ({"when": "STATE_LASTS", "state": WAITING, "amount": "0"}, "Write a whole number from 1"),
        ({"when": "UNANSWERED", "amount": "400"}, "A year at most."),
        ({"when": "JOINED", "count": "3"}, "Write within how many hours."),
        ({"when": "JOINED", "count": "0", "hours": "48"}, "Write a whole number from 1 to 100."),
        ({"when": "OPENED", "remind": ""}, "Choose what is done then."),
        ({"when": "CLOSED", "priority": "HIGH"}, "The case is closed by then"),
        ({"when": "OPENED", "review": "on"}, "The case is still open then"),
    ],
)
def test_what_is_missing_or_impossible_is_said_and_nothing_is_lost(manager, said, words):
    answer = send(manager, "put:0", REMIND, **FORM | {"when": "OPENED", "remind": "on"} | said)
    assert words in text(answer)
    assert len(draft_of(answer)) == 1


def test_reactions_are_moved_and_removed(manager):
    other = REMIND | {"code": "other"}
    assert [one["code"] for one in draft_of(send(manager, "down:1", REMIND, other))] == ["other", "remind"]
    assert [one["code"] for one in draft_of(send(manager, "remove:1", REMIND, other))] == ["other"]


def test_two_who_publish_at_once_do_not_overwrite_each_other(manager, town):
    publish(town, REMIND)
    answer = send(manager, "publish", REMIND | {"lasts": "9d"}, base="0")
    assert "A colleague published other reactions in the meantime." in text(answer)
    assert ReactionSet.objects.get().document == [REMIND]


def test_an_earlier_revision_is_published_again_unless_something_of_it_was_retired(manager, town):
    make_reply(town)
    publish(town, reaction("close", "OPENED", closing()))
    publish(town)
    assert manager.post(HISTORY, {"number": "1"}).status_code == 303
    assert [one["code"] for one in ReactionSet.objects.get().document] == ["close"]
    publish(town)
    page = text(manager.get(HISTORY))
    assert "When a case is opened" in page and "Close the case with" in page
    ReplyTemplate.objects.update(is_retired=True)
    answer = manager.post(HISTORY, {"number": "1"})
    assert "names “silence”, which is no longer there" in text(answer)
    assert ReactionSet.objects.get().document == []


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{}",
        "[1]",
        "[" * 1000,
        json.dumps([REMIND | {"lasts": "0d"}]),
        json.dumps([REMIND | {"when": "SOON"}]),
        json.dumps([REMIND, REMIND]),
        json.dumps([REMIND | {"code": "../x"}]),
        json.dumps([REMIND | {"actions": []}]),
        json.dumps([REMIND | {"if": {"field": "words", "matches": "(a+)+$"}}]),
        json.dumps([REMIND | {"code": f"remind-{number}"} for number in range(201)]),
    ],
)
def test_a_page_that_comes_back_broken_shows_what_is_in_force(manager, town, broken):
    publish(town, REMIND | {"code": "kept"})
    answer = manager.post(URL, {"step": "publish", "reactions": broken, "base": "1"})
    assert answer.status_code == 200 and "Reactions" in text(answer)
    assert [one["code"] for one in draft_of(answer)] == ["kept"]
    assert ReactionSet.objects.get().number == 1


def test_a_rule_whose_target_was_retired_is_flagged_and_cannot_be_published(manager, town):
    make_reply(town)
    close = reaction("close", "OPENED", closing())
    publish(town, close)
    ReplyTemplate.objects.update(is_retired=True)
    assert "Skipped: “silence” was retired." in text(manager.get(URL))
    answer = send(manager, "publish", close, REMIND, base="1")
    assert "names “silence”, which is no longer there" in text(answer)
    assert ReactionSet.objects.get().number == 1


def test_what_was_not_done_is_told_beside_the_rule(manager, town, work):
    make_reply(town, outcome="FIXED")
    publish(town, reaction("close", "OPENED", closing(outcome="FIXED")))
    for _ in range(2):
        make_case(town, service=make_service(town, needs_proof=True))
    work()
    assert "Not done 2 times in 30 days: a photo of the finished work is missing" in text(manager.get(URL))


def test_reactions_are_tried_before_they_are_published(manager, town):
    service = make_service(town)
    case = make_case(town, service=service)
    make_case(town)
    waiting = make_case(town)
    now = datetime.now(UTC)
    cases.move(case_id=waiting.pk, target=WAITING, by=system(town.pk), now=now)
    raising = reaction("up", "OPENED", to("HIGH"), asks={"field": "service", "is": service.slug})
    soon = reaction("soon", "STATE_LASTS", note(), state=WAITING, lasts="2c")
    answer = send(manager, "try", raising, soon, last="100")
    page = text(answer)
    assert "cases it would have changed: 1" in page and "within a week: 1" in page
    assert case.number in page and "Normal" in page and "Important" in page
    assert fired() == []
    assert not ReactionSet.objects.exists()
    answer = send(manager, "try", raising, last="100", until="2001-01-01")
    assert "Cases tried 0" in text(answer)
    answer = send(manager, "try", raising, last="7")
    assert "Choose only what is shown." in text(answer)


def test_the_timeline_names_the_rule_in_the_words_of_then(manager, town, work):
    publish(town, reaction("up", "OPENED", to("HIGH")) | {"name": {"en": "Important matters first"}})
    case = make_case(town)
    work()
    publish(town, reaction("up", "OPENED", to("HIGH")) | {"name": {"en": "Another name"}})
    page = text(manager.get(f"/desk/cases/{case.number}/"))
    assert "By rule: Important matters first" in page and "Revision 1" in page
    assert "Another name" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_as_often_for_three_reactions_as_for_one(
    manager, town, django_assert_num_queries, count
):
    publish(town, *(REMIND | {"code": f"remind-{number}"} for number in range(count)))
    manager.get(URL)
    with django_assert_num_queries(25):
        assert manager.get(URL).status_code == 200


def test_a_service_that_is_not_offered_any_more_still_counts(town):
    service = make_service(town)
    Service.objects.update(is_offered=False)
    document = [REMIND | {"if": {"field": "service", "is": service.slug}}]
    publish_reactions(municipality=town, reactions=read(document), by_user_id=None, now=NOW)
    assert ReactionSet.objects.get().number == 1


def test_a_reaction_adds_labels_and_asks_for_them(manager, town):
    storm, press = make_label(town, "Storm"), make_label(town, "Press")
    said = FORM | {"when": "OPENED", "with_labels": [press.code], "labels": [storm.code]}
    answer = send(manager, "put:0", **said)
    page = text(answer)
    assert "with the label: Press" in page and "Labels added: Storm" in page
    (written,) = draft_of(answer)
    assert written["if"] == {"all": [{"field": "labels", "one_of": [press.code]}]}
    assert written["actions"] == [{"do": "LABEL", "add_labels": [storm.code]}]
    shown = send(manager, "edit:1", written).context["form"]
    assert (shown["labels"].value(), shown["with_labels"].value()) == ([storm.code], [press.code])
    for base, document in enumerate((REMIND, written)):
        assert send(manager, "publish", document, base=str(base)).status_code == 303
    assert "Add labels – Storm" in text(manager.get(HISTORY))
    Label.objects.filter(pk=storm.pk).update(is_retired=True)
    assert f"“{storm.code}”, which is no longer there" in text(manager.get(URL))


def test_a_trial_says_which_labels_would_be_added(manager, town):
    storm = make_label(town, "Storm")
    make_case(town)
    add = reaction("label", "OPENED", {"do": "LABEL", "add_labels": [storm.code]})
    page = text(send(manager, "try", add, **{"try-last": "100"}))
    assert page.count("Labels added: Storm") == 2
