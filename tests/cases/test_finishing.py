"""Proof and the centre's check, waiting that ends, other services and places, public words."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations, queries
from moked.cases.models import Attachment, Case, CaseArea, Change, Check, Contact, Note
from moked.cases.operations import UnableToChangeCase
from moked.cases.rules import MoveReason, Outcome, State, without_contact_details
from moked.events.models import Event
from moked.places.rules import Place, Point
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def close(case, by, **more):
    said = {"outcome": Outcome.FIXED, "message": "The hole is filled."} | more
    return operations.close_case(case_id=case.pk, by=by, now=NOW, **said)


def test_a_service_that_asks_for_proof_is_not_fixed_without_a_photo(town, agent):
    case = make_case(town, service=make_service(town, needs_proof=True))
    with pytest.raises(UnableToChangeCase, match="PROOF_NEEDED"):
        close(case, agent)
    case.refresh_from_db()
    assert case.is_open and not Contact.objects.filter(case=case, direction="OUT").exists()


def test_a_case_is_declined_without_proof(town, agent):
    case = make_case(town, service=make_service(town, needs_proof=True))
    assert close(case, agent, outcome=Outcome.NOT_OURS).state == State.DECLINED


def test_with_a_photo_of_the_work_it_is_closed(town, agent, uploaded):
    case = make_case(town, service=make_service(town, needs_proof=True))
    close(case, agent, proof=[uploaded(town)])
    assert Attachment.objects.get(case=case).kind == "PROOF"


def test_a_departments_closing_waits_for_the_centre_and_nobody_is_told(town, agent):
    department = make_department(town)
    case = make_case(town, service=make_service(town, department=department, centre_checks=True))
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    close(case, worker)
    case.refresh_from_db()
    assert (case.state, case.is_open, case.awaits_check) == (State.IN_PROGRESS, True, True)
    assert not Contact.objects.filter(case=case, direction="OUT").exists()
    assert [check.case_id for check in queries.open_checks(agent)] == [case.pk]
    assert queries.open_checks(worker) == []


def test_the_centre_confirms_and_the_resident_is_told_in_the_departments_words(town, agent):
    department = make_department(town)
    case = make_case(town, service=make_service(town, department=department, centre_checks=True))
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    close(case, worker)
    with pytest.raises(UnableToChangeCase, match="NOT_ALLOWED"):
        operations.confirm_check(case_id=case.pk, by=worker, now=NOW)
    closed = operations.confirm_check(case_id=case.pk, by=agent, now=NOW)
    assert (closed.state, closed.outcome, closed.awaits_check) == (State.RESOLVED, Outcome.FIXED, False)
    assert Contact.objects.get(case=case, direction="OUT").body == "The hole is filled."
    with pytest.raises(UnableToChangeCase, match="NO_OPEN_CHECK"):
        operations.confirm_check(case_id=case.pk, by=agent, now=NOW)


def test_the_centre_sends_work_back_with_a_note_and_it_can_be_finished_again(town, agent):
    department = make_department(town)
    case = make_case(town, service=make_service(town, department=department, centre_checks=True))
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    close(case, worker)
    operations.send_back(case_id=case.pk, body="The pavement too, please.", by=agent, now=NOW)
    assert Note.objects.get(case=case).body == "The pavement too, please."
    close(case, worker)
    assert list(Check.objects.filter(case=case).order_by("id").values_list("confirmed", flat=True)) == [
        False,
        None,
    ]


def test_the_centre_closes_without_asking_itself(town, agent):
    case = make_case(town, service=make_service(town, centre_checks=True))
    assert close(case, agent).state == State.RESOLVED
    assert not Check.objects.exists()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.WAITING_FOR_RESIDENT, MoveReason.NO_ANSWER),
        (State.SCHEDULED, MoveReason.DATE_PASSED),
        (State.WITH_EXTERNAL_BODY, MoveReason.BODY_SILENT),
    ],
)
def test_every_waiting_state_ends_by_itself_with_its_own_reason(town, agent, state, reason):
    case, later = make_case(town), make_case(town)
    for one, at in [(case, NOW), (later, NOW + timedelta(hours=1))]:
        operations.move(case_id=one.pk, target=state, by=agent, now=NOW, until=NOW)
        operations.set_follow_up(case_id=one.pk, at=at)
    assert operations.time_out_waiting(NOW) == "1 cases waited long enough"
    case.refresh_from_db()
    later.refresh_from_db()
    assert (case.state, case.follow_up_at, later.state) == (State.IN_PROGRESS, None, state)
    assert Change.objects.filter(case=case).latest("id").reason == reason


def test_scheduled_work_keeps_its_moment_until_the_case_goes_on(town, agent):
    case = make_case(town)
    at = NOW + timedelta(days=2)
    operations.move(case_id=case.pk, target=State.SCHEDULED, until=at, by=agent, now=NOW)
    assert Case.objects.get(pk=case.pk).scheduled_at == at
    with pytest.raises(UnableToChangeCase, match="DATE_PASSED"):
        operations.move(
            case_id=case.pk, target=State.SCHEDULED, until=NOW - timedelta(days=3), by=agent, now=NOW
        )
    operations.start(case_id=case.pk, by=agent, now=NOW)
    started = Case.objects.get(pk=case.pk)
    assert (started.state, started.scheduled_at, started.assignee_id) == (
        State.IN_PROGRESS,
        None,
        agent.user_id,
    )


def test_another_service_is_noted_told_and_hides_what_it_does_not_show(town, agent):
    case = make_case(town, service=make_service(town, is_public=True), matter="A hole")
    assert (case.is_public, case.public_title) == (True, "A hole")
    other = make_service(town)
    operations.change_service(case_id=case.pk, service_id=other.pk, by=agent, now=NOW)
    case.refresh_from_db()
    assert (case.service_id, case.revision_id, case.is_public, case.public_title) == (
        other.pk,
        other.revision_id,
        False,
        "",
    )
    assert Event.objects.latest("id").document["service_id"] == other.pk
    foreign = make_service(make_town())
    with pytest.raises(UnableToChangeCase, match="UNKNOWN_SERVICE"):
        operations.change_service(case_id=case.pk, service_id=foreign.pk, by=agent, now=NOW)


def test_another_place_replaces_the_areas(town, agent, area):
    case = make_case(town)
    place = Place("High Street 4", Point(32.1, 34.8), "PIN", False, (area.pk,))
    operations.change_place(case_id=case.pk, place=place, by=agent, now=NOW)
    operations.change_place(case_id=case.pk, place=place, by=agent, now=NOW)
    case.refresh_from_db()
    assert case.place == Place("High Street 4", Point(32.1, 34.8), "PIN", False)
    assert [row.area_id for row in CaseArea.objects.filter(case=case)] == [area.pk]


def test_public_words_are_edited_hidden_and_shown_again(town, agent):
    case = make_case(town, service=make_service(town, is_public=True), matter="A hole")
    operations.edit_public_words(case_id=case.pk, title="Pothole by the school", by=agent, now=NOW)
    operations.hide_from_public(case_id=case.pk, by=agent, now=NOW)
    case.refresh_from_db()
    assert (case.is_public, case.public_title, case.title) == (False, "", "A hole")
    operations.edit_public_words(case_id=case.pk, title="Pothole", by=agent, now=NOW)
    case.refresh_from_db()
    assert (case.is_public, case.public_title) == (True, "Pothole")
    kinds = list(Change.objects.filter(case=case).order_by("id").values_list("kind", flat=True))
    assert kinds == ["OPENED", "PUBLIC_EDITED", "PUBLIC_HIDDEN", "PUBLIC_EDITED"]


def test_a_service_that_shows_no_cases_has_no_public_words(town, agent):
    case = make_case(town)
    with pytest.raises(UnableToChangeCase, match="NOT_PUBLIC"):
        operations.edit_public_words(case_id=case.pk, title="Anything", by=agent, now=NOW)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hole, call 050-123 4567 please", "Hole, call … please"),
        ("Hole, ann@example.org", "Hole, …"),
        ("ID 123456789", "ID …"),
        ("Hole by number 14, bus 480", "Hole by number 14, bus 480"),
        ("בור, 0501234567", "בור, …"),
    ],
)
def test_phone_numbers_and_addresses_are_left_out_of_public_words(said, shown):
    assert without_contact_details(said) == shown
