"""A16: no mail costs more than two seconds of a processor, or it is set aside; others are read meanwhile."""

import time
from pathlib import Path

import pytest
from django.core.cache import cache

from moked.accounts.rules import Role
from moked.channels.email.reading import html
from moked.channels.email.reading.child import ANSWER_WITHIN
from moked.channels.email.reading.mail import ReadMail, Unreadable
from moked.channels.email.reading.message import read
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import keep_message
from moked.intake import mails
from moked.intake.languages import language_of
from tests.abuse.world import address, signed_in
from tests.channels.email.reading.letters import OURS, mail
from tests.factories import NOW, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox
from tests.intake.test_mails import reply_address

pytestmark = [pytest.mark.abuse("A16"), pytest.mark.django_db]

SECONDS = 2.0
WORD = (
    '<p class="MsoNormal" dir="RTL" style="margin:0cm;mso-bidi:x"><span lang="HE">שלום<o:p></o:p></span></p>'
)
LONG = "a" * 100_000
COSTLY = {
    "5 MB of Word": mail(WORD * (5_000_000 // len(WORD.encode())), html=True),
    "a million quotation signs": mail(">" * 1_000_000),
    "a million lines of quotation": mail(">\r\n" * 1_000_000),
    "quotation signs and blanks": mail("> " * 500_000),
    "one address of 100,000 letters": mail(f"{LONG}@{LONG}.example"),
    "one link of 100,000 letters": mail(f'<a href="https://{LONG}/{LONG}">x</a>', html=True),
    "links in words": mail("https://example.org/((((((" * 30_000),
    "what nearly is a number of a case": mail(Subject="26-" * 20_000),
    "digits and dashes": mail(Subject="20" * 10_000 + "-1" * 10_000),
    "letters before an at": mail("a.b-c_d+" * 100_000 + "@"),
    "open tags": mail("<" * 1_000_000, html=True),
    "open comments": mail("<!--" * 250_000, html=True),
    "open attributes": mail("<a title='" * 100_000, html=True),
    "entities without end": mail("&#" * 200_000, html=True),
    "styles": mail(f'<p style="{"color:red;" * 100_000}">x</p>', html=True),
    "tables in tables": mail("<table><td>" * 50_000, html=True),
    "who wrote what, again and again": mail(
        "On Mon, Nov 16, 2026 at 9:30 AM Dana <d@e.example> wrote:\r\n" * 9_000
    ),
    "a name without end": mail(From=f'"{LONG[:50_000]}" <d@example.org>'),
    "marks over one letter": mail("e" + "\u0301" * 500_000),
    "directions": mail("\u202e\u2066" * 250_000),
}


@pytest.fixture
def mailbox(db) -> Account:
    cache.clear()
    return make_mailbox(make_town())


@pytest.mark.parametrize("name", COSTLY)
def test_a_mail_is_read_or_refused_in_two_seconds(name: str, tmp_path: Path) -> None:
    began = time.process_time()
    try:
        found: ReadMail | None = read(COSTLY[name], OURS, tmp_path)
    except Unreadable:
        found = None
    assert time.process_time() - began < SECONDS
    if found:
        began = time.process_time()
        html.cleaned(found.html_clean, {})
        language_of(f"{found.title}\n{found.text}", make_town())
        assert time.process_time() - began < SECONDS


# Browsers' rules for tables and lists that never end make this take minutes.
ENDLESS = mail("<ul><li>" * 100_000, html=True)


def test_what_takes_longer_is_set_aside_and_the_next_is_read(mailbox: Account) -> None:
    """As in an installation: read by the process apart, whose time ends."""
    began = time.monotonic()
    message = taken(mailbox, ENDLESS)
    assert (message.state, message.reason) == ("QUARANTINED", "TOO_SLOW")
    assert time.monotonic() - began < ANSWER_WITHIN + 5
    assert taken(mailbox, letter()).outcome == "CONTACT"


def taken(mailbox: Account, raw: bytes) -> InboundMessage:
    kept = keep_message(account=mailbox, raw=raw, provider_id="", media_type="message/rfc822", now=NOW)
    return mails.take(kept.message.pk)


@pytest.mark.parametrize("text", ["26-" * 3_000, "2026-000001-" * 1_000, "-" * 60_000], ids=range(3))
def test_looking_for_numbers_takes_no_time(text: str) -> None:
    cache.clear()
    mailbox = make_mailbox(make_town())
    raw = letter("x", subject="SUBJECT").replace(b"SUBJECT", text[:20_000].encode())
    began = time.process_time()
    came(mailbox, raw)
    assert time.process_time() - began < SECONDS


def test_a_long_mail_is_shown_in_time(mailbox: Account) -> None:
    """Its words are long, full of links, and quoted deep; the page of the case is made of them."""
    raw = letter("https://example.org/(( <a@b> " * 5_000 + "\n" + ">" * 5_000)
    case = came(mailbox, raw).contact.case
    client = signed_in(make_staff(mailbox.municipality, Role.AGENT))
    came(mailbox, letter("> " * 30_000, to=reply_address(mailbox, case)))
    client.get(address(mailbox.municipality, "desk:queue"))
    began = time.process_time()
    assert client.get(address(mailbox.municipality, "desk:case", number=case.number)).status_code == 200
    assert time.process_time() - began < SECONDS
