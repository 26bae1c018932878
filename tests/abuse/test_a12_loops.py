"""A12: programs are never answered by a program, and whatever two of them do, it ends."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from django.core.cache import cache

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, Contact, Review
from moked.cases.rules import Outcome
from moked.channels.email.addresses import bounce_address
from moked.channels.models import Account, InboundMessage
from moked.notices.models import Notice, StaffNotice
from moked.notices.rules import Kind, StaffKind
from moked.residents.models import ContactPoint
from tests.factories import NOW, make_actor, make_case, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox, returned
from tests.intake.test_mails import reply_address

pytestmark = [pytest.mark.abuse("A12"), pytest.mark.django_db]

AUTOMATIC: list[dict[str, str]] = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-generated"},
    {"Auto_Submitted": "AUTO-NOTIFIED; owner=x"},
    {"Precedence": "bulk"},
    {"Precedence": "auto_reply"},
    {"X_Precedence": "junk"},
    {"X_Auto_Response_Suppress": "All"},
    {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    {"List_Id": "<news.example.org>"},
    {"List_Unsubscribe": "<mailto:x@example.org>"},
    {"X_Autoreply": "yes"},
    {"X_Autorespond": "x"},
    {"X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent"},
    {"Return_Path": "<>"},
]
ABSENCES = ["תשובה אוטומטית: פנייתך התקבלה", "מענה אוטומטי", "מחוץ למשרד עד יום ראשון", "הודעת היעדרות"]
NOBODIES = ["mailer-daemon@example.org", "postmaster@example.org", "no-reply@example.org", "<>"]


@pytest.fixture
def mailbox(db) -> Account:
    cache.clear()
    return make_mailbox(make_town())


def acknowledged() -> int:
    return Notice.objects.filter(kind=Kind.CASE_OPENED).exclude(state="DROPPED").count()


@pytest.mark.parametrize("headers", AUTOMATIC, ids=lambda one: " ".join(map(": ".join, one.items())))
def test_what_is_automatic_is_not_answered(mailbox: Account, headers: dict[str, str], sink, work) -> None:
    came(mailbox, letter(**headers))
    work()
    assert sink.messages == [] and acknowledged() == 0


@pytest.mark.parametrize("sender", NOBODIES)
def test_nobody_is_not_answered(mailbox: Account, sender: str, sink, work) -> None:
    came(mailbox, letter(sender=sender))
    work()
    assert sink.messages == []


def test_what_comes_back_from_ourselves_is_dropped(mailbox: Account, sink, work) -> None:
    town = mailbox.municipality
    for sender in (town.sender, town.sender.upper(), town.sender.replace("@", "+x@"), mailbox.address):
        assert came(mailbox, letter(sender, sender=sender)).reason == "OWN_LOOP"
    work()
    assert sink.messages == [] and not Case.objects.exists()


def test_our_own_mails_say_what_they_are(mailbox: Account, sink, work) -> None:
    came(mailbox, letter())
    work()
    (mail,) = sink.messages
    assert mail["Auto-Submitted"] == "auto-replied" and mail["Precedence"] == "bulk"
    assert mail["X-Auto-Response-Suppress"] == "All"
    # A mail server tells of its delivery where no case is opened by it.
    assert sink.envelopes[0][0] == bounce_address(mailbox.address, str(mail["Message-ID"]))


def test_a_bounce_marks_the_address_and_makes_no_case(mailbox: Account, sink, work) -> None:
    came(mailbox, letter())
    work()
    notice = Notice.objects.get()
    message = came(mailbox, returned(notice.message_id, to=mailbox.address, recipient="dana@example.org"))
    work()
    assert message.outcome == "DELIVERY_EVENT" and Case.objects.count() == 1
    assert ContactPoint.objects.get(normalised="dana@example.org").undeliverable_at
    assert len(sink.messages) == 1


def answers_of_a_foolish_robot(mail: EmailMessage, turn: int, to: str) -> bytes:
    """Return what a program answers that knows of no header, and answers everything."""
    return letter(
        f"Your message was received. Ticket {turn}.",
        sender="Support <support@robot.example>",
        to=to,
        subject=f"Received: {mail['Subject']} ({turn})",
    )


@pytest.mark.parametrize("answers", ["Reply-To", "From"])
def test_a_foolish_robot_and_we_end_within_three_rounds(mailbox: Account, answers: str, sink, work) -> None:
    came(mailbox, letter("Ticket 0.", sender="support@robot.example"))
    rounds = 0
    while True:
        sink.messages.clear()
        work()
        if not sink.messages:
            break
        rounds += 1
        assert rounds <= 3, "the two go on and on"
        for number, mail in enumerate(list(sink.messages)):
            to = parseaddr(str(mail[answers]))[1]
            came(mailbox, answers_of_a_foolish_robot(mail, 10 * rounds + number, to))
    assert acknowledged() <= 3


def test_whoever_handles_the_case_is_told_once_of_what_may_be_a_loop(mailbox: Account, sink, work) -> None:
    agent = make_staff(mailbox.municipality, Role.AGENT)
    for number in range(7):
        came(mailbox, letter(f"Ticket {number}.", sender="support@robot.example"))
        Case.objects.update(assignee=agent)
        work()
        told = StaffNotice.objects.filter(user=agent, kind=StaffKind.LOOPING).count()
        assert told == (number > 2)


def test_two_helpdesks_like_ours_say_one_thing_to_each_other(sink, work) -> None:
    """One writes to the other, each believing that the other is a resident."""
    cache.clear()
    ours, theirs = make_mailbox(make_town()), make_mailbox(make_town())
    boxes = {one.address: one for one in (ours, theirs)}
    came(ours, letter(sender=theirs.address))
    rounds = 0
    while True:
        sink.messages.clear()
        work()
        if not sink.messages:
            break
        rounds += 1
        assert rounds <= 3, "the two go on and on"
        for mail in list(sink.messages):
            raw = message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.SMTP).as_bytes()
            to = re.sub(r"\+[^@]*@", "@", str(mail["To"]))
            came(boxes[to], raw)
    assert rounds == 1 and Case.objects.count() == 1


def test_a_thousand_copies_are_one_case_and_one_answer(mailbox: Account, sink, work) -> None:
    raw = letter()
    for _ in range(1_000):
        came(mailbox, raw)
    work()
    assert InboundMessage.objects.count() == Case.objects.count() == len(sink.messages) == 1


def test_many_mails_of_one_sender_are_answered_three_times_an_hour(mailbox: Account, sink, work) -> None:
    for number in range(20):
        came(mailbox, letter(f"Report {number}.", subject=f"Report {number}"))
        work()
    assert Case.objects.count() == 20 and len(sink.messages) == 3


@pytest.mark.parametrize("subject", ABSENCES)
def test_an_absence_in_hebrew_without_any_header(mailbox: Account, subject: str, sink, work) -> None:
    case = make_case(mailbox.municipality, email="dana@example.org")
    by = make_actor(mailbox.municipality, Role.AGENT)
    cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    work()
    sink.messages.clear()
    to = reply_address(mailbox, case)
    message = came(mailbox, letter("אני נמצא בחופשה.", to=to, subject=subject))
    work()
    case.refresh_from_db()
    assert message.contact.is_automatic and not case.is_open and not case.awaits_answer
    assert not Review.objects.exists() and sink.messages == []
    # Without a secret it is nothing at all.
    assert came(mailbox, letter("אני נמצא בחופשה!", subject=subject)).reason == "AUTO_REPLY"
    assert Case.objects.count() == 1


def test_two_absent_people_cause_one_answer_at_most(mailbox: Account, sink, work) -> None:
    """Both answer each mail of ours about one case; nothing comes of it but what they said."""
    came(mailbox, letter(sender="dana@example.org"))
    work()
    case = Case.objects.get()
    for turn in range(5):
        to = reply_address(mailbox, case)
        for sender in ("dana@example.org", "other@example.org"):
            raw = letter(f"Away {turn}.", sender=sender, to=to, Auto_Submitted="auto-replied")
            came(mailbox, raw)
        work()
    assert len(sink.messages) == 1 and Case.objects.count() == 1
    assert Contact.objects.filter(is_automatic=True).count() == 5
