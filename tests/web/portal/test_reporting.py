"""Reporting in words: steps without a session, suggestions, mistakes, one case for one form."""

import re
from typing import Any

import pytest
from django.test import Client

from moked.cases.models import Case, Contact, Participant
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.residents.models import ContactPoint, Resident
from moked.routing.dangers import Danger
from moked.routing.operations import publish_dangers
from tests.factories import NOW, make_service, make_town

pytestmark = pytest.mark.django_db

SUBMISSION = "6d1f7a52-6b0a-4b0e-9c1f-0d8f6c3f2b11"


@pytest.fixture
def town() -> Municipality:
    return make_town()


@pytest.fixture
def lamp(town: Municipality) -> Service:
    return make_service(town, name={"en": "Street light", "he": "תאורת רחוב"}, words={"en": ["lamp", "dark"]})


@pytest.fixture
def bin_(town: Municipality) -> Service:
    return make_service(town, name={"en": "Rubbish"}, words={"en": ["bin"]})


def said(about: Service, /, **changes: str) -> dict[str, str]:
    return {
        "matter": "The lamp at 14 High Street is dark.",
        "service": about.slug,
        "name": "Rina Cohen",
        "email": "rina@example.com",
        "phone": "",
        "submission": SUBMISSION,
        "step": "send",
    } | changes


def text(response: Any) -> str:
    return response.content.decode()


def title(response: Any) -> str:
    found = re.search(r"<title>(.*?)</title>", text(response), re.S)
    assert found
    return found.group(1).strip()


def test_first_step_shows_words_first(client: Client, lamp: Service) -> None:
    response = client.get("/report/")

    assert response.status_code == 200
    assert 'data-test="matter"' in text(response)
    assert "Step 1 of 3" in text(response)
    assert "Call <bdi" in text(response)


def test_first_step_when_a_service_was_chosen_on_the_start_page_keeps_it(
    client: Client, lamp: Service
) -> None:
    response = client.get("/report/", {"service": lamp.slug})

    assert re.search(rf'value="{lamp.slug}"[^>]*checked', text(response))


def test_continuing_without_a_service_suggests_the_likely_one_and_chooses_it(
    client: Client, lamp: Service, bin_: Service
) -> None:
    response = client.post("/report/", said(lamp, service="", step="contact"))

    assert response.status_code == 200
    assert "is it one of these?" in text(response)
    radios = re.findall(r'<input type="radio"[^>]*value="([^"]+)"([^>]*)>', text(response))
    assert radios[0][0] == lamp.slug
    assert [slug for slug, rest in radios if "checked" in rest] == [lamp.slug]


def test_continuing_without_a_service_when_no_word_hints_at_one_asks_for_it(
    client: Client, lamp: Service
) -> None:
    response = client.post("/report/", said(lamp, matter="Something else", service="", step="contact"))

    assert response.status_code == 200
    assert title(response).startswith("Error:")
    assert "Choose what it is about." in text(response)


def test_continuing_without_words_asks_only_for_them(client: Client, lamp: Service) -> None:
    response = client.post("/report/", said(lamp, matter=" \r\n ", service="", step="contact"))

    assert response.status_code == 200
    assert title(response).startswith("Error:")
    assert "Describe what happened." in text(response)
    assert "Choose what it is about." not in text(response)


def test_suggestions_while_typing_are_a_part_of_the_page(
    client: Client, lamp: Service, bin_: Service
) -> None:
    response = client.post("/report/suggest/", {"matter": "a dark lamp", "service": bin_.slug})

    assert response.status_code == 200
    assert "<html" not in text(response)
    assert text(response).index(f'value="{lamp.slug}"') < text(response).index(f'value="{bin_.slug}"')
    assert re.search(rf'value="{bin_.slug}"[^>]*checked', text(response))


def test_contact_step_carries_what_was_said(client: Client, lamp: Service) -> None:
    response = client.post("/report/", said(lamp, step="contact"))

    assert response.status_code == 200
    assert "Step 2 of 3" in text(response)
    assert '<input type="hidden" name="matter" value="The lamp at 14 High Street is dark.">' in text(response)
    assert f'<input type="hidden" name="service" value="{lamp.slug}">' in text(response)
    assert f'name="submission" value="{SUBMISSION}"' in text(response)


def test_review_shows_everything(client: Client, lamp: Service) -> None:
    response = client.post("/report/", said(lamp, step="review", phone="050-1234567"))

    assert response.status_code == 200
    for shown in (
        "The lamp at 14 High Street is dark.",
        "Street light",
        "Rina Cohen",
        "rina@example.com",
        "050-1234567",
    ):
        assert f">{shown}<" in text(response).replace("\n", "").replace("  ", "")
    assert 'data-test="send"' in text(response)
    assert Case.objects.count() == 0


def test_going_back_keeps_what_was_typed_and_checks_nothing(client: Client, lamp: Service) -> None:
    response = client.post("/report/", said(lamp, matter="", step="what"))

    assert response.status_code == 200
    assert "Describe what happened." not in text(response)


def test_sending_opens_one_case_and_leads_to_the_done_page(client: Client, lamp: Service) -> None:
    response = client.post("/report/", said(lamp))

    assert response.status_code == 303
    case = Case.objects.get()
    assert (case.service, case.language, case.channel) == (lamp, "en", "WEB")
    assert Contact.objects.get(case=case).body == "The lamp at 14 High Street is dark."
    assert Participant.objects.get(case=case).name == "Rina Cohen"
    assert ContactPoint.objects.get().value == "rina@example.com"
    assert case.number in text(client.get(response.headers["Location"]))


def test_sending_in_hebrew_remembers_the_language(client: Client, lamp: Service) -> None:
    client.post("/report/", said(lamp), headers={"Accept-Language": "he"})

    assert Case.objects.get().language == "he"


def test_sending_twice_makes_one_case_and_leads_to_the_same_page(client: Client, lamp: Service) -> None:
    first = client.post("/report/", said(lamp))
    second = client.post("/report/", said(lamp))

    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == 1


def test_sending_with_a_broken_submission_still_works(client: Client, lamp: Service) -> None:
    assert client.post("/report/", said(lamp, submission="%%%")).status_code == 303


def test_reporting_anonymously_stores_nothing_about_the_person(client: Client, lamp: Service) -> None:
    review = client.post("/report/", said(lamp, step="anonymous"))
    assert "you report without leaving a name" in text(review)
    assert "rina@example.com" not in text(review)

    client.post("/report/", said(lamp, name="", email="", phone=""))

    assert (Case.objects.count(), Resident.objects.count(), ContactPoint.objects.count()) == (1, 0, 0)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "rina@", "Enter the address in full, like name@example.com."),
        ("email", "a@x.il, victim@y.il", "Enter the address in full, like name@example.com."),
        ("phone", "call me", "Enter the phone number in digits, like 050-123-4567."),
        ("name", "x" * 121, "Shorten this by at least 1 character: up to 120 fit."),
        ("name", "R\x00ina", "This text holds a character that cannot be kept."),
        ("email", "rina\x00@example.com", "This text holds a character that cannot be kept."),
        ("phone", "050\x00", "This text holds a character that cannot be kept."),
        ("matter", "dark\x00", "This text holds a character that cannot be kept."),
        ("matter", "x" * 10_050, "Shorten this by at least 50 characters: up to 10000 fit."),
        ("service", "no-such-service", "Choose what it is about."),
    ],
)
def test_sending_with_a_mistake_explains_it_and_keeps_everything(
    client: Client, lamp: Service, field: str, value: str, sentence: str
) -> None:
    response = client.post("/report/", said(lamp, **{field: value}))

    assert response.status_code == 200
    assert title(response).startswith("Error:")
    assert text(response).count(sentence) == 2, "in the summary and beside the field"
    assert Case.objects.count() == 0
    if field != "matter":
        assert "The lamp at 14 High Street is dark." in text(response)


def test_direction_controls_and_line_breaks_in_a_name_vanish(client: Client, lamp: Service) -> None:
    client.post("/report/", said(lamp, name="Ri\u202ena\r\nBcc: x@y.example"))

    assert Participant.objects.get().name == "Rina Bcc: x@y.example"


def test_keys_that_are_not_fields_change_nothing(client: Client, lamp: Service) -> None:
    extra = {
        "state": "RESOLVED",
        "number": "26-000001-1",
        "department": "1",
        "is_spam": "1",
        "municipality": "7",
    }
    client.post("/report/", said(lamp) | extra)

    case = Case.objects.get()
    assert (case.state, case.is_spam, case.municipality) == ("RECEIVED", False, lamp.municipality)


def test_service_of_another_town_is_not_on_offer(client: Client, lamp: Service) -> None:
    elsewhere = make_service(make_town())

    response = client.post(f"/t/{lamp.municipality.slug}/report/", said(lamp, service=elsewhere.slug))

    assert response.status_code == 200
    assert Case.objects.count() == 0


def test_service_withdrawn_is_not_on_offer(client: Client, lamp: Service) -> None:
    Service.objects.update(is_offered=False)

    assert client.post("/report/", said(lamp)).status_code == 200


def test_other_language_in_the_middle_keeps_what_was_typed(client: Client, lamp: Service) -> None:
    typed = said(lamp, language="he", shown="contact", email="rina@", step="")
    response = client.post("/report/", typed)

    assert response.status_code == 200
    assert 'lang="he"' in text(response)
    assert 'value="rina@"' in text(response)
    assert 'name="matter" value="The lamp at 14 High Street is dark."' in text(response)
    assert response.cookies["moked_language"].value == "he"


def test_form_without_its_token_is_refused_kindly(lamp: Service) -> None:
    response = Client(enforce_csrf_checks=True).post("/report/", said(lamp))

    assert response.status_code == 403
    assert "This page was open too long" in text(response)
    assert Case.objects.count() == 0


def test_pages_hold_nothing_the_content_policy_forbids(client: Client, lamp: Service) -> None:
    for step in ("what", "contact", "review"):
        page = text(client.post("/report/", said(lamp, step=step)))
        assert not re.search(r"\sstyle=|\son\w+=|<style", page)
        assert all("nonce=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_who_writes_of_danger_reads_what_to_do_on_every_page_from_then_on(
    client: Client, town: Municipality, lamp: Service
) -> None:
    gas = Danger(
        "gas", {"en": "Gas"}, words={"en": ("smell of gas",)}, advice={"en": "Go out, call {phone}."}
    )
    publish_dangers(municipality=town, dangers=[gas], by_user_id=None, now=NOW)
    advice = f"Go out, call {town.emergency_phone}."
    dangerous = said(lamp, matter="A smell of gas.")

    assert advice not in text(client.get("/report/"))
    assert advice in text(client.post("/report/", {**dangerous, "step": "contact"}))
    assert advice not in text(client.post("/report/", {**said(lamp), "step": "contact"}))
    done = client.get(client.post("/report/", dangerous)["Location"])
    assert advice in text(done)
    tracking = re.search(r'data-test="tracking-link"[^>]*>[^<]*(/t/[^<]+)<', text(done))
    assert tracking
    assert advice in text(client.get(tracking[1]))
    Case.objects.update(state="RESOLVED", is_open=False, closed_at=NOW)
    assert advice not in text(client.get(tracking[1]))
