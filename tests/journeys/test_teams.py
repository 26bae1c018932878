"""A team shares its cases among those on duty, as its manager, an agent and its people see it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, of_town, sign_in

pytestmark = pytest.mark.journey

SLUG = "riverton"
WORKER, HEAD = "Will Worker", "Dana Manager"


def test_a_case_goes_to_who_is_on_duty_and_with_an_absence_to_the_other(on_sqlite: Installation, visitors):
    name = f"Crew {uuid.uuid4().hex[:6]}"
    manager, worker = visitors(locale="en").page(), visitors(locale="en").page()
    agent = visitors(locale="en", java_script_enabled=False).page()
    desk = on_sqlite.town(SLUG)["desk"]
    numbers = open_cases(on_sqlite)

    sign_in(on_sqlite, manager, SLUG, "service_manager")
    make_team(manager, desk, name)
    for person in (WORKER, HEAD):
        manager.get_by_label(person, exact=True).check()
    by(manager, "set-members").click()
    fill_roster(manager)
    expect(by(manager, "duty")).to_contain_text(WORKER)
    expect(by(manager, "duty")).to_contain_text(HEAD)
    assert not faults(manager)

    sign_in(on_sqlite, agent, SLUG, "agent")
    assert [give(agent, desk, number, name) for number in numbers[:2]] == [WORKER, HEAD]
    sign_in(on_sqlite, worker, SLUG, "department_worker")
    worker.goto(f"{desk}?view=mine")
    expect(row_of(worker, numbers[0])).to_contain_text(name)
    worker.goto(f"{desk}?view=teams")
    expect(row_of(worker, numbers[0])).to_have_count(1)
    expect(row_of(worker, numbers[1])).to_contain_text(HEAD)

    note_absence(manager, WORKER)
    expect(by(manager, "duty")).not_to_contain_text(WORKER)
    assert give(agent, desk, numbers[2], name) == HEAD, "it was the worker's turn"
    manager.get_by_role("button", name="Take this back").first.click()
    expect(by(manager, "duty")).to_contain_text(WORKER)
    assert give(agent, desk, numbers[3], name) == WORKER


def open_cases(installation: Installation) -> list[str]:
    rows = installation.read(
        "SELECT c.number FROM cases_case c JOIN catalogue_service s ON s.id = c.service_id"
        f" WHERE c.is_open AND NOT c.is_spam AND NOT s.is_confidential AND {of_town(SLUG)}"
        " ORDER BY c.id LIMIT 4"
    )
    return [number for (number,) in rows]


def make_team(page: Page, desk: str, name: str) -> None:
    page.goto(f"{desk}settings/teams/")
    by(page, "new-team").click()
    page.get_by_label("English").fill(name)
    by(page, "department").select_option("roads")
    by(page, "sharing-in-turn").check()
    assert not faults(page)
    by(page, "publish").click()
    expect(page.locator("h1")).to_have_text(name)


def fill_roster(page: Page) -> None:
    """Put everybody on duty all week long."""
    expect(page.locator(".st-shift")).to_have_count(2)
    for shift in page.locator(".st-shift").all():
        for day in shift.get_by_role("checkbox").all():
            day.check()
        shift.get_by_label("from").fill("00:00")
        shift.get_by_label("to", exact=True).fill("24:00")
    by(page, "set-roster").click()
    expect(page.locator("main")).to_contain_text("00:00–24:00")


def give(page: Page, desk: str, number: str, name: str) -> str:
    """Give a case to the team and to nobody; return who has it then."""
    page.goto(f"{desk}cases/{number}/")
    by(page, "assign-team").select_option(label=name)
    by(page, "assign-person").select_option("")
    by(page, "assign").click()
    expect(page.locator("main")).to_contain_text(f"Team: {name}")
    return by(page, "assign-person").locator("option:checked").inner_text()


def row_of(page: Page, number: str):
    return by(page, "queue-row").filter(has_text=number)


def note_absence(page: Page, person: str) -> None:
    today = datetime.now(UTC).date()
    by(page, "away").select_option(label=person)
    # Wide enough for the day to be another where the town is; the demo's own absence lies further ahead.
    by(page, "first-day").fill(f"{today - timedelta(days=1)}")
    by(page, "last-day").fill(f"{today + timedelta(days=1)}")
    by(page, "add-absence").click()
