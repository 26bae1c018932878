"""The start page, the list of towns and following a link."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import make_case, make_service, make_town
from tests.web.portal.conftest import secret_of

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return response.content.decode()


def test_start_page_leads_to_reporting_in_the_readers_language(client: Client) -> None:
    town = make_town(phone="106", emergency_phone="100")
    service = make_service(town, name={"en": "Street light", "he": "תאורת רחוב"})

    page = text(client.get("/", headers={"Accept-Language": "he"}))

    assert '<html lang="he" dir="rtl">' in page
    assert "bootstrap.rtl.min.css" in page
    assert town.name["he"] in page
    assert 'data-test="report-start"' in page
    assert "תאורת רחוב" in page
    assert f"/report/?service={service.slug}" in page
    assert 'href="tel:106"' in page
    assert 'href="tel:100"' in page
    assert "/figures/" in page


def test_towns_are_listed_where_no_town_is_meant(client: Client) -> None:
    first, second = make_town(), make_town()

    page = text(client.get("/"))

    for town in (first, second):
        assert town.name["en"] in page
        assert f"/t/{town.slug}/" in page
    assert "demonstration" not in page


@pytest.mark.parametrize("shape", ["https://town.example/t/x/track/{}/", "{}", " {} ", "{}/"])
def test_pasted_link_leads_to_the_case(client: Client, shape: str) -> None:
    case = make_case(make_town())

    response = client.post("/", {"link": shape.format(secret_of(case))})

    assert response.status_code == 303
    assert response.headers["Location"] == f"/track/{secret_of(case)}/"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Paste the tracking link."),
        ("26-000001-1", "the number of a report alone does not open it"),
        ("x\x00", "This text holds a character that cannot be kept."),
        ("https://evil.example/track/a.b/../../", "Paste the whole link: the number"),
    ],
)
def test_what_is_no_link_is_explained(client: Client, typed: str, sentence: str) -> None:
    make_town()

    response = client.post("/", {"link": typed})

    assert response.status_code == 200
    assert text(response).count(sentence) == 2
