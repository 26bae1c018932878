"""What residents and colleagues are told when a case goes to a body, and when it comes back."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, Participant
from moked.cases.operations import people
from moked.cases.rules import Outcome
from moked.events.models import OutboxRow
from moked.handovers.operations import tell, withdraw
from moked.notices.models import Notice, StaffNotice
from moked.residents.queries import contact_points_of
from tests.factories import (
    NOW,
    make_actor,
    make_body,
    make_case,
    make_department,
    make_service,
    make_staff,
    make_town,
)
from tests.handovers.test_hand_overs import LATER, give, say
from tests.handovers.test_mails import plain
from tests.sla.promising import promise, told

pytestmark = pytest.mark.django_db(transaction=True)
WATER = {"name": {"en": "The Water Company", "he": "תאגיד המים"}}


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


@pytest.fixture
def case(town):
    return make_case(town, email="ann@example.org", name="Ann")


@pytest.fixture
def handed(town, agent, case, sink, work):
    """A case with a body, once all that is to be told of it was."""
    handed = give(case, agent, make_body(town, **WATER))
    work()
    sink.messages.clear()
    return handed


def to_ann(sink):
    return [mail for mail in sink.messages if "ann@" in str(mail["To"])]


def kinds():
    return list(Notice.objects.exclude(kind="CASE_OPENED").order_by("id").values_list("kind", flat=True))


def by_hand(handed, agent):
    cases.move(case_id=handed.case_id, target="IN_PROGRESS", by=agent, now=LATER)


BACK = {
    "they said it is not theirs": lambda handed, agent: say(handed, "NOT_OURS", "canary-words"),
    "they said nothing": lambda handed, agent: cases.time_out_waiting(handed.answer_due_at),
    "we took it back": lambda handed, agent: withdraw(case_id=handed.case_id, by=agent, now=LATER),
    "we went on with it": by_hand,
}
WHY = {
    "they said it is not theirs": ["They have answered that it is not theirs to see to."],
    "they said nothing": ["They have not answered in time."],
}


def test_the_resident_is_told_who_has_the_case_and_by_when_they_answer(town, agent, case, sink, work):
    work()
    sink.messages.clear()
    give(case, agent, make_body(town, **WATER))
    work()
    (mail,) = to_ann(sink)
    assert mail["Subject"] == f"Your report {case.number} is with an external body"
    assert "to: The Water Company." in plain(mail) and "30 November 2026." in plain(mail)
    assert "Please look." not in plain(mail), "what we write to the body"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_resident_reads_the_name_and_the_day_in_their_language(town, agent, sink, work):
    case = make_case(town, email="ann@example.org", language="he")
    give(case, agent, make_body(town, **WATER))
    work()
    assert "תאגיד המים" in plain(to_ann(sink)[-1]) and "30 בנובמבר 2026" in plain(to_ann(sink)[-1])


@pytest.mark.parametrize("how", BACK)
def test_the_resident_is_told_that_we_go_on_with_it_and_why(handed, agent, sink, work, how):
    BACK[how](handed, agent)
    work()
    (mail,) = to_ann(sink)
    assert mail["Subject"] == f"Your report {handed.case.number} is with us again"
    assert "to: The Water Company." in plain(mail) and "we go on with it ourselves" in plain(mail)
    assert [line for line in plain(mail).splitlines() if line.startswith("They ")] == WHY.get(how, [])
    assert "canary" not in plain(mail) and mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", ["ACCEPTED", "ASKED", "WROTE", "DONE"])
def test_the_resident_is_not_told_that_we_go_on_alone_where_we_do_not(handed, sink, work, kind):
    say(handed, kind)
    work()
    assert to_ann(sink) == []


def test_a_case_closed_while_it_is_with_a_body_is_told_as_closed_and_no_more(handed, agent, sink, work):
    cases.close_case(case_id=handed.case_id, outcome=Outcome.FIXED, message="Done.", by=agent, now=LATER)
    work()
    (mail,) = to_ann(sink)
    assert "has been dealt with" in mail["Subject"]


def test_each_hand_over_and_each_return_is_told_once(town, agent, handed, sink, work):
    withdraw(case_id=handed.case_id, by=agent, now=LATER)
    work()
    give(handed.case, agent, handed.body, now=LATER)
    work()
    OutboxRow.objects.update(state="PENDING", is_open=True, due_at=Now())
    work()
    assert kinds() == ["HANDED_OVER", "CAME_BACK", "HANDED_OVER"] and len(to_ann(sink)) == 2


def test_an_answer_to_a_question_of_the_body_is_no_other_hand_over(handed, agent, sink, work):
    say(handed, "ASKED")
    tell(case_id=handed.case_id, words="The left one.", by=agent, now=LATER)
    work()
    assert to_ann(sink) == []


def test_at_a_corrected_address_the_same_is_told(town, agent, handed, sink, work):
    resident = Participant.objects.get(case=handed.case).resident
    [point] = contact_points_of(resident)
    people.correct_contact_point(
        resident=resident, point_id=point.id, value="ann@example.com", by=agent, now=LATER
    )
    work()
    (mail,) = to_ann(sink)
    assert "to: The Water Company." in plain(mail) and "30 November 2026." in plain(mail)


@pytest.mark.parametrize("how", BACK)
def test_a_promise_that_moves_because_the_case_comes_back_is_told_in_the_same_mail(
    town, agent, sink, work, how
):
    case = make_case(town, service=promising(town), email="ann@example.org")
    handed = give(case, agent, make_body(town, **WATER))
    work()
    sink.messages.clear()
    BACK[how](handed, agent)
    assert len(told(case)) == 1
    work()
    (mail,) = to_ann(sink)
    assert "we go on with it ourselves" in plain(mail) and "We expect to finish by" in plain(mail)
    moved = Notice.objects.get(kind="PROMISE_MOVED")
    assert (moved.state, moved.failure) == ("DROPPED", "TOLD_ALREADY")


def test_a_promise_that_moves_because_the_body_is_done_is_told_by_itself(town, agent, sink, work):
    case = make_case(town, service=promising(town), email="ann@example.org")
    say(give(case, agent, make_body(town)), "DONE")
    work()
    assert kinds() == ["HANDED_OVER", "PROMISE_MOVED"]


def test_a_case_that_was_with_a_body_by_hand_is_told_to_be_handed_over_and_no_more(town, agent, sink, work):
    case = make_case(town, service=promising(town), email="ann@example.org")
    cases.move(case_id=case.pk, target="WITH_EXTERNAL_BODY", by=agent, now=NOW)
    work()
    sink.messages.clear()
    give(case, agent, make_body(town, **WATER), now=LATER)
    work()
    (mail,) = to_ann(sink)
    assert "to: The Water Company." in plain(mail)


def promising(town):
    """Return a service whose clock is moved by an hour of waiting."""
    service = make_service(town)
    promise(service, resolution="20h")
    return service


def staffed(town, **more):
    """Return a case of a department, whoever handles it, and who manages the department."""
    roads = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=roads)
    manager = make_staff(town, Role.DEPARTMENT_MANAGER, department=roads)
    case = make_case(town, service=make_service(town, department=roads), **more)
    Case.objects.filter(pk=case.pk).update(assignee=worker)
    return case, worker, manager


def test_a_silent_body_is_told_to_who_handles_the_case_and_to_the_managers(town, agent, sink, work):
    case, worker, manager = staffed(town)
    handed = give(case, agent, make_body(town))
    cases.time_out_waiting(handed.answer_due_at)
    assert set(StaffNotice.objects.values_list("user", "kind", "at")) == {
        (one.pk, "BODY_SILENT", handed.answer_due_at) for one in (worker, manager)
    }
    work()
    told_by_mail = {str(mail["To"]): mail["Subject"] for mail in sink.messages if "staff" in str(mail["To"])}
    assert set(told_by_mail) == {worker.email, manager.email}
    assert set(told_by_mail.values()) == {f"No answer from the external body: {case.number}"}


@pytest.mark.parametrize(
    ("state", "kind", "subject"),
    [
        ("WAITING_FOR_RESIDENT", "NO_ANSWER", "No answer from the resident"),
        ("SCHEDULED", "DATE_PASSED", "The planned day has passed"),
    ],
)
def test_any_other_wait_that_is_over_is_told_to_who_handles_the_case(
    town, agent, sink, work, state, kind, subject
):
    case, worker, _manager = staffed(town)
    until = NOW + timedelta(days=1) if state == "SCHEDULED" else None
    cases.move(case_id=case.pk, target=state, by=agent, now=NOW, until=until)
    case.refresh_from_db()
    cases.time_out_waiting(case.follow_up_at)
    cases.time_out_waiting(case.follow_up_at)
    assert list(StaffNotice.objects.values_list("user", "kind")) == [(worker.pk, kind)]
    work()
    [mail] = [mail for mail in sink.messages if str(mail["To"]) == worker.email]
    assert mail["Subject"] == f"{subject}: {case.number}"


def test_a_wait_that_somebody_ends_is_told_to_nobody(town, agent):
    case, _worker, _manager = staffed(town)
    cases.move(case_id=case.pk, target="WAITING_FOR_RESIDENT", by=agent, now=NOW)
    cases.move(case_id=case.pk, target="IN_PROGRESS", by=agent, now=LATER)
    assert not StaffNotice.objects.exists()


def test_what_a_body_said_of_a_merged_case_is_told_in_one_mail_once_it_stands_alone(town, agent, sink, work):
    case = make_case(town, service=promising(town), email="ann@example.org")
    handed = give(case, agent, make_body(town))
    cases.merge_case(case_id=case.pk, into_id=make_case(town).pk, by=agent, now=LATER)
    say(handed, "NOT_OURS", now=LATER)
    work()
    sink.messages.clear()
    cases.unmerge_case(case_id=case.pk, by=agent, now=LATER + timedelta(hours=1))
    work()
    (mail,) = to_ann(sink)
    assert WHY["they said it is not theirs"][0] in plain(mail) and "We expect to finish by" in plain(mail)
