"""A resident chooses from their mail what they are told; a mail server says that a mail did not arrive."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.intake.letters import letter, returned
from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, sign_in

pytestmark = pytest.mark.journey

SLUG, MAILBOX = "givat-alon", "moked@givat-alon.example"


def test_a_resident_chooses_from_their_mail_what_they_are_told(on_sqlite: Installation, visitors):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    number = on_sqlite.receive(letter("הפנס כבוי.", sender=address, to=MAILBOX))["case"]
    (opened,) = on_sqlite.mails_to(address, count=1)
    link = str(opened["List-Unsubscribe"]).strip("<>")

    resident = visitors(locale="he", viewport={"width": 390, "height": 844}, java_script_enabled=False).page()
    resident.goto(link)
    expect(by(resident, "case-number")).to_have_text(number)
    expect(by(resident, "wants-everything")).to_be_checked()
    by(resident, "wants-outcome").check()
    by(resident, "save").click()
    expect(by(resident, "wants-outcome")).to_be_checked()
    expect(resident.locator(".mk-banner-success")).to_be_visible()
    looked_at = visitors(locale="he").page()
    looked_at.goto(link)
    expect(by(looked_at, "wants-outcome")).to_be_checked()
    assert not faults(looked_at)

    report = returned(str(opened["Message-ID"]), to=MAILBOX, recipient=address)
    assert on_sqlite.receive(report)["outcome"] == "DELIVERY_EVENT"
    agent = visitors(locale="en").page()
    sign_in(on_sqlite, agent, SLUG, "agent")
    agent.goto(f"{on_sqlite.town(SLUG)['desk']}cases/{number}/")
    expect(by(agent, "not-arrived")).to_be_visible()
    expect(by(agent, "delivery")).to_contain_text("אין כתובת כזו.")
    assert not faults(agent)
