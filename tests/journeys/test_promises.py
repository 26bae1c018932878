"""Promises as people see them: a later time with its reason, an urgent case on a colleague's screen."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import WORDS, by, link_in, report, row, sign_in

pytestmark = pytest.mark.journey
WHY = "The new kerb stones arrive next week."


def test_the_resident_sees_the_promise_move_with_its_reason(on_postgresql: Installation, visitors):
    slug, words, address = "riverton", WORDS["en"], f"{uuid.uuid4().hex[:12]}@example.org"
    resident, agent = visitors(locale="en").page(), visitors(locale="en").page()
    number = report(on_postgresql, resident, slug, words, address)
    (opened,) = on_postgresql.mails_to(address, count=1)
    tracking = link_in(opened, "track")
    resident.goto(tracking)
    before = by(resident, "promise").get_attribute("datetime")

    sign_in(on_postgresql, agent, slug, "agent")
    agent.goto(f"{on_postgresql.town(slug)['desk']}cases/{number}/")
    by(agent, "tell-later").click()
    days = by(agent, "day").locator("option")
    by(agent, "day").select_option(index=days.count() - 1)
    agent.locator("textarea").fill(WHY)
    assert not faults(agent)
    by(agent, "confirm").click()
    expect(agent.locator("main")).to_contain_text(WHY)

    resident.goto(tracking)
    expect(by(resident, "promise-words")).to_have_text(WHY)
    after = by(resident, "promise").get_attribute("datetime")
    assert before and after and after > before
    (_, moved) = on_postgresql.mails_to(address, count=2)
    assert WHY in moved.get_body(("plain",)).get_content()


def test_an_urgent_case_reaches_a_colleague_who_is_on_another_page(on_sqlite: Installation, visitors):
    slug, words = "riverton", WORDS["en"]
    resident, agent, other = (visitors(locale="en").page() for _ in range(3))
    number = report(on_sqlite, resident, slug, words, f"{uuid.uuid4().hex[:12]}@example.org")
    sign_in(on_sqlite, other, slug, "agent")
    other.goto(f"{on_sqlite.town(slug)['desk']}new/")
    tally = by(other, "bell").locator(".mk-tally")
    told = int(tally.inner_text()) if tally.count() else 0

    sign_in(on_sqlite, agent, slug, "service_manager")
    agent.goto(f"{on_sqlite.town(slug)['desk']}cases/{number}/")
    by(agent, "priority-choice").select_option("URGENT")
    by(agent, "set-priority").click()
    expect(by(agent, "priority")).to_have_attribute("data-priority", "URGENT")
    assert row(on_sqlite, number)[1] == 1

    expect(tally).to_have_text(str(told + 1), timeout=45_000)
    expect(other.locator("#rang")).to_contain_text("unread")
    by(other, "bell").click()
    first = by(other, "told").first
    expect(first).to_contain_text("Urgent: see to it now")
    expect(first).to_contain_text(number)
    assert not faults(other)
    first.locator("button").click()
    expect(by(other, "case-number").first).to_have_text(number)
    expect(by(other, "bell").locator(".mk-tally")).to_have_count(told and 1)
