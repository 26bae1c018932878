"""What staff and residents do to a case."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.audit.models import AuditRecord
from moked.cases import operations, queries
from moked.cases.models import Change, Contact, Note, Review
from moked.cases.operations import UnableToChangeCase
from moked.cases.rules import Outcome, ReviewReason, State
from moked.events.models import Event
from moked.intake.operations import write_again
from moked.links import operations as links
from moked.links.models import Link
from tests.factories import NOW, make_actor, make_case, make_department, make_staff, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def closed_case(town, agent, **fields):
    case = make_case(town, **fields)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    case.refresh_from_db()
    return case


def test_a_reply_puts_a_received_case_in_progress_and_is_kept_word_for_word(town, agent):
    case = make_case(town, email="ann@example.org")
    operations.reply(case_id=case.pk, body="We are coming.", by=agent, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.awaits_answer) == (State.IN_PROGRESS, False)
    contact = Contact.objects.get(case=case, direction="OUT")
    assert (contact.body, contact.author_id, contact.channel) == ("We are coming.", agent.user_id, "EMAIL")
    assert list(Change.objects.filter(case=case).order_by("id").values_list("kind", "before", "after")) == [
        ("OPENED", "", "RECEIVED"),
        ("STATE", "RECEIVED", "IN_PROGRESS"),
    ]


def test_a_reply_to_somebody_without_mail_is_read_on_the_tracking_page(town, agent):
    case = make_case(town)
    operations.reply(case_id=case.pk, body="We are coming.", by=agent, now=NOW)
    assert Contact.objects.get(case=case, direction="OUT").channel == "WEB"


def test_what_a_resident_adds_marks_the_case_and_ends_the_waiting(town, agent):
    case = make_case(town, email="ann@example.org")
    operations.move(case_id=case.pk, target=State.WAITING_FOR_RESIDENT, by=agent, now=NOW)
    write_again(case_id=case.pk, body="Number 14.", by=resident(town.pk), now=NOW, submission="a")
    case.refresh_from_db()
    assert (case.state, case.awaits_answer) == (State.IN_PROGRESS, True)
    assert Contact.objects.filter(case=case, direction="IN").count() == 2
    operations.reply(case_id=case.pk, body="Thank you.", by=agent, now=NOW)
    case.refresh_from_db()
    assert not case.awaits_answer


def test_the_same_words_sent_twice_are_added_once(town):
    case = make_case(town)
    for _ in range(2):
        write_again(case_id=case.pk, body="Number 14.", by=resident(town.pk), now=NOW, submission="a")
    assert Contact.objects.filter(case=case).count() == 2


def test_words_on_a_closed_case_bring_a_person_back_to_it(town, agent):
    case = closed_case(town, agent)
    write_again(case_id=case.pk, body="It is back!", by=resident(town.pk), now=NOW)
    review = Review.objects.get(case=case)
    assert (review.reason, review.is_open) == (ReviewReason.WROTE_AGAIN, True)
    case.refresh_from_db()
    assert case.state == State.RESOLVED


def test_closing_keeps_outcome_words_and_ends_the_link_in_a_year(town, agent):
    case = closed_case(town, agent)
    assert (case.state, case.is_open, case.closed_at, case.outcome, case.closings) == (
        State.RESOLVED,
        False,
        NOW,
        "FIXED",
        1,
    )
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    assert link is not None and link.expires_at == NOW + timedelta(days=366)
    verbs = list(
        AuditRecord.objects.filter(object_kind="case", object_id=case.pk)
        .order_by("id")
        .values_list("verb", flat=True)
    )
    assert verbs == ["case.opened", "case.closed"]


@pytest.mark.parametrize("outcome", ["", "RESOLVED", "NOTHING"])
def test_an_unknown_outcome_closes_nothing(town, agent, outcome):
    case = make_case(town)
    with pytest.raises(UnableToChangeCase) as refusal:
        operations.close_case(case_id=case.pk, outcome=outcome, message="Done.", by=agent, now=NOW)
    assert refusal.value.code == "WRONG_STATE"
    case.refresh_from_db()
    assert case.is_open


def test_closing_without_words_is_refused_and_nothing_changes(town, agent):
    case = make_case(town)
    events = Event.objects.count()
    with pytest.raises(UnableToChangeCase) as refusal:
        operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message=" \n", by=agent, now=NOW)
    assert refusal.value.code == "NOTHING_SAID"
    case.refresh_from_db()
    assert case.is_open and Event.objects.count() == events


def test_a_closed_case_cannot_be_closed_moved_or_assigned(town, agent):
    case = closed_case(town, agent)
    attempts = [
        lambda: operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="x", by=agent, now=NOW),
        lambda: operations.move(case_id=case.pk, target=State.SCHEDULED, by=agent, now=NOW),
        lambda: operations.assign(
            case_id=case.pk, department_id=case.department_id, assignee_id=None, by=agent, now=NOW
        ),
    ]
    for attempt in attempts:
        with pytest.raises(UnableToChangeCase) as refusal:
            attempt()
        assert refusal.value.code == "WRONG_STATE"


def test_reopening_decides_the_review_keeps_the_place_in_the_queue_and_lets_the_link_live(town, agent):
    case = closed_case(town, agent)
    operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=resident(town.pk), now=NOW)
    later = NOW + timedelta(days=3)
    operations.reopen(case_id=case.pk, message="You are right.", by=agent, now=later)
    case.refresh_from_db()
    assert (case.state, case.is_open, case.closed_at, case.outcome, case.was_reopened, case.queue_at) == (
        State.IN_PROGRESS,
        True,
        None,
        "",
        True,
        NOW + timedelta(days=5),
    )
    review = Review.objects.get()
    assert (review.is_open, review.led_to_reopening, review.decided_by_id, review.decided_at) == (
        False,
        True,
        agent.user_id,
        later,
    )
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    assert link is not None and link.expires_at is None


def test_answering_a_review_leaves_the_case_closed_and_says_why(town, agent):
    case = closed_case(town, agent)
    operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=resident(town.pk), now=NOW)
    operations.answer_review(case_id=case.pk, message="It is as planned.", by=agent, now=NOW)
    case.refresh_from_db()
    assert case.state == State.RESOLVED and not Review.objects.get().is_open
    with pytest.raises(UnableToChangeCase) as refusal:
        operations.answer_review(case_id=case.pk, message="Again.", by=agent, now=NOW)
    assert refusal.value.code == "NO_OPEN_REVIEW"


def test_a_case_has_one_open_review_however_often_somebody_says_so(town, agent):
    case = closed_case(town, agent)
    for _ in range(2):
        operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=resident(town.pk), now=NOW)
    assert Review.objects.count() == 1


def test_assigning_names_department_and_person_on_the_timeline(town, agent):
    case = make_case(town)
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    operations.assign(case_id=case.pk, department_id=department.pk, assignee_id=worker.pk, by=agent, now=NOW)
    entries = [entry for entry in queries.staff_timeline(case) if entry.kind in {"DEPARTMENT", "ASSIGNEE"}]
    assert [(entry.kind, entry.after_of) for entry in entries] == [
        ("DEPARTMENT", department),
        ("ASSIGNEE", worker),
    ]


@pytest.mark.abuse("A08")
def test_a_case_is_never_given_to_people_or_departments_of_another_town(town, agent):
    case = make_case(town)
    elsewhere = make_town()
    strangers = make_department(elsewhere)
    stranger = make_staff(elsewhere, Role.AGENT)
    for department_id, assignee_id in [(strangers.pk, None), (case.department_id, stranger.pk)]:
        with pytest.raises(UnableToChangeCase) as refusal:
            operations.assign(
                case_id=case.pk, department_id=department_id, assignee_id=assignee_id, by=agent, now=NOW
            )
        assert refusal.value.code == "UNKNOWN_HANDLER"


def test_an_auditor_reads_and_changes_nothing(town):
    case = make_case(town)
    auditor = make_actor(town, Role.AUDITOR)
    with pytest.raises(UnableToChangeCase) as refusal:
        operations.add_note(case_id=case.pk, body="x", by=auditor, now=NOW)
    assert refusal.value.code == "NOT_ALLOWED" and not Note.objects.exists()


def test_a_case_one_may_not_see_does_not_exist_for_a_change(town):
    case = make_case(town)
    for stranger in (
        make_actor(make_town(), Role.AGENT),
        make_actor(town, Role.ADMINISTRATOR),
        make_actor(town, Role.DEPARTMENT_WORKER),
    ):
        with pytest.raises(UnableToChangeCase) as refusal:
            operations.reply(case_id=case.pk, body="x", by=stranger, now=NOW)
        assert refusal.value.code == "NOT_FOUND"


def test_a_residents_timeline_has_no_notes_and_no_names(town, agent):
    case = make_case(town, matter="canary-matter")
    operations.add_note(case_id=case.pk, body="canary-note", by=agent, now=NOW)
    operations.reply(case_id=case.pk, body="canary-reply", by=agent, now=NOW)
    entries = queries.resident_timeline(case)
    assert [entry.kind for entry in entries] == ["STATE", "OPENED", "CONTACT_OUT", "CONTACT_IN"]
    assert {entry.author for entry in entries} == {""}
    assert "canary-note" not in str(entries)
