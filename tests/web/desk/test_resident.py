"""The page of one resident: nothing but what the reader's own cases tell, contacts masked until shown."""

import time
from collections.abc import Callable

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, resident, system
from moked.audit.models import AccessRecord
from moked.cases import operations
from moked.cases.models import Case
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from moked.surveys import operations as surveys
from moked.surveys.models import Survey
from moked.web.desk.resident import SHOWN
from tests.factories import NOW, make_case, make_department, make_label, make_service, make_staff
from tests.web.desk.pages import count, text

SHOW = {"show": "contacts"}
EMAIL, PHONE = "ann@example.org", "050-123 4567"


def ann_of(town: Municipality, **options) -> Case:
    return make_case(town, email=EMAIL, name="Ann Brook", phone=PHONE, **options)


def page_of(one: Resident | None = None) -> str:
    return reverse("desk:resident", args=[(one or Resident.objects.get()).reference])


def test_the_page_tells_what_the_cases_tell(desk: Client, agent: User, town: Municipality) -> None:
    ann_of(town, matter="A lamp is dark")
    closed = ann_of(town, matter="A bin is full")
    actor = actor_for(agent, town.pk)
    operations.close_case(case_id=closed.pk, outcome="FIXED", message="Done.", by=actor, now=NOW)
    survey = Survey.objects.get(case=closed)
    surveys.answer(survey_id=survey.pk, fixed="YES", rating=4, words="Quick!", by=resident(town.pk), now=NOW)
    page = desk.get(page_of())
    words = text(page)
    for part in ("Ann Brook", "English", "A lamp is dark", "A bin is full", "rated 4 of 5", "Quick!"):
        assert part in words
    assert count(page, "queue-row") == 1
    assert (
        "A lamp is dark" in words.split("All cases")[0] and "A bin is full" not in words.split("All cases")[0]
    )


def test_contacts_are_masked_until_shown_and_it_is_noted_who_looked(
    desk: Client, agent: User, town: Municipality
) -> None:
    ann_of(town)
    one = Resident.objects.get()
    masked = text(desk.get(page_of()))
    assert EMAIL not in masked and PHONE not in masked and "a•••" in masked and "•••67" in masked
    assert not AccessRecord.objects.exists()
    response = desk.post(f"{page_of()}contacts/", SHOW)
    assert response.status_code == 303
    shown = text(desk.get(response["Location"]))
    assert EMAIL in shown and PHONE in shown
    record = AccessRecord.objects.get()
    assert (record.municipality_id, record.actor_id, record.object_kind, record.object_id, record.what) == (
        town.pk,
        agent.pk,
        "resident",
        one.pk,
        "CONTACTS",
    )
    assert EMAIL not in text(desk.get(page_of()))


def test_what_was_shown_to_somebody_is_shown_to_nobody_else_nor_for_long(
    desk: Client, agent: User, town: Municipality, monkeypatch
) -> None:
    ann_of(town)
    make_case(town, name="Bob", email="bob@example.org")
    ann, bob = Resident.objects.order_by("id")
    location = desk.post(f"{page_of(ann)}contacts/", SHOW)["Location"]
    signed = location.partition("shown=")[2]
    assert "bob@example.org" not in text(desk.get(f"{page_of(bob)}?shown={signed}"))
    colleague = make_staff(town, Role.AGENT)
    for forged in (
        signing.dumps([colleague.pk, ann.pk], salt=SHOWN),
        signing.dumps([agent.pk, ann.pk], salt="another"),
        "x",
        "\x00",
    ):
        assert EMAIL not in text(desk.get(page_of(ann), {"shown": forged}))
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert EMAIL not in text(desk.get(location))


@pytest.mark.parametrize(
    ("role", "sees_name", "may_show"),
    [
        (Role.AGENT, True, True),
        (Role.SERVICE_MANAGER, True, True),
        (Role.DEPARTMENT_MANAGER, True, True),
        (Role.DEPARTMENT_WORKER, False, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_only_who_needs_contact_details_may_have_them_shown(
    role: Role, sees_name: bool, may_show: bool, town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    case = ann_of(town)
    departmental = role in {Role.DEPARTMENT_MANAGER, Role.DEPARTMENT_WORKER}
    browser = sign_in(make_staff(town, role, department=case.department if departmental else None))
    page = browser.get(page_of())
    assert (page.status_code, "Ann Brook" in page.content.decode()) == (200, sees_name)
    assert count(page, "show-contacts") == may_show
    assert browser.post(f"{page_of()}contacts/", SHOW).status_code == (303 if may_show else 404)
    assert AccessRecord.objects.exists() == may_show


@pytest.mark.abuse("A05")
def test_a_department_sees_only_its_own_part_of_a_resident(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    own = make_department(town)
    ann_of(town, service=make_service(town, department=own), matter="Ours")
    other = ann_of(town, matter="Theirs")
    Case.objects.update(promise_state="KEPT")
    by = actor_for(make_staff(town, Role.AGENT), town.pk)
    operations.close_case(case_id=other.pk, outcome="FIXED", message="Done.", by=by, now=NOW)
    survey = Survey.objects.get(case=other)
    surveys.answer(survey_id=survey.pk, fixed="NO", rating=1, words="Bad!", by=resident(town.pk), now=NOW)
    Case.objects.update(promise_state="KEPT")
    words = text(sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=own)).get(page_of()))
    assert "Ours" in words and "Theirs" not in words and "Bad!" not in words and "1 kept" in words
    everything = text(sign_in(make_staff(town, Role.AGENT)).get(page_of()))
    assert "Ours" in everything and "Theirs" in everything and "Bad!" in everything and "2 kept" in everything


def test_promises_kept_and_broken_are_counted(desk: Client, town: Municipality) -> None:
    for state in ("KEPT", "BROKEN", "BROKEN", "RUNNING", ""):
        Case.objects.filter(pk=ann_of(town).pk).update(promise_state=state)
    words = text(desk.get(page_of()))
    assert "1 kept" in words and "2 broken" in words


def test_all_cases_go_on_on_the_next_page(desk: Client, town: Municipality) -> None:
    for number in range(21):
        ann_of(town, matter=f"Matter no {number}.")
    first = desk.get(page_of())
    assert "Matter no 20." in text(first) and "Matter no 0." not in text(first).split("All cases")[1]
    next_url = first.context["next_url"]
    assert text(desk.get(next_url)).count("Matter no") == 1 and "Matter no 0." in text(desk.get(next_url))


def test_markup_in_a_name_is_shown_as_words(desk: Client, town: Municipality) -> None:
    make_case(town, name="<img src=x onerror=alert(1)>", email=EMAIL)
    html = desk.get(page_of()).content.decode()
    assert "<img src=x" not in html and "&lt;img src=x" in html


@pytest.mark.parametrize("reference", ["nobody", "x" * 300, "%00", "..%2f"])
def test_a_reference_of_nobody_is_not_found(reference: str, desk: Client) -> None:
    assert desk.get(f"/desk/residents/{reference}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_twenty_two_queries(
    rows: int, desk: Client, town: Municipality, django_assert_num_queries
) -> None:
    label = make_label(town, "Storm")
    for _ in range(rows):
        case = ann_of(town)
        operations.change_labels(case_id=case.pk, add=[label.code], by=system(town.pk), now=NOW)
    address = page_of()
    # session, person, town by host, the only town, memberships; resident, their cases, may they be shown,
    # contact points, open cases, labels and what they are on, promises, opinions
    with django_assert_num_queries(22):
        page = desk.get(address)
    assert count(page, "label") == rows
