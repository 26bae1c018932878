"""The pages that change a case: what a clerk sees for good and for bad input."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.models import Case, CaseLink, Note
from moked.cases.rules import Outcome, State
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from tests.factories import (
    NOW,
    make_actor,
    make_case,
    make_department,
    make_follower,
    make_photo,
    make_service,
    make_staff,
)
from tests.web.desk.pages import count, submission, text

UNKNOWN = "You see no case with this number."


@pytest.fixture
def service(town: Municipality) -> Service:
    return make_service(town, is_public=True)


@pytest.fixture
def case(town: Municipality, service: Service) -> Case:
    return make_case(town, service=service, matter="A dark lamp", email="ann@example.org", name="Ann")


@pytest.fixture
def other(town: Municipality, service: Service) -> Case:
    return make_case(town, service=service, matter="The lamp again", email="ben@example.org")


def page(desk: Client, case: Case, change: str) -> HttpResponse:
    return desk.get(reverse(f"desk:{change}", args=[case.number]))


def send(desk: Client, case: Case, change: str, **fields: str) -> HttpResponse:
    return desk.post(reverse(f"desk:{change}", args=[case.number]), fields)


def is_done(desk: Client, case: Case, sent: HttpResponse) -> bool:
    """Tell whether the answer leads back to the case."""
    return sent.status_code == 303 and sent["Location"].startswith(reverse("desk:case", args=[case.number]))


def test_another_service_takes_the_case_along_and_is_named_on_it(
    desk: Client, town: Municipality, case: Case
) -> None:
    wanted = make_service(town)
    shown = page(desk, case, "change_service")
    assert wanted.name["en"] in text(shown)
    assert count(shown, "service") == 1, "its own service is no other one"
    assert is_done(desk, case, send(desk, case, "change_service", service=str(wanted.pk)))
    case.refresh_from_db()
    assert (case.service_id, case.department_id) == (wanted.pk, wanted.department_id)
    assert f"Service: {wanted.name['en']}" in text(desk.get(reverse("desk:case", args=[case.number])))


@pytest.mark.parametrize("value", ["", "x", "own"])
def test_a_service_that_is_none_is_asked_for_again(value: str, desk: Client, case: Case) -> None:
    value = str(case.service_id) if value == "own" else value
    make_service(case.municipality)
    refused = send(desk, case, "change_service", service=value)
    assert refused.status_code == 200 and "Choose the service that fits best." in text(refused)
    assert "Error:" in text(refused)


def test_another_place_is_kept_with_its_position(desk: Client, case: Case) -> None:
    said = {"address": "High Street 4", "latitude": "32.08", "longitude": "34.78", "source": "PIN"}
    assert is_done(desk, case, send(desk, case, "change_place", **said))
    case.refresh_from_db()
    assert (case.address, case.latitude, case.longitude) == ("High Street 4", 32.08, 34.78)
    assert 'value="High Street 4"' in page(desk, case, "change_place").content.decode()


def test_a_place_without_an_address_is_asked_for_and_one_with_an_odd_position_has_none(
    desk: Client, case: Case
) -> None:
    refused = send(desk, case, "change_place", address=" ", latitude="32.08", longitude="34.78", source="PIN")
    assert "Write where it is." in text(refused) and 'value="32.08"' in refused.content.decode()
    said = {"address": "High Street 4", "latitude": "north", "longitude": "900", "source": "ELSEWHERE"}
    assert is_done(desk, case, send(desk, case, "change_place", **said))
    case.refresh_from_db()
    assert (case.address, case.point) == ("High Street 4", None)


def test_work_is_scheduled_in_the_towns_own_time(desk: Client, town: Municipality, case: Case) -> None:
    day = (datetime.now(town.zone) + timedelta(days=2)).date()
    assert is_done(desk, case, send(desk, case, "schedule", day=day.isoformat(), at="10:00"))
    case.refresh_from_db()
    assert case.state == State.SCHEDULED and case.scheduled_at
    assert case.scheduled_at.astimezone(town.zone).isoformat()[:16] == f"{day}T10:00"


@pytest.mark.parametrize(
    ("day", "at", "words"),
    [
        ("", "10:00", "Choose the day."),
        ("2020-01-01", "10:00", "Choose the day."),
        ("tomorrow", "", "Choose the time."),
        ("tomorrow", "10:01", "Choose the time."),
    ],
)
def test_a_time_that_is_none_is_asked_for_again(
    day: str, at: str, words: str, desk: Client, case: Case
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    refused = send(desk, case, "schedule", day=tomorrow if day == "tomorrow" else day, at=at)
    assert refused.status_code == 200 and words in text(refused)
    case.refresh_from_db()
    assert case.state == State.RECEIVED


def test_cases_are_linked_by_number_and_each_names_the_other(desk: Client, case: Case, other: Case) -> None:
    typed = f" {str(other.number).replace('-', '')} "
    assert is_done(desk, case, send(desk, case, "link", number=typed))
    for one, named in [(case, other), (other, case)]:
        assert named.title in text(desk.get(reverse("desk:case", args=[one.number])))
    again = send(desk, other, "link", number=str(case.number))
    assert "These two cases are linked already." in text(again)


@pytest.mark.parametrize("change", ["link", "merge"])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "Write the number of the other case."),
        ("abc", UNKNOWN),
        ("26-000001-0", UNKNOWN),
    ],
)
def test_a_number_of_no_case_is_explained_and_stays(
    number: str, words: str, change: str, desk: Client, case: Case
) -> None:
    refused = send(desk, case, change, number=number)
    assert refused.status_code == 200 and words in text(refused)
    assert f'value="{number}"' in refused.content.decode() or not number
    assert count(refused, "merge-preview") == 0


def test_a_link_is_taken_back(desk: Client, agent: User, case: Case, other: Case) -> None:
    by = actor_for(agent, case.municipality_id)
    assert by
    operations.link_cases(case_id=case.pk, other_id=other.pk, by=by, now=NOW)
    assert is_done(desk, case, send(desk, case, "unlink", number=str(other.number)))
    assert not CaseLink.objects.exists()
    assert "A colleague changed this case" in text(send(desk, case, "unlink", number=str(other.number)))


def test_a_second_matter_becomes_a_case_once(
    desk: Client, town: Municipality, service: Service, case: Case
) -> None:
    sent = {"words": "The bench is broken.", "service": str(service.pk)}
    sent["submission"] = submission(page(desk, case, "split"))
    assert [is_done(desk, case, send(desk, case, "split", **sent)) for _ in range(2)] == [True, True]
    new = Case.objects.exclude(pk=case.pk).get()
    assert (new.title, new.service_id) == ("The bench is broken.", service.pk)
    refused = send(desk, case, "split", words="", service="")
    assert "Write what the second matter is." in text(refused)
    assert "Choose the service that fits best." in text(refused)


def test_words_for_the_public_are_chosen_and_taken_back(desk: Client, case: Case) -> None:
    assert "Write the words" in text(send(desk, case, "public_words", title=" "))
    assert is_done(desk, case, send(desk, case, "public_words", title="Lamp out"))
    shown = desk.get(reverse("desk:case", args=[case.number]))
    assert "Everybody reads: Lamp out" in text(shown) and count(shown, "hide") == 1
    assert is_done(desk, case, send(desk, case, "hide", sure="yes"))
    case.refresh_from_db()
    assert not case.is_public


def test_nothing_confidential_gets_words_for_the_public(desk: Client, town: Municipality) -> None:
    hidden = make_case(town, service=make_service(town, is_public=False))
    refused = send(desk, hidden, "public_words", title="Lamp out")
    assert "Cases of this service are not shown to the public." in text(refused)


@pytest.mark.parametrize("change", ["hide", "confirm_check", "unmerge"])
def test_a_button_that_was_not_pressed_does_nothing(change: str, desk: Client, case: Case) -> None:
    refused = send(desk, case, change)
    assert refused.status_code == 200 and "Press the button once more." in text(refused)


@pytest.fixture
def finished(town: Municipality) -> Case:
    """A case whose department has finished it; the centre has not looked at it yet."""
    department = make_department(town)
    case = make_case(town, service=make_service(town, department=department, centre_checks=True))
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="It is lit.", by=worker, now=NOW)
    case.refresh_from_db()
    return case


def test_the_centre_reads_what_was_done_and_confirms_it_once(desk: Client, finished: Case) -> None:
    shown = desk.get(reverse("desk:case", args=[finished.number]))
    assert "It is lit." in text(shown) and count(shown, "confirm-check") == count(shown, "send-back") == 1
    assert is_done(desk, finished, send(desk, finished, "confirm_check", sure="yes"))
    finished.refresh_from_db()
    assert (finished.state, finished.outcome) == (State.RESOLVED, Outcome.FIXED)
    again = send(desk, finished, "confirm_check", sure="yes")
    assert "A colleague has already decided this check." in text(again)


def test_the_centre_sends_back_with_words_for_colleagues(desk: Client, finished: Case) -> None:
    assert "Write what the department should still do." in text(send(desk, finished, "send_back", words=""))
    assert is_done(desk, finished, send(desk, finished, "send_back", words="The second lamp too."))
    finished.refresh_from_db()
    assert finished.is_open and not finished.awaits_check
    assert Note.objects.get(case=finished).body == "The second lamp too."


def test_a_department_does_not_confirm_its_own_work(
    finished: Case, sign_in: Callable[[User], Client]
) -> None:
    worker = make_staff(finished.municipality, Role.DEPARTMENT_WORKER, department=finished.department)
    browser = sign_in(worker)
    shown = browser.get(reverse("desk:case", args=[finished.number]))
    assert "The centre confirms it, then the resident is told." in text(shown)
    assert count(shown, "confirm-check") == 0
    assert send(browser, finished, "confirm_check", sure="yes").status_code == 404


def test_before_a_merge_it_is_shown_where_to_and_who_is_told(desk: Client, case: Case, other: Case) -> None:
    photo = make_photo(other)
    make_follower(case, email="cleo@example.org")
    shown = send(desk, case, "merge", number=str(other.number))
    words = text(shown)
    assert shown.status_code == 200 and count(shown, "merge-preview") == count(shown, "confirm") == 1
    assert f"The lamp again Received {other.number}" in words
    assert "2 people are told by e-mail" in words and "2 people follow that case" in words
    assert reverse("desk:photo", args=[other.number, photo.pk, "thumb"]) in shown.content.decode()
    case.refresh_from_db()
    assert case.is_open
    assert is_done(desk, case, send(desk, case, "merge", number=str(other.number), sure="yes"))
    case.refresh_from_db()
    assert case.merged_into == other


def test_what_cannot_be_merged_is_said_before_it_is_shown(
    desk: Client, agent: User, case: Case, other: Case
) -> None:
    by = actor_for(agent, case.municipality_id)
    assert by
    operations.close_case(case_id=other.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    refusals = {case: "A case cannot be joined with itself.", other: "A colleague changed this case"}
    for into, words in refusals.items():
        for sure in ({}, {"sure": "yes"}):
            refused = send(desk, case, "merge", number=str(into.number), **sure)
            assert words in text(refused) and count(refused, "merge-preview") == 0
            assert count(refused, "other-number") == 1


def test_candidates_show_their_state_and_photo(desk: Client, case: Case, other: Case) -> None:
    Case.objects.filter(pk__in=[case.pk, other.pk]).update(address="High Street 4")
    photo = make_photo(other)
    thumb = reverse("desk:photo", args=[other.number, photo.pk, "thumb"])
    for place in ("case", "merge"):
        shown = page(desk, case, place)
        assert count(shown, "candidate") == 1 and thumb in shown.content.decode()
        assert "The lamp again Received" in text(shown)
