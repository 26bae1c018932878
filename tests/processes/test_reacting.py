"""Upon a change all reactions that match are done, in order, each once, and what they lead to ends."""

import itertools
from datetime import timedelta

import pytest

from moked.accounts.models import Membership
from moked.accounts.operations import retire_department
from moked.accounts.rules import Role, resident, system
from moked.cases import operations as cases
from moked.cases.labels import MOST_ON_CASE
from moked.cases.models import Case, CaseLabel, Change, Contact, Label, Note, Review
from moked.cases.rules import Channel, Outcome
from moked.events.models import Event, OutboxRow
from moked.notices.models import Notice, StaffNotice
from moked.processes.models import Echo
from moked.processes.operations import Occurrence, react
from moked.processes.triggers import TriggerKind
from moked.replies.models import ReplyTemplate
from moked.sla.models import Commitment
from moked.sla.operations import break_overdue, recompute_calendar
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
    again,
    closing,
    fired,
    make_reply,
    note,
    publish,
    reaction,
    said,
    to,
)
from tests.sla.calendars import calendar
from tests.sla.promising import MONDAY, at, broken, make_calendar, make_promising_service, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def close(case, by, outcome=Outcome.FIXED):
    cases.close_case(case_id=case.pk, outcome=outcome, message="Done.", by=by, now=NOW)


def unhappy(case, words="Nothing was done.", rating=1):
    survey = surveys.of_link(case.pk)
    by = resident(case.municipality_id)
    answer(survey_id=survey.pk, fixed="CANT_TELL", rating=rating, words=words, by=by, now=NOW)


def replayed():
    """Hand every event to the worker once more, as after a crash before it was settled."""
    OutboxRow.objects.filter(subscriber__startswith="processes.").update(state="PENDING", is_open=True)


def test_all_that_match_are_done_in_order_each_on_what_the_one_before_left(town, work):
    publish(
        town,
        reaction("first", "OPENED", to("HIGH")),
        reaction("other", "OPENED", note(), asks={"field": "priority", "is": "LOW"}),
        reaction("second", "OPENED", note("It is high."), asks={"field": "priority", "is": "HIGH"}),
    )
    case = make_case(town)
    work()
    assert fired() == [("first", "DONE"), ("second", "DONE")]
    assert again(case).priority == "HIGH"
    assert Note.objects.get(case=case).body == "It is high."
    kinds = list(Change.objects.filter(case=case).order_by("id").values_list("kind", "actor_kind"))
    assert kinds == [
        ("OPENED", "RESIDENT"),
        ("REACTED", "SYSTEM"),
        ("PRIORITY", "SYSTEM"),
        ("REACTED", "SYSTEM"),
    ]
    assert said(case) == [("first", "1", ""), ("second", "1", "")]


def test_an_event_that_is_handled_again_changes_nothing(town, work):
    publish(town, reaction("raise", "OPENED", to("RAISE"), note()))
    case = make_case(town)
    work()
    replayed()
    work()
    assert fired() == [("raise", "DONE")]
    assert (again(case).priority, Note.objects.count()) == ("HIGH", 1)


def test_rules_of_another_town_do_not_count(town, work):
    publish(make_town(), reaction("raise", "OPENED", to("HIGH")))
    case = make_case(town)
    work()
    assert (again(case).priority, fired()) == ("NORMAL", [])


def test_an_event_that_names_a_case_of_another_town_does_nothing(town):
    publish(town, reaction("raise", "OPENED", to("HIGH")))
    case = make_case(make_town())
    done = react(
        municipality_id=town.pk,
        case_id=case.pk,
        occurrence=Occurrence(TriggerKind.OPENED),
        event_id=1,
        now=NOW,
    )
    assert (done, again(case).priority) == (0, "NORMAL")


@pytest.mark.parametrize("column", [{"is_spam": True}])
def test_spam_is_left_alone(town, work, column):
    publish(town, reaction("raise", "OPENED", to("HIGH")))
    case = make_case(town)
    Case.objects.update(**column)
    work()
    assert (again(case).priority, fired()) == ("NORMAL", [])


def test_a_case_that_has_gone_on_meanwhile_is_not_reacted_on(town, agent, work):
    publish(town, reaction("waits", "MOVED", note(), state="SCHEDULED"))
    gone_on, waiting = make_case(town), make_case(town)
    for case in (gone_on, waiting):
        cases.move(case_id=case.pk, target="SCHEDULED", until=NOW + timedelta(days=2), by=agent, now=NOW)
    cases.start(case_id=gone_on.pk, by=agent, now=NOW)
    work()
    assert fired(gone_on) == []
    assert fired(waiting) == [("waits", "DONE")]


def test_two_rules_that_undo_each_other_end_with_a_line_on_the_timeline(town, agent, work):
    publish(
        town,
        reaction("down", "PRIORITY_CHANGED", to("NORMAL"), asks={"field": "priority", "is": "HIGH"}),
        reaction("up", "PRIORITY_CHANGED", to("HIGH"), asks={"field": "priority", "is": "NORMAL"}),
    )
    case = make_case(town)
    cases.set_priority(case_id=case.pk, priority="HIGH", by=agent, now=NOW)
    work()
    assert fired() == [("down", "DONE"), ("up", "DONE"), ("down", "CHAIN_ENDED")]
    assert said(case)[-1] == ("down", "1", "CHAIN_ENDED")
    assert again(case).priority == "HIGH"
    # A person may begin such a chain again.
    cases.set_priority(case_id=case.pk, priority="LOW", by=agent, now=NOW)
    cases.set_priority(case_id=case.pk, priority="HIGH", by=agent, now=NOW)
    work()
    assert fired()[3:] == [("down", "DONE"), ("up", "DONE"), ("down", "CHAIN_ENDED")]


def test_a_chain_has_five_links_at_most(town, agent, work):
    steps = ["LOW", "NORMAL", "HIGH", "LOW", "NORMAL", "HIGH", "URGENT"]
    publish(
        town,
        *(
            reaction(
                f"step-{number}",
                "PRIORITY_CHANGED",
                to(target),
                asks={"all": [{"field": "priority", "is": source}]},
            )
            for number, (source, target) in enumerate(itertools.pairwise(steps))
        ),
    )
    case = make_case(town)
    cases.set_priority(case_id=case.pk, priority="LOW", by=agent, now=NOW)
    work()
    done = [code for code, result in fired() if result == "DONE"]
    assert done == [f"step-{number}" for number in range(5)]
    assert max(len(codes.split(",")) for codes in Echo.objects.values_list("codes", flat=True)) == 5
    assert fired()[-1] == ("step-5", "CHAIN_ENDED")
    assert again(case).priority == "HIGH"


def test_a_rule_that_would_change_nothing_says_nothing(town, work):
    publish(town, reaction("same", "OPENED", to("NORMAL")))
    case = make_case(town)
    work()
    assert fired() == [("same", "NO_EFFECT")]
    assert said(case) == []


def test_three_others_in_two_days_raise_the_priority_and_three_more_again(town, work):
    publish(town, reaction("many", "JOINED", to("RAISE"), count=3, hours=48))
    service = make_service(town, is_public=True)
    case = make_case(town, service=service)
    Case.objects.update(is_public=True)
    for _ in range(2):
        make_follower(case)
    work()
    assert fired() == []
    make_follower(case)
    make_follower(case)
    work()
    assert (fired(), again(case).priority) == ([("many", "DONE")], "HIGH")
    replayed()
    work()
    assert (fired(), again(case).priority) == ([("many", "DONE")], "HIGH")
    make_follower(case)
    make_follower(case)
    work()
    assert (len(fired()), again(case).priority) == (2, "URGENT")


def test_others_who_come_too_slowly_are_not_enough(town, work):
    publish(town, reaction("many", "JOINED", to("RAISE"), count=3, hours=48))
    case = make_case(town, service=make_service(town, is_public=True))
    Case.objects.update(is_public=True)
    followers = [make_follower(case) for _ in range(3)]
    rows = list(Change.objects.filter(case=case, kind="JOINED").order_by("id"))
    for days, row in zip((0, 1.5, 3), rows, strict=True):
        Change.objects.filter(pk=row.pk).update(at=NOW + timedelta(days=days))
    work()
    assert (len(followers), fired()) == (3, [])


@pytest.mark.parametrize(("words", "rating", "reviews"), [("No.", 1, 1), ("", 1, 0), ("Good.", 5, 0)])
def test_who_is_unhappy_and_says_why_is_looked_at_by_a_person(town, agent, work, words, rating, reviews):
    asks = {"all": [{"field": "rating", "less_than": 3}, {"field": "has_words", "is": True}]}
    publish(town, reaction("unhappy", "SURVEY_ANSWERED", "REVIEW", asks=asks))
    case = make_case(town)
    close(case, agent)
    unhappy(case, words, rating)
    work()
    assert Review.objects.filter(case=case, reason="BY_RULE").count() == reviews


@pytest.mark.parametrize(("promised", "times"), [("", 2), ("FIRST_ANSWER", 1), ("NEXT_ANSWER", 0)])
def test_a_broken_promise_is_reacted_to_once_each(town, work, promised, times):
    service = make_promising_service(town)
    publish(town, reaction("late", "PROMISE_BROKEN", note(), **({"promise": promised} if promised else {})))
    case = make_case(town, service=service, now=MONDAY)
    for now in (at(16, 16), at(16, 16), at(22, 16)):
        break_overdue(now)
        work()
    replayed()
    work()
    assert fired(case) == [("late", "DONE")] * times


def test_a_promise_that_other_hours_made_good_and_that_breaks_again_is_the_same_matter(town):
    service = make_service(town)
    promise(service, resolution="3d")
    publish(town, reaction("late", "PROMISE_BROKEN", note()))
    case = make_case(town, service=service, now=MONDAY)
    one = Commitment.objects.get(case=case)

    def reacted(event_id):
        return react(
            municipality_id=town.pk,
            case_id=case.pk,
            occurrence=Occurrence(TriggerKind.PROMISE_BROKEN, one.kind, one.pk),
            event_id=event_id,
            now=NOW,
        )

    break_overdue(at(20, 9))
    closed = make_calendar(town, calendar(days={"2026-11-18": []}))
    recompute_calendar(calendar_id=closed.pk, now=at(20, 9), may_go_on=lambda: True)
    assert reacted(1) == 0
    break_overdue(at(22, 16))
    assert broken(case) == [("RESOLUTION", one.pk)] * 2
    assert [reacted(2), reacted(3)] == [1, 0]


def test_colleagues_are_told_and_the_case_is_given(town, work):
    water = make_department(town)
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=water)
    give = {"do": "GIVE", "department": water.code, "person": manager.user_id}
    tell = {"do": "TELL", "whom": ["ASSIGNEE", "MANAGER"], "by_mail": True}
    publish(town, reaction("give", "OPENED", give, tell))
    case = make_case(town)
    work()
    case = again(case)
    assert (case.department, case.assignee_id) == (water, manager.user_id)
    told = StaffNotice.objects.get()
    assert (told.user_id, told.kind, told.mail_state) == (manager.user_id, "REACTED", told.mail_state)


def test_words_of_a_rule_reach_the_resident_and_count_as_no_answer(town, agent, sink, work):
    make_reply(town, "please-wait", outcome="", text={"en": "It takes long: {number}."})
    service = make_service(town)
    promise(service, first_answer="4h", resolution="3d")
    publish(town, reaction("slow", "RESIDENT_WROTE", {"do": "WRITE", "reply": "please-wait"}))
    case = make_case(town, service=service, email="dana@resident.example")
    by = resident(town.pk)
    cases.add_resident_contact(case_id=case.pk, body="And?", channel=Channel.WEB, by=by, now=NOW)
    work()
    written = Contact.objects.get(case=case, direction="OUT")
    assert (written.body, written.author) == (f"It takes long: {case.number}.", None)
    assert again(case).awaits_answer
    assert again(case).state == "RECEIVED"
    assert Commitment.objects.get(case=case, kind="FIRST_ANSWER", is_current=True).met_at is None
    mails = [mail for mail in sink.messages if "It takes long" in mail.get_body(("plain",)).get_content()]
    assert [mail["Auto-Submitted"] for mail in mails] == ["auto-generated"]


def test_a_reminder_is_planned_once_for_the_reporter(town, sink, work):
    publish(town, reaction("remind", "OPENED", "REMIND"))
    make_case(town, email="dana@resident.example")
    work()
    replayed()
    work()
    assert list(Notice.objects.order_by("id").values_list("kind", flat=True)) == ["CASE_OPENED", "REMINDER"]
    assert "we still need your answer" in sink.messages[-1].get_body(("plain",)).get_content()


def test_what_cannot_be_done_is_taken_back_as_a_whole_and_the_others_go_on(town, agent, work):
    make_reply(town, outcome="FIXED")
    publish(
        town,
        reaction("close", "OPENED", note("Gone."), closing(outcome="FIXED")),
        reaction("note", "OPENED", note("Still here.")),
    )
    case = make_case(town, service=make_service(town, needs_proof=True))
    work()
    assert fired() == [("close", "FAILED"), ("note", "DONE")]
    assert said(case) == [("close", "1", "PROOF_NEEDED"), ("note", "1", "")]
    assert [one.body for one in Note.objects.all()] == ["Still here."]
    assert again(case).is_open


def test_a_case_the_centre_is_to_check_is_not_closed_by_a_rule(town, work):
    make_reply(town)
    department = make_department(town)
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    publish(town, reaction("close", "PRIORITY_CHANGED", closing()))
    case = make_case(town, service=make_service(town, department=department, centre_checks=True))
    close(case, worker)
    cases.set_priority(case_id=case.pk, priority="LOW", by=worker, now=NOW)
    work()
    assert said(case) == [("close", "1", "AWAITS_CHECK")]


def test_a_rule_whose_target_was_retired_is_skipped_visibly_and_the_others_go_on(town, work):
    gone, stays = make_department(town), make_department(town)
    publish(
        town,
        reaction("gone", "OPENED", {"do": "GIVE", "department": gone.code}),
        reaction("stays", "OPENED", {"do": "GIVE", "department": stays.code}),
    )
    Membership.objects.filter(department=gone).delete()
    retire_department(department_id=gone.pk, by=system(town.pk), now=NOW)
    case = make_case(town)
    work()
    assert fired() == [("gone", "TARGET_GONE"), ("stays", "DONE")]
    assert said(case) == [("gone", "1", "DEPARTMENT"), ("stays", "1", "")]
    assert again(case).department == stays


def test_a_retired_reply_closes_nothing(town, work):
    make_reply(town)
    publish(town, reaction("close", "OPENED", closing()))
    ReplyTemplate.objects.update(is_retired=True)
    case = make_case(town)
    work()
    assert fired() == [("close", "TARGET_GONE")]
    assert again(case).is_open


def test_closing_by_a_rule_tells_the_resident_and_asks_as_any_other(town, sink, work):
    make_reply(town)
    publish(town, reaction("close", "OPENED", closing()))
    case = make_case(town, email="dana@resident.example")
    work()
    case = again(case)
    assert (case.state, case.outcome, case.closings) == ("DECLINED", "NOT_POSSIBLE", 1)
    assert f"We close {case.number}: no answer came." in sink.messages[-1].get_body(("plain",)).get_content()
    assert surveys.open_survey_link(case) is not None


def test_an_error_nobody_foresaw_leaves_nothing_behind_and_is_tried_again(town, work, monkeypatch):
    publish(town, reaction("note", "OPENED", note()))
    case = make_case(town)
    from moked.processes.operations import reacting

    perform = reacting.perform

    def broken(*arguments):
        perform(*arguments)
        raise RuntimeError

    monkeypatch.setattr(reacting, "perform", broken)
    work()
    assert (fired(), said(case), Note.objects.count()) == ([], [], 0)
    monkeypatch.setattr(reacting, "perform", perform)
    replayed()
    OutboxRow.objects.filter(is_open=True).update(due_at=NOW - timedelta(days=1))
    work()
    assert (fired(), Note.objects.count()) == ([("note", "DONE")], 1)


def test_what_came_of_a_reaction_is_told_from_what_people_did(town, agent, work):
    publish(town, reaction("raise", "OPENED", to("HIGH")))
    make_case(town)
    work()
    codes = dict(Echo.objects.values_list("event_id", "codes"))
    events = dict(Event.objects.filter(id__in=codes).values_list("id", "name"))
    assert "case.priority_changed" in events.values()
    assert set(codes.values()) == {"raise"}


def labels_of(case) -> list[str]:
    return list(
        CaseLabel.objects.filter(case=case).order_by("label_id").values_list("label__code", flat=True)
    )


def adding(*labels):
    return {"do": "LABEL", "add_labels": [one.code for one in labels]}


def test_a_rule_adds_labels_once_and_others_ask_for_them(town, work):
    storm, press = make_label(town, "Storm"), make_label(town, "Press")
    publish(
        town,
        reaction("label", "OPENED", adding(storm, press)),
        reaction("again", "OPENED", adding(press)),
        reaction("up", "OPENED", to("HIGH"), asks={"field": "labels", "one_of": [storm.code]}),
        reaction("other", "OPENED", to("LOW"), asks={"field": "labels", "one_of": [make_label(town).code]}),
    )
    case = make_case(town)
    work()
    assert fired() == [("label", "DONE"), ("again", "NO_EFFECT"), ("up", "DONE")]
    assert (labels_of(case), again(case).priority) == (["storm", "press"], "HIGH")
    kinds = Change.objects.filter(case=case, kind="LABELLED").values_list("actor_kind", flat=True)
    assert list(kinds) == ["SYSTEM", "SYSTEM"]


def test_a_closed_case_is_labelled_by_a_rule(town, agent, work):
    unhappy_label = make_label(town, "Unhappy")
    publish(town, reaction("label", "CLOSED", adding(unhappy_label)))
    case = make_case(town)
    close(case, agent)
    work()
    assert (fired(), labels_of(case)) == ([("label", "DONE")], ["unhappy"])


def test_a_retired_label_is_added_by_no_rule_and_the_others_go_on(town, work):
    gone, stays = make_label(town, "Gone"), make_label(town, "Stays")
    publish(town, reaction("gone", "OPENED", adding(stays, gone)), reaction("stays", "OPENED", adding(stays)))
    Label.objects.filter(pk=gone.pk).update(is_retired=True)
    case = make_case(town)
    work()
    assert fired() == [("gone", "TARGET_GONE"), ("stays", "DONE")]
    assert (said(case)[0], labels_of(case)) == (("gone", "1", "LABEL"), ["stays"])


def test_a_full_case_is_told_of_and_the_reaction_taken_back_as_a_whole(town, agent, work):
    storm = make_label(town, "Storm")
    case = make_case(town)
    full = [make_label(town).code for _ in range(MOST_ON_CASE)]
    cases.change_labels(case_id=case.pk, add=full, by=agent, now=NOW)
    publish(town, reaction("label", "MOVED", note(), adding(storm), state="IN_PROGRESS"))
    cases.start(case_id=case.pk, by=agent, now=NOW)
    work()
    assert (fired(), said(case)) == ([("label", "FAILED")], [("label", "1", "TOO_MANY_LABELS")])
    assert not Note.objects.filter(case=case).exists()
