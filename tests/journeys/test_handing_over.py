"""A case goes to an external body and comes back, as the agent, the body and the resident see it."""

import email
import time
import uuid
from email import policy
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.files import pictures
from tests.journeys.conftest import WAIT, Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import WORDS, by, close, link_in, report, row, sign_in

pytestmark = pytest.mark.journey

BODY = ("Regional roads office", "roads@region.example")
PHOTO = {"name": "road.jpg", "mimeType": "image/jpeg", "buffer": pictures.photo(size=(640, 480))}


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_case_goes_to_a_body_and_comes_back(on_sqlite: Installation, visitors, scripts):
    slug, words, address = "riverton", WORDS["en"], f"{uuid.uuid4().hex[:12]}@example.org"
    resident, agent = visitors(locale="en").page(), visitors(locale="en").page()
    phone = {"viewport": {"width": 390, "height": 844}}
    body = visitors(locale="en", java_script_enabled=scripts, **phone).page()
    number = report(on_sqlite, resident, slug, words, address)
    (opened,) = on_sqlite.mails_to(address, count=1)
    tracking = link_in(opened, "track")

    sign_in(on_sqlite, agent, slug, "agent")
    page_of_case = f"{on_sqlite.town(slug)['desk']}cases/{number}/"
    hand_over(agent, page_of_case)
    assert row(on_sqlite, number)[:2] == ("WITH_EXTERNAL_BODY", 1)
    mail = mail_to_body(on_sqlite, number)
    assert address not in mail.as_string() and "Ann Brook" not in mail.as_string()
    resident.goto(tracking)
    expect(resident.locator("h1")).to_contain_text(BODY[0])

    body.goto(link_in(mail, "handed"))
    expect(by(body, "case-number")).to_have_text(number)
    expect(by(body, "reported")).to_contain_text(words["matter"])
    by(body, "accept").click()
    expect(by(body, "said")).to_contain_text("You took it on")
    look(body, scripts)
    send(body, scripts, "ask", "Which side of the road?")

    agent.goto(page_of_case)
    expect(by(agent, "body-question")).to_contain_text("Which side of the road?")
    assert not faults(agent)
    by(agent, "tell-words").fill("On the left.")
    by(agent, "tell-body").click()
    expect(by(agent, "body-question")).to_have_count(0)

    body.reload()
    expect(by(body, "said")).to_contain_text("On the left.")
    send(body, scripts, "done", "The hole is filled.", PHOTO)
    expect(body.locator("h1")).to_contain_text("we have your answer")
    look(body, scripts)
    assert row(on_sqlite, number)[:2] == ("IN_PROGRESS", 1), "a body closes nothing"

    agent.goto(page_of_case)
    expect(by(agent, "timeline")).to_contain_text("The external body says it is done")
    expect(agent.get_by_alt_text("Photo of the finished work")).to_have_count(1)
    close(agent, number, words)
    resident.goto(tracking)
    expect(by(resident, "state")).to_have_attribute("data-state", "RESOLVED")
    expect(resident.locator("main")).to_contain_text("We passed it on to whoever is responsible")


def hand_over(agent, page_of_case) -> None:
    agent.goto(page_of_case)
    by(agent, "open-hand-over").click()
    by(agent, "body").select_option(label=BODY[0])
    by(agent, "body-message").fill("It is the road to the station.")
    by(agent, "hand-over-send").click()
    expect(by(agent, "timeline")).to_contain_text("Handed to an external body")
    assert not faults(agent)


def mail_to_body(installation: Installation, number: str) -> EmailMessage:
    """Wait for the mail to the body about a case."""
    deadline = time.monotonic() + WAIT
    while True:
        files = sorted((installation.data / "mail").glob("[0-9]*.eml"))
        mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        found = [one for one in mails if BODY[1] in str(one["To"]) and number in one["Subject"]]
        if found:
            return found[0]
        assert time.monotonic() < deadline, "no mail came to the body"
        time.sleep(0.2)


def send(body, scripts: bool, what: str, said: str, photo=None) -> None:
    """Unfold one of the answers, fill it in and send it."""
    by(body, what).click()
    form = body.locator("details", has=by(body, what))
    by(form, "answer-words").fill(said)
    if photo:
        by(form, "photo").set_input_files(photo)
        if scripts:
            expect(form.locator('[data-test="photo-item"][data-state="ready"]')).to_have_count(1)
    by(form, f"send-{what}").click()
    body.wait_for_load_state("networkidle")


def look(page, scripts: bool) -> None:
    if scripts:
        found = faults(page)
        assert not found, "\n".join(found)
