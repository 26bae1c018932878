"""The circle by mail alone, between a real mailbox and real mail servers, in Hebrew."""

import re
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

import pytest
from playwright.sync_api import Page, expect

from tests.channels.dovecot import PASSWORD, Dovecot
from tests.channels.mta import UNKNOWN, Mta, mta
from tests.journeys.conftest import WAIT, Installation, installed
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import by, go_on_to, link_in, row, sign_in

pytestmark = pytest.mark.journey

SLUG, MAILBOX = "givat-alon", "moked@givat-alon.example"
BODY = ("תאגיד המים מי אלון", "faults@mei-alon.example")
PHONE = "052-1234567"
LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass
class World:
    """An installation with a town whose mailbox lies in Dovecot, and the mail servers around it."""

    town: Installation
    mail: Mta
    user: str

    def writes(
        self, body: str, *, sender: str, to: str = MAILBOX, charset: str = "utf-8", **headers: str
    ) -> str:
        """Send a mail as somebody does, with headers - for _; return its Message-ID."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = sender, to
        message["Message-ID"] = make_msgid(domain="example.org")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(body, charset=charset)
        is_program = "Auto_Submitted" in headers
        self.mail.post(message.as_bytes(), sender="" if is_program else _bare(sender), to=_bare(to))
        return str(message["Message-ID"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, mail_server: Dovecot) -> Iterator[World]:
    data, user = tmp_path_factory.mktemp("by-mail"), mail_server.add_user()
    with (
        mta(data / "mail", mail_server, MAILBOX, user) as mail,
        installed(data, {"MOKED_SMTP_URL": f"smtp://127.0.0.1:{mail.port}"}) as town,
    ):
        yield World(town, mail, user)


def test_the_circle_by_mail(world: World, mail_server: Dovecot, visitors) -> None:
    town, dana = world.town, f"dana-{uuid.uuid4().hex[:8]}@example.org"
    agent = visitors(locale="he").page()
    set_mailbox(world, mail_server, visitors(locale="he").page())
    sign_in(town, agent, SLUG, "agent")
    desk = town.town(SLUG)["desk"]

    first = world.writes(
        "שלום, יש נזילה גדולה בצינור ליד בית 12.\nמתי יבואו?",
        sender=f"דנה לוי <{dana}>",
        charset="windows-1255",
        Subject="נזילת מים ברחוב",
    )
    (opened,) = town.mails_to(dana, count=1)
    number = number_in(opened)
    assert opened["Subject"] == f"הפנייה התקבלה: {number}"
    assert (opened["Auto-Submitted"], opened["Content-Language"]) == ("auto-replied", "he")
    assert row(town, number) == ("RECEIVED", 1, "EMAIL", "he")

    # Another program of hers knows neither the address to answer to nor our Message-ID.
    world.writes("יש חדש לגבי הפנייה?", sender=dana, Subject=f"לגבי {number}")
    other = number_in(town.mails_to(dana, count=2)[1])
    assert other != number
    agent.goto(f"{desk}cases/{other}/")
    expect(agent.locator(".dk-card", has=by(agent, "confirm-link"))).to_contain_text(number)

    world.writes(
        "עכשיו זה גם במדרכה.",
        sender=dana,
        to=str(opened["Reply-To"]),
        Subject=f"Re: {opened['Subject']}",
        In_Reply_To=str(opened["Message-ID"]),
        References=f"{first} {opened['Message-ID']}",
    )
    until_told(agent, f"{desk}cases/{number}/", "עכשיו זה גם במדרכה.")
    by(agent, "reply").fill("צוות בדרך אליכם.")
    by(agent, "send").click()
    answered = town.mails_to(dana, count=3)[2]
    assert "צוות בדרך אליכם." in answered.get_body(("plain",)).get_content()
    assert str(opened["Message-ID"]) in str(answered["References"])
    assert answered["Auto-Submitted"] is None

    body_answers(world, agent, f"{desk}cases/{number}/", number)
    handed = town.mails_to(dana, count=4)[3]
    assert BODY[0] in handed.get_body(("plain",)).get_content()
    assert handed["Auto-Submitted"] == "auto-generated"

    agent.goto(f"{desk}cases/{number}/")
    by(agent, "close").click()
    by(agent, "outcome").first.check()
    by(agent, "words").fill("הצינור תוקן.")
    by(agent, "confirm").click()
    expect(by(agent, "state").first).to_have_attribute("data-state", "RESOLVED")
    closed = town.mails_to(dana, count=5)[4]
    link_in(closed, "survey")
    absent(world, agent, desk, number, closed, dana)
    scanned(world, visitors, number, closed)
    assert len(town.mails_to(dana, count=5)) == 5, "nothing was answered to a program"


def test_a_mail_that_cannot_be_delivered(world: World, mail_server: Dovecot, visitors) -> None:
    gone = f"{UNKNOWN}-{uuid.uuid4().hex[:8]}@example.org"
    resident, agent = visitors(locale="he").page(), visitors(locale="he").page()
    set_mailbox(world, mail_server, visitors(locale="he").page())
    number = report_with_phone(world.town, resident, gone)

    until(lambda: undeliverable(world.town, gone), "the address is not marked")
    sign_in(world.town, agent, SLUG, "agent")
    agent.goto(f"{world.town.town(SLUG)['desk']}cases/{number}/")
    expect(agent.locator(".dk-card", has_text=gone)).to_contain_text(PHONE)
    assert not faults(agent)


def set_mailbox(world: World, server: Dovecot, admin: Page) -> None:
    """Have the town's mailbox read by IMAP, and try whether it can be."""
    sign_in(world.town, admin, SLUG, "administrator")
    admin.goto(f"{world.town.town(SLUG)['desk']}settings/mailboxes/")
    by(admin, "mailbox").get_by_role("link", name=MAILBOX).click()
    by(admin, "way-imap").check()
    by(admin, "host").fill("localhost")
    admin.locator("[name=port]").fill(str(server.tls_port))
    by(admin, "user").fill(world.user)
    by(admin, "password").fill(PASSWORD)
    by(admin, "save").click()
    by(admin, "test").click()
    expect(admin.get_by_role("status")).to_contain_text("אפשר לקרוא")


def body_answers(world: World, agent: Page, page_of_case: str, number: str) -> None:
    """Hand the case over; the body answers the mail, and a stranger who has got it does not."""
    agent.goto(page_of_case)
    by(agent, "open-hand-over").click()
    by(agent, "body").select_option(label=BODY[0])
    by(agent, "body-message").fill("הצינור שלכם.")
    by(agent, "hand-over-send").click()
    expect(by(agent, "state").first).to_have_attribute("data-state", "WITH_EXTERNAL_BODY")
    (mail,) = [one for one in world.town.mails_to(BODY[1], count=1) if number in str(one["Subject"])]
    answer = {"to": str(mail["Reply-To"]), "Subject": f"Re: {mail['Subject']}"}
    world.writes("אנחנו לא מי אלון.", sender="eve@example.org", **answer)
    world.writes("תיקנו, אפשר לסגור.", sender=f"מוקד <{BODY[1]}>", **answer)
    until_told(agent, page_of_case, "תיקנו, אפשר לסגור.")
    expect(by(agent, "timeline")).not_to_contain_text("אנחנו לא מי אלון.")
    assert row(world.town, number)[0] != "RESOLVED", "a body closes nothing"


def absent(world: World, agent: Page, desk: str, number: str, mail: EmailMessage, sender: str) -> None:
    """Her absence note answers the last mail: kept and marked, and nothing follows from it."""
    world.writes(
        "אני בחופשה עד יום ראשון.",
        sender=sender,
        to=str(mail["Reply-To"]),
        Subject=f"תשובה אוטומטית: {mail['Subject']}",
        In_Reply_To=str(mail["Message-ID"]),
        Auto_Submitted="auto-replied",
        X_Auto_Response_Suppress="All",
    )
    until_told(agent, f"{desk}cases/{number}/", "אני בחופשה עד יום ראשון.")
    expect(by(agent, "timeline")).to_contain_text("נכתב על ידי תוכנה")
    assert row(world.town, number)[:2] == ("RESOLVED", 0)
    assert not faults(agent)


def scanned(world: World, visitors, number: str, mail: EmailMessage) -> None:
    """A scanner opens every link of the mail in every way it knows, before the resident sees it."""
    before = of_case(world.town, number)
    parts = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
    links = sorted({link.rstrip(".,)") for part in parts for link in LINK.findall(part)})
    assert len(links) >= 2
    for link in links:
        for method, headers in (
            ("HEAD", {}),
            ("GET", {}),
            ("GET", {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"}),
        ):
            request = urllib.request.Request(link, method=method, headers=headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.status == 200
        page = visitors(locale="en").page()  # some run the page in a browser
        page.goto(link)
        page.wait_for_load_state("networkidle")
    assert of_case(world.town, number) == before


def of_case(town: Installation, number: str) -> list[list[tuple]]:
    """Return everything that an answer to the survey, or anything else, would change."""
    case = f"(SELECT id FROM cases_case WHERE number = '{number}' ORDER BY id DESC LIMIT 1)"
    asked = (
        f"SELECT * FROM cases_case WHERE id = {case}",
        f"SELECT * FROM surveys_survey WHERE case_id = {case}",
        f"SELECT * FROM cases_contact WHERE case_id = {case} ORDER BY id",
        f"SELECT * FROM cases_change WHERE case_id = {case} ORDER BY id",
        f"SELECT * FROM notices_notice WHERE case_id = {case} ORDER BY id",
    )
    return [town.read(query) for query in asked]


def report_with_phone(town: Installation, page: Page, address: str) -> str:
    """Report on the portal, leaving an address that does not exist and a phone number."""
    page.goto(town.town(SLUG)["portal"])
    by(page, "report-start").click()
    by(page, "matter").fill("יש בור עמוק בכביש בדרך לתחנה")
    by(page, "continue").click()
    go_on_to(page, "name")
    by(page, "email").fill(address)
    by(page, "phone").fill(PHONE)
    by(page, "continue").click()
    by(page, "send").click()
    return by(page, "case-number").inner_text().strip()


def undeliverable(town: Installation, address: str) -> bool:
    found = town.read(f"SELECT undeliverable_at FROM residents_contactpoint WHERE normalised = '{address}'")
    return [at for (at,) in found] != [None]


def until_told(page: Page, url: str, words: str) -> None:
    """Open a case again until its timeline has the words."""
    page.goto(url)
    until(lambda: words in by(page, "timeline").inner_text() or not page.reload(), f"{words} is not there")


def until(is_so, complaint: str) -> None:
    deadline = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.3)


def number_in(mail: EmailMessage) -> str:
    return re.search(r"\d\d-\d{6}-\d", str(mail["Subject"]))[0]


def _bare(address: str) -> str:
    return address.rpartition("<")[2].rstrip(">")
