"""What is promised for a case, through everything that happens to it."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.cases import operations
from moked.cases.rules import Channel, Outcome, ReviewReason
from moked.catalogue.rules import CaseKind
from moked.sla.models import Commitment, Pause
from moked.sla.operations import break_overdue, counting
from tests.factories import make_actor, make_case, make_service, make_town
from tests.sla.promising import (
    ALL_FOUR,
    MONDAY,
    at,
    broken,
    close,
    commitments,
    go_on,
    make_calendar,
    make_promising_service,
    promise,
    reply,
    shown,
    told,
    wait,
    write,
)

pytestmark = pytest.mark.django_db

DUE = at(19, 16)
ANSWER_DUE = at(16, 15)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


@pytest.fixture
def case(town):
    """Opened on a Monday at eleven: an answer within four hours, an end by Thursday evening."""
    return make_case(town, service=make_promising_service(town), email="a@example.org", now=MONDAY)


def test_a_new_case_is_promised_its_end_and_stands_by_its_answer(case):
    assert commitments(case) == {
        "FIRST_ANSWER": ("RUNNING", ANSWER_DUE, None),
        "RESOLUTION": ("RUNNING", DUE, None),
    }
    assert shown(case) == (DUE, "RUNNING", ANSWER_DUE)
    assert told(case) == []


def test_a_question_is_promised_its_answer(town, agent):
    case = make_case(town, service=make_promising_service(town, kind=CaseKind.QUESTION), now=MONDAY)
    assert shown(case) == (ANSWER_DUE, "RUNNING", ANSWER_DUE)
    reply(case, agent, at(16, 12))
    assert shown(case) == (ANSWER_DUE, "KEPT", DUE)


def test_what_turns_out_to_be_a_question_is_promised_its_answer(case, agent):
    operations.set_kind(case_id=case.pk, kind=CaseKind.QUESTION, by=agent, now=at(16, 12))
    assert shown(case) == (ANSWER_DUE, "RUNNING", ANSWER_DUE)


def test_words_that_open_a_case_again_answer_nothing(case, town, agent):
    close(case, agent, at(16, 12), Outcome.WITHDRAWN_BY_RESIDENT)
    said = {"body": "I need it after all.", "channel": Channel.EMAIL, "by": resident(town.pk)}
    operations.add_resident_contact(case_id=case.pk, now=at(16, 13), reopens=True, **said)
    assert commitments(case)["FIRST_ANSWER"] == ("RUNNING", ANSWER_DUE, None)
    assert commitments(case)["RESOLUTION"] == ("RUNNING", DUE, None)


def test_what_nothing_is_promised_for_stands_as_if_due_in_five_days(town):
    make_calendar(town)
    case = make_case(town, service=make_service(town), now=MONDAY)
    assert shown(case) == (None, "", MONDAY + timedelta(days=5))
    assert not Commitment.objects.exists()


def test_the_first_answer_of_a_person_meets_the_answer_and_only_the_first(case, agent):
    reply(case, agent, at(16, 12))
    reply(case, agent, at(17, 12))
    assert commitments(case)["FIRST_ANSWER"] == ("KEPT", ANSWER_DUE, at(16, 12))
    assert shown(case) == (DUE, "RUNNING", DUE)


def test_an_answer_after_its_time_breaks_the_promise(case, agent):
    reply(case, agent, at(17, 8))
    assert commitments(case)["FIRST_ANSWER"] == ("BROKEN", ANSWER_DUE, at(17, 8))


def test_what_the_resident_writes_is_no_answer(case, town):
    write(case, at(16, 12))
    assert commitments(case)["FIRST_ANSWER"] == ("RUNNING", ANSWER_DUE, None)


@pytest.mark.parametrize(("target", "days"), [("WAITING_FOR_RESIDENT", 10), ("WITH_EXTERNAL_BODY", 14)])
def test_waiting_stops_the_clock_of_the_end_and_never_that_of_the_answer(case, agent, target, days):
    wait(case, agent, at(16, 12), target)
    assert commitments(case) == {
        "FIRST_ANSWER": ("RUNNING", ANSWER_DUE, None),
        "RESOLUTION": ("PAUSED", None, None),
    }
    assert shown(case) == (None, "PAUSED", ANSWER_DUE)
    assert case.follow_up_at == at(16, 12) + timedelta(days=days)
    reply(case, agent, at(16, 13))
    assert shown(case) == (None, "PAUSED", case.follow_up_at)


def test_when_the_clock_goes_on_the_resident_is_told_the_new_date(case, agent):
    wait(case, agent, at(16, 12))
    go_on(case, agent, at(18, 10))
    assert shown(case)[:2] == (at(22, 16), "RUNNING")
    assert told(case) == [at(22, 16).isoformat()]
    assert case.follow_up_at is None


def test_waiting_for_one_and_then_for_another_stops_the_clock_once(case, agent):
    wait(case, agent, at(16, 12))
    wait(case, agent, at(17, 12), "WITH_EXTERNAL_BODY")
    go_on(case, agent, at(18, 10))
    assert [(one.reason, one.from_at, one.to_at) for one in Pause.objects.order_by("id")] == [
        ("WAITING_FOR_RESIDENT", at(16, 12), at(17, 12)),
        ("WITH_EXTERNAL_BODY", at(17, 12), at(18, 10)),
    ]
    assert shown(case)[0] == at(22, 16)


def test_closing_late_breaks_the_promise_and_closing_in_time_keeps_it(town, agent):
    service = make_promising_service(town)
    late, early = (make_case(town, service=service, now=MONDAY) for _ in range(2))
    close(late, agent, DUE + timedelta(seconds=1))
    close(early, agent, DUE)
    assert shown(late)[:2] == (DUE, "BROKEN")
    assert shown(early)[:2] == (DUE, "KEPT")
    assert commitments(early)["FIRST_ANSWER"] == ("BROKEN", ANSWER_DUE, DUE)


def test_what_a_resident_withdrew_was_neither_kept_nor_broken(case, agent):
    close(case, agent, at(17, 12), Outcome.WITHDRAWN_BY_RESIDENT)
    assert {state for state, _, _ in commitments(case).values()} == {"CANCELLED"}
    assert shown(case)[:2] == (None, "")


def test_what_is_due_and_not_done_is_broken_from_that_moment(case, agent):
    assert break_overdue(ANSWER_DUE - timedelta(seconds=1)) == "0 promises broken"
    assert break_overdue(ANSWER_DUE) == "1 promises broken"
    assert commitments(case)["FIRST_ANSWER"] == ("BROKEN", ANSWER_DUE, None)
    assert shown(case) == (DUE, "RUNNING", ANSWER_DUE)
    assert break_overdue(DUE) == "1 promises broken"
    assert shown(case) == (DUE, "BROKEN", ANSWER_DUE)
    assert break_overdue(DUE) == "0 promises broken"
    assert told(case) == []


def test_each_broken_promise_is_told_of_once(case, agent):
    ids = dict(Commitment.objects.values_list("kind", "id"))
    break_overdue(ANSWER_DUE - timedelta(seconds=1))
    assert broken(case) == []
    for now in (ANSWER_DUE, ANSWER_DUE, DUE, DUE + timedelta(days=1)):
        break_overdue(now)
    reply(case, agent, DUE + timedelta(days=2))
    close(case, agent, DUE + timedelta(days=2))
    assert broken(case) == [(kind, ids[kind]) for kind in ("FIRST_ANSWER", "RESOLUTION")]


def test_a_promise_kept_in_time_or_owed_no_longer_is_not_told_of_as_broken(case, town, agent):
    other = make_case(town, service=case.service, now=MONDAY)
    close(case, agent, at(16, 12))
    close(other, agent, at(16, 12), Outcome.WITHDRAWN_BY_RESIDENT)
    break_overdue(DUE)
    assert broken(case) == broken(other) == []


def test_what_is_done_late_before_anybody_looked_was_broken_too(case, agent):
    reply(case, agent, ANSWER_DUE + timedelta(minutes=1))
    assert [kind for kind, _id in broken(case)] == ["FIRST_ANSWER"]
    break_overdue(ANSWER_DUE + timedelta(minutes=2))
    assert len(broken(case)) == 1


def test_what_is_promised_anew_and_over_already_is_told_of(case, town, agent):
    hurried = make_service(town)
    promise(hurried, resolution="1h")
    operations.change_service(case_id=case.pk, service_id=hurried.pk, by=agent, now=at(16, 15))
    assert commitments(case) == {"RESOLUTION": ("BROKEN", at(16, 12), None)}
    assert broken(case) == [("RESOLUTION", Commitment.objects.get(case=case, is_current=True).pk)]


def test_nothing_is_told_of_where_marking_the_break_fails(case, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(counting, "tell_broken", fail)
    with pytest.raises(RuntimeError):
        break_overdue(ANSWER_DUE)
    assert commitments(case)["FIRST_ANSWER"][0] == "RUNNING"
    monkeypatch.undo()
    break_overdue(ANSWER_DUE)
    assert len(broken(case)) == 1


def test_a_reopened_case_counts_from_its_original_start(case, agent):
    close(case, agent, at(17, 12))
    operations.reopen(case_id=case.pk, message="Sorry.", by=agent, now=at(18, 12))
    assert commitments(case) == {
        "FIRST_ANSWER": ("BROKEN", ANSWER_DUE, at(17, 12)),
        "RESOLUTION": ("RUNNING", DUE, None),
    }
    assert commitments(case, past=True) == {"RESOLUTION": ("KEPT", DUE, at(17, 12))}
    assert shown(case) == (DUE, "RUNNING", DUE)
    close(case, agent, at(19, 12))
    assert shown(case)[:2] == (DUE, "KEPT")


def test_a_case_reopened_after_its_time_is_broken_at_once(case, agent):
    close(case, agent, at(17, 12))
    operations.reopen(case_id=case.pk, message="Sorry.", by=agent, now=at(22, 12))
    assert shown(case) == (DUE, "BROKEN", DUE)


def test_a_review_is_to_be_decided_within_two_working_days(case, agent):
    close(case, agent, at(17, 12))
    operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=agent, now=at(18, 12))
    assert commitments(case)["REVIEW"] == ("RUNNING", at(22, 16), None)
    assert shown(case)[:2] == (DUE, "KEPT")
    operations.answer_review(case_id=case.pk, message="It is.", by=agent, now=at(19, 12))
    assert commitments(case)["REVIEW"] == ("KEPT", at(22, 16), at(19, 12))
    operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=agent, now=at(23, 12))
    assert commitments(case)["REVIEW"] == ("RUNNING", at(25, 16), None)
    operations.reopen(case_id=case.pk, message="Sorry.", by=agent, now=at(26, 12))
    assert commitments(case)["REVIEW"] == ("BROKEN", at(25, 16), at(26, 12))


def test_an_answer_given_before_it_was_promised_is_judged_by_when_it_was_given(agent, town):
    cases = [make_case(town, service=make_service(town), now=MONDAY) for _ in range(2)]
    for case, hour in zip(cases, (12, 15), strict=True):
        reply(case, agent, at(16, hour))
    other = make_service(town)
    promise(other, first_answer="2h", resolution="20h")
    for case in cases:
        operations.change_service(case_id=case.pk, service_id=other.pk, by=agent, now=at(17, 13))
    assert [commitments(case)["FIRST_ANSWER"] for case in cases] == [
        ("KEPT", at(16, 13), at(16, 12)),
        ("BROKEN", at(16, 13), at(16, 15)),
    ]


def test_words_that_tell_of_a_reopening_answer_what_was_withdrawn_unanswered(case, agent):
    operations.close_case(
        case_id=case.pk, outcome=Outcome.WITHDRAWN_BY_RESIDENT, message="Bye.", by=agent, now=at(16, 12)
    )
    operations.reopen(case_id=case.pk, message="We look.", by=agent, now=at(16, 13))
    assert commitments(case)["FIRST_ANSWER"] == ("KEPT", ANSWER_DUE, at(16, 13))


def test_a_service_that_promises_nothing_takes_the_promise_back(case, agent, town):
    operations.change_service(case_id=case.pk, service_id=make_service(town).pk, by=agent, now=at(17, 13))
    assert commitments(case) == {}
    assert shown(case) == (None, "", MONDAY + timedelta(days=5))
    assert told(case) == []


def test_a_merged_case_owes_nothing_until_it_stands_alone_again(case, agent, town):
    into = make_case(town, service=case.service, now=MONDAY)
    operations.merge_case(case_id=case.pk, into_id=into.pk, by=agent, now=at(16, 12))
    assert shown(case)[:2] == (None, "")
    assert shown(into)[:2] == (DUE, "RUNNING")
    operations.unmerge_case(case_id=case.pk, by=agent, now=at(17, 12))
    assert shown(case) == (DUE, "RUNNING", ANSWER_DUE)


def test_words_unanswered_when_a_case_was_merged_are_owed_an_answer_again(agent, town):
    service = make_service(town)
    promise(service, **ALL_FOUR)
    case, into = (make_case(town, service=service, now=MONDAY) for _ in range(2))
    reply(case, agent, at(16, 12))
    write(case, at(16, 13))
    owed = commitments(case)["NEXT_ANSWER"]
    operations.merge_case(case_id=case.pk, into_id=into.pk, by=agent, now=at(16, 14))
    operations.unmerge_case(case_id=case.pk, by=agent, now=at(16, 14))
    assert commitments(case)["NEXT_ANSWER"] == owed
    reply(case, agent, at(16, 14))
    operations.merge_case(case_id=case.pk, into_id=into.pk, by=agent, now=at(16, 15))
    operations.unmerge_case(case_id=case.pk, by=agent, now=at(16, 15))
    assert commitments(case)["NEXT_ANSWER"] == ("KEPT", owed[1], at(16, 14))


def test_a_case_that_waited_when_it_was_merged_has_waited_all_along(case, agent, town):
    wait(case, agent, at(16, 12))
    paused = shown(case)
    into = make_case(town, service=case.service, now=MONDAY)
    operations.merge_case(case_id=case.pk, into_id=into.pk, by=agent, now=at(16, 13))
    operations.unmerge_case(case_id=case.pk, by=agent, now=at(17, 12))
    assert shown(case) == paused
    stood_still = Pause.objects.filter(case=case).values_list("reason", "from_at", "to_at")
    assert list(stood_still) == [("WAITING_FOR_RESIDENT", at(16, 12), None)]


def test_work_on_a_date_is_looked_at_two_working_days_later(case, agent):
    operations.move(case_id=case.pk, target="SCHEDULED", until=at(19, 10), by=agent, now=at(17, 12))
    case.refresh_from_db()
    assert case.follow_up_at == at(23, 16)
    assert commitments(case)["RESOLUTION"] == ("RUNNING", DUE, None)


def test_each_service_says_how_long_its_cases_wait(town, agent):
    service = make_service(town, waiting_days={"resident": 3, "scheduled": 0, "external": 14})
    case = make_case(town, service=service, now=MONDAY)
    wait(case, agent, at(17, 12))
    case.refresh_from_db()
    assert case.follow_up_at == at(20, 12)
    operations.move(case_id=case.pk, target="SCHEDULED", until=at(19, 10), by=agent, now=at(17, 12))
    case.refresh_from_db()
    assert case.follow_up_at == at(19, 10)


def test_waiting_that_timed_out_lets_the_clock_go_on(case, agent):
    wait(case, agent, at(16, 12))
    operations.time_out_waiting(at(26, 12))
    assert Pause.objects.get().to_at == at(26, 12)
    assert shown(case)[:2] == (at(30, 16), "RUNNING")
