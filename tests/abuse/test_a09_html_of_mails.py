"""A09: whatever a mail says, in whichever place, is text on the desk's pages. Judged by a real Chromium.

Each of more than two hundred vectors is one mail: in its HTML, its text, its subject, the name of its
sender, the name of its file and its Message-ID; every fifth of them without --mails-long. The pages come from
the application in this process and are shown to the browser under one address; nothing else is there for it
to ask.
"""

from collections.abc import Iterator
from email.utils import quote
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Dialog, Route, sync_playwright

from moked.accounts.rules import Role
from moked.cases.models import Contact
from moked.channels.email.reading.html import cleaned
from moked.channels.models import InboundMessage, MessageContent
from script import needs
from tests.abuse.world import address, signed_in
from tests.channels.email.reading.vectors import VECTORS
from tests.factories import make_staff, make_town
from tests.intake.letters import came, make_mailbox

pytestmark = [pytest.mark.abuse("A09"), pytest.mark.django_db]

HOST = "http://127.0.0.1:9"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
Page = tuple[int, dict[str, str], bytes]


def hostile(vector: str, number: int) -> bytes:
    """Return a mail that says the same bad thing wherever a mail can say something."""
    line = " ".join(vector.replace("\x00", "").split())
    named = quote(line)
    return (
        f'From: "{named}" <mallory-{number}@evil.example>\r\nTo: helpdesk@town.example\r\n'
        f"Subject: {line}\r\nMessage-ID: <{number}{line}@evil.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="=_edge"\r\n\r\n'
        '--=_edge\r\nContent-Type: multipart/alternative; boundary="=_inner"\r\n\r\n'
        f"--=_inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{vector}\r\n"
        f"--=_inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>{vector}\r\n--=_inner--\r\n"
        f'--=_edge\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="{named}"\r\n\r\n'
        f"{vector}\r\n--=_edge--\r\n"
    ).encode()


@pytest.fixture
def pages(pytestconfig: pytest.Config) -> dict[str, Page]:
    """Every page of the desk on which something of these mails stands, by its path."""
    cache.clear()
    town = make_town()
    mailbox = make_mailbox(town)
    vectors = VECTORS if pytestconfig.getoption("--mails-long") else VECTORS[1::5]
    messages = [came(mailbox, hostile(vector, number)) for number, vector in enumerate(vectors)]
    assert {one.outcome for one in messages} == {"CONTACT"}
    # One that waits for a person is shown as text alone, where no vector gets in another's way.
    packed = ["\n".join(VECTORS[first : first + 10]) for first in range(0, len(VECTORS), 10)]
    raws = [
        hostile(text, number).replace(b"From:", b"X-From:", 1) for number, text in enumerate(packed, 1_000)
    ]
    waiting = [came(mailbox, raw) for raw in raws]
    assert {one.outcome for one in waiting} == {"QUARANTINE"}
    client = signed_in(make_staff(town, Role.AGENT))
    paths = [address(town, "desk:queue"), address(town, "desk:mails")]
    for number, message in enumerate(messages):
        case = Contact.objects.select_related("case").get(pk=message.contact_id).case
        where = {"number": case.number, "contact_id": message.contact_id}
        paths.append(address(town, "desk:mail_of_case", **where))
        paths.append(address(town, "desk:html_of_case", **where))
        if "data-remote" in MessageContent.objects.get(message=message).html:
            paths.append(f"{paths[-1]}?pictures")
        if number % 8 == 0:  # where Django alone writes what stands there, some will do
            paths.append(address(town, "desk:case", number=case.number))
    paths += [address(town, "desk:mail", message_id=one.pk) for one in waiting]
    found = {}
    for path in paths:
        answer = client.get(path)
        found[path] = (answer.status_code, dict(answer.headers), answer.content)
    assert {status for status, _, _ in found.values()} == {200}
    return found


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=needs.chromium(), args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser.new_context()
        browser.close()


class Watch:
    """Shows the pages, and notes whatever else a page asks for and each dialog it opens."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.dialogs: list[str] = []

    def answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        path = url.path + (f"?{url.query}" if url.query else "")
        if f"{url.scheme}://{url.netloc}" != HOST:
            self.asked.append(route.request.url)
            route.abort()
        elif path in self.pages:
            status, headers, body = self.pages[path]
            route.fulfill(status=status, headers=headers, body=body)
        elif url.path.startswith("/static/") and (file := finders.find(url.path.removeprefix("/static/"))):
            kind = TYPES.get(Path(str(file)).suffix, "application/octet-stream")
            route.fulfill(status=200, content_type=kind, path=str(file))
        else:
            route.fulfill(status=404, body="")

    def dialog(self, one: Dialog) -> None:
        self.dialogs.append(one.message)
        one.dismiss()


@pytest.mark.journey
def test_chromium_opens_no_dialog_and_asks_for_nothing_elsewhere(pages, context) -> None:
    watch = Watch(pages)
    context.route("**/*", watch.answer)
    page = context.new_page()
    page.on("dialog", watch.dialog)
    for path in pages:
        if "/html/" in path:
            continue  # stands in the frame of the page before; with pictures: see below
        page.goto(f"{HOST}{path}", wait_until="load")
        assert page.url == f"{HOST}{path}"
        assert (watch.dialogs, watch.asked) == ([], []), path
    for path in (one for one in pages if one.endswith("?pictures")):
        page.goto(f"{HOST}{path}", wait_until="load")
        assert page.url == f"{HOST}{path}" and watch.dialogs == [], path
    # Pictures are all that may be asked for then, which shows that this test would see a request.
    assert watch.asked and all(one.startswith("https:") for one in watch.asked)


@pytest.mark.journey
def test_the_oracle_sees_what_it_is_for(context) -> None:
    """Without the policy and the cleaning, dialogs open and strangers are asked."""
    body = b"<!doctype html><p>x<script>alert(1)</script><img src=//evil.example/x>"
    watch = Watch({"/x": (200, {"Content-Type": "text/html"}, body)})
    context.route("**/*", watch.answer)
    page = context.new_page()
    page.on("dialog", watch.dialog)
    page.goto(f"{HOST}/x", wait_until="load")
    assert watch.dialogs == ["1"] and watch.asked == ["http://evil.example/x"]


def test_what_is_stored_is_clean_and_is_cleaned_again_when_it_is_shown() -> None:
    """Were something bad in the database, it would still be text."""
    cache.clear()
    town = make_town()
    message = came(make_mailbox(town), hostile("<b>bold</b>", 1))
    content = MessageContent.objects.get(message=message)
    assert content.html == cleaned(content.html, {})
    bad = "<p>x</p><script>alert(1)</script><img onerror=x>"
    MessageContent.objects.filter(pk=content.pk).update(html=bad)
    case = InboundMessage.objects.get(pk=message.pk).contact.case
    client = signed_in(make_staff(town, Role.AGENT))
    where = {"number": case.number, "contact_id": message.contact_id}
    frame = client.get(address(town, "desk:html_of_case", **where))
    assert b"<script" not in frame.content and b"onerror" not in frame.content
