"""What a town does by itself, from the rule a manager writes to what the resident reads, and back again."""

import sqlite3
import time
import uuid
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import WAIT, Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import WORDS, by, of_town, report, row, sign_in

pytestmark = pytest.mark.journey

SWEEP = "cases.time_out_waiting"


def test_a_manager_has_residents_reminded_and_then_cases_closed(on_sqlite: Installation, visitors):
    slug, words, address = "riverton", WORDS["en"], f"{uuid.uuid4().hex[:12]}@example.org"
    resident, manager = visitors(locale="en").page(), visitors(locale="en").page()
    settings = f"{on_sqlite.town(slug)['desk']}settings/reactions/"
    number = report(on_sqlite, resident, slug, words, address)
    sign_in(on_sqlite, manager, slug, "service_manager")
    expect(by(manager, "own")).to_be_visible()
    manager.goto(f"{on_sqlite.town(slug)['desk']}cases/{number}/")
    by(manager, "target").select_option("WAITING_FOR_RESIDENT")
    by(manager, "move").click()
    expect(manager.locator("main")).to_contain_text("State: Waiting for resident")
    assert row(on_sqlite, number)[0] == "WAITING_FOR_RESIDENT"

    manager.goto(settings)
    before = by(manager, "reaction").count()
    for left in range(before, 0, -1):
        manager.locator('button[value="remove:1"]').click()
        expect(by(manager, "reaction")).to_have_count(left - 1)
    write(manager, "Ask again", days=5, remind=True)
    write(manager, "No answer", days=10, close="no-answer")
    assert not faults(manager)
    by(manager, "try").click()
    expect(by(manager, "tally").first).to_contain_text("within a week")
    expect(by(manager, "trial")).to_contain_text(number)
    by(manager, "publish").click()
    expect(manager.locator("main")).to_contain_text("The reactions hold for what happens from now on.")

    pass_days(on_sqlite, number, 5)
    (_opened, reminder) = on_sqlite.mails_to(address, count=2)
    assert "we still need your answer" in reminder.get_body(("plain",)).get_content()
    pass_days(on_sqlite, number, 5)
    (*_, closed) = on_sqlite.mails_to(address, count=3)
    assert "we asked you something" in closed.get_body(("plain",)).get_content()
    assert row(on_sqlite, number)[0] == "DECLINED"
    manager.goto(f"{on_sqlite.town(slug)['desk']}cases/{number}/")
    for name in ("Ask again", "No answer"):
        expect(manager.locator("main")).to_contain_text(f"By rule: {name}")
    assert not faults(manager)

    manager.goto(settings)
    manager.locator('a[href*="history/reactions"]').click()
    manager.locator('[data-test="roll-back"][value="1"]').click()
    manager.goto(settings)
    expect(by(manager, "reaction")).to_have_count(before)


def write(manager: Page, name: str, *, days: int, remind: bool = False, close: str = "") -> None:
    """Write a rule for those whose answer is waited for, at the end of those there are."""
    by(manager, "name-en").fill(name)
    by(manager, "when").select_option("STATE_LASTS")
    by(manager, "state").select_option("WAITING_FOR_RESIDENT")
    by(manager, "amount").fill(str(days))
    by(manager, "unit").select_option("c")
    if remind:
        by(manager, "remind").check()
    if close:
        by(manager, "close").select_option(close)
    count = by(manager, "reaction").count()
    by(manager, "put-reaction").click()
    expect(by(manager, "reaction")).to_have_count(count + 1)


def pass_days(installation: Installation, number: str, days: int) -> None:
    """Let days pass for a case: all that happened on it happened earlier, and the clock is looked at now."""
    deadline = time.monotonic() + WAIT
    its = f"from cases_case c where c.number = '{number}' and {of_town('riverton')}"
    query = f"select count(*) from processes_timer where case_id = (select c.id {its})"
    while not installation.read(query)[0][0]:
        assert time.monotonic() < deadline, "nothing was planned for the case"
        time.sleep(0.2)
    with closing(sqlite3.connect(installation.data / "moked.sqlite3", timeout=WAIT)) as database, database:
        (case_id,) = database.execute(
            f"select id from cases_case c where number = ? and {of_town('riverton')}", [number]
        ).fetchone()
        for table, moment in (("cases_change", "at"), ("processes_timer", "due_at")):
            database.execute(
                f"update {table} set {moment} = datetime({moment}, ?) where case_id = ?",
                [f"-{days} days", case_id],
            )
        database.execute(
            "update events_scheduledtask set next_at = datetime('now', '-1 minute') where name = ?", [SWEEP]
        )
