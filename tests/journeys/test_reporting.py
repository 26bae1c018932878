"""Reporting as people do it: a photo on a phone, words by keyboard alone, a case that is theirs too."""

import io
import re
import uuid

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.files import pictures
from tests.journeys import actions
from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, go_on_to, link_in

pytestmark = pytest.mark.journey

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def middle(installation: Installation, slug: str) -> tuple[float, float]:
    """Return a position in the middle of a town."""
    ((south, west, north, east),) = installation.read(
        "SELECT south, west, north, east FROM places_area a JOIN municipalities_municipality m"
        f" ON m.id = a.municipality_id WHERE m.slug = '{slug}' AND a.kind = 'OUTLINE'"
    )
    return (south + north) / 2, (west + east) / 2


def photo_taken_at(latitude: float, longitude: float) -> bytes:
    """Return a JPEG that says where it was taken."""

    def parts(degrees: float):
        minutes = (degrees - int(degrees)) * 60
        return pictures.degrees(int(degrees), int(minutes), round((minutes - int(minutes)) * 60, 2))

    place = pictures.gps(parts(latitude), "N", parts(abs(longitude)), "E" if longitude > 0 else "W")
    return pictures.photo(size=(640, 480), exif=pictures.exif(gps=place))


def case_row(installation: Installation, number: str) -> dict:
    columns = ("id", "latitude", "longitude", "position_source", "address", "is_outside", "joined")
    (row,) = installation.read(
        f"SELECT {', '.join(columns)} FROM cases_case WHERE number = '{number}' ORDER BY id DESC LIMIT 1"
    )
    return dict(zip(columns, row, strict=True))


def test_a_photo_on_a_phone_in_hebrew_is_a_report_in_six_taps_without_touching_the_map(
    on_sqlite: Installation, visitors
):
    visitor = visitors(locale="he", **PHONE)
    actions.count_in(visitor.context)
    page = visitor.page()
    latitude, longitude = middle(on_sqlite, "givat-alon")
    # Who is known has their browser fill in the contact; the service is the one of the link they followed.
    page.goto(f"{on_sqlite.town('givat-alon')['portal']}report/?first=photo&service=tree")
    actions.start(page)
    taken = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo_taken_at(latitude, longitude)}
    with page.expect_file_chooser() as chooser:
        by(page, "photo").click()
    chooser.value.set_files(taken)
    expect(page.locator('[data-test="photo-item"][data-state="ready"]')).to_have_count(1)
    expect(page.locator('input[name="source"]')).to_have_value("PHOTO")
    assert not faults(page)
    by(page, "continue").click()
    expect(by(page, "service").first).to_be_visible()
    by(page, "continue").click()
    found: list[str] = []
    go_on_to(page, "name", lambda: found.extend(faults(page)))
    assert not found
    by(page, "email").fill("known@example.org")
    by(page, "continue").click()
    expect(page.locator(".mk-thumbs img")).to_have_js_property("complete", True)
    by(page, "send").click()
    number = by(page, "case-number").inner_text().strip()
    assert len(actions.done(page)) <= 6, actions.done(page)
    case = case_row(on_sqlite, number)
    assert case["latitude"] == pytest.approx(latitude, abs=1e-4)
    assert (case["position_source"], case["is_outside"] in (0, False)) == ("PHOTO", True)
    ((files,),) = on_sqlite.read(f"SELECT count(*) FROM cases_attachment WHERE case_id = {case['id']}")
    assert files == 1


def test_words_first_in_english_by_keyboard_alone_with_the_map(on_postgresql: Installation, visitors):
    page = visitors(locale="en").page()
    page.goto(on_postgresql.town("riverton")["portal"])
    press_enter_on(page, "report-start")
    tab_to(page, "matter")
    page.keyboard.type("A deep pothole in the road")
    expect(page.locator("#services input").first).to_be_visible()
    tab_to(page, "service")
    page.keyboard.press("Space")
    press_continue(page)
    expect(by(page, "map-surface")).to_be_visible()
    tab_to(page, "map-surface")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(page.locator('input[name="source"]')).to_have_value("PIN")
    expect(by(page, "map-said")).not_to_be_empty()
    latitude = float(page.locator('input[name="latitude"]').input_value())
    press_continue(page)
    go_on_to(page, "name", press=press_continue)
    tab_to(page, "email")
    page.keyboard.type(f"{uuid.uuid4().hex[:8]}@example.org")
    press_continue(page)
    press_enter_on(page, "send")
    number = by(page, "case-number").inner_text().strip()
    case = case_row(on_postgresql, number)
    assert (case["position_source"], case["latitude"]) == ("PIN", pytest.approx(latitude))


def test_joining_a_case_close_by_ends_with_a_mail_and_a_page_of_ones_own(on_sqlite: Installation, visitors):
    page = visitors(locale="en").page()
    first, second = (f"{uuid.uuid4().hex[:10]}@example.org" for _ in range(2))
    address = str(on_sqlite.town("riverton")["sample_address"])
    number = report_at(on_sqlite, page, address, "Pothole, call 050-1234567", first)
    page.goto(f"{on_sqlite.town('riverton')['portal']}report/")
    go_to_duplicates(page, address, "The same pothole")
    assert on(page, "duplicate")
    card = by(page, "duplicate").filter(has_text=number)
    expect(card).to_contain_text("Pothole")
    assert not faults(page)
    card.locator('[data-test="join"]').click()
    by(page, "email").fill(second)
    by(page, "continue").click()
    by(page, "send").click()
    expect(by(page, "case-number")).to_have_text(number)
    assert not faults(page)
    (mail,) = on_sqlite.mails_to(second, count=1)
    assert number in mail["Subject"] and "050-1234567" not in mail.as_string()
    page.goto(link_in(mail, "follow"))
    expect(by(page, "case-number")).to_have_text(number)
    assert not faults(page)
    assert case_row(on_sqlite, number)["joined"] == 1


def report_at(installation: Installation, page: Page, address: str, matter: str, email: str) -> str:
    page.goto(f"{installation.town('riverton')['portal']}report/")
    go_to_duplicates(page, address, matter)
    go_on_to(page, "name")
    by(page, "email").fill(email)
    by(page, "continue").click()
    by(page, "send").click()
    number: str = by(page, "case-number").inner_text().strip()
    assert re.fullmatch(r"\d\d-\d{6}-\d", number)
    return number


def go_to_duplicates(page: Page, address: str, matter: str) -> None:
    """Say what it is about and where."""
    by(page, "matter").fill(matter)
    by(page, "continue").click()
    go_on_to(page, "address")
    by(page, "address").fill(address)
    by(page, "continue").click()


def on(page: Page, name: str) -> bool:
    """Tell whether the page, once it stands still, has an element of this name."""
    page.wait_for_load_state("networkidle")
    return bool(by(page, name).count())


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on an element of this name."""
    for _ in range(80):
        if page.evaluate("name => document.activeElement?.dataset?.test === name", name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached with Tab on {page.url}")


def press_continue(page: Page) -> None:
    press_enter_on(page, "continue")


def press_enter_on(page: Page, name: str) -> None:
    """Go to a button or link by Tab and press it; wait for the page it leads to."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def test_the_photo_the_journey_sends_is_one():
    assert Image.open(io.BytesIO(photo_taken_at(32.1, 34.8))).getexif().get_ifd(0x8825)
