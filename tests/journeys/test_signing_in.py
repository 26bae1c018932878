"""Signing in safely, as an administrator walks it: led to set up, app, paper, passkey, lost phone."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation, installed
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, own, sign_in

pytestmark = pytest.mark.journey

WALKS = [("riverton", "en"), ("givat-alon", "he")]
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo in which administrators need a second factor, as everywhere but in demos."""
    required = {"MOKED_REQUIRE_SECOND_FACTOR": "on"}
    with installed(tmp_path_factory.mktemp("strict"), required) as installation:
        yield installation


def code_of(secret: str, *, later: int = 0) -> str:
    """Return the code an authenticator app shows, by RFC 6238 and nothing of ours."""
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + later), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return str((number & 0x7FFFFFFF) % 10**6).zfill(6)


def in_eastern_digits(code: str) -> str:
    return code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


def plug_in_device(page: Page) -> None:
    """Give the browser a device that keeps passkeys and always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.parametrize(("slug", "language"), WALKS, ids=["English", "Hebrew on a phone"])
def test_an_administrator_signs_in_safely(strict: Installation, visitors, slug: str, language: str) -> None:
    page = visitors(locale=language, **(PHONE if language == "he" else {})).page()
    plug_in_device(page)
    found: list[str] = []

    def look() -> None:
        found.extend(faults(page))

    is_led_to_set_up(strict, page, slug, look)
    secret = set_up_app(page, look)
    paper = keep_paper(page, look)
    page.goto(operations_of(strict, slug))
    expect(page.locator("h1")).to_be_visible()
    expect(page).to_have_url(re.compile("/ops/"))

    own(page, "sign-out").click()
    sign_in_with_code(strict, page, slug, secret, look)
    add_passkey(page, look)
    own(page, "sign-out").click()
    sign_in_with_passkey(page, look)

    own(page, "sign-out").click()
    sign_in(strict, page, slug, "administrator")
    by(page, "passkey").click()
    expect(by(page, "own")).to_be_visible()
    own(page, "sign-out").click()
    sign_in(strict, page, slug, "administrator")
    by(page, "code").fill(paper[0])
    by(page, "confirm").click()
    lose_the_phone(page, look)
    assert not found, "\n".join(found)


def operations_of(installation: Installation, slug: str) -> str:
    return installation.town(slug)["desk"].replace("/desk/", "/ops/")


def is_led_to_set_up(installation: Installation, page: Page, slug: str, look: Callable[[], None]) -> None:
    page.goto(installation.town(slug)["desk"])
    look()
    sign_in(installation, page, slug, "administrator")
    expect(by(page, "add-app")).to_be_visible()
    page.goto(operations_of(installation, slug))
    expect(by(page, "add-app")).to_be_visible()
    look()


def set_up_app(page: Page, look: Callable[[], None]) -> str:
    by(page, "add-app").click()
    look()
    secret = by(page, "secret").inner_text()
    expect(by(page, "code")).to_have_attribute("inputmode", "numeric")
    by(page, "code").fill("000000")
    by(page, "save").click()
    look()
    assert by(page, "secret").inner_text() == secret, "the app would have to be set up again"
    by(page, "code").fill(in_eastern_digits(code_of(secret)))
    by(page, "save").click()
    return secret


def keep_paper(page: Page, look: Callable[[], None]) -> list[str]:
    expect(by(page, "recovery-code")).to_have_count(10)
    look()
    paper = by(page, "recovery-code").all_inner_texts()
    by(page, "kept").click()
    expect(by(page, "codes-left")).to_contain_text("10")
    look()
    return paper


def sign_in_with_code(
    installation: Installation, page: Page, slug: str, secret: str, look: Callable[[], None]
) -> None:
    sign_in(installation, page, slug, "administrator")
    look()
    by(page, "code").fill("123")
    by(page, "confirm").click()
    look()
    code = code_of(secret, later=1)  # that of now was taken when the app was set up
    by(page, "code").fill(f"{code[:3]} {code[3:]}")
    by(page, "confirm").click()
    expect(by(page, "own")).to_be_visible()


def add_passkey(page: Page, look: Callable[[], None]) -> None:
    own(page, "safety").click()
    by(page, "add-passkey").click()
    look()
    by(page, "name").fill("מחשב 1")
    by(page, "passkey").click()
    expect(by(page, "rename-passkey")).to_be_visible()
    look()
    by(page, "rename-passkey").click()
    look()
    by(page, "name").fill("מחשב בלשכה")
    by(page, "save").click()
    expect(page.locator("main")).to_contain_text("מחשב בלשכה")


def sign_in_with_passkey(page: Page, look: Callable[[], None]) -> None:
    look()
    by(page, "passkey").click()
    expect(by(page, "own")).to_be_visible()


def lose_the_phone(page: Page, look: Callable[[], None]) -> None:
    own(page, "safety").click()
    expect(by(page, "codes-left")).to_contain_text("9")
    by(page, "remove-app").click()
    look()
    by(page, "remove").click()
    expect(by(page, "add-app")).to_be_visible()
    by(page, "remove-passkey").click()
    look()
    by(page, "remove").click()
    expect(by(page, "rename-passkey")).to_be_visible()  # an administrator keeps the last one
    by(page, "new-codes").click()
    look()
    by(page, "save").click()
    expect(by(page, "recovery-code")).to_have_count(10)


def test_others_are_offered_it_until_they_wave_it_away(strict: Installation, visitors) -> None:
    page = visitors(locale="en").page()
    sign_in(strict, page, "riverton", "agent")
    expect(by(page, "offer")).to_be_visible()
    assert faults(page) == []
    by(page, "later").click()
    expect(by(page, "search")).to_be_visible()
    expect(by(page, "offer")).to_have_count(0)


def test_without_scripts_the_app_protects_as_well(strict: Installation, visitors) -> None:
    page = visitors(locale="en", java_script_enabled=False).page()
    sign_in(strict, page, "riverton", "service_manager")
    expect(by(page, "passkey")).to_have_count(0)
    by(page, "offer").click()
    by(page, "add-passkey").click()
    expect(by(page, "passkey")).to_be_hidden()
    page.locator("[data-no-passkey] a").click()
    by(page, "code").fill(code_of(by(page, "secret").inner_text()))
    by(page, "save").click()
    expect(by(page, "recovery-code")).to_have_count(10)
