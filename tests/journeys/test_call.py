"""A call is taken down: of a known caller in five actions, of an unknown one, and without scripts."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import actions
from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, of_town, own, sign_in

pytestmark = pytest.mark.journey

TOWNS = [
    pytest.param("riverton", "en", "on_sqlite", id="English, SQLite"),
    pytest.param("givat-alon", "he", "on_postgresql", id="Hebrew, PostgreSQL"),
]
WORDS = {
    "en": {"matter": "A deep pothole on the road to the station", "answer": "The town hall opens at eight."},
    "he": {"matter": "יש בור עמוק בכביש בדרך לתחנה", "answer": "העירייה נפתחת בשמונה."},
}
KNOWN_CALLER, AFTER_SCREEN_POP = 5, 3


def number_said(page: Page) -> str:
    expect(by(page, "saved")).to_be_visible()
    page.wait_for_load_state("networkidle")
    number = by(page, "case-number").inner_text().strip()
    assert re.fullmatch(r"\d\d-\d{6}-\d", number)
    return number


def case_of(installation: Installation, slug: str, number: str) -> tuple:
    columns = "c.state, c.channel, c.origin, c.address, p.name, p.email, p.phone"
    (row,) = installation.read(
        f"SELECT {columns} FROM cases_case c LEFT JOIN cases_participant p ON p.case_id = c.id"
        f" WHERE c.number = '{number}' AND {of_town(slug)}"
    )
    return row


def a_street(installation: Installation, slug: str) -> str:
    return str(installation.town(slug)["sample_address"])


def know_somebody(
    installation: Installation, page: Page, slug: str, words: dict[str, str]
) -> tuple[str, str]:
    """Let somebody be known by a first report; return their name and phone number."""
    mark = uuid.uuid4().int
    name, phone = f"Zohar {chr(97 + mark % 26)}{mark % 10**6}", f"050{mark % 10**7:07}"
    page.goto(f"{installation.town(slug)['desk']}new/")
    by(page, "caller").fill(phone)
    by(page, "matter").fill(words["matter"])
    page.locator('[data-test="service"][value="pothole"]').check()
    by(page, "address").fill(a_street(installation, slug))
    by(page, "name").fill(name)
    by(page, "email").fill(f"{mark % 10**9}@example.org")
    by(page, "save").click()
    number_said(page)
    return name, phone


def go_on(page: Page, test: str) -> None:
    """Tab to the field, as hands that stay on the keys do."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset.test") == test:
            return
    raise AssertionError(f"Tab does not lead to {test}")


def tell(page: Page, words: dict[str, str], street: str) -> None:
    """Take matter, service and place down, by keys only."""
    go_on(page, "matter")
    page.keyboard.type(words["matter"])
    by(page, "likely-services").wait_for()
    page.wait_for_load_state("networkidle")
    go_on(page, "service")
    page.keyboard.press("Enter")
    expect(by(page, "service").first).to_be_checked()
    go_on(page, "address")
    page.keyboard.type(street)
    by(page, "option").first.wait_for()
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("slug", "language", "where"), TOWNS)
def test_a_known_caller_takes_five_actions_and_three_when_the_call_is_announced(
    request, visitors, slug, language, where
) -> None:
    installation: Installation = request.getfixturevalue(where)
    words, street = WORDS[language], a_street(installation, slug)
    agent = visitors(locale=language)
    actions.count_in(agent.context)
    page = agent.page()
    sign_in(installation, page, slug, "agent")
    name, phone = know_somebody(installation, page, slug, words)

    expect(by(page, "caller")).to_be_focused()
    actions.start(page)
    page.keyboard.type(phone)
    page.keyboard.press("Enter")
    expect(by(page, "caller-card")).to_contain_text(name)
    expect(by(page, "caller-cases")).to_contain_text(words["matter"])
    tell(page, words, street)
    expect(by(page, "spoken-promise")).to_be_visible()
    assert faults(page) == []
    with page.expect_navigation():  # the number of the call before still stands on the page
        page.keyboard.press("Control+Enter")
    number = number_said(page)
    assert len(done := actions.done(page)) <= KNOWN_CALLER, done
    row = case_of(installation, slug, number)
    assert (row[:3], row[4], row[6]) == (("RECEIVED", "PHONE", "RESIDENT"), name, phone)
    assert row[3]
    assert faults(page) == []

    page.goto(f"{installation.town(slug)['desk']}new/?phone={phone}")
    expect(by(page, "caller-card")).to_contain_text(name)
    actions.start(page)
    tell(page, words, street)
    page.keyboard.press("Control+Enter")
    assert number_said(page) != number
    assert len(done := actions.done(page)) <= AFTER_SCREEN_POP, done


@pytest.mark.parametrize(("slug", "language", "where"), TOWNS)
def test_an_unknown_caller_is_answered_and_closed_at_a_touch(
    request, visitors, slug, language, where
) -> None:
    installation: Installation = request.getfixturevalue(where)
    words, phone = WORDS[language], f"052{uuid.uuid4().int % 10**7:07}"
    narrow = {"viewport": {"width": 390, "height": 844}} if language == "he" else {}
    page = visitors(locale=language, **narrow).page()
    sign_in(installation, page, slug, "agent")
    page.goto(f"{installation.town(slug)['desk']}new/", wait_until="networkidle")
    page.keyboard.type(phone)
    by(page, "nobody-known").wait_for()
    page.keyboard.press("Enter")
    by(page, "matter").fill(words["matter"])
    by(page, "likely-services").wait_for()
    by(page, "service").first.check(force=True)
    page.keyboard.press("Control+Shift+Enter")
    expect(page).to_have_title(re.compile("^(Error:|שגיאה:)"))
    expect(by(page, "matter")).to_have_value(words["matter"])
    assert faults(page) == []
    by(page, "answer").fill(words["answer"])
    page.keyboard.press("Control+Shift+Enter")
    number = number_said(page)
    assert case_of(installation, slug, number)[:3] == ("RESOLVED", "PHONE", "RESIDENT")
    assert case_of(installation, slug, number)[6] == phone
    expect(by(page, "caller")).to_have_value("")


@pytest.mark.parametrize(("slug", "language", "where"), TOWNS)
def test_without_scripts_a_call_is_taken_down_and_its_caller_shown_whole(
    request, visitors, slug, language, where
) -> None:
    installation: Installation = request.getfixturevalue(where)
    words = WORDS[language]
    page = visitors(locale=language, java_script_enabled=False).page()
    sign_in(installation, page, slug, "agent")
    name, phone = know_somebody(installation, page, slug, words)
    page.goto(f"{installation.town(slug)['desk']}new/")
    by(page, "caller").fill(name)
    by(page, "matter").fill(words["matter"])
    by(page, "look").click()
    by(page, "resident").first.check()
    by(page, "service").first.check()
    by(page, "look").click()
    expect(by(page, "caller-cases")).to_contain_text(words["matter"])
    by(page, "save").click()
    number = number_said(page)
    assert case_of(installation, slug, number)[4] == name
    page.goto(f"{installation.town(slug)['desk']}cases/{number}/")
    by(page, "resident").click()
    expect(by(page, "resident-open")).to_contain_text(number)
    expect(by(page, "contacts")).not_to_contain_text(phone)
    by(page, "show-contacts").click()
    expect(by(page, "contacts")).to_contain_text(phone)


def drafts(page: Page) -> list[str]:
    """Return the names of what this tab keeps of calls."""
    names: list[str] = page.evaluate("Object.keys(sessionStorage).filter((one) => one.startsWith('moked-'))")
    return names


@pytest.mark.parametrize(("slug", "language", "where"), TOWNS)
def test_an_unfinished_call_is_offered_after_the_page_was_lost_and_goes_with_its_end(
    request, visitors, slug, language, where
) -> None:
    installation: Installation = request.getfixturevalue(where)
    words, phone = WORDS[language], f"053{uuid.uuid4().int % 10**7:07}"
    new = f"{installation.town(slug)['desk']}new/"
    page = visitors(locale=language).page()
    sign_in(installation, page, slug, "agent")
    page.goto(new, wait_until="networkidle")
    expect(by(page, "unfinished")).to_be_hidden()
    by(page, "caller").fill(phone)
    by(page, "matter").fill(words["matter"])
    page.locator('[data-test="service"][value="pothole"]').check()
    while not drafts(page):  # the time limit of a test ends it
        page.wait_for_timeout(500)

    page.goto(new, wait_until="networkidle")
    expect(by(page, "matter")).to_have_value("")
    expect(by(page, "take-up")).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert faults(page) == []
    by(page, "take-up").click()
    expect(by(page, "caller")).to_have_value(phone)
    expect(by(page, "matter")).to_have_value(words["matter"])
    expect(page.locator('[data-test="service"][value="pothole"]')).to_be_checked()
    expect(by(page, "unfinished")).to_be_hidden()
    by(page, "save").click()
    number_said(page)
    expect(by(page, "unfinished")).to_be_hidden()
    assert drafts(page) == []

    by(page, "matter").fill(words["answer"])
    page.reload()
    by(page, "discard").click()
    expect(by(page, "unfinished")).to_be_hidden()
    expect(by(page, "caller")).to_be_focused()
    assert drafts(page) == []

    by(page, "matter").fill(words["answer"])
    page.reload()
    expect(by(page, "take-up")).to_be_visible()
    by(page, "matter").fill(words["matter"])
    own(page, "sign-out").click()
    page.wait_for_url("**/login/**")
    assert drafts(page) == []
