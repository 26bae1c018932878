"""A colleague answers a mail of ours by mail: only with their own secret, proven, and as far as they may."""

import pytest

from moked.accounts.models import Membership, User
from moked.accounts.rules import Role, resident
from moked.cases.models import Case, Contact, Note
from moked.catalogue.models import Service
from moked.channels.email.addresses import with_tag
from moked.channels.models import Account, InboundMessage
from moked.intake.operations import write_again
from moked.links import operations as links
from moked.links.models import Link
from moked.notices import staff
from moked.notices.models import StaffNotice
from moked.notices.rules import StaffKind
from tests.factories import NOW, make_case, make_department, make_service, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox

pytestmark = pytest.mark.django_db
US = "mx.town.example"


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def mailbox(town):
    account = make_mailbox(town)
    Account.objects.update(authserv_id=US)
    account.refresh_from_db()
    return account


@pytest.fixture
def department(town):
    return make_department(town)


@pytest.fixture
def ruth(town, department) -> User:
    return make_staff(town, Role.DEPARTMENT_WORKER, department=department)


@pytest.fixture
def case(town, department, ruth) -> Case:
    case = make_case(town, service=make_service(town, department=department), email="dana@example.org")
    Case.objects.filter(pk=case.pk).update(department=department, assignee=ruth)
    return case


@pytest.fixture
def told(case, ruth) -> StaffNotice:
    """What Ruth was told when the resident wrote."""
    write_again(case_id=case.pk, body="Any news?", by=resident(case.municipality_id), now=NOW)
    return StaffNotice.objects.get(user=ruth)


def answer_to(told: StaffNotice, mailbox, body: str = "We come on Monday.", **said) -> bytes:
    """Return what a colleague writes to the address in the mail they were sent."""
    link = links.ensure(
        municipality_id=told.municipality_id, purpose=Link.Purpose.COLLEAGUE, object_id=told.pk
    )
    domain = told.user.email.partition("@")[2]
    usual = {
        "sender": told.user.email,
        "to": with_tag(mailbox.address, links.render(link)),
        "subject": "Re: The resident wrote",
        "Authentication_Results": f"{US}; dmarc=pass header.from={domain}",
    }
    return letter(body, **(usual | said))


def test_it_goes_to_the_resident_when_it_answers_the_resident_s_words(mailbox, told, ruth, case):
    message = came(mailbox, answer_to(told, mailbox))
    assert (message.outcome, message.reason) == ("CONTACT", "STAFF_REPLIED")
    said = Contact.objects.get(direction="OUT")
    assert (said.body, said.author, said.case, message.contact) == ("We come on Monday.", ruth, case, said)
    assert Case.objects.count() == 1


def test_it_becomes_a_note_when_it_says_so(mailbox, told):
    raw = answer_to(
        told, mailbox, "\u200f@note: I spoke to her.\n\n##-## line ##-##\n\n> Any news?\n> More\n"
    )
    assert came(mailbox, raw).reason == "STAFF_NOTED"
    assert Note.objects.get().body == "I spoke to her."
    assert not Contact.objects.filter(direction="OUT").exists()


def test_it_becomes_a_note_when_what_it_answers_was_about_something_else(mailbox, case, ruth):
    staff.tell(case, [ruth.pk], kind=StaffKind.AT_RISK, what="RESOLUTION", by_mail=True, now=NOW)
    told = StaffNotice.objects.get()
    assert came(mailbox, answer_to(told, mailbox, "On my way.")).reason == "STAFF_NOTED"
    assert came(mailbox, answer_to(told, mailbox, "@reply We come.")).reason == "STAFF_REPLIED"
    assert Contact.objects.get(direction="OUT").body == "We come."


def refused(message: InboundMessage) -> str:
    """Return why a mail waits; nothing came of it, and all of it is kept."""
    assert (message.outcome, message.state) == ("QUARANTINE", "QUARANTINED")
    assert message.file.size > 100
    assert not Note.objects.exists() and not Contact.objects.filter(direction="OUT").exists()
    assert Case.objects.count() == 1
    return message.reason


def test_a_mailbox_that_cannot_tell_who_writes_takes_no_answers(mailbox, told):
    Account.objects.update(authserv_id="")
    mailbox.refresh_from_db()
    assert refused(came(mailbox, answer_to(told, mailbox))) == "STAFF_NOT_TAKEN"


@pytest.mark.parametrize("sender", ["eve@example.org", "Ruth <eve@example.org>"])
def test_the_secret_is_of_no_use_to_anybody_else(mailbox, told, sender):
    assert refused(came(mailbox, answer_to(told, mailbox, sender=sender))) == "STAFF_ADDRESS"


def test_a_colleague_who_stands_in_reply_to_is_nobody(mailbox, told):
    Account.objects.update(takes_reply_to=True)
    mailbox.refresh_from_db()
    raw = answer_to(told, mailbox, sender="eve@example.org", Reply_To=told.user.email)
    assert refused(came(mailbox, raw)) == "STAFF_ADDRESS"


def test_two_senders_are_nobody(mailbox, told):
    raw = answer_to(told, mailbox, sender=f"{told.user.email}, eve@example.org")
    assert refused(came(mailbox, raw)) == "STAFF_ADDRESS"


@pytest.mark.parametrize(
    "results", ["", f"{US}; dmarc=fail header.from=town.example", "mx.x.example; dmarc=pass"]
)
def test_a_sender_nobody_vouches_for_is_nobody(mailbox, told, results):
    raw = answer_to(told, mailbox, Authentication_Results=results)
    assert refused(came(mailbox, raw)) == "STAFF_UNPROVEN"


def test_a_colleague_without_the_secret_is_somebody_who_reports(mailbox, told):
    came(mailbox, answer_to(told, mailbox, to=mailbox.address))
    assert Case.objects.count() == 2
    assert not Contact.objects.filter(direction="OUT").exists()


def test_the_secret_of_a_colleague_is_not_the_resident_s(mailbox, told):
    raw = answer_to(told, mailbox, sender="dana@example.org")
    assert refused(came(mailbox, raw)) == "STAFF_ADDRESS"


def test_rights_count_as_they_are_now(mailbox, told, town, case, ruth):
    Case.objects.filter(pk=case.pk).update(department=make_department(town), assignee=None)
    assert refused(came(mailbox, answer_to(told, mailbox))) == "STAFF_NO_RIGHT"
    assert refused(came(mailbox, answer_to(told, mailbox, "@note x"))) == "STAFF_NO_RIGHT"
    Membership.objects.filter(user=ruth).delete()
    assert refused(came(mailbox, answer_to(told, mailbox, "Once more."))) == "STAFF_NO_RIGHT"


def test_an_absence_note_of_a_colleague_is_left_alone(mailbox, told):
    message = came(mailbox, answer_to(told, mailbox, "Away.", Auto_Submitted="auto-replied"))
    assert (message.outcome, message.reason) == ("IGNORED_BY_RULE", "AWAY")
    assert not Contact.objects.filter(direction="OUT").exists()


def test_nothing_but_what_was_quoted_is_nothing(mailbox, told):
    assert refused(came(mailbox, answer_to(told, mailbox, "##-## line ##-##\n\nHello,\n"))) == "NOTHING_SAID"


def test_files_are_not_lost_on_the_way(mailbox, told):
    raw = answer_to(told, mailbox, files=(("plan.pdf", "application/pdf", b"%PDF-1.4"),))
    assert refused(came(mailbox, raw)) == "STAFF_FILES"


def test_the_same_mail_is_taken_once(mailbox, told):
    raw = answer_to(told, mailbox)
    came(mailbox, raw)
    came(mailbox, b"Received: from a.example by b.example\r\n" + raw)
    assert Contact.objects.filter(direction="OUT").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_mail_says_how_to_answer_it_and_where_to(mailbox, told, ruth, sink, work):
    work()
    mail = next(one for one in sink.messages if one["To"].addresses[0].addr_spec == ruth.email)
    plain = mail.get_body(("plain",)).get_content()
    assert plain.startswith("##-## Please write above this line ##-##")
    assert "Any news?" in plain and "Begin them with @note" in plain
    link = Link.objects.get(purpose="COLLEAGUE")
    assert mail["Reply-To"].addresses[0].addr_spec == with_tag(mailbox.address, links.render(link))


@pytest.mark.django_db(transaction=True)
def test_the_words_on_a_confidential_case_stay_here(mailbox, told, case, ruth, sink, work):
    Service.objects.filter(pk=case.service_id).update(is_confidential=True)
    work()
    mail = next(one for one in sink.messages if one["To"].addresses[0].addr_spec == ruth.email)
    assert "Any news?" not in mail.as_string()


def test_whoever_wrote_the_words_down_is_not_told_of_them(case, ruth, town):
    from moked.accounts.queries import actor_for

    actor = actor_for(ruth, town.pk)
    write_again(case_id=case.pk, body="She called.", by=actor, now=NOW)
    assert not StaffNotice.objects.exists()
