"""Pages on which a colleague says how a resident is reached."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from moked.accounts.rules import Role
from moked.audit.models import AccessRecord
from moked.cases.models import Participant
from moked.municipalities.models import Municipality
from moked.residents.models import ContactPoint, Resident
from moked.residents.operations import mark_undeliverable, mark_verified
from tests.factories import NOW, make_case, make_service, make_staff
from tests.signed_in import signed_in
from tests.web.desk.pages import count, text

EMAIL, PHONE = "ann@example.org", "050-123 4567"


@pytest.fixture
def ann(town: Municipality) -> Resident:
    make_case(town, email=EMAIL, name="Ann Brook", phone=PHONE)
    return Resident.objects.get()


def path(name: str, one: Resident, *args: object) -> str:
    return reverse(f"desk:{name}", args=[one.reference, *args])


def shown(desk: Client, one: Resident):
    return desk.get(desk.post(path("resident_contacts", one), {"show": "contacts"})["Location"])


def point(value: str) -> ContactPoint:
    return ContactPoint.objects.get(value=value)


def test_each_address_says_in_words_what_is_known_of_it(
    desk: Client, town: Municipality, ann: Resident
) -> None:
    mark_verified(ann, EMAIL, NOW)
    mark_undeliverable(town.pk, EMAIL, NOW)
    ContactPoint.objects.filter(value=PHONE).update(is_preferred=True)
    other = make_case(town, name="Bob", email="bob@example.org")
    bob = Participant.objects.get(case=other).resident
    desk.post(path("resident_contact_new", bob), {"contact": EMAIL})
    words = text(desk.get(path("resident", ann)))
    for mark in ("answered from here", "mail does not arrive", "used first", "several people use it"):
        assert words.count(mark) == 1, mark
    assert EMAIL not in words and PHONE not in words


def test_an_address_is_added_and_then_stands_on_the_page(desk: Client, ann: Resident) -> None:
    assert count(desk.get(path("resident", ann)), "add-contact") == 1
    assert desk.get(path("resident_contact_new", ann)).status_code == 200
    response = desk.post(path("resident_contact_new", ann), {"contact": "052-765 4321"})
    assert (response.status_code, response["Location"]) == (303, path("resident", ann))
    assert "052-765 4321" in text(shown(desk, ann))


@pytest.mark.parametrize("value", ["", "call me", "ann@", "@example.org", "12a4"])
def test_what_is_neither_address_nor_number_is_asked_for_again(
    desk: Client, ann: Resident, value: str
) -> None:
    page = desk.post(path("resident_contact_new", ann), {"contact": value})
    assert page.status_code == 200 and "Write an e-mail address like" in text(page)
    assert ContactPoint.objects.count() == 2


def test_an_address_is_corrected_by_who_has_had_it_shown(desk: Client, ann: Resident) -> None:
    assert count(desk.get(path("resident", ann)), "change-contact") == 0
    page = shown(desk, ann)
    assert count(page, "change-contact") == 2
    there = path("resident_contact", ann, point(EMAIL).pk)
    link = re.search(rf'href="({there}[^"]+)"', page.content.decode())[1]
    assert EMAIL in desk.get(link).content.decode()
    assert EMAIL not in desk.get(there).content.decode()
    assert AccessRecord.objects.count() == 1
    desk.post(
        path("resident_contact", ann, point(EMAIL).pk), {"step": "correct", "contact": "anna@example.org"}
    )
    words = text(shown(desk, ann))
    assert "anna@example.org" in words and "not used since" in words
    assert Participant.objects.get().email == "anna@example.org"


def test_one_is_preferred_and_another_retired(desk: Client, ann: Resident) -> None:
    desk.post(path("resident_contact", ann, point(PHONE).pk), {"step": "prefer"})
    assert point(PHONE).is_preferred
    desk.post(path("resident_contact", ann, point(EMAIL).pk), {"step": "retire"})
    assert point(EMAIL).retired_at
    assert desk.get(path("resident_contact", ann, point(EMAIL).pk))["Location"] == path("resident", ann)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.AGENT, 200),
        (Role.SERVICE_MANAGER, 200),
        (Role.DEPARTMENT_MANAGER, 404),
        (Role.DEPARTMENT_WORKER, 404),
        (Role.AUDITOR, 404),
    ],
)
def test_only_who_works_for_the_whole_town_changes_contact_details(
    role: Role, status: int, town: Municipality, ann: Resident
) -> None:
    department = Participant.objects.get().case.department if "DEPARTMENT" in role else None
    browser = signed_in(make_staff(town, role, department=department))
    for name, args in (("resident_contact_new", ()), ("resident_contact", (point(EMAIL).pk,))):
        assert browser.get(path(name, ann, *args)).status_code == status
    page = browser.get(path("resident", ann))
    assert count(page, "add-contact") == count(page, "merge-resident") == (status == 200)


@pytest.mark.abuse("A08")
def test_a_point_of_somebody_else_does_not_exist(desk: Client, town: Municipality, ann: Resident) -> None:
    make_case(town, email="bob@example.org", name="Bob")
    hidden = make_case(
        town,
        email="eve@example.org",
        service=make_service(town, confidential_roles=(Role.SERVICE_MANAGER,)),
    )
    eve = Participant.objects.get(case=hidden).resident
    assert desk.get(path("resident_contact", ann, point("bob@example.org").pk)).status_code == 404
    assert desk.get(path("resident_contact", eve, point("eve@example.org").pk)).status_code == 404
