"""Every page, with data on it, in both languages, light and dark: axe finds nothing."""

import uuid
from pathlib import Path

import pytest

from tests.journeys.conftest import Installation
from tests.journeys.test_full_circle import WORDS, by, close, go_on_to, link_in, own, report, sign_in

pytestmark = pytest.mark.journey

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # what depends on the scheme


def faults(page, *, with_colours: bool = True) -> list[str]:
    """Return what axe finds on the page at rest, each with its place; colours in light and in dark."""
    page.wait_for_load_state("networkidle")
    # The page's own policy forbids foreign scripts, so axe comes in by the browser's own door.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme in ("dark", "light")[not with_colours :]:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
        asked = {
            "runOnly": COLOURS if scheme == "dark" else TAGS,
            "rules": {} if with_colours else {one: {"enabled": False} for one in COLOURS},
        }
        violations = page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
        found += [
            f"{page.url} in {scheme}, {one['id']}: {node['target']} {node['html'][:120]}"
            for one in violations
            for node in one["nodes"]
        ]
    return found


@pytest.mark.parametrize(
    ("slug", "language"), [("riverton", "en"), ("givat-alon", "he")], ids=["English", "Hebrew"]
)
def test_axe_finds_nothing_on_any_page(on_sqlite: Installation, visitors, slug, language):
    phone = {"viewport": {"width": 390, "height": 844}} if language == "he" else {}
    page = visitors(locale=language, **phone).page()
    found: list[str] = []

    def look() -> None:
        found.extend(faults(page))

    portal, desk = on_sqlite.town(slug)["portal"], on_sqlite.town(slug)["desk"]
    page.goto(portal)
    look()
    by(page, "report-start").click()
    by(page, "matter").fill(WORDS[language]["matter"])
    look()
    by(page, "continue").click()
    if by(page, "service").count():
        look()
        by(page, "continue").click()
        page.wait_for_load_state("networkidle")
    go_on_to(page, "name", look)
    look()
    by(page, "email").fill("not an address")
    by(page, "continue").click()
    look()
    by(page, "email").fill("ann@example.org")
    by(page, "continue").click()
    look()
    by(page, "send").click()
    look()
    number = by(page, "case-number").inner_text().strip()
    by(page, "tracking-link").click()
    look()
    page.goto(on_sqlite.town(slug)["figures"])
    look()
    page.goto(desk)
    look()
    sign_in(on_sqlite, page, slug, "agent")
    look()
    by(page, "search").fill(number)
    by(page, "search").press("Enter")
    look()
    by(page, "reply").fill(WORDS[language]["reply"])
    by(page, "send").click()
    look()
    by(page, "close").click()
    look()
    by(page, "confirm").click()
    look()
    page.goto(f"{desk}new/")
    look()
    sign_out = own(page, "sign-out")
    look()
    sign_out.click()
    sign_in(on_sqlite, page, slug, "administrator")
    look()
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_a_survey(on_sqlite: Installation, visitors) -> None:
    page = visitors(locale="en").page()
    address = f"{uuid.uuid4().hex[:10]}@example.org"
    number = report(on_sqlite, page, "riverton", WORDS["en"], address)
    sign_in(on_sqlite, page, "riverton", "agent")
    page.goto(f"{on_sqlite.town('riverton')['desk']}cases/{number}/close/")
    close(page, number, WORDS["en"])
    mail = on_sqlite.mails_to(address, count=2)[1]
    found = []
    for target in (link_in(mail, "survey"), on_sqlite.access["base_url"] + "/demo/mail"):
        page.goto(target)
        found += faults(page)
    page.locator("main a").first.click()
    found += faults(page)
    assert not found, "\n".join(found)
