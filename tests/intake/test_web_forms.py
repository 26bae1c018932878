"""A web form writes in its own name, and whoever filled it in stands in Reply-To."""

import pytest

from moked.accounts.rules import Role
from moked.cases.models import Case, CaseLink, Participant
from moked.channels.email.addresses import with_tag
from moked.channels.models import Account, MessageContent
from moked.handovers.models import Statement
from moked.handovers.operations import hand_over
from moked.handovers.queries import secret_of
from moked.notices.operations import why_not_acknowledged
from tests.factories import NOW, make_actor, make_body, make_case, make_town
from tests.intake.letters import came, letter, make_mailbox, reply_address

pytestmark = pytest.mark.django_db
FORM = "Town web <noreply@web.town.example>"
RESIDENT = "Dana Levi <dana@example.org>"


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def mailbox(town):
    account = make_mailbox(town)
    Account.objects.update(takes_reply_to=True)
    account.refresh_from_db()
    return account


def form(**said: str) -> bytes:
    return letter(**({"sender": FORM, "Reply_To": RESIDENT} | said))


def reporter() -> tuple[str, str]:
    part = Participant.objects.get(role=Participant.Role.REPORTER)
    return part.name, part.email


def test_whoever_filled_it_in_has_the_case_and_is_answered(mailbox):
    message = came(mailbox, form())
    assert (message.reason, message.content.sender) == ("OPENED", "dana@example.org")
    assert reporter() == ("Dana Levi", "dana@example.org")
    assert why_not_acknowledged(Case.objects.get().pk, NOW) is None


def test_a_form_may_write_in_the_name_of_the_town(town, mailbox):
    for sender in (town.sender, mailbox.address):
        message = came(mailbox, form(body=f"From {sender}.", sender=sender))
        assert (message.reason, message.content.sender) == ("OPENED", "dana@example.org")
    # What is no form's stays what it is: a mail of ours that came back.
    assert came(mailbox, letter(sender=town.sender)).reason == "OWN_LOOP"
    assert came(mailbox, form(sender=town.sender, Reply_To=town.sender)).reason == "OWN_LOOP"


def test_they_are_suggested_the_case_they_have_already(town, mailbox):
    known = make_case(town, email="dana@example.org")
    case = came(mailbox, form()).contact.case
    assert CaseLink.objects.get(case=case).other == known


def test_elsewhere_reply_to_is_left_aside(town, mailbox):
    Account.objects.update(takes_reply_to=False)
    mailbox.refresh_from_db()
    came(mailbox, form())
    assert reporter() == ("Town web", "noreply@web.town.example")
    assert why_not_acknowledged(Case.objects.get().pk, NOW)


@pytest.mark.parametrize("named", ["", "Dana Levi", f"{RESIDENT}, eve@example.org", "{ours}", "{tagged}"])
def test_without_exactly_one_address_that_is_not_ours_the_sender_wrote(mailbox, named):
    ours = {"ours": mailbox.address, "tagged": with_tag(mailbox.address, "abc")}
    came(mailbox, form(Reply_To=named.format(**ours)))
    assert reporter() == ("Town web", "noreply@web.town.example")


@pytest.mark.parametrize(
    "said",
    [
        {"Reply_To": "noreply@example.org"},
        {"X_Auto_Response_Suppress": "All"},
        {"Auto_Submitted": "auto-generated"},
    ],
)
def test_what_wants_no_answer_gets_none(mailbox, said):
    came(mailbox, form(**said))
    assert why_not_acknowledged(Case.objects.get().pk, NOW)


def test_a_body_is_known_by_the_sender(town, mailbox):
    case, body = make_case(town), make_body(town)
    handed = hand_over(case_id=case.pk, body_id=body.pk, message="", by=make_actor(town, Role.AGENT), now=NOW)
    to = with_tag(mailbox.address, secret_of(handed))
    message = came(mailbox, form(sender="eve@example.org", to=to, Reply_To=body.email))
    assert (message.outcome, message.reason) == ("QUARANTINE", "STRANGER")
    assert not Statement.objects.exists()
    # Whoever looks at it sees who sent it.
    assert MessageContent.objects.get().sender == "eve@example.org"


def test_who_speaks_in_a_case_is_known_by_the_sender(town, mailbox):
    case = make_case(town, email="dana@example.org")
    to = reply_address(mailbox, case)
    assert came(mailbox, form(sender="eve@example.org", to=to)).reason == "OPENED"
    said = letter("Any news?", to=to, Reply_To="another@example.org", subject="Re: dark")
    assert came(mailbox, said).reason == "JOINED"
