"""Two towns, a mailbox each, one mail to both: each has its own of everything, and nothing crosses."""

from email.headerregistry import Address

import pytest

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.cases.models import Case, CaseLink, Contact
from moked.cases.queries import queue, search
from moked.channels.email.addresses import tag_of, with_tag
from moked.channels.models import MailServer
from moked.channels.queries import message_of
from moked.notices.models import Notice
from moked.residents.models import ContactPoint, Resident
from tests.channels.conftest import Mailbox
from tests.channels.dovecot import Dovecot
from tests.channels.test_receiving import fetch
from tests.factories import NOW, make_actor, make_town
from tests.intake.letters import letter, returned

pytestmark = pytest.mark.django_db(transaction=True)

DANA = "dana@example.org"
MATTER = "The lamp at Oak Street 4 is dark."


@pytest.fixture
def servers(town, mailbox: Mailbox) -> list[MailServer]:
    return [mailbox(of=town), mailbox(of=make_town())]


@pytest.fixture
def write(servers: list[MailServer], mail_server: Dovecot, work):
    """Let a mail come to both mailboxes, or to one, and do what follows from it."""

    def write(raw: bytes, *only: MailServer) -> None:
        for one in only or servers:
            mail_server.deliver(one.user, raw)
            fetch(one)
        work()

    return write


def both(servers: list[MailServer]) -> str:
    return ", ".join(one.user for one in servers)


def test_a_mail_to_both_is_a_case_of_each(servers, write, sink):
    write(letter(MATTER, sender=DANA, to=both(servers)))
    for one in servers:
        (case,) = Case.objects.filter(municipality=one.municipality_id)
        (contact,) = Contact.objects.filter(municipality=one.municipality_id)
        (resident,) = Resident.objects.filter(municipality=one.municipality_id)
        (notice,) = Notice.objects.filter(municipality=one.municipality_id)
        assert (contact.case_id, contact.resident_id) == (case.pk, resident.pk)
        assert (notice.case_id, notice.recipient_id) == (case.pk, resident.pk)
        (record,) = AuditRecord.objects.filter(verb="case.opened", object_id=case.pk)
        assert record.municipality_id == one.municipality_id
        message = message_of(contact)
        assert message.account_id == one.account_id
        assert message.file.municipality_id == one.municipality_id
        agent = make_actor(one.municipality, Role.AGENT)
        assert [row.pk for row in queue(agent, now=NOW).cases] == [case.pk]
        assert [hit.case.pk for hit in search(agent, "lamp").found] == [case.pk]
    assert Case.objects.count() == 2
    assert not CaseLink.objects.exists()
    # Each town answers in its own name, and is answered at its own mailbox.
    told = {str(one["From"].addresses[0].addr_spec): one["Reply-To"].addresses[0] for one in sink.messages}
    assert set(told) == {one.municipality.sender for one in servers}
    for one in servers:
        assert tag_of(told[one.municipality.sender].addr_spec, one.user)


def test_an_answer_to_one_town_says_nothing_to_the_other(servers, write, sink):
    write(letter(MATTER, sender=DANA, to=both(servers)))
    ours, theirs = (Case.objects.get(municipality=one.municipality_id) for one in servers)
    mail = next(
        one for one in sink.messages if one["From"].addresses[0].addr_spec == servers[0].municipality.sender
    )
    secret = reply_tag(mail["Reply-To"].addresses[0], servers[0])

    # Our secret at their mailbox, our Message-ID and our number: of all of these they know nothing.
    write(
        letter(
            "Still dark.",
            sender=DANA,
            to=f"{mail['Reply-To']}, {with_tag(servers[1].user, secret)}",
            subject=f"Re: {mail['Subject']} {ours.number}",
            In_Reply_To=mail["Message-ID"],
            References=mail["Message-ID"],
        )
    )
    assert bodies(ours) == [MATTER, "Still dark."]
    assert bodies(theirs) == [MATTER]
    other = Case.objects.exclude(pk__in=[ours.pk, theirs.pk]).get()
    assert (other.municipality_id, bodies(other)) == (servers[1].municipality_id, ["Still dark."])
    assert not CaseLink.objects.exclude(case__municipality=servers[1].municipality_id).exists()
    assert not CaseLink.objects.filter(other__municipality=servers[0].municipality_id).exists()
    agent = make_actor(servers[0].municipality, Role.AGENT)
    assert [hit.case.pk for hit in search(agent, "Still dark").found] == [ours.pk]


def test_a_bounce_of_one_town_marks_nobody_in_the_other(servers, write, sink):
    write(letter(MATTER, sender=DANA, to=both(servers)))
    (sender, _), *_ = [one for one in sink.envelopes if tag_of(one[0], servers[0].user)]
    notice = Notice.objects.get(municipality=servers[0].municipality_id)
    tag = tag_of(sender, servers[0].user)
    there = with_tag(servers[1].user, tag)
    write(returned(notice.message_id, to=there, recipient=DANA), servers[1])
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()
    write(returned(notice.message_id, to=sender, recipient=DANA), servers[0])
    marked = ContactPoint.objects.filter(undeliverable_at__isnull=False)
    assert [one.municipality_id for one in marked] == [servers[0].municipality_id]
    states = Notice.objects.order_by("municipality_id").values_list("municipality_id", "state")
    assert dict(states)[servers[1].municipality_id] == Notice.State.SENT


def reply_tag(address: Address, server: MailServer) -> str:
    tag = tag_of(address.addr_spec, server.user)
    assert tag
    return tag


def bodies(case: Case) -> list[str]:
    return list(
        Contact.objects.filter(case=case, direction="IN").order_by("id").values_list("body", flat=True)
    )
