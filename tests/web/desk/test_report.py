"""A report taken down for a resident."""

from collections.abc import Callable

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.cases.models import Case, Contact, Participant
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.residents.models import ContactPoint
from moked.web.desk.report import SAVED
from tests.factories import make_department, make_service, make_staff, make_town
from tests.web.desk.pages import count, submission, text

NEW = "/desk/new/"
SUBMISSION = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def service(town: Municipality) -> Service:
    return make_service(town)


def said(service: Service, **fields: str) -> dict[str, str]:
    return {
        "submission": SUBMISSION,
        "matter": "The lamp at Oak Street 5 is dark",
        "service": service.slug,
        "channel": "PHONE",
        "language": "he",
        "name": "Miriam Levi",
        "phone": "050-123 4567",
        "email": "",
        **fields,
    }


def save(desk: Client, fields: dict[str, str]) -> HttpResponse:
    """Send the form and open the page it leads to."""
    return desk.get(desk.post(NEW, fields)["Location"])


def test_a_report_by_phone_becomes_a_case_and_its_number_is_said(
    desk: Client, agent: User, town: Municipality, service: Service
) -> None:
    response = desk.post(NEW, said(service))
    case = Case.objects.get()
    assert response.status_code == 303 and response["Location"].startswith(f"{NEW}?saved=")
    assert (case.channel, case.language, case.service_id) == ("PHONE", "he", service.pk)
    assert Contact.objects.get(case=case).author_id == agent.pk
    assert Participant.objects.get(case=case).name == "Miriam Levi"
    page = desk.get(response["Location"])
    words = text(page)
    assert str(case.number) in words and count(page, "case-number") == 1
    assert "With this number the resident can ask about it" in words
    assert count(page, "matter") == 1 and "The lamp at Oak Street" not in words
    assert f"written down by {agent.name}" in text(desk.get(reverse("desk:case", args=[case.number])))


def test_a_report_with_an_address_tells_that_a_mail_is_on_its_way(desk: Client, service: Service) -> None:
    page = save(desk, said(service, email="miriam@example.org"))
    assert "on their way by e-mail" in text(page)


def test_the_same_form_sent_twice_is_one_case(desk: Client, service: Service) -> None:
    fields = said(service, submission=submission(desk.get(NEW)))
    numbers = [save(desk, fields).context["saved"].number for _ in range(2)]
    assert Case.objects.count() == 1 and numbers[0] == numbers[1]


def test_nothing_about_the_resident_is_needed(desk: Client, service: Service) -> None:
    assert desk.post(NEW, said(service, name="", phone="")).status_code == 303
    assert not Participant.objects.exists()


def test_an_unknown_caller_is_kept_with_the_phone_as_typed(desk: Client, service: Service) -> None:
    desk.post(NEW, said(service))
    point = ContactPoint.objects.get()
    assert (point.value, point.normalised) == ("050-123 4567", "0501234567")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("matter", "", "Write down what the resident says."),
        ("matter", "a" * 20_000, "Shorten this by at least 10000 characters"),
        ("matter", "a\x00b", "This text holds a character that cannot be kept."),
        ("service", "", "Choose the service that fits best."),
        ("service", "no-such-service", "Choose the service that fits best."),
        ("channel", "", "Choose how the resident got in touch."),
        ("channel", "WEB", "Choose how the resident got in touch."),
        ("language", "tlh", "Choose the language we write to the resident in."),
        ("name", "a" * 20_000, "Shorten this by at least"),
        ("name", "a\x00b", "This text holds a character that cannot be kept."),
        ("phone", "call me", "Enter the phone number in digits"),
        ("phone", "1" * 20_000, "Shorten this by at least"),
        ("email", "miriam", "Enter the address in full"),
        ("email", "a@b.example, c@d.example", "Enter the address in full"),
        ("email", "a@b.example\r\nBcc: c@d.example", "Enter the address in full"),
        ("email", "a" * 20_000, "Shorten this by at least"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    field: str, value: str, sentence: str, desk: Client, service: Service
) -> None:
    response = desk.post(NEW, said(service) | {field: value})
    words = text(response)
    assert response.status_code == 200 and sentence in words
    assert field == "matter" or "The lamp at Oak Street 5 is dark" in words
    assert not Case.objects.exists()


@pytest.mark.abuse("A13")
def test_bidirectional_controls_vanish_from_a_name(desk: Client, service: Service) -> None:
    desk.post(NEW, said(service, name="Miriam ‮Levi⁦"))
    assert Participant.objects.get().name == "Miriam Levi"


@pytest.mark.abuse("A04")
def test_unknown_fields_change_nothing(desk: Client, town: Municipality, service: Service) -> None:
    other = make_town()
    extra = {"state": "RESOLVED", "municipality": str(other.pk), "number": "26-999999-9", "is_spam": "1"}
    desk.post(f"/t/{town.slug}{NEW}", said(service) | extra)
    case = Case.objects.get()
    assert (case.state, case.municipality_id, case.is_spam) == ("RECEIVED", service.municipality_id, False)
    assert case.number != "26-999999-9"


def test_a_service_of_another_town_is_not_offered(desk: Client, town: Municipality, service: Service) -> None:
    theirs = make_service(make_town(), name={"en": "Leaking service"})
    page = desk.get(f"/t/{town.slug}{NEW}")
    assert "Leaking service" not in text(page)
    response = desk.post(f"/t/{town.slug}{NEW}", said(theirs))
    assert response.status_code == 200 and not Case.objects.exists()


def test_a_department_hears_the_number_of_a_case_it_does_not_handle(
    town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=make_department(town)))
    page = save(browser, said(service))
    assert str(Case.objects.get().number) in text(page)


def test_a_number_nobody_saved_is_not_said(desk: Client, service: Service) -> None:
    forged = signing.dumps(["26-000001-5", False], salt="another")
    for saved in ("26-000001-5", forged, "x" * 20_000, "\x00"):
        page = desk.get(NEW, {"saved": saved})
        assert page.status_code == 200 and count(page, "saved") == 0
    assert count(desk.get(NEW, {"saved": signing.dumps(["26-000001-5", False], salt=SAVED)}), "saved") == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_does_not_work_on_cases_writes_none_down(
    role: Role, town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(make_staff(town, role))
    assert browser.get(NEW).status_code == browser.post(NEW, said(service)).status_code == 404
    assert not Case.objects.exists()


def test_a_town_without_services_says_so(desk: Client) -> None:
    assert "There is no service to report to yet" in text(desk.get(NEW))


def test_the_form_takes_six_queries(desk: Client, service: Service, django_assert_num_queries) -> None:
    # session, person, town by host, the only town, memberships, services
    with django_assert_num_queries(6):
        desk.get(NEW)
