"""A15: the same mail makes one case, and nobody can keep another's mail away by using its id first."""

import pytest
from django.core.cache import cache

from moked.cases.models import Case, Contact
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import keep_message
from tests.factories import NOW, make_case, make_town
from tests.intake.letters import came, letter, make_mailbox
from tests.intake.test_mails import reply_address

pytestmark = [pytest.mark.abuse("A15"), pytest.mark.django_db]

ID = "<1@example.org>"


@pytest.fixture
def mailbox(db) -> Account:
    cache.clear()
    return make_mailbox(make_town())


def test_the_same_mail_delivered_again_is_one_case_with_one_answer(mailbox: Account, sink, work) -> None:
    for _ in range(3):
        came(mailbox, letter(Message_ID=ID))
        work()
    assert Case.objects.count() == InboundMessage.objects.count() == len(sink.messages) == 1


def test_the_same_mail_by_another_way_is_one_case(mailbox: Account, sink, work) -> None:
    """To and Cc, a forwarding rule, an alias: the way leaves its marks in the headers."""
    raw = letter(Message_ID=ID)
    for way in (b"", b"Received: from a by b\r\n", b"Delivered-To: x@town.example\r\n", b"X-Spam: no\r\n"):
        came(mailbox, way + raw)
        work()
    assert Case.objects.count() == len(sink.messages) == 1
    assert InboundMessage.objects.filter(reason="SEEN_BEFORE").count() == 3


def test_an_answer_that_comes_twice_is_said_once(mailbox: Account) -> None:
    case = make_case(mailbox.municipality, email="dana@example.org")
    raw = letter("Thank you.", to=reply_address(mailbox, case), Message_ID=ID)
    came(mailbox, raw)
    came(mailbox, raw)
    came(mailbox, b"Received: from a by b\r\n" + raw)
    assert Contact.objects.filter(case=case).count() == 2


def test_a_mail_without_an_id_is_known_by_its_bytes(mailbox: Account) -> None:
    for _ in range(2):
        came(mailbox, letter(Message_ID=""))
    came(mailbox, letter("Other words.", Message_ID=""))
    assert Case.objects.count() == 2


def test_two_towns_have_one_each(mailbox: Account, sink, work) -> None:
    other = make_mailbox(make_town())
    for one in (mailbox, other):
        came(one, letter(Message_ID=ID))
    assert {case.municipality_id for case in Case.objects.all()} == {
        mailbox.municipality_id,
        other.municipality_id,
    }


def test_the_same_words_under_a_new_id_are_written_anew(mailbox: Account) -> None:
    """A person who sends it once more wants to be heard; a colleague may join the two."""
    came(mailbox, letter(Message_ID=ID))
    came(mailbox, letter(Message_ID="<2@example.org>"))
    assert Case.objects.count() == 2


@pytest.mark.parametrize("id_", [ID, "<>", "", " ", "<" + "x" * 400 + "@example.org>"])
def test_who_uses_an_id_first_keeps_nothing_away(mailbox: Account, id_: str) -> None:
    def written(body: str, sender: str) -> bytes:
        return letter(body, sender=sender, Message_ID=ID).replace(ID.encode(), id_.encode())

    came(mailbox, written("An attacker was here.", "eve@evil.example"))
    message = came(mailbox, written("The gas pipe leaks.", "dana@example.org"))
    assert message.outcome == "CONTACT" and message.contact.body == "The gas pipe leaks."
    # Not even in the victim's name, since what it says is looked at too.
    again = came(mailbox, written("The water pipe leaks.", "dana@example.org"))
    assert again.outcome == "CONTACT" and Case.objects.count() == 3


def test_ids_that_differ_only_at_their_end_are_two(mailbox: Account) -> None:
    long = "x" * 300
    for end in ("a", "b"):
        came(mailbox, letter(f"Words {end}.", Message_ID=f"<{long}{end}@example.org>"))
    assert Case.objects.count() == 2


def test_two_processes_that_fetch_one_mail_keep_it_once(mailbox: Account) -> None:
    given = {"account": mailbox, "provider_id": ID, "media_type": "message/rfc822", "now": NOW}
    first, second = (keep_message(raw=letter(), **given) for _ in range(2))
    assert (first.is_new, second.is_new) == (True, False)
    assert first.message.pk == second.message.pk
