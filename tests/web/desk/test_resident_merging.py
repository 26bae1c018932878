"""Pages on which a colleague says that two residents are one person, or that they are not."""

import pytest
from django.test import Client
from django.urls import reverse

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.cases.models import Participant
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from tests.factories import make_case, make_service, make_staff
from tests.signed_in import signed_in
from tests.web.desk.pages import count, text

PHONE = "050-123 4567"


def reported(town: Municipality, name: str, **options) -> Resident:
    return Participant.objects.get(case=make_case(town, name=name, **options)).resident


def path(name: str, one: Resident) -> str:
    return reverse(f"desk:{name}", args=[one.reference])


@pytest.fixture
def ann(town: Municipality) -> Resident:
    return reported(town, "Ann Brook", phone=PHONE, email="ann@example.org", matter="First")


@pytest.fixture
def anna(town: Municipality) -> Resident:
    return reported(town, "A. Brook", phone="+972 50 123 4567", matter="Second")


def merge(desk: Client, one: Resident, other: Resident, keep: Resident):
    form = {"step": "merge", "with": other.reference, "keep": keep.reference}
    return desk.post(path("resident_merge", one), form)


def test_who_may_be_the_same_is_suggested_compared_and_merged(desk: Client, ann, anna) -> None:
    words = text(desk.get(path("resident", ann)))
    assert "May be the same person" in words and "A. Brook" in words
    assert "same phone number · names alike" in words
    page = desk.get(path("resident_merge", ann), {"with": anna.reference})
    words = text(page)
    assert "Are they the same person?" in words and "1 case" in words and "•••67" in words
    assert PHONE not in words and "ann@example.org" not in words
    response = merge(desk, ann, anna, keep=ann)
    assert (response.status_code, response["Location"]) == (303, path("resident", ann))
    page = desk.get(path("resident", ann))
    words = text(page)
    assert "First" in words and "Second" in words and "A. Brook" in words
    assert count(page, "likely") == 0 and count(page, "unmerge") == 1
    assert desk.get(path("resident", anna))["Location"] == path("resident", ann)


def test_the_name_that_is_kept_is_chosen(desk: Client, ann, anna) -> None:
    assert merge(desk, ann, anna, keep=anna)["Location"] == path("resident", anna)
    ann.refresh_from_db()
    assert ann.merged_into == anna


def test_a_merge_is_undone_on_the_page(desk: Client, ann, anna) -> None:
    merge(desk, ann, anna, keep=ann)
    for said in ("They are two residents again", "A colleague has merged or separated"):
        response = desk.post(path("resident_unmerge", ann), {"who": anna.reference})
        assert response["Location"] == path("resident", ann)
        words = text(desk.get(path("resident", ann)))
        assert said in words and "Second" not in words


def test_not_the_same_is_not_suggested_again(desk: Client, ann, anna) -> None:
    assert desk.post(path("resident_apart", ann), {"who": anna.reference}).status_code == 303
    assert count(desk.get(path("resident", ann)), "likely") == 0
    assert count(desk.get(path("resident", anna)), "likely") == 0
    assert AuditRecord.objects.filter(verb="resident.kept_apart").count() == 1


def test_somebody_not_suggested_is_looked_for(desk: Client, town, ann) -> None:
    cora = reported(town, "Cora Stone", phone="0521111111")
    page = desk.post(path("resident_merge", ann), {"who": "stone"})
    assert "Cora Stone" in text(page) and f"?with={cora.reference}" in page.content.decode()
    assert "0521111111" not in page.content.decode()
    assert count(desk.post(path("resident_merge", ann), {"who": "brook"}), "nobody-found") == 1
    assert "Write a phone number, a name" in text(desk.post(path("resident_merge", ann), {"who": ""}))


def test_the_page_of_a_case_hints_at_who_may_be_the_same(desk: Client, ann, anna) -> None:
    number = Participant.objects.get(resident=ann).case.number
    page = desk.get(reverse("desk:case", args=[number])).content.decode()
    assert f'hx-get="{path("resident_likely", ann)}"' in page
    part = desk.get(path("resident_likely", ann))
    words = text(part)
    assert words.startswith("May be the same as A. Brook")
    assert words.endswith("same phone number · names alike")
    assert "<html" not in part.content.decode()


@pytest.mark.abuse("A08")
def test_nobody_is_compared_or_merged_with_who_cannot_be_seen(desk: Client, town, ann) -> None:
    hidden = make_service(town, confidential_roles=(Role.SERVICE_MANAGER,))
    other = reported(town, "Ann Hidden Brook", phone=PHONE, service=hidden)
    for page in (
        desk.get(path("resident_merge", ann), {"with": other.reference}),
        merge(desk, ann, other, keep=ann),
        desk.get(path("resident_likely", ann)),
        desk.get(path("resident", ann)),
    ):
        assert page.status_code == 200 and other.name not in text(page)
    desk.post(path("resident_apart", ann), {"who": other.reference})
    assert not AuditRecord.objects.filter(object_kind="resident").exists()
    other.refresh_from_db()
    assert other.merged_into is None


@pytest.mark.parametrize("role", [Role.DEPARTMENT_MANAGER, Role.DEPARTMENT_WORKER, Role.AUDITOR])
def test_only_who_works_for_the_whole_town_is_told_and_merges(role: Role, town, ann, anna) -> None:
    department = Participant.objects.get(resident=ann).case.department if "DEPARTMENT" in role else None
    browser = signed_in(make_staff(town, role, department=department))
    assert count(browser.get(path("resident", ann)), "likely") == 0
    for name in ("resident_merge", "resident_likely"):
        assert browser.get(path(name, ann)).status_code == 404
    for name in ("resident_merge", "resident_unmerge", "resident_apart"):
        assert browser.post(path(name, ann), {"who": anna.reference}).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_hint_takes_a_fixed_number_of_queries(
    rows: int, desk, town, ann, django_assert_num_queries
) -> None:
    for _ in range(rows):
        reported(town, "Ann Brook", phone=PHONE)
    path_of_hint = path("resident_likely", ann)
    desk.get(path_of_hint)
    with django_assert_num_queries(14):
        assert count(desk.get(path_of_hint), "likely-hint") == rows
