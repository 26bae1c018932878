"""What scripts add to the components, tried in the gallery: maps, addresses, photos, colours, keys."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, sign_in

pytestmark = pytest.mark.journey

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f0005000201a5e3c0dd0000000049454e44ae426082"
)
DRAWN = 30_000


def gallery(installation: Installation, page: Page, slug: str = "riverton") -> None:
    page.goto(f"{installation.town(slug)['portal']}ui/gallery/")


def drawn(frame: Locator) -> Locator:
    frame.scroll_into_view_if_needed()
    expect(frame).to_have_attribute("data-state", "drawn", timeout=DRAWN)
    return frame


def position(frame: Locator) -> tuple[float, float, str]:
    values = {name: frame.locator(f"input[name={name}]").input_value() for name in FIELDS}
    return float(values["latitude"]), float(values["longitude"]), values["source"]


FIELDS = ("latitude", "longitude", "source")


@pytest.mark.parametrize(("slug", "language"), [("riverton", "en"), ("givat-alon", "he")])
def test_pin_is_placed_by_keys_alone(on_sqlite: Installation, visitors, slug, language):
    page = visitors(locale=language).page()
    gallery(on_sqlite, page, slug)
    frame = drawn(page.locator('[data-map="pin"]'))
    surface = frame.locator('[data-test="map-surface"]')
    by(page, "address").focus()
    page.keyboard.press("Tab")
    expect(surface).to_be_focused()

    page.keyboard.press("ArrowUp")
    latitude, longitude, source = position(frame)
    assert source == "PIN"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    moved = position(frame)
    assert moved[0] > latitude and moved[1] > longitude
    expect(by(page, "map-said")).not_to_be_empty()

    page.keyboard.press("+")
    assert position(frame) == moved
    page.keyboard.press("Tab")
    expect(surface).not_to_be_focused()


def test_pin_is_placed_by_a_click_and_by_a_chosen_address(on_sqlite: Installation, visitors):
    page = visitors(locale="en").page()
    gallery(on_sqlite, page)
    frame = drawn(page.locator('[data-map="pin"]'))
    frame.locator('[data-test="map-surface"]').click(position={"x": 120, "y": 90})
    clicked = position(frame)
    assert clicked[2] == "PIN"

    by(page, "address").fill(first_street(on_sqlite, page)[:4])
    expect(by(page, "option").first).to_be_visible()
    by(page, "address").press("ArrowDown")
    by(page, "address").press("Enter")
    expect(by(page, "option").first).to_be_hidden()
    chosen = position(frame)
    assert chosen[2] == "ADDRESS" and chosen[:2] != clicked[:2]


def first_street(installation: Installation, page: Page) -> str:
    town = page.request.get(f"{installation.town('riverton')['portal']}ui/map/").json()
    return town["streets"]["features"][0]["properties"]["name"]


def test_position_of_the_device_is_taken_or_its_refusal_said(on_sqlite: Installation, visitors):
    inside = {"latitude": 32.01, "longitude": 34.81}
    page = visitors(locale="en", geolocation=inside, permissions=["geolocation"]).page()
    gallery(on_sqlite, page)
    frame = drawn(page.locator('[data-map="pin"]'))
    by(page, "locate").click()
    expect(frame.locator("input[name=source]")).to_have_value("DEVICE")
    assert position(frame) == (32.01, 34.81, "DEVICE")

    refused = visitors(locale="en", permissions=[]).page()
    gallery(on_sqlite, refused)
    frame = drawn(refused.locator('[data-map="pin"]'))
    by(refused, "locate").click()
    expect(by(refused, "map-said")).to_have_text(re.compile("Write the address, or move the pin"))
    assert frame.locator("input[name=source]").input_value() == ""


def test_list_and_map_show_the_same_case(on_sqlite: Installation, visitors):
    page = visitors(locale="en").page()
    gallery(on_sqlite, page)
    frame = drawn(page.locator('[data-map="marks"]'))
    item = page.locator("#marks [data-mark]").nth(3)
    item.locator("a").focus()
    expect(item).to_have_attribute("data-shown", "")
    expect(frame).to_have_attribute("data-shown", item.get_attribute("data-mark"))

    item.locator("[data-show-on-map]").click()
    page.locator("#marks [data-mark]").nth(5).locator("a").focus()
    surface = frame.locator('[data-test="map-surface"]')
    box = surface.bounding_box()
    for _ in range(20):  # until the map has moved there
        surface.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        if item.get_attribute("data-shown") is not None:
            break
        page.wait_for_timeout(300)
    expect(item).to_have_attribute("data-shown", "")
    expect(item.locator("a")).to_be_focused()


def test_without_webgl_a_sentence_stands_for_the_map(on_sqlite: Installation, visitors):
    visitor = visitors(locale="en")
    visitor.context.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...more); };"
    )
    page = visitor.page()
    gallery(on_sqlite, page)
    frame = page.locator('[data-map="pin"]')
    frame.scroll_into_view_if_needed()
    expect(frame).to_contain_text("The map cannot be drawn on this device. The address is enough.")
    expect(frame.locator('[data-test="map-surface"]')).to_be_hidden()
    by(page, "address").fill("Anywhere 5")


def test_suggestions_are_chosen_by_keys_and_any_other_text_stays(on_sqlite: Installation, visitors):
    page = visitors(locale="en").page()
    gallery(on_sqlite, page)
    field = by(page, "caller")
    field.fill("an")
    options = page.get_by_role("option")
    expect(options).to_have_count(5)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    expect(field).to_be_focused()
    field.press("ArrowUp")
    field.press("ArrowUp")
    expect(options.nth(4)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("Susan O’Brien")
    expect(field).to_have_attribute("aria-expanded", "false")

    field.fill("ann")
    expect(options.first).to_be_visible()
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("ann")


def test_photos_are_sent_at_once_shown_refused_and_removed(on_sqlite: Installation, visitors, tmp_path):
    page = visitors(locale="en").page()
    gallery(on_sqlite, page)
    photo = {"name": "lamp.png", "mimeType": "image/png", "buffer": PIXEL}
    by(page, "photo").set_input_files([photo, photo | {"name": "second.png"}])
    items = by(page, "photo-item")
    expect(items).to_have_count(2)
    expect(page.locator('[data-test="photo-item"][data-state="ready"]')).to_have_count(2)
    assert [one.input_value() for one in items.locator("input[name=photos]").all()] == ["example"] * 2
    assert by(page, "photo").input_value() == ""

    by(page, "photo-remove").first.click()
    expect(items).to_have_count(1)
    expect(by(page, "photo")).to_be_focused()

    big = tmp_path / "big.png"
    big.write_bytes(bytes(15 * 1024 * 1024 + 1))
    by(page, "photo").set_input_files(big)
    expect(items.nth(1)).to_contain_text("This photo is too large.")
    assert items.nth(1).locator("input[name=photos]").is_disabled()


def test_colours_follow_the_choice_at_once_and_afterwards(on_sqlite: Installation, visitors):
    page = visitors(locale="en", color_scheme="light").page()
    gallery(on_sqlite, page)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("textarea").first.fill("half a sentence")
    with page.expect_response(re.compile("/ui/appearance/")):
        by(page, "appearance-dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    expect(page.locator("textarea").first).to_have_value("half a sentence")
    page.reload()
    assert page.evaluate(ground) == dark
    with page.expect_response(re.compile("/ui/appearance/")):
        by(page, "appearance-system").click()
    assert page.evaluate(ground) == light


def test_desk_is_worked_by_keys_whatever_the_layout_sends(on_sqlite: Installation, visitors):
    page = visitors(locale="en").page()
    page.goto(on_sqlite.town("riverton")["desk"])
    sign_in(on_sqlite, page, "riverton", "agent")
    rows = page.locator("[data-key-row]")
    expect(rows.first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    expect(rows.first.locator("a")).to_be_focused()
    hebrew(page, "KeyJ", "ח")
    expect(rows.nth(1).locator("a")).to_be_focused()
    page.keyboard.press("k")
    expect(rows.first.locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(by(page, "case-number")).to_be_visible()
    page.wait_for_load_state("networkidle")

    hebrew(page, "KeyR", "ר")
    expect(by(page, "reply")).to_be_focused()
    page.keyboard.type("jrk/?")
    expect(by(page, "reply")).to_have_value("jrk/?")
    page.keyboard.press("Escape")
    expect(by(page, "reply")).not_to_be_focused()
    page.keyboard.press("/")
    expect(by(page, "search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Back to the queue")
    assert not faults(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(rows.first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(rows.first).to_be_visible()
    page.wait_for_load_state("networkidle")

    by(page, "keys").click()
    by(page, "keys-off").click()
    page.keyboard.press("n")
    page.keyboard.press("j")
    expect(rows.first.locator("a")).not_to_be_focused()
    expect(rows.first).to_be_visible()


def hebrew(page: Page, code: str, letter: str) -> None:
    """Press a key as a Hebrew layout sends it."""
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
        [code, letter],
    )


@pytest.mark.parametrize("slug", ["riverton", "givat-alon"])
def test_axe_finds_nothing_in_the_gallery(on_sqlite: Installation, visitors, slug):
    page = visitors(locale="he" if slug == "givat-alon" else "en").page()
    gallery(on_sqlite, page, slug)
    for frame in page.locator("[data-map]").all():
        drawn(frame)
    assert not faults(page)
