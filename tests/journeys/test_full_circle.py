"""The full circle, as people walk it: report, mail, tracking, desk, closing, survey, review, figures."""

import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation

pytestmark = pytest.mark.journey

WALKS = [
    pytest.param("riverton", "en", True, "on_sqlite", id="English, with JavaScript, SQLite"),
    pytest.param("givat-alon", "en", False, "on_postgresql", id="English, without JavaScript, PostgreSQL"),
    pytest.param("givat-alon", "he", True, "on_postgresql", id="Hebrew, with JavaScript, PostgreSQL"),
    pytest.param("givat-alon", "he", False, "on_sqlite", id="Hebrew, without JavaScript, SQLite"),
    pytest.param("givat-alon", "ar", True, "on_sqlite", id="Arabic, with JavaScript, SQLite"),
    pytest.param("trebohrad", "cs", True, "in_czechia", id="Czech, with JavaScript, SQLite"),
    pytest.param("fuzeshalom", "hu", True, "in_hungary", id="Hungarian, with JavaScript, SQLite"),
]
RIGHT_TO_LEFT = {"he", "ar"}
SINCE = f"{datetime.now(UTC) - timedelta(days=40):%Y-%m}"
WORDS = {
    "en": {
        "matter": "A deep pothole on the road to the station",
        "added": "It is by number 14.",
        "reply": "The crew comes on Thursday.",
        "closing": "The hole is filled.",
        "survey": "The hole is still there!",
        "opened_subject": "We have your report: {number}",
        "closed_subject": "Your report {number} has been dealt with",
    },
    "he": {
        "matter": "יש בור עמוק בכביש בדרך לתחנה",
        "added": "ליד בית 14.",
        "reply": "הצוות יגיע ביום חמישי.",
        "closing": "הבור מולא.",
        "survey": "הבור עדיין שם!",
        "opened_subject": "הפנייה התקבלה: {number}",
        "closed_subject": "הפנייה {number} טופלה",
    },
    "ar": {
        "matter": "هناك حفرة عميقة في الشارع في الطريق إلى المحطّة",
        "added": "قرب البيت رقم 14.",
        "reply": "سيصل الطاقم يوم الخميس.",
        "closing": "رُدمت الحفرة.",
        "survey": "الحفرة ما زالت هناك!",
        "opened_subject": "وصلنا توجّهكم: {number}",
        "closed_subject": "تمّت معالجة التوجّه {number}",
    },
    "cs": {
        "matter": "V silnici cestou k nádraží je hluboký výtluk",
        "added": "Je u čísla 14.",
        "reply": "Četa přijede ve čtvrtek.",
        "closing": "Výtluk je zalitý.",
        "survey": "Výtluk tam pořád je!",
        "opened_subject": "Váš podnět jsme přijali: {number}",
        "closed_subject": "Váš podnět jsme vyřídili: {number}",
    },
    "hu": {
        "matter": "Mély kátyú van az állomáshoz vezető úton",
        "added": "A 14-es számnál van.",
        "reply": "A csapat csütörtökön jön.",
        "closing": "A kátyút betömtük.",
        "survey": "A kátyú még mindig ott van!",
        "opened_subject": "Bejelentését megkaptuk: {number}",
        "closed_subject": "Bejelentésével elkészültünk: {number}",
    },
}

SIGNATURES = {
    ("riverton", "en"): "Riverton",
    ("givat-alon", "en"): "Givat Alon",
    ("givat-alon", "he"): "גבעת אלון",
    ("givat-alon", "ar"): "جفعات ألون",
    ("trebohrad", "cs"): "Třebohrad",
    ("fuzeshalom", "hu"): "Fűzeshalom",
}


def by(page: Page, name: str):
    return page.locator(f'[data-test="{name}"]')


def own(page: Page, name: str):
    """Open the menu of whoever is signed in, and return something in it."""
    by(page, "own").click()
    return by(page, name)


@pytest.mark.parametrize(("slug", "language", "scripts", "where"), WALKS)
def test_full_circle(request, visitors, slug, language, scripts, where):
    installation: Installation = request.getfixturevalue(where)
    words = WORDS[language]
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    phone = {"viewport": {"width": 390, "height": 844}} if language in RIGHT_TO_LEFT else {}
    options = {"locale": language, "java_script_enabled": scripts} | phone
    resident, agent = (
        visitors(**options).page(),
        visitors(locale=language, java_script_enabled=scripts).page(),
    )
    before = figures_of_now(installation, resident, slug)

    number = report(installation, resident, slug, words, address)
    assert row(installation, number) == ("RECEIVED", 1, "WEB", language)

    (opened,) = installation.mails_to(address, count=1)
    assert opened["Subject"] == words["opened_subject"].format(number=number)
    assert SIGNATURES[slug, language] in str(opened["From"])
    tracking = link_in(opened, "track")
    assert tracking.startswith(installation.town(slug)["portal"])
    follow_and_add(resident, tracking, number, words)

    sign_in(installation, agent, slug, "agent")
    answer(agent, number, words)
    (_, answered) = installation.mails_to(address, count=2)
    assert answered["In-Reply-To"] == opened["Message-ID"]
    assert words["reply"] in answered.get_body(("plain",)).get_content()

    close(agent, number, words)
    assert row(installation, number)[:2] == ("RESOLVED", 0)
    closed = installation.mails_to(address, count=3)[2]
    assert closed["Subject"] == words["closed_subject"].format(number=number)
    assert (
        f'dir="{"rtl" if language in RIGHT_TO_LEFT else "ltr"}"' in closed.get_body(("html",)).get_content()
    )

    say_not_fixed(resident, link_in(closed, "survey"), words)
    ((fixed, rating),) = installation.read(
        "SELECT s.fixed, s.rating FROM surveys_survey s JOIN cases_case c ON c.id = s.case_id"
        f" WHERE c.number = '{number}' AND {of_town(slug)}"
    )
    assert (fixed, rating) == ("NO", 2)

    see_review(agent, installation.town(slug)["desk"], number)
    assert row(installation, number)[:2] == ("RESOLVED", 0), "a review leaves the case closed"
    after = figures_moved(installation, resident, slug, before)
    assert (after["received"], after["closed"]) == (before["received"] + 1, before["closed"] + 1)
    assert after["open"] == before["open"]


def report(installation, page: Page, slug, words, address) -> str:
    page.goto(installation.town(slug)["portal"])
    direction = "rtl" if words in (WORDS["he"], WORDS["ar"]) else "ltr"
    expect(page.locator("html")).to_have_attribute("dir", direction)
    by(page, "report-start").click()
    by(page, "continue").click()
    expect(page).to_have_title(re.compile("^(Error:|שגיאה:|خطأ:|Chyba:|Hiba:)"))
    by(page, "matter").fill(words["matter"])
    by(page, "continue").click()
    if by(page, "service").count():  # the service is suggested from the words; the person confirms it
        expect(by(page, "service").first).to_be_checked()
        by(page, "continue").click()
    go_on_to(page, "name")
    by(page, "name").fill("Ann Brook")
    by(page, "email").fill(address)
    by(page, "continue").click()
    expect(page.locator("main")).to_contain_text(words["matter"])
    expect(page.locator("main")).to_contain_text(address)
    by(page, "send").click()
    number = by(page, "case-number").inner_text().strip()
    assert re.fullmatch(r"\d\d-\d{6}-\d", number)
    page.reload()
    expect(by(page, "case-number")).to_have_text(number)
    return number


def go_on_to(
    page: Page, name: str, look=lambda: None, press=lambda page: by(page, "continue").click()
) -> None:
    """Continue, answering what is asked, until the page has this element; look at each page between."""
    for _ in range(12):
        page.wait_for_load_state("networkidle")
        if by(page, name).count():
            return
        look()
        answer_questions(page)
        press(page)
    raise AssertionError(f"{name} is not reached: {page.locator('main').inner_text()}")


def answer_questions(page: Page) -> None:
    """Give the first answer to each question on the page, and a place where one has to be known."""
    if by(page, "address").and_(page.locator('[aria-invalid="true"]')).count():
        by(page, "address").fill("14")
    for field in by(page, "question").all():
        if field.get_attribute("type") == "radio":
            page.locator(f'input[name="{field.get_attribute("name")}"]').first.check()
        elif field.get_attribute("type") != "checkbox":
            field.fill("3")


def follow_and_add(page: Page, tracking, number, words) -> None:
    page.goto(tracking)
    expect(by(page, "case-number")).to_have_text(number)
    expect(by(page, "state")).to_have_attribute("data-state", "RECEIVED")
    by(page, "reply").fill(words["added"])
    by(page, "send").click()
    expect(page.locator("main")).to_contain_text(words["added"])


def sign_in(installation, page: Page, slug, role) -> None:
    login = installation.login(role, slug)
    page.goto(installation.town(slug)["desk"])
    by(page, "login").fill(login["email"])
    by(page, "password").fill(login["password"])
    by(page, "sign-in").click()


def answer(page: Page, number, words) -> None:
    by(page, "search").fill(number.replace("-", ""))
    by(page, "search").press("Enter")
    expect(page.locator("main")).to_contain_text(words["matter"])
    expect(page.locator("main")).to_contain_text(words["added"])
    by(page, "reply").fill(words["reply"])
    by(page, "send").click()
    expect(by(page, "timeline")).to_contain_text(words["reply"])
    expect(by(page, "state").first).to_have_attribute("data-state", "IN_PROGRESS")


def close(page: Page, number, words) -> None:
    if not by(page, "confirm").count():
        by(page, "close").click()
    by(page, "outcome").first.check()
    by(page, "words").fill(words["closing"])
    by(page, "confirm").click()
    expect(by(page, "state").first).to_have_attribute("data-state", "RESOLVED")


def say_not_fixed(page: Page, survey, words) -> None:
    page.goto(survey)
    by(page, "fixed-no").check()
    by(page, "rating-2").check()
    by(page, "reply").fill(words["survey"])
    by(page, "send").click()
    expect(by(page, "fixed-no")).to_have_count(0)


def see_review(page: Page, desk, number) -> None:
    page.goto(desk)
    expect(by(page, "queue-reviews")).to_contain_text(number)
    by(page, "review-row").filter(has_text=number).get_by_role("link").first.click()
    expect(by(page, "review")).to_be_visible()


def address_of_figures(installation, slug) -> str:
    """Return the address of the figures of two months, which the end of a month meanwhile does not change."""
    return f"{installation.town(slug)['figures']}?from={SINCE}&to=9999-12"


def figures(installation, page: Page, slug) -> dict:
    return page.request.get(f"{address_of_figures(installation, slug)}&format=json").json()


def figures_of_now(installation, page: Page, slug) -> dict:
    """Return the figures once they count whatever the installation began with."""
    deadline = time.monotonic() + 20
    query = f"SELECT COUNT(*) FROM cases_case c WHERE c.closed_at IS NULL AND {of_town(slug)}"
    while (found := figures(installation, page, slug))["open"] != installation.read(query)[0][0]:
        assert time.monotonic() < deadline, "the figures do not count the demo's cases"
        time.sleep(0.2)
    return found


def figures_moved(installation, page: Page, slug, before) -> dict:
    deadline = time.monotonic() + 20
    while (after := figures(installation, page, slug))["closed"] == before["closed"]:
        assert time.monotonic() < deadline, "the figures have not moved"
        time.sleep(0.2)
    page.goto(address_of_figures(installation, slug))
    expect(by(page, "received")).to_contain_text(str(after["received"]))
    return after


def row(installation, number) -> tuple:
    rows = installation.read(
        "SELECT state, CASE WHEN is_open THEN 1 ELSE 0 END, channel, language FROM cases_case"
        f" WHERE number = '{number}' ORDER BY id DESC LIMIT 1"
    )
    return tuple(rows[0])


def of_town(slug) -> str:
    return f"c.municipality_id = (SELECT id FROM municipalities_municipality WHERE slug = '{slug}')"


def link_in(mail, page_name) -> str:
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    (link,) = re.findall(rf"^http\S+/{page_name}/\S+$", text, flags=re.MULTILINE)
    assert f'href="{link}"' in mail.get_body(("html",)).get_content()
    return link
