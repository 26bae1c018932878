"""Promises as people see them: later times, what a calendar moves, an urgent case on a colleague's screen."""

import time
import uuid
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import WAIT, Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import WORDS, by, link_in, of_town, report, row, sign_in

pytestmark = pytest.mark.journey
KINDS = {"RESOLUTION": "Finished", "FIRST_ANSWER": "First answer", "ACKNOWLEDGEMENT": "Receipt confirmed"}
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


def test_what_a_trial_of_hours_foretells_is_what_everybody_sees_once_they_are_published(
    on_sqlite: Installation, visitors
):
    slug, address = "riverton", f"{uuid.uuid4().hex[:12]}@example.org"
    resident, manager, agent = (visitors(locale="en").page() for _ in range(3))
    number = report(on_sqlite, resident, slug, WORDS["en"], address)
    (opened,) = on_sqlite.mails_to(address, count=1)
    tracking = link_in(opened, "track")
    resident.goto(tracking)
    promised = moment_of(by(resident, "promise"))
    ((calendar,),) = on_sqlite.read(
        "SELECT k.code FROM sla_commitment o JOIN sla_calendar k ON k.id = o.calendar_id"
        f" JOIN cases_case c ON c.id = o.case_id WHERE c.number = '{number}' AND {of_town(slug)}"
        " AND o.kind = 'RESOLUTION'"
    )

    sign_in(on_sqlite, manager, slug, "service_manager")
    manager.goto(f"{on_sqlite.town(slug)['desk']}settings/calendars/{calendar}/")
    manager.locator("[name=day_on]").fill(promised.date().isoformat())
    manager.locator("[name=day_name]").fill("Outing")
    before = owed(on_sqlite, slug, calendar)
    by(manager, "try").click()
    foretold = {(one["number"], one["kind"]): one for one in trial(manager)}
    moved = int(by(manager, "trial").locator("dd").nth(2).inner_text())
    (mine,) = [one for (case, _), one in foretold.items() if case == number]
    assert mine["was"] == promised < mine["would_be"]
    assert not faults(manager)
    assert owed(on_sqlite, slug, calendar) == before, "nothing moves before it is published"

    by(manager, "publish").click()
    after = followed(on_sqlite, slug, calendar)
    changed = {key for key, due in after.items() if due != before[key]}
    assert len(changed) == moved
    assert {(case, KINDS[kind]): after[case, kind] for case, kind in changed} == {
        key: one["would_be"] for key, one in foretold.items()
    }

    sign_in(on_sqlite, agent, slug, "agent")
    agent.goto(f"{on_sqlite.town(slug)['desk']}cases/{number}/")
    line = agent.locator("[aria-labelledby=commitments] li", has_text=mine["kind"])
    assert moment_of(line.locator("time")) == mine["would_be"]
    resident.goto(tracking)
    assert moment_of(by(resident, "promise")) == mine["would_be"]


def moment_of(element) -> datetime:
    return datetime.fromisoformat(element.get_attribute("datetime"))


def trial(page: Page) -> list[dict[str, object]]:
    """Return the promises that a trial says would move."""
    found = []
    for line in page.locator("#trial tbody tr").all():
        was, would_be = (moment_of(one) for one in line.locator("time").all())
        found.append(
            {
                "number": line.locator(".st-number-link").inner_text(),
                "kind": line.locator(".st-about").inner_text(),
                "was": was,
                "would_be": would_be,
            }
        )
    return found


def owed(installation: Installation, slug: str, calendar: str) -> dict[tuple[str, str], datetime]:
    """Return when what is owed by a calendar is due, by case and kind."""
    rows = installation.read(f"SELECT c.number, o.kind, o.due_at {OWED} {of_calendar(slug, calendar)}")
    return {(number, kind): datetime.fromisoformat(f"{due}+00:00") for number, kind, due in rows if due}


def followed(installation: Installation, slug: str, calendar: str) -> dict[tuple[str, str], datetime]:
    """Wait until all that is owed follows the calendar's last revision, and return it."""
    deadline = time.monotonic() + WAIT
    behind = f"SELECT 1 {OWED} {of_calendar(slug, calendar)} AND o.calendar_revision_id <> k.revision_id"
    while installation.read(behind):
        assert time.monotonic() < deadline, "the worker does not follow the calendar"
        time.sleep(0.2)
    return owed(installation, slug, calendar)


OWED = (
    "FROM sla_commitment o JOIN sla_calendar k ON k.id = o.calendar_id JOIN cases_case c ON c.id = o.case_id"
)


def of_calendar(slug: str, calendar: str) -> str:
    return (
        f"WHERE k.code = '{calendar}' AND o.is_current AND o.met_at IS NULL"
        " AND o.state IN ('RUNNING', 'PAUSED', 'BROKEN')"
        f" AND {of_town(slug)}"
    )
