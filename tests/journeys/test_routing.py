"""Rules are written, tried, published and taken back; danger is told while it is reported."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import WORDS, by, report, sign_in

pytestmark = pytest.mark.journey


def go(page: Page, installation: Installation, path: str) -> None:
    page.goto(installation.town("riverton")["desk"] + path)


def test_a_rule_is_tried_published_and_rolled_back_and_does_what_the_trial_said(
    on_sqlite: Installation, visitors
) -> None:
    manager, resident = visitors(locale="en").page(), visitors(locale="en").page()
    mark = f"mark{uuid.uuid4().hex[:10]}"
    words = WORDS["en"] | {"matter": f"{WORDS['en']['matter']} {mark}"}

    def reported() -> str:
        return report(on_sqlite, resident, "riverton", words, f"{uuid.uuid4().hex[:12]}@example.org")

    originals = {reported() for _ in range(2)}
    sign_in(on_sqlite, manager, "riverton", "service_manager")
    go(manager, on_sqlite, "settings/routing/")
    manager.locator("textarea[name=words]").fill(mark)
    manager.locator("input[name=name]").fill("Marked")
    by(manager, "department").select_option(label="Culture and events")
    by(manager, "put-rule").click()
    expect(by(manager, "rule")).to_contain_text("Marked")
    by(manager, "keep").click()
    expect(manager.locator("main")).to_contain_text("Kept by")
    by(manager, "last").select_option("100")
    by(manager, "try").click()
    expect(by(manager, "decided")).to_have_text("Cases tried that it decides: 2")
    rows = manager.locator("#trial tbody tr")
    expect(rows).to_have_count(2)
    assert {rows.nth(at).locator("a").inner_text() for at in range(2)} == originals
    expect(rows.first).to_contain_text("Culture and events")
    assert not faults(manager)
    by(manager, "publish").click()
    expect(manager.locator("main")).to_contain_text("The rules hold for every case")

    for number in (reported(), reported()):
        go(manager, on_sqlite, f"cases/{number}/")
        expect(by(manager, "timeline")).to_contain_text("Routed to: Culture and events")
        expect(by(manager, "timeline")).to_contain_text("by rule 1, “Marked”")

    go(manager, on_sqlite, "settings/routing/")
    manager.locator("button[value='remove:1']").click()
    by(manager, "publish").click()
    go(manager, on_sqlite, f"cases/{reported()}/")
    expect(by(manager, "timeline")).not_to_contain_text("Culture and events")
    go(manager, on_sqlite, "settings/history/routing_rules/rules/")
    expect(manager.locator("main")).to_contain_text(mark)


def test_who_reports_danger_reads_what_to_do_and_the_centre_is_told(
    on_sqlite: Installation, visitors
) -> None:
    resident, agent = (visitors(locale="en").page() for _ in "12")
    sign_in(on_sqlite, agent, "riverton", "agent")
    go(agent, on_sqlite, "new/")
    tally = by(agent, "bell").locator(".mk-tally")
    told = int(tally.inner_text()) if tally.count() else 0

    # In whatever language the danger is named, its advice comes in the reader's.
    words = WORDS["en"] | {"matter": f"{WORDS['en']['matter']} ויש שם ריח גז"}
    number = report(on_sqlite, resident, "riverton", words, f"{uuid.uuid4().hex[:12]}@example.org")
    expect(by(resident, "advice")).to_contain_text("Open the windows")
    assert not faults(resident)
    expect(tally).to_have_text(str(told + 1), timeout=45_000)
    go(agent, on_sqlite, f"cases/{number}/")
    expect(by(agent, "priority")).to_have_attribute("data-priority", "URGENT")
    expect(by(agent, "danger")).to_contain_text("Smell of gas")
