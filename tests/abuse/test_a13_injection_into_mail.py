"""A13: nothing that is typed becomes a header or a recipient. Judged by what a real SMTP server received."""

from email import message_from_bytes, policy

import pytest
from django.core.cache import cache
from django.test import Client

from moked.accounts.rules import Role, resident, system
from moked.cases import operations as cases
from moked.cases.models import Participant
from moked.cases.rules import Channel
from moked.channels.email import smtp
from moked.intake.operations import report
from moked.notices.models import Notice
from moked.residents.models import ContactPoint
from moked.residents.operations import ContactDetails
from tests.abuse.answers import changed, rows
from tests.abuse.world import address, signed_in
from tests.factories import NOW, make_case, make_department, make_service, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox

pytestmark = [pytest.mark.abuse("A13"), pytest.mark.django_db]

ENDS = [
    "\r\n",
    "\n",
    "\r",
    "\u2028",
    "\u2029",
    "\x85",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "%0d%0a",
    "=0D=0A",
]
HEADERS = {
    *("Message-ID", "Date", "From", "To", "Subject", "Content-Language", "In-Reply-To", "References"),
    *("List-Unsubscribe", "List-Unsubscribe-Post"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "MIME-Version", "Content-Type"),
}
TWO_ADDRESSES = [
    "a@x.example, victim@y.example",
    "a@x.example,victim@y.example",
    "a@x.example;victim@y.example",
    "a@x.example victim@y.example",
    "a@x.example\r\nBcc: victim@y.example",
    "a@x.example\nCc: victim@y.example",
    "a@x.example%0ABcc:victim@y.example",
    "a@x.example\u2028Bcc: victim@y.example",
    "a@x.example\x00victim@y.example",
    "<a@x.example> victim@y.example",
    "victim@y.example <a@x.example>",
    "Group: a@x.example, victim@y.example;",
    "a@x.example> RCPT TO:<victim@y.example",
    "a@x.example\r\nRCPT TO:<victim@y.example>",
    '"a@x.example, victim"@y.example',
    "@x.example:victim@y.example",
    "a@[127.0.0.1]\r\nBcc: victim@y.example",
]


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def injection(end: str) -> str:
    return f"Hole{end}Bcc: victim@y.example{end}X-Injected: yes{end}{end}<b>body</b>"


def judge(sink, sender: str, recipient: str, count: int = 1) -> None:
    """Fail unless the server got exactly these mails: one recipient each, and no header we do not write."""
    assert len(sink.messages) == count
    for mail, envelope in zip(sink.messages, sink.envelopes, strict=True):
        assert envelope == (sender, [recipient])
        again = message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)
        assert set(again.keys()) <= HEADERS
        assert len(again.keys()) == len(set(again.keys())), "a header stands twice"
        assert [one.addr_spec for one in again["To"].addresses] == [recipient]
        assert [one.addr_spec for one in again["From"].addresses] == [sender]
        assert not [value for value in again.values() if "\n" in value or "\r" in value or "\x00" in value]
        assert [part.get_content_type() for part in again.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]


def test_line_breaks_in_a_report_become_no_header(sink, work) -> None:
    town = make_town()
    service = make_service(town).slug
    for turn, end in enumerate(ENDS):
        form = {"matter": injection(end), "service": service, "name": injection(end)[:100], "step": "send"}
        form["email"] = f"ann{turn}@example.org"
        assert Client().post(address(town, "portal:report"), form).status_code == 303, repr(end)
        work()
        judge(sink, town.sender, f"ann{turn}@example.org")
        sink.messages.clear(), sink.envelopes.clear()


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_line_breaks_that_got_past_the_forms_become_no_header(end: str, sink, work) -> None:
    """The core itself is asked, as another front door might."""
    town = make_town(name={"en": f"Town{end}Bcc: victim@y.example"})
    service = make_service(town, name={"en": injection(end)})
    case = report(
        municipality=town,
        service=service,
        matter=injection(end),
        channel=Channel.EMAIL,
        language="en",
        details=ContactDetails(name=injection(end)[:120], email="ann@example.org"),
        by=resident(town.pk),
        now=NOW,
    )
    type(service.department).objects.update(name={"en": injection(end)})
    cases.reply(case_id=case.pk, body=injection(end), by=system(town.pk), now=NOW)
    work()
    judge(sink, town.sender, "ann@example.org", count=2)


@pytest.mark.parametrize("route", ["portal:report", "desk:new"])
def test_two_addresses_in_one_field_are_refused_or_lead_to_one(route: str, sink, work) -> None:
    town = make_town()
    client = Client() if route == "portal:report" else signed_in(make_staff(town, Role.AGENT))
    form = {"matter": "Hole", "service": make_service(town).slug, "name": "", "phone": ""}
    on_the_desk = {"channel": "PHONE", "origin": "RESIDENT", "language": "en"}
    form |= {"step": "send"} if route == "portal:report" else on_the_desk
    # The form itself is right, so it is the address that is judged.
    assert client.post(address(town, route), form | {"email": "bob@example.org"}).status_code == 303
    for typed in TWO_ADDRESSES:
        before = rows()
        response = client.post(address(town, route), form | {"email": typed})
        if response.status_code == 200:
            assert changed(before, rows()) == {}, repr(typed)
            continue
        sink.envelopes.clear()
        work()
        recipients = [recipient for _, found in sink.envelopes for recipient in found]
        assert len(recipients) <= 1, repr(typed)
        assert "victim@y.example" not in recipients, repr(typed)


def test_two_addresses_already_stored_are_never_written_to_both(sink, work) -> None:
    town = make_town()
    service = make_service(town)
    for turn, stored in enumerate(one for one in TWO_ADDRESSES if "\x00" not in one):
        case = make_case(town, service=service, email=f"ann{turn}@example.org")
        ContactPoint.objects.filter(normalised=f"ann{turn}@example.org").update(value=stored)
        sink.envelopes.clear()
        work()
        recipients = [recipient for _, found in sink.envelopes for recipient in found]
        assert "victim@y.example" not in recipients and len(recipients) <= 1, repr(stored)
        assert (Notice.objects.get(case=case).state == "SENT") is bool(recipients), repr(stored)
    for mail in sink.messages:
        assert len(mail["To"].addresses) == 1 and mail["Bcc"] is None and mail["Cc"] is None


@pytest.mark.parametrize("end", ["=0D=0A", "=0A", "=0D", "=E2=80=A8", "=C2=85", "=00", "=0B"])
def test_line_breaks_that_a_mail_brings_become_no_header(end: str, sink, work) -> None:
    """In the subject, the sender's name, the name of a file and the words, as encoded words hide them."""
    town = make_town()
    mailbox = make_mailbox(town)
    hidden = f"=?utf-8?Q?Hole{end}Bcc=3A_victim=40y.example{end}X-Injected=3A_yes?="
    raw = letter("WORDS", sender="SENDER", subject="SUBJECT", files=(("NAME", "application/pdf", b"%PDF"),))
    raw = raw.replace(b"SENDER", f"{hidden} <ann@example.org>".encode()).replace(b"SUBJECT", hidden.encode())
    raw = raw.replace(b"NAME", hidden.encode()).replace(b"WORDS", injection("\r\n").encode())
    case = came(mailbox, raw).contact.case
    cases.reply(case_id=case.pk, body=f"As you wrote: {case.title}", by=system(town.pk), now=NOW)
    work()
    assert [recipients for _, recipients in sink.envelopes] == [["ann@example.org"]] * 2
    for mail in sink.messages:
        again = message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)
        assert set(again.keys()) <= HEADERS | {"Reply-To"}
        assert len(again.keys()) == len(set(again.keys())), "a header stands twice"
        assert [one.addr_spec for one in again["To"].addresses] == ["ann@example.org"]
        assert [one.addr_spec.partition("+")[0] for one in again["Reply-To"].addresses] == ["helpdesk"]


@pytest.mark.parametrize("typed", TWO_ADDRESSES)
def test_a_sender_that_is_two_is_written_to_as_one_or_none(typed: str, sink, work) -> None:
    mailbox = make_mailbox(make_town())
    raw = letter(sender="SENDER").replace(b"SENDER", typed.replace("\r\n", " ").encode())
    came(mailbox, raw)
    work()
    assert all(len(found) == 1 for _, found in sink.envelopes) and len(sink.envelopes) <= 1
    for mail in sink.messages:
        assert len(mail["To"].addresses) == 1 and mail["Cc"] is None and mail["Bcc"] is None


def test_line_breaks_in_a_towns_sender_send_nothing_odd(sink, work) -> None:
    for turn, end in enumerate(ENDS):
        town = make_town(sender=f"helpdesk@town.example{end}Bcc: victim@y.example")
        make_case(town, email=f"ann{turn}@example.org")
    work()
    assert [one for one in sink.envelopes if "victim@y.example" in one[1]] == []
    assert [mail for mail in sink.messages if mail["Bcc"]] == []


def test_nul_and_lone_surrogates_are_refused_by_the_form() -> None:
    town = make_town()
    service = make_service(town).slug
    before = rows()
    for field in ("matter", "name", "email", "phone"):
        said = {"matter": "Hole", "service": service, "email": "ann@example.org", "step": "send"}
        response = Client().post(
            address(town, "portal:report"), said | {field: f"{said.get(field, 'x')}\x00"}
        )
        assert response.status_code == 200, field
    assert changed(before, rows()) == {}


def test_a_reset_mail_goes_to_the_address_on_record_alone(sink, work) -> None:
    town = make_town()
    user = make_staff(town, Role.AGENT)
    type(user).objects.update(name="Ann\r\nBcc: victim@y.example")
    Client().post(address(town, "account_reset_password"), {"email": user.email.upper()})
    work()
    judge(sink, town.sender, user.email)
    sink.messages.clear()
    sink.envelopes.clear()
    cache.clear()
    for typed in (f"{user.email}, victim@y.example", f"{user.email}\r\nBcc: victim@y.example"):
        Client().post(address(town, "account_reset_password"), {"email": typed})
    Client().post(address(town, "account_reset_password"), {"email": [user.email, "victim@y.example"]})
    work()
    assert sink.envelopes == []


def test_the_carrier_itself_writes_no_header_with_a_line_break() -> None:
    fine = {
        "message_id": "<1@town.example>",
        "sender_name": "Town",
        "sender": "helpdesk@town.example",
        "to": "ann@example.org",
        "subject": "Hole",
        "text": "Text",
        "html": "<p>Text</p>",
        "language": "en",
        "written_at": NOW,
        "automatic": None,
        "answers": None,
    }
    assert smtp.compose(smtp.Mail(**fine))["To"] == "ann@example.org"
    for field in ("message_id", "sender_name", "sender", "to", "subject", "language", "automatic", "answers"):
        for end in ("\r\n", "\n", "\r"):
            with pytest.raises((ValueError, smtp.Refused)):
                smtp.compose(
                    smtp.Mail(**fine | {field: f"{fine[field] or 'x'}{end}Bcc: victim@y.example"})
                ).as_bytes()


def test_a_name_is_kept_as_one_line() -> None:
    town = make_town()
    make_department(town)
    form = {"matter": "Hole", "service": make_service(town).slug, "email": "ann@example.org", "step": "send"}
    Client().post(address(town, "portal:report"), form | {"name": "Ann\r\nBcc: victim@y.example"})
    assert Participant.objects.get().name == "Ann Bcc: victim@y.example"
