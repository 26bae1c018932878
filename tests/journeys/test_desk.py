"""The desk as people use it: crews, checks, merging, and how few actions each takes."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.files import pictures
from tests.journeys import actions
from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import WORDS, by, go_on_to, link_in, report, sign_in
from tests.journeys.test_reporting import report_at

pytestmark = pytest.mark.journey

PHOTO = {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": pictures.photo(size=(640, 480))}


def address() -> str:
    return f"{uuid.uuid4().hex[:10]}@example.org"


def case_at(installation: Installation, visitors, *, slug="riverton", language="en", email="") -> str:
    """Have somebody report a pothole; return its number."""
    resident = visitors(locale=language).page()
    return report(installation, resident, slug, WORDS[language], email or address())


def open_case(installation: Installation, page: Page, slug: str, number: str, role="agent") -> None:
    sign_in(installation, page, slug, role)
    page.goto(f"{installation.town(slug)['desk']}cases/{number}/")


@pytest.mark.parametrize(
    ("slug", "language", "scripts", "where"),
    [("givat-alon", "he", True, "on_sqlite"), ("riverton", "en", False, "on_postgresql")],
    ids=["Hebrew, phone", "English, without scripts"],
)
def test_a_crew_finishes_with_a_photo_that_the_resident_sees(
    request, visitors, slug, language, scripts, where
):
    installation: Installation = request.getfixturevalue(where)
    email = address()
    number = case_at(installation, visitors, slug=slug, language=language, email=email)
    phone = {"viewport": {"width": 390, "height": 844}} if language == "he" else {}
    page = visitors(locale=language, java_script_enabled=scripts, **phone).page()
    sign_in(installation, page, slug, "department_worker")
    page.goto(f"{installation.town(slug)['desk']}crew/?list=department")
    expect(by(page, "crew-card").first).to_be_visible()
    page.goto(f"{installation.town(slug)['desk']}crew/{number}/")
    if scripts:
        assert not faults(page)
    by(page, "start").click()
    expect(by(page, "state")).to_have_attribute("data-state", "IN_PROGRESS")
    by(page, "done").click()
    by(page, "photo").set_input_files(PHOTO)
    if scripts:
        expect(page.locator('[data-test="photo-item"][data-state="ready"]')).to_have_count(1)
        assert not faults(page)
    by(page, "outcome").first.check()
    by(page, "words").fill(WORDS[language]["closing"])
    by(page, "confirm").click()
    expect(page.locator(".mk-banner-success")).to_contain_text(number)
    expect(by(page, "crew-card").filter(has_text=number)).to_have_count(0)
    closed = installation.mails_to(email, count=2)[1]
    assert WORDS[language]["closing"] in closed.get_body(("plain",)).get_content()
    resident = visitors(locale=language).page()
    resident.goto(link_in(closed, "track"))
    proof = resident.locator(".mk-thumbs img").first
    expect(proof).to_have_js_property("complete", True)
    assert proof.evaluate("photo => photo.naturalWidth") > 0
    assert not faults(resident)


def test_the_centre_confirms_what_the_crew_finished_and_then_the_resident_is_told(
    on_sqlite: Installation, visitors
):
    email = address()
    number = case_at(on_sqlite, visitors, email=email)
    desk = on_sqlite.town("riverton")["desk"]
    centre, crew = visitors(locale="en").page(), visitors(locale="en").page()
    open_case(on_sqlite, centre, "riverton", number)
    centre.goto(f"{desk}cases/{number}/service/")
    centre.get_by_role("radio", name="Dogs").check()
    by(centre, "confirm").click()
    by(centre, "assign-department").select_option(label="Roads and lighting")
    by(centre, "assign").click()
    expect(centre.locator(".dk-holder")).to_contain_text("Roads and lighting")
    sign_in(on_sqlite, crew, "riverton", "department_worker")
    crew.goto(f"{desk}crew/{number}/done/")
    by(crew, "outcome").first.check()
    by(crew, "words").fill("The dog is in the shelter.")
    by(crew, "confirm").click()
    crew.wait_for_url("**/crew/?list=mine")
    told = on_sqlite.mails_to(email, count=2)  # that it came in, and until when the other service promises it
    assert not any("shelter" in mail.get_body(("plain",)).get_content() for mail in told)
    centre.goto(f"{desk}cases/{number}/")
    expect(by(centre, "check")).to_contain_text("The dog is in the shelter.")
    assert not faults(centre)
    by(centre, "confirm-check").click()
    expect(by(centre, "state").first).to_have_attribute("data-state", "RESOLVED")
    closed = on_sqlite.mails_to(email, count=3)[2]
    assert "The dog is in the shelter." in closed.get_body(("plain",)).get_content()


def test_a_reply_with_a_template_takes_four_actions(on_sqlite: Installation, visitors):
    number = case_at(on_sqlite, visitors)
    visitor = visitors(locale="en")
    actions.count_in(visitor.context)
    page = visitor.page()
    open_case(on_sqlite, page, "riverton", number)
    actions.start(page)
    by(page, "reply").fill("Good morning.")
    by(page, "templates").first.click()
    by(page, "template").first.click()
    expect(by(page, "reply")).to_have_value(re.compile(r"Good morning\.\n\n\w"))
    by(page, "send").click()
    expect(by(page, "state").first).to_have_attribute("data-state", "IN_PROGRESS")
    assert len(actions.done(page)) <= 4, actions.done(page)


def test_a_reply_closes_the_case_in_three_actions(on_sqlite: Installation, visitors):
    email = address()
    number = case_at(on_sqlite, visitors, email=email)
    visitor = visitors(locale="en")
    actions.count_in(visitor.context)
    page = visitor.page()
    open_case(on_sqlite, page, "riverton", number)
    by(page, "reply").focus()
    actions.start(page)
    page.keyboard.type("The hole is filled.")
    page.keyboard.press("Control+Shift+Enter")
    expect(by(page, "words")).to_have_value("The hole is filled.")
    page.keyboard.press("1")
    by(page, "outcome").first.press("Control+Enter")
    expect(by(page, "state").first).to_have_attribute("data-state", "RESOLVED")
    assert len(actions.done(page)) <= 3, actions.done(page)
    closed = on_sqlite.mails_to(email, count=2)[1]
    assert "The hole is filled." in closed.get_body(("plain",)).get_content()


def test_closing_with_ready_words_takes_three_actions_and_enter_chooses_none(
    on_sqlite: Installation, visitors
):
    number = case_at(on_sqlite, visitors)
    visitor = visitors(locale="en")
    actions.count_in(visitor.context)
    page = visitor.page()
    open_case(on_sqlite, page, "riverton", number)
    by(page, "close").click()
    by(page, "outcome").first.check()
    by(page, "outcome").first.press("Enter")
    expect(page.locator(".mk-summary")).to_be_visible()
    expect(by(page, "words")).to_have_value("")
    page.goto(f"{on_sqlite.town('riverton')['desk']}cases/{number}/close/")
    actions.start(page)
    by(page, "templates").click()
    by(page, "template").first.click()
    expect(by(page, "words")).not_to_have_value("")
    assert not faults(page)
    by(page, "confirm").click()
    expect(by(page, "state").first).not_to_have_attribute("data-state", "RECEIVED")
    assert len(actions.done(page)) <= 3, actions.done(page)


def test_reassigning_takes_two_actions(on_postgresql: Installation, visitors):
    number = case_at(on_postgresql, visitors)
    visitor = visitors(locale="en")
    actions.count_in(visitor.context)
    page = visitor.page()
    open_case(on_postgresql, page, "riverton", number)
    person = by(page, "assign-person")
    other = person.locator("option").nth(1).inner_text()
    actions.start(page)
    person.focus()
    page.keyboard.type(other[:6])
    by(page, "assign").click()
    expect(page.locator(".dk-holder")).to_contain_text(other)
    assert len(actions.done(page)) <= 2, actions.done(page)


def test_merging_with_the_top_candidate_takes_three_actions_and_tells_everybody_at_the_end(
    on_sqlite: Installation, visitors
):
    first, second = address(), address()
    place = str(on_sqlite.town("riverton")["sample_address"])
    resident = visitors(locale="en").page()
    into = report_at(on_sqlite, resident, place, "A pothole near the bank", first)
    number = report_at(on_sqlite, resident, place, "Pothole near the bank", second)
    visitor = visitors(locale="en")
    actions.count_in(visitor.context)
    page = visitor.page()
    open_case(on_sqlite, page, "riverton", number)
    actions.start(page)
    by(page, "candidate").filter(has_text=into).locator('[data-test="take-candidate"]').click()
    expect(by(page, "merge-preview")).to_contain_text(into)
    expect(by(page, "told")).to_contain_text("1 person")
    assert not faults(page)
    by(page, "confirm").click()
    expect(by(page, "state").first).to_have_attribute("data-state", "MERGED")
    assert len(actions.done(page)) <= 3, actions.done(page)
    page.goto(f"{on_sqlite.town('riverton')['desk']}cases/{into}/")
    actions.start(page)
    by(page, "close").click()
    by(page, "outcome").first.check()
    by(page, "words").fill("The hole is filled.")
    expect(by(page, "readers")).to_be_visible()
    by(page, "confirm").click()
    expect(by(page, "state").first).to_have_attribute("data-state", "RESOLVED")
    assert len(actions.done(page)) <= 3, actions.done(page)
    for resident, mails in ((first, 2), (second, 3)):  # in whatever order they were sent
        told = [mail.get_body(("plain",)).get_content() for mail in on_sqlite.mails_to(resident, count=mails)]
        assert sum("The hole is filled." in words for words in told) == 1


def test_the_place_of_a_case_is_on_a_small_map_that_takes_no_keys(on_sqlite: Installation, visitors):
    town, resident = on_sqlite.town("riverton"), visitors(locale="en").page()
    number = report_at(on_sqlite, resident, str(town["sample_address"]), "A bench is broken", address())
    page = visitors(locale="he", color_scheme="dark").page()
    open_case(on_sqlite, page, "riverton", number)
    frame = page.locator('[data-map="place"]')
    frame.scroll_into_view_if_needed()
    expect(frame).to_have_attribute("data-state", "drawn", timeout=20_000)
    surface, pin = by(page, "map-surface").bounding_box(), by(page, "pin").bounding_box()
    assert abs(pin["x"] + pin["width"] / 2 - surface["x"] - surface["width"] / 2) < 3, "in the middle"
    expect(frame.locator("canvas[tabindex='0']")).to_have_count(0)
    assert not faults(page)


def test_a_manager_adds_a_service_with_a_question_and_a_resident_uses_it(on_sqlite: Installation, visitors):
    manager = visitors(locale="en").page()
    sign_in(on_sqlite, manager, "riverton", "service_manager")
    manager.goto(f"{on_sqlite.town('riverton')['desk']}settings/services/new/")
    name = f"Fountain {uuid.uuid4().hex[:6]}"
    manager.locator('[name="name_en"]').fill(name)
    manager.locator('[name="department"]').select_option(index=1)
    manager.locator('[name="resolution_amount"], [name="resolution"]').first.fill("3")
    manager.locator('main form button[name="step"][value="save"]').first.click()
    assert not faults(manager)
    resident = visitors(locale="en").page()
    resident.goto(f"{on_sqlite.town('riverton')['portal']}report/")
    by(resident, "matter").fill(name)
    expect(resident.locator("#services")).to_contain_text(name)
    resident.locator("#services label", has_text=name).first.click()
    by(resident, "continue").click()
    go_on_to(resident, "name")
    by(resident, "continue").click()
    by(resident, "send").click()
    expect(by(resident, "case-number")).to_be_visible()
    expect(by(resident, "promise").first).to_be_visible()
