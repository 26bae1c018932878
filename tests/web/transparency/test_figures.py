"""Public figures as a page and as open data."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_script_prefix

from moked.municipalities.models import Municipality
from tests.counting import catch_up
from tests.factories import make_case, make_service, make_town

# Figures count what is committed: on PostgreSQL nothing else is seen by them.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_town_yet() -> None:
    clear_script_prefix()


@pytest.fixture
def town() -> Municipality:
    return make_town()


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def receive(town: Municipality, *counts: int) -> list[str]:
    """Have so many reports come in for one service each, today; returns their slugs."""
    services = [make_service(town) for _ in counts]
    for service, count in zip(services, counts, strict=True):
        for _ in range(count):
            make_case(town, service=service, now=datetime.now(UTC))
    catch_up()
    return [service.slug for service in services]


def test_json_gives_totals_and_hides_small_counts(client: Client, town: Municipality) -> None:
    large, larger, small = receive(town, 6, 9, 2)

    figures = client.get("/figures/", {"format": "json"}).json()

    assert figures["municipality"] == town.slug
    assert figures["month"] == datetime.now(UTC).astimezone(town.zone).strftime("%Y-%m")
    assert (figures["received"], figures["closed"], figures["open"]) == (17, 0, 17)
    assert {one["slug"]: one["received"] for one in figures["services"]} == {
        large: None,
        larger: 9,
        small: None,
    }
    assert set(figures["services"][0]) == {"slug", "name", "received", "closed", "open"}
    assert all(one["name"].startswith("Service") for one in figures["services"])


def test_page_says_it_in_a_sentence_first(client: Client, town: Municipality) -> None:
    receive(town, 6, 9, 2)

    page = text(client.get("/figures/"))

    assert re.search(r"In \w+ \d{4} 17 reports came in and 0 were finished\. 17 are open now\.", page)
    assert re.search(r'data-test="received"> ?17 ?<', page)
    assert page.count('<span class="visually-hidden">not shown</span>') == 2 + 3 + 2
    assert ">6<" not in page
    assert "style=" not in page


def test_page_of_a_town_without_reports_says_what_to_do(client: Client, town: Municipality) -> None:
    page = text(client.get("/figures/"))

    assert "nothing has been reported yet" in page
    assert "/report/" in page


def test_figures_of_another_town_are_not_mixed_in(client: Client, town: Municipality) -> None:
    receive(town, 6)
    receive(make_town(), 7)

    assert client.get(f"/t/{town.slug}/figures/", {"format": "json"}).json()["received"] == 6
