"""Checks 1 to 6 of the acceptance list, as far as they concern mail: each a failure seen in other systems."""

import pytest
from django.core.cache import cache

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, CaseLink, Contact, Participant, Review
from moked.cases.queries import staff_timeline
from moked.cases.rules import Channel, LinkKind, Outcome
from moked.channels.models import Account
from moked.intake.operations import report
from moked.notices.models import Notice
from moked.notices.rules import Kind
from moked.residents.models import ContactPoint
from moked.residents.operations import ContactDetails
from tests.factories import NOW, make_actor, make_case, make_service, make_town
from tests.intake.letters import came, letter, make_mailbox, returned
from tests.intake.test_mails import reply_address

pytestmark = pytest.mark.django_db

HEBREW = "שלום, הפנס מול בית מס' 12 כבוי. תודה!"
SUBJECT = "פנס כבוי"


@pytest.fixture
def mailbox(db) -> Account:
    cache.clear()
    return make_mailbox(make_town(language="he"))


def addressed(sink) -> list[str]:
    return [one for _, found in sink.envelopes for one in found]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("windows-1255", "cp1255"), ("iso-8859-8-i", "iso8859_8"), ("iso-8859-8", "iso8859_8")],
)
def test_1_hebrew_of_eight_bits_is_hebrew(mailbox: Account, charset: str, codec: str, sink, work) -> None:
    raw = (
        f"From: dana@example.org\r\nTo: {mailbox.address}\r\nMessage-ID: <1@example.org>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
        "Content-Transfer-Encoding: 8bit\r\nSubject: "
    ).encode() + f"{SUBJECT}\r\n\r\n{HEBREW}".encode(codec)
    case = came(mailbox, raw).contact.case
    assert (case.title, case.language) == (SUBJECT, "he")
    assert Contact.objects.get(case=case).body == HEBREW
    work()
    (mail,) = sink.messages
    assert mail["Content-Language"] == "he" and case.number in mail.get_body(("plain",)).get_content()


def test_2_a_stranger_with_a_number_gets_a_case_of_their_own_and_learns_nothing(mailbox, sink, work) -> None:
    case = make_case(mailbox.municipality, matter="Canary matter", email="dana@example.org", name="Canary")
    work()
    sink.messages.clear()
    sink.envelopes.clear()
    other = came(mailbox, letter("?", sender="eve@evil.example", subject=f"[#{case.number}]")).contact.case
    work()
    assert other.pk != case.pk and Contact.objects.filter(case=case).count() == 1
    assert CaseLink.objects.get().kind == LinkKind.SUGGESTED
    (mail,) = sink.messages
    said = mail.get_body(("plain",)).get_content() + str(mail["Subject"])
    assert addressed(sink) == ["eve@evil.example"] and other.number in said
    assert "Canary" not in said and "dana@" not in mail.as_string()


def test_3_two_robots_that_are_away_are_answered_once_and_reopen_nothing(
    mailbox: Account, sink, work
) -> None:
    case = came(mailbox, letter("Dark.", sender="dana@example.org")).contact.case
    work()
    by = make_actor(mailbox.municipality, Role.AGENT)
    cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    work()
    sent, to = len(sink.messages), reply_address(mailbox, case)
    for turn in range(10):
        for sender in ("dana@example.org", "away@example.org"):
            came(mailbox, letter(f"Away {turn}", sender=sender, to=to, Auto_Submitted="auto-replied"))
            work()
    case.refresh_from_db()
    assert not case.is_open and not case.awaits_answer and not Review.objects.exists()
    assert len(sink.messages) == sent and Case.objects.count() == 1
    assert Notice.objects.filter(kind=Kind.CASE_OPENED).count() == 1


def test_4_word_of_a_mail_that_did_not_arrive_is_kept_at_that_mail(mailbox: Account, sink, work) -> None:
    came(mailbox, letter("Dark.", sender="dana@example.org"))
    work()
    notice = Notice.objects.get()
    message = came(mailbox, returned(notice.message_id, to=mailbox.address, recipient="dana@example.org"))
    notice.refresh_from_db()
    assert message.outcome == "DELIVERY_EVENT" and (notice.state, notice.failure) == ("BOUNCED", "5.1.1")
    assert ContactPoint.objects.get(normalised="dana@example.org").undeliverable_at
    assert Case.objects.count() == Contact.objects.count() == 1


def test_5_a_call_a_mail_and_a_walk_in_are_one_case_on_one_timeline(mailbox: Account, sink, work) -> None:
    """The reply to an SMS comes with SMS; whichever way she speaks, Dana says a thing once."""
    town = mailbox.municipality
    agent = make_actor(town, Role.AGENT)
    case = report(
        municipality=town,
        service=make_service(town),
        matter="By phone: dark.",
        channel=Channel.PHONE,
        language="he",
        details=ContactDetails(name="Dana", phone="050-1234567", email="dana@example.org"),
        by=agent,
        now=NOW,
    )
    work()
    (mail,) = sink.messages
    came(mailbox, letter("By mail: still dark.", sender="dana@example.org", to=str(mail["Reply-To"])))
    cases.add_resident_contact(
        case_id=case.pk, body="At the counter: dark.", channel=Channel.COUNTER, by=agent, now=NOW
    )
    said = Contact.objects.filter(case=case, direction=Contact.Direction.IN).order_by("id")
    assert list(said.values_list("channel", flat=True)) == ["PHONE", "EMAIL", "COUNTER"]
    assert {one.resident_id for one in said} == {Participant.objects.get(case=case).resident_id}
    assert Case.objects.count() == 1
    assert sum("dark." in str(getattr(entry, "body", "")) for entry in staff_timeline(case)) == 3


def test_6_a_mail_to_a_merged_case_lands_where_it_went(mailbox: Account) -> None:
    """A into B into C; then A is taken out again, and what comes is its own."""
    town, by = mailbox.municipality, make_actor(mailbox.municipality, Role.AGENT)
    service = make_service(town)
    first, second, third = (
        make_case(town, service=service, email=f"{name}@example.org") for name in ("dana", "ben", "carl")
    )
    merge = {"by": by, "now": NOW}
    cases.merge_case(case_id=first.pk, into_id=second.pk, **merge)
    cases.merge_case(case_id=second.pk, into_id=third.pk, **merge)
    with pytest.raises(cases.UnableToChangeCase):
        cases.merge_case(case_id=third.pk, into_id=first.pk, **merge)
    came(mailbox, letter("Still dark.", sender="dana@example.org", to=reply_address(mailbox, first)))
    third.refresh_from_db()
    assert third.awaits_answer
    assert any("Still dark." in str(getattr(entry, "body", "")) for entry in staff_timeline(third))
    cases.unmerge_case(case_id=first.pk, **merge)
    came(mailbox, letter("And now?", sender="dana@example.org", to=reply_address(mailbox, first)))
    first.refresh_from_db()
    assert first.is_open and first.awaits_answer
    assert not any("And now?" in str(getattr(entry, "body", "")) for entry in staff_timeline(third))
