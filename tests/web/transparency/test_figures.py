"""Public figures as a page and as open data."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_script_prefix

from moked.accounts.rules import Role, system
from moked.cases import operations
from moked.cases.models import Case
from moked.cases.rules import Outcome
from moked.municipalities.models import Municipality
from moked.surveys import operations as surveys
from moked.surveys.models import Survey
from tests.counting import catch_up
from tests.factories import make_actor, make_case, make_service, make_town

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


def lines(response: Any) -> list[str]:
    return b"".join(response.streaming_content).decode().splitlines()


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
    assert {"slug", "name", "received", "closed", "open"} <= set(figures["services"][0])
    assert all(one["name"].startswith("Service") for one in figures["services"])


def test_page_says_it_in_a_sentence_first(client: Client, town: Municipality) -> None:
    receive(town, 6, 9, 2)

    page = text(client.get("/figures/"))

    assert re.search(r"In \w+ \d{4} 17 reports came in and 0 were finished\. 17 are open now\.", page)
    assert re.search(r'data-test="received"> ?17 ?<', page)
    assert ">6<" not in page
    assert "style=" not in page
    services = page[page.index('id="by-services"') :][:3000]
    assert services.count("<tr>") == 1 + 3
    assert ">9<" in services


def test_page_of_a_town_without_reports_says_what_to_do(client: Client, town: Municipality) -> None:
    page = text(client.get("/figures/"))

    assert "nothing has been reported yet" in page
    assert "/report/" in page


def test_figures_of_another_town_are_not_mixed_in(client: Client, town: Municipality) -> None:
    receive(town, 6)
    receive(make_town(), 7)

    assert client.get(f"/t/{town.slug}/figures/", {"format": "json"}).json()["received"] == 6


def test_months_are_asked_for_and_bad_ones_are_explained(client: Client, town: Municipality) -> None:
    receive(town, 9)

    this_month = datetime.now(UTC).astimezone(town.zone).strftime("%Y-%m")
    one = client.get("/figures/", {"format": "json", "from": "1999-01", "to": this_month}).json()
    assert (one["from"], one["to"], one["received"]) == (this_month, this_month, 9)

    response = client.get("/figures/", {"from": "October"})
    assert response.status_code == 200
    assert "Write months as year and month, for example 2026-10." in text(response)
    response = client.get("/figures/", {"from": "2026-10", "to": "2026-09"})
    assert "Choose a last month that is not before the first." in text(response)


def test_each_table_is_there_as_csv(client: Client, town: Municipality) -> None:
    slugs = receive(town, 9, 12, 7)

    rows = lines(client.get("/figures/", {"format": "csv", "table": "services"}))
    assert rows[0].startswith("code,name,received,closed,open,in_time_percent,median_minutes")
    assert sorted(row.split(",")[0] for row in rows[1:]) == sorted(slugs)
    assert sorted(row.split(",")[2] for row in rows[1:]) == ["12", "7", "9"]
    assert lines(client.get("/figures/", {"format": "csv", "table": "channels"}))[1].startswith("WEB,Web,28,")
    assert client.get("/figures/", {"format": "csv", "table": "people"}).status_code == 404


def test_cases_are_given_as_far_as_their_counts_are_shown(client: Client, town: Municipality) -> None:
    _large, larger, _small = receive(town, 6, 9, 2)
    month = datetime.now(UTC).astimezone(town.zone).strftime("%Y-%m")

    response = client.get(f"/figures/cases/{month}.csv")
    rows = lines(response)
    assert rows[0] == "day,service,service_name,district,latitude,longitude,state"
    assert [row.split(",")[1] for row in rows[1:]].count(larger) == 9
    assert [row.split(",")[1] for row in rows[1:]].count("") == 8
    assert response["Link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    again = client.get(f"/figures/cases/{month}.csv", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304

    found = json.loads(b"".join(client.get(f"/figures/cases/{month}.geojson").streaming_content))
    assert len(found["features"]) == 17
    assert {one["geometry"] for one in found["features"]} == {None}
    assert client.get("/figures/cases/1999-01.csv").status_code == 404
    assert client.get("/figures/cases/late.geojson").status_code == 404


def test_a_feed_tells_of_each_month_that_has_ended(client: Client, town: Municipality) -> None:
    service = make_service(town)
    now = datetime.now(UTC)
    for _ in range(7):
        make_case(town, service=service, now=now - timedelta(days=32))
    receive(town, 8)

    response = client.get("/figures/months.xml")
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    feed = response.content.decode()
    assert feed.count("<item>") >= 1
    assert "Reports received: 7. Finished: 0." in feed
    assert "Reports received: 8." not in feed


def test_nothing_private_is_in_any_public_page_feed_or_data(client: Client, town: Municipality) -> None:
    """A canary stands in every private field, and whatever leads on from the page is looked into."""
    service, agent = make_service(town, is_public=True), make_actor(town, Role.AGENT)
    now = datetime.now(UTC)
    for number in range(8):
        case = make_case(
            town,
            service=service,
            matter=f"canary-matter-{number}",
            name=f"canary-name-{number}",
            email=f"canary-{number}@example.org",
            phone=f"+97250555000{number}",
            now=now - timedelta(hours=number),
        )
        Case.objects.filter(pk=case.pk).update(
            address=f"canary-street {number}", latitude=32.123456, longitude=34.987654
        )
        operations.add_note(case_id=case.pk, body=f"canary-note-{number}", by=agent, now=now)
        operations.close_case(
            case_id=case.pk, outcome=Outcome.FIXED, message=f"canary-answer-{number}", by=agent, now=now
        )
        survey = Survey.objects.get(case=case)
        surveys.answer(
            survey_id=survey.pk, fixed="YES", rating=5, words="canary-words", by=system(town.pk), now=now
        )
    catch_up()
    waiting, seen = ["/figures/"], set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response = client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200, address
        for private in (b"canary", b"97250555", b"32.123456", b"34.987654", b"canary-street"):
            assert private not in body, address
        for number in Case.objects.values_list("number", flat=True):
            assert str(number).encode() not in body, address
        if b"<html" in body:
            links = re.findall(r'href="(?:http://testserver)?(/figures/[^"]*|\?[^"]*)"', body.decode())
            found = {unescape(f"/figures/{one}" if one.startswith("?") else one) for one in links}
            waiting += sorted(found - seen - set(waiting))
    assert {address.split("?")[0] for address in seen} >= {
        "/figures/",
        "/figures/months.xml",
        f"/figures/cases/{now.astimezone(town.zone):%Y-%m}.csv",
        f"/figures/cases/{now.astimezone(town.zone):%Y-%m}.geojson",
    }
    assert any("table=services" in address for address in seen)
