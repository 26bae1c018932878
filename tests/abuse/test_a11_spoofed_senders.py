"""A11: a mail comes onto a case by a secret of ours, and from who takes part in it; by nothing else.

Whatever it says of itself, it is otherwise a case of its own, with at most a hint for a person. It never
reopens, never speaks as the town, and nothing of the other case goes back to whoever wrote it.
"""

import pytest
from django.core.cache import cache

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, CaseLink, Contact, Participant, Review
from moked.cases.rules import LinkKind, Outcome
from moked.channels.email.addresses import with_tag
from moked.channels.models import Account, InboundMessage
from moked.links import operations as links
from moked.links.models import Link
from moked.notices.models import Notice
from tests.factories import NOW, make_actor, make_case, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox
from tests.intake.test_mails import notice_on, reply_address

pytestmark = [pytest.mark.abuse("A11"), pytest.mark.django_db]

DANA, EVE = "dana@example.org", "eve@evil.example"
CANARY = "canary-of-dana"


@pytest.fixture
def mailbox(db) -> Account:
    cache.clear()
    return make_mailbox(make_town())


@pytest.fixture
def case(mailbox: Account) -> Case:
    """Dana's case, about which Eve would like to know more."""
    return make_case(mailbox.municipality, matter=f"Matter of {CANARY}", email=DANA, name=f"Name {CANARY}")


def stands_alone(message: InboundMessage, case: Case) -> None:
    """Fail unless a mail left a case as it was, and became one of its own."""
    assert message.outcome == "CONTACT" and message.contact.case_id != case.pk
    assert Contact.objects.filter(case=case).count() == 1
    assert not Review.objects.filter(case=case).exists()
    before = (case.state, case.awaits_answer)
    case.refresh_from_db()
    assert (case.state, case.awaits_answer) == before


@pytest.mark.parametrize("sender", [DANA, EVE])
@pytest.mark.parametrize("form", ["[{}]", "Re: {}", "#{}", "[#{}] Re: Re:", "Fwd: {} {}", "‮{}"])
def test_a_number_only_suggests(mailbox: Account, case: Case, form: str, sender: str) -> None:
    message = came(mailbox, letter("More.", sender=sender, subject=form.format(case.number, case.number)))
    stands_alone(message, case)
    (suggested,) = CaseLink.objects.all()
    assert suggested.kind == LinkKind.SUGGESTED


def guessed_ids(case: Case, real: str) -> list[str]:
    """Return what somebody might try who has seen how our Message-IDs look."""
    name, _, domain = real.strip("<>").partition("@")
    return [
        f"<{case.pk}@{domain}>",
        f"<{case.number}@{domain}>",
        f"<{name[:-1]}@{domain}>",
        f"<{name}0@{domain}>",
        f"<{name[:-1]}{'0' if name[-1] != '0' else '1'}@{domain}>",
        f"<{'0' * 32}@{domain}>",
        f"<{name}@evil.example>",
        f"<%@{domain}>",
        f"<{name[:16]}%@{domain}>",
        f"<' OR 1=1 --@{domain}>",
        "<>",
    ]


def test_guessed_ids_are_no_ids(mailbox: Account, case: Case) -> None:
    real = notice_on(case).message_id
    for number, guess in enumerate(guessed_ids(case, real)):
        for header in ("In_Reply_To", "References"):
            raw = letter(f"{header} {number}", sender=DANA, **{header: guess})
            stands_alone(came(mailbox, raw), case)


def test_a_real_id_is_worth_nothing_to_somebody_else(mailbox: Account, case: Case) -> None:
    raw = letter("Tell me all.", sender=EVE, In_Reply_To=notice_on(case).message_id)
    stands_alone(came(mailbox, raw), case)


def test_the_id_of_another_resident_s_notice_leads_to_no_other_case(mailbox: Account, case: Case) -> None:
    """Eve has a case too; the id of a mail to Dana does not open Dana's to her, nor hers to Dana."""
    own = make_case(mailbox.municipality, email=EVE)
    stands_alone(came(mailbox, letter("x", sender=EVE, In_Reply_To=notice_on(case).message_id)), case)
    assert Contact.objects.filter(case=own).count() == 1


def other_tags(mailbox: Account, case: Case) -> list[str]:
    token = reply_address(mailbox, case).partition("+")[2].partition("@")[0]
    tracking = links.ensure(
        municipality_id=case.municipality_id, purpose=Link.Purpose.TRACKING, object_id=case.pk
    )
    reference, _, secret = token.partition(".")
    changed = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    return [
        token[:-1],
        f"{token}a",
        f"{reference}.{changed}",
        reference,
        f"{reference}.",
        f".{secret}",
        str(case.pk),
        str(case.number),
        links.render(tracking),
        "%",
    ]


def test_no_other_secret_opens_a_case(mailbox: Account, case: Case) -> None:
    for tag in other_tags(mailbox, case):
        raw = letter(f"By {tag}", sender=DANA, to=with_tag(mailbox.address, tag))
        stands_alone(came(mailbox, raw), case)


def test_a_secret_that_was_taken_back_opens_nothing(mailbox: Account, case: Case) -> None:
    to = reply_address(mailbox, case)
    links.revoke(purpose=Link.Purpose.REPLY, object_id=Participant.objects.get(case=case).pk)
    stands_alone(came(mailbox, letter(sender=DANA, to=to)), case)


@pytest.mark.parametrize("sender", ["DANA@Example.ORG", " dana@example.org ", "<dana@EXAMPLE.org>"])
def test_small_and_capital_letters_are_the_same_person(mailbox: Account, case: Case, sender: str) -> None:
    to = reply_address(mailbox, case).upper()
    assert came(mailbox, letter(sender=sender, to=to)).contact.case_id == case.pk


LIKE_DANA = [
    "dana+x@example.org",
    "dana@example.org.evil.example",
    "dana@sub.example.org",
    "d.ana@example.org",
    '"dana@example.org" <eve@evil.example>',
    "eve@evil.example (dana@example.org)",
    "dana@example.org <eve@evil.example>",
    "=?utf-8?Q?dana=40example=2Eorg?= <eve@evil.example>",
]


@pytest.mark.parametrize("sender", LIKE_DANA)
def test_who_only_resembles_a_participant_is_a_stranger(mailbox: Account, case: Case, sender: str) -> None:
    raw = letter("x", sender="SENDER", to=reply_address(mailbox, case)).replace(b"SENDER", sender.encode())
    stands_alone(came(mailbox, raw), case)


# Whoever is known by the first is not who writes from the second, though some ways of comparing say so.
TWINS = [
    ("dana@example.org", "dаna@example.org"),  # a Cyrillic letter
    ("dana@example.org", "ｄana@example.org"),  # a wide one
    ("finn@example.org", "ﬁnn@example.org"),  # a ligature
    ("strasse@example.org", "straße@example.org"),
    ("dana@strasse.example", "dana@straße.example"),
    ("isa@example.org", "ısa@example.org"),  # a letter without its dot
    ("isa@example.org", "İsa@example.org"),
    ("sam@example.org", "ſam@example.org"),
]


@pytest.mark.parametrize(("known", "writes"), TWINS)
def test_letters_that_resemble_each_other_are_not_the_same(mailbox: Account, known: str, writes: str) -> None:
    case = make_case(mailbox.municipality, email=known)
    raw = letter("x", sender="SENDER", to=reply_address(mailbox, case)).replace(b"SENDER", writes.encode())
    message = came(mailbox, raw)
    assert message.contact is None or message.contact.case_id != case.pk
    assert Contact.objects.filter(case=case).count() == 1


@pytest.mark.parametrize("header", ["Sender", "Reply_To", "X_Original_From", "Resent_From", "Return_Path"])
def test_only_who_wrote_it_counts(mailbox: Account, case: Case, header: str) -> None:
    to = reply_address(mailbox, case)
    stands_alone(came(mailbox, letter("x", sender=EVE, to=to, **{header: DANA})), case)


def test_control_headers_of_ours_from_outside_mean_nothing(mailbox: Account, case: Case) -> None:
    more = {"X_Moked_Case": str(case.number), "X_Moked_Token": "x", "X_Case": str(case.pk)}
    stands_alone(came(mailbox, letter("x", sender=DANA, **more)), case)


def test_the_address_of_a_colleague_is_nobody_s_authority(mailbox: Account, case: Case, sink, work) -> None:
    """With Dana's own secret, from a colleague's address: no words of the town, and no mail to Dana."""
    work()
    sink.envelopes.clear()
    agent = make_staff(mailbox.municipality, Role.AGENT)
    message = came(mailbox, letter("It is fixed.", sender=agent.email, to=reply_address(mailbox, case)))
    work()
    stands_alone(message, case)
    assert not Contact.objects.filter(direction=Contact.Direction.OUT).exists()
    assert DANA not in [one for _, found in sink.envelopes for one in found]


def test_a_closed_case_is_not_reopened_by_mail(mailbox: Account, case: Case) -> None:
    to, by = reply_address(mailbox, case), make_actor(mailbox.municipality, Role.AGENT)
    real = notice_on(case).message_id
    case = cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    number = Contact.objects.filter(case=case).count()
    for raw in (
        letter("1", sender=EVE, to=to),
        letter("2", sender=EVE, In_Reply_To=real),
        letter("3", sender=DANA, subject=f"Re: {case.number}"),
        letter("4", sender=DANA, In_Reply_To=f"<x{real[1:]}"),
    ):
        assert came(mailbox, raw).contact.case_id != case.pk
    assert Contact.objects.filter(case=case).count() == number
    assert not Review.objects.filter(case=case).exists()
    came(mailbox, letter("5", sender=DANA, to=to))
    case.refresh_from_db()
    # Even Dana's own words only bring it before a person.
    assert not case.is_open and Review.objects.filter(case=case).count() == 1


def test_a_merged_case_lets_nobody_in_who_was_not_in_it(mailbox: Account, case: Case) -> None:
    town, to = mailbox.municipality, reply_address(mailbox, case)
    into = make_case(town, service=case.service, email="other@example.org", now=NOW)
    cases.merge_case(case_id=case.pk, into_id=into.pk, by=make_actor(town, Role.AGENT), now=NOW)
    message = came(mailbox, letter("x", sender=EVE, to=to))
    assert message.contact.case_id not in {case.pk, into.pk}
    # Nor does the address of the other's reporter let in who only took part in this one.
    message = came(mailbox, letter("y", sender=EVE, to=reply_address(mailbox, into)))
    assert message.contact.case_id not in {case.pk, into.pk}


def test_what_goes_back_to_a_stranger_says_nothing_of_the_case(
    mailbox: Account, case: Case, sink, work
) -> None:
    work()
    sink.messages.clear()
    sink.envelopes.clear()
    to, real = reply_address(mailbox, case), Notice.objects.get(case=case).message_id
    for raw in (
        letter("1", sender=EVE, subject=f"Re: [{case.number}]"),
        letter("2", sender=EVE, to=to),
        letter("3", sender=EVE, In_Reply_To=real),
    ):
        came(mailbox, raw)
    work()
    assert {one for _, found in sink.envelopes for one in found} == {EVE}
    for mail in sink.messages:
        said = "".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")
        assert CANARY not in said and CANARY not in str(mail["Subject"])
        assert DANA not in mail.as_string() and real not in mail.as_string()


def test_several_senders_are_none(mailbox: Account, case: Case) -> None:
    """A second author, or a second From, does not lend its right to the first."""
    to = reply_address(mailbox, case)
    stands_alone(came(mailbox, letter("x", sender=f"{EVE}, {DANA}", to=to)), case)
    stands_alone(came(mailbox, letter("x", sender=f"{DANA}, {EVE}", to=to)), case)
    raw = letter("y", sender=EVE, to=to).replace(b"Subject:", f"From: {DANA}\r\nSubject:".encode(), 1)
    stands_alone(came(mailbox, raw), case)


def test_a_case_that_came_by_mail_is_nobody_else_s(mailbox: Account, case: Case) -> None:
    """It is never public by itself: nothing that a stranger wrote is shown to others unread."""
    message = came(mailbox, letter("Look at this.", sender=EVE))
    assert message.contact.case.public_title == ""
