"""A resident reports by mail and answers by mail, as they and the agent see it."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.intake.letters import letter
from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, row, sign_in

pytestmark = pytest.mark.journey

SLUG, MAILBOX = "givat-alon", "moked@givat-alon.example"
MATTER = "הפנס מול בית 12 כבוי כבר שבוע."


def test_a_resident_reports_by_mail_and_answers_by_mail(on_sqlite: Installation, visitors):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    files = (("תוכנית.pdf", "application/pdf", b"%PDF-1.4"),)
    raw = letter(f"<p>{MATTER}</p>", sender=f"דנה <{address}>", to=MAILBOX, subject="פנס כבוי", files=files)
    said = on_sqlite.receive(raw.replace(b"Content-Type: text/plain", b"Content-Type: text/html", 1))
    assert (said["outcome"], said["text"]) == ("CONTACT", MATTER)
    number = said["case"]
    (opened,) = on_sqlite.mails_to(address, count=1)
    assert number in str(opened["Subject"]) + opened.get_body(("plain",)).get_content()
    assert opened["Content-Language"] == "he"

    answer = letter("עדיין כבוי.", sender=address, to=str(opened["Reply-To"]), subject=f"Re: {number}")
    assert on_sqlite.receive(answer)["case"] == number
    # In somebody else's name it opens a case of its own.
    stranger = letter("?", sender="eve@example.org", to=str(opened["Reply-To"]), subject=f"Re: {number}")
    assert on_sqlite.receive(stranger)["case"] not in {None, number}
    assert row(on_sqlite, number)[:2] == ("RECEIVED", 1)

    agent = visitors(locale="en").page()
    sign_in(on_sqlite, agent, SLUG, "agent")
    desk = on_sqlite.town(SLUG)["desk"]
    agent.goto(f"{desk}cases/{number}/")
    expect(by(agent, "timeline")).to_contain_text("עדיין כבוי.")
    assert not faults(agent)
    agent.locator(".dk-first .mk-downloads a").last.click()
    frame = agent.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text(MATTER)
    assert not faults(agent)

    waiting = letter(
        "Sale!", sender="shop@example.org", to=MAILBOX, subject="Sale", List_Id="<sale.example.org>"
    )
    assert on_sqlite.receive(waiting)["outcome"] == "QUARANTINE"
    agent.goto(f"{desk}mails/")
    agent.get_by_role("link", name="Sale").first.click()
    expect(by(agent, "reason")).to_be_visible()
    assert not faults(agent)
    by(agent, "why").fill("An advertisement")
    by(agent, "discard").click()
    agent.goto(f"{desk}mails/")
    expect(agent.get_by_text("Sale", exact=True)).to_have_count(0)
