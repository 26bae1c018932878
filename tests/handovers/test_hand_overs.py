"""A case goes to an external body, stays open for the resident, and comes back for a person to decide."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from moked.accounts.models import Membership, User
from moked.accounts.rules import Role, external_body
from moked.audit.models import AuditRecord
from moked.cases import operations as cases
from moked.cases.models import Attachment, Case, Change
from moked.cases.operations import UnableToChangeCase
from moked.cases.queries import staff_timeline
from moked.cases.rules import ChangeKind, Outcome, PhotoKind
from moked.files import operations as files
from moked.handovers import queries
from moked.handovers.models import BodyMail, HandOver, Statement
from moked.handovers.operations import (
    UnableToAnswer,
    UnableToHandOver,
    answer,
    hand_over,
    remind_silent,
    tell,
    withdraw,
)
from moked.links import operations as links
from moked.links.models import Link
from moked.notices.models import StaffNotice
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
from tests.files import pictures

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


@pytest.fixture
def case(town):
    return make_case(town)


@pytest.fixture
def handed(town, agent, case):
    return give(case, agent, make_body(town))


def give(case, by, body, now=NOW, **more):
    return hand_over(case_id=case.pk, body_id=body.pk, message="Please look.", by=by, now=now, **more)


def say(handed, kind, words="Some words.", photos=(), now=LATER, **more):
    by = external_body(handed.municipality_id)
    return answer(hand_over_id=handed.pk, kind=kind, words=words, photos=photos, by=by, now=now, **more)


def state(handed):
    handed.refresh_from_db()
    return handed.state, Case.objects.get(pk=handed.case_id).state


def kinds(case):
    return [one.kind for one in staff_timeline(case)]


def link_of(handed):
    return links.find(purpose=Link.Purpose.HAND_OVER, object_id=handed.pk)


def test_a_case_that_is_handed_over_stays_open_until_the_body_is_to_have_answered(town, agent, case):
    handed = give(case, agent, make_body(town, answer_days=10, reminder_days=4))
    case.refresh_from_db()
    assert (case.state, case.is_open, case.follow_up_at) == (
        "WITH_EXTERNAL_BODY",
        True,
        NOW + timedelta(days=10),
    )
    assert (handed.answer_due_at, handed.remind_at) == (case.follow_up_at, NOW + timedelta(days=4))
    assert link_of(handed).expires_at == NOW + timedelta(days=40)
    assert ChangeKind.HANDED_OVER in kinds(case)
    assert BodyMail.objects.get().kind == "BODY_HAND_OVER"
    assert AuditRecord.objects.filter(verb="case.handed_over", object_id=case.pk).exists()


def test_a_case_that_somebody_set_with_a_body_by_hand_can_be_handed_over(town, agent, case):
    cases.move(case_id=case.pk, target="WITH_EXTERNAL_BODY", by=agent, now=NOW)
    handed = give(case, agent, make_body(town, answer_days=3, reminder_days=1), now=LATER)
    assert state(handed) == ("SENT", "WITH_EXTERNAL_BODY")
    assert Case.objects.get(pk=case.pk).follow_up_at == LATER + timedelta(days=3)


def test_a_case_is_with_one_body_at_a_time(town, agent, case, handed):
    with pytest.raises(UnableToHandOver, match="HANDED_OVER_ALREADY"):
        give(case, agent, make_body(town))
    with pytest.raises(IntegrityError), transaction.atomic():
        HandOver.objects.create(
            municipality=town, case=case, body=handed.body, handed_at=NOW, answer_due_at=NOW, remind_at=NOW
        )


@pytest.mark.parametrize("which", ["retired", "elsewhere", "nowhere"])
def test_only_a_body_in_use_in_the_town_is_handed_anything(town, agent, case, which):
    body = make_body(make_town() if which == "elsewhere" else town)
    type(body).objects.filter(pk=body.pk).update(is_retired=which == "retired")
    with pytest.raises(UnableToHandOver, match="UNKNOWN_BODY"):
        hand_over(
            case_id=case.pk, body_id=0 if which == "nowhere" else body.pk, message="", by=agent, now=NOW
        )
    assert Case.objects.get(pk=case.pk).state == "RECEIVED"


@pytest.mark.parametrize(
    ("role", "code"),
    [(Role.AUDITOR, "NOT_ALLOWED"), (Role.DEPARTMENT_WORKER, "NOT_FOUND"), (Role.ADMINISTRATOR, "NOT_FOUND")],
)
def test_who_may_not_change_a_case_hands_it_to_nobody(town, case, role, code):
    with pytest.raises(UnableToChangeCase, match=code):
        give(case, make_actor(town, role), make_body(town))


def test_a_closed_case_is_handed_to_nobody(town, agent, case):
    cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    with pytest.raises(UnableToChangeCase, match="WRONG_STATE"):
        give(case, agent, make_body(town))


def test_accepting_leaves_the_case_with_the_body(handed):
    say(handed, "ACCEPTED", "")
    assert state(handed) == ("ACCEPTED", "WITH_EXTERNAL_BODY")
    with pytest.raises(UnableToAnswer, match="ALREADY_ACCEPTED"):
        say(handed, "ACCEPTED", "")


@pytest.mark.parametrize("kind", ["DONE", "NOT_OURS"])
def test_last_words_bring_the_case_back_to_a_person_and_close_nothing(handed, kind):
    said = say(handed, kind, "The pipe is new.")
    assert state(handed) == (kind, "IN_PROGRESS")
    assert handed.answered_at == LATER and said.words == "The pipe is new." and not said.is_late
    assert ChangeKind(f"BODY_{kind}") in kinds(handed.case)


def test_photos_prove_the_work_and_are_shown_to_nobody_else_by_themselves(town, handed):
    Case.objects.filter(pk=handed.case_id).update(is_public=True)
    kept = files.keep_photo(town.pk, pictures.photo(), LATER)
    say(handed, "DONE", photos=[kept.token])
    photo = Attachment.objects.get(case=handed.case)
    assert (photo.kind, photo.is_public) == (PhotoKind.PROOF, False)


@pytest.mark.parametrize("kind", ["ASKED", "DONE", "NOT_OURS"])
def test_an_answer_without_words_is_refused(handed, kind):
    with pytest.raises(UnableToAnswer, match="NOTHING_SAID"):
        say(handed, kind, " \n")
    assert state(handed) == ("SENT", "WITH_EXTERNAL_BODY")


@pytest.mark.parametrize("kind", ["", "TOLD", "WITHDRAWN", "NONSENSE"])
def test_a_body_says_nothing_but_the_four_answers(handed, kind):
    with pytest.raises(UnableToAnswer, match="NOTHING_SAID"):
        say(handed, kind)


@pytest.mark.parametrize("second", ["ACCEPTED", "ASKED", "DONE", "NOT_OURS"])
def test_after_its_last_words_a_body_says_no_more(handed, second):
    say(handed, "DONE", "First.")
    with pytest.raises(UnableToAnswer, match="ALREADY_ANSWERED"):
        say(handed, second, "Second.")
    assert [one.words for one in Statement.objects.all()] == ["First."]


def test_the_same_form_sent_twice_is_one_answer(handed):
    first = say(handed, "DONE", submission="one")
    assert say(handed, "DONE", submission="one") == first
    assert Statement.objects.count() == 1


def test_a_question_brings_the_case_to_a_person_and_the_answer_back_to_the_body(agent, handed):
    say(handed, "ASKED", "Which side?")
    assert state(handed) == ("ASKED", "IN_PROGRESS")
    with pytest.raises(UnableToAnswer, match="ALREADY_ASKED"):
        say(handed, "ASKED", "And which street?")
    tell(case_id=handed.case_id, words="The left one.", by=agent, now=LATER)
    assert state(handed) == ("SENT", "WITH_EXTERNAL_BODY")
    assert handed.answer_due_at == Case.objects.get(pk=handed.case_id).follow_up_at
    assert handed.answer_due_at == LATER + timedelta(days=14)
    assert [one.kind for one in BodyMail.objects.order_by("id")] == ["BODY_HAND_OVER", "BODY_REPLY"]
    say(handed, "DONE")
    assert state(handed) == ("DONE", "IN_PROGRESS")


def test_nothing_is_told_to_a_body_that_asked_nothing(agent, handed):
    with pytest.raises(UnableToHandOver, match="NOTHING_ASKED"):
        tell(case_id=handed.case_id, words="By the way.", by=agent, now=LATER)


def test_while_its_question_is_open_a_case_may_be_worked_on(agent, handed):
    say(handed, "ASKED")
    until = LATER + timedelta(days=1)
    cases.move(case_id=handed.case_id, target="SCHEDULED", by=agent, now=LATER, until=until)
    assert state(handed) == ("ASKED", "SCHEDULED")
    say(handed, "DONE")
    assert state(handed) == ("DONE", "SCHEDULED")


def test_a_case_that_is_taken_back_is_in_progress_and_the_link_says_so(agent, handed):
    withdraw(case_id=handed.case_id, by=agent, now=LATER)
    assert state(handed) == ("WITHDRAWN", "IN_PROGRESS")
    assert ChangeKind.TAKEN_BACK in kinds(handed.case)
    with pytest.raises(UnableToAnswer, match="TAKEN_BACK"):
        say(handed, "DONE")
    with pytest.raises(UnableToHandOver, match="NOT_HANDED_OVER"):
        withdraw(case_id=handed.case_id, by=agent, now=LATER)


def test_setting_another_state_by_hand_takes_the_case_back(agent, handed):
    cases.move(case_id=handed.case_id, target="IN_PROGRESS", by=agent, now=LATER)
    assert state(handed) == ("WITHDRAWN", "IN_PROGRESS")


def test_a_silent_body_is_reminded_once_and_then_a_person_goes_on(handed):
    assert remind_silent(handed.remind_at - timedelta(seconds=1)) == "0 bodies reminded"
    assert remind_silent(handed.remind_at) == "1 bodies reminded"
    assert remind_silent(handed.remind_at + timedelta(days=1)) == "0 bodies reminded"
    assert [one.kind for one in BodyMail.objects.order_by("id")] == ["BODY_HAND_OVER", "BODY_REMINDER"]
    cases.time_out_waiting(handed.answer_due_at)
    assert state(handed) == ("GIVEN_UP", "IN_PROGRESS")
    change = Change.objects.filter(case=handed.case, kind=ChangeKind.STATE).latest("id")
    assert change.reason == "BODY_SILENT"


@pytest.mark.parametrize("kind", ["ACCEPTED", "ASKED"])
def test_who_has_said_something_is_not_reminded(handed, kind):
    say(handed, kind)
    assert remind_silent(handed.remind_at) == "0 bodies reminded"


def test_an_accepted_case_comes_back_all_the_same_when_nothing_follows(handed):
    say(handed, "ACCEPTED", "")
    cases.time_out_waiting(handed.answer_due_at)
    assert state(handed) == ("GIVEN_UP", "IN_PROGRESS")


def test_an_answer_after_the_time_is_kept_and_changes_nothing_else(agent, handed):
    cases.time_out_waiting(handed.answer_due_at)
    until = handed.answer_due_at + timedelta(days=2)
    cases.move(case_id=handed.case_id, target="SCHEDULED", by=agent, now=handed.answer_due_at, until=until)
    said = say(handed, "DONE", "It was done long ago.", now=handed.answer_due_at + timedelta(hours=1))
    assert said.is_late and state(handed) == ("GIVEN_UP", "SCHEDULED")
    assert kinds(handed.case)[-1] == ChangeKind.BODY_LATE
    with pytest.raises(UnableToAnswer, match="ALREADY_ANSWERED"):
        say(handed, "NOT_OURS", "Or was it?")


def test_an_answer_after_the_case_was_closed_is_kept_and_changes_nothing_else(town, agent, handed):
    cases.close_case(case_id=handed.case_id, outcome=Outcome.FIXED, message="Done.", by=agent, now=LATER)
    assert state(handed) == ("WITHDRAWN", "RESOLVED")
    kept = files.keep_photo(town.pk, pictures.photo(), LATER)
    before = Case.objects.values().get(pk=handed.case_id)
    said = say(handed, "DONE", "We fixed it.", photos=[kept.token])
    assert said.is_late and Case.objects.values().get(pk=handed.case_id) == before
    assert kinds(handed.case)[-1] == ChangeKind.BODY_LATE
    assert Attachment.objects.get(case=handed.case).kind == PhotoKind.CONTACT, "no proof of a closed case"


def test_a_reopened_case_is_with_nobody_and_can_be_handed_over_anew(town, agent, handed):
    by = {"case_id": handed.case_id, "by": agent}
    cases.close_case(outcome=Outcome.FIXED, message="Done.", now=LATER, **by)
    cases.reopen(message="Sorry.", now=LATER, **by)
    assert state(handed) == ("WITHDRAWN", "IN_PROGRESS")
    with pytest.raises(UnableToAnswer, match="TAKEN_BACK"):
        say(handed, "DONE")
    assert state(give(handed.case, agent, make_body(town), now=LATER)) == ("SENT", "WITH_EXTERNAL_BODY")


def test_what_a_body_says_of_a_merged_case_is_kept_where_the_case_went(town, agent, handed):
    into = make_case(town)
    cases.merge_case(case_id=handed.case_id, into_id=into.pk, by=agent, now=LATER)
    said = say(handed, "DONE", "It is fixed.")
    assert said.is_late and ChangeKind.BODY_LATE in kinds(into)
    assert ChangeKind.BODY_LATE not in kinds(handed.case)
    assert Case.objects.get(pk=into.pk).state == "RECEIVED"


def test_a_case_taken_out_of_a_merge_is_with_its_body_as_before(town, agent, handed):
    into = make_case(town)
    cases.merge_case(case_id=handed.case_id, into_id=into.pk, by=agent, now=LATER)
    assert remind_silent(handed.remind_at) == "0 bodies reminded"
    cases.unmerge_case(case_id=handed.case_id, by=agent, now=LATER)
    assert state(handed) == ("SENT", "WITH_EXTERNAL_BODY")
    say(handed, "DONE")
    assert state(handed) == ("DONE", "IN_PROGRESS")


def merged(handed, agent, now=LATER):
    """Merge the case of a hand-over into another and return how it is taken out again."""
    cases.merge_case(case_id=handed.case_id, into_id=make_case(handed.municipality).pk, by=agent, now=now)
    return lambda: cases.unmerge_case(case_id=handed.case_id, by=agent, now=now + timedelta(hours=1))


@pytest.mark.parametrize("kind", ["DONE", "NOT_OURS", "ASKED", "WROTE"])
def test_what_a_body_said_of_a_merged_case_counts_once_the_case_stands_alone_again(agent, handed, kind):
    unmerge = merged(handed, agent)
    say(handed, kind)
    unmerge()
    after = "ASKED" if kind == "WROTE" else kind
    assert state(handed) == (after, "IN_PROGRESS")
    assert handed.answered_at == (LATER if kind in {"DONE", "NOT_OURS"} else None)
    assert ChangeKind(f"BODY_{kind}") in kinds(handed.case)
    assert not Statement.objects.filter(is_late=True).exists()
    assert remind_silent(handed.remind_at) == "0 bodies reminded"
    assert cases.time_out_waiting(handed.answer_due_at) == "0 cases waited long enough"


def test_an_answer_to_a_merged_case_counts_more_than_what_was_written_after_it(agent, handed):
    unmerge = merged(handed, agent)
    say(handed, "DONE", "It is fixed.")
    say(handed, "WROTE", "And painted.")
    unmerge()
    assert state(handed) == ("DONE", "IN_PROGRESS")


def test_a_question_about_a_merged_case_is_answered_as_any_other(agent, handed):
    unmerge = merged(handed, agent)
    say(handed, "ASKED", "Which side?")
    unmerge()
    tell(case_id=handed.case_id, words="The left one.", by=agent, now=LATER + timedelta(hours=2))
    assert state(handed) == ("SENT", "WITH_EXTERNAL_BODY")
    merged(handed, agent, LATER + timedelta(hours=3))()
    assert state(handed) == ("SENT", "WITH_EXTERNAL_BODY"), "what counted once counts no second time"
    say(handed, "DONE", now=LATER + timedelta(hours=5))
    assert state(handed) == ("DONE", "IN_PROGRESS")


def test_what_a_body_said_after_its_hand_over_was_over_still_counts_for_nothing(agent, handed):
    cases.time_out_waiting(handed.answer_due_at)
    unmerge = merged(handed, agent)
    say(handed, "DONE")
    unmerge()
    assert state(handed) == ("GIVEN_UP", "IN_PROGRESS")


def test_a_link_of_another_town_or_of_spam_takes_no_answer(handed):
    with pytest.raises(UnableToAnswer, match="NOT_FOUND"):
        answer(
            hand_over_id=handed.pk,
            kind="DONE",
            words="x",
            photos=(),
            by=external_body(make_town().pk),
            now=LATER,
        )
    Case.objects.filter(pk=handed.case_id).update(is_spam=True)
    with pytest.raises(UnableToAnswer, match="NOT_FOUND"):
        say(handed, "DONE")


def test_bodies_that_fit_the_service_come_first(town, case):
    fitting = make_body(town, services=[case.service.slug])
    other = make_body(town, services=[make_service(town).slug])
    everywhere = make_body(town)
    first, then = queries.bodies_for(case)
    assert (first, then) == ([fitting, everywhere], [other])


def test_stuck_hand_overs_are_listed_for_those_who_see_their_case(town, agent, case, handed):
    BodyMail.objects.update(state="FAILED")
    assert [pair[0] for pair in queries.stuck(agent, LATER)] == [handed]
    assert (
        queries.stuck(make_actor(town, Role.DEPARTMENT_WORKER, department=make_department(town)), LATER) == []
    )
    assert queries.stuck(make_actor(make_town(), Role.SERVICE_MANAGER), LATER) == []
    BodyMail.objects.update(state="PLANNED")
    assert queries.stuck(agent, NOW + timedelta(minutes=59)) == []
    assert len(queries.stuck(agent, NOW + timedelta(minutes=61))) == 1
    withdraw(case_id=case.pk, by=agent, now=LATER)
    assert queries.stuck(agent, NOW + timedelta(days=1)) == []


@pytest.mark.parametrize("is_assigned", [True, False])
def test_an_answer_is_told_to_who_has_the_case_or_else_to_its_department(town, agent, is_assigned):
    roads = make_department(town)
    worker, other = (make_staff(town, Role.DEPARTMENT_WORKER, department=roads) for _ in range(2))
    case = make_case(town, service=make_service(town, department=roads))
    assignee_id = worker.pk if is_assigned else None
    cases.assign(case_id=case.pk, department_id=roads.pk, assignee_id=assignee_id, by=agent, now=NOW)
    say(give(case, agent, make_body(town)), "DONE")
    told = set(StaffNotice.objects.values_list("user_id", "kind", "what"))
    who = {worker.pk} if is_assigned else {worker.pk, other.pk}
    assert told == {(user_id, "BODY_ANSWERED", "DONE") for user_id in who}


@pytest.mark.parametrize("is_gone", [True, False])
def test_an_answer_is_told_to_the_department_when_who_has_the_case_no_longer_sees_it(town, agent, is_gone):
    roads = make_department(town)
    worker, other = (make_staff(town, Role.DEPARTMENT_WORKER, department=roads) for _ in range(2))
    case = make_case(town, service=make_service(town, department=roads))
    cases.assign(case_id=case.pk, department_id=roads.pk, assignee_id=worker.pk, by=agent, now=NOW)
    if is_gone:
        User.objects.filter(pk=worker.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=worker).update(department=make_department(town))
    say(give(case, agent, make_body(town)), "DONE")
    assert list(StaffNotice.objects.values_list("user_id", "kind")) == [(other.pk, "BODY_ANSWERED")]
