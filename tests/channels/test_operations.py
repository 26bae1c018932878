"""What comes in is kept first, whole, once for each mailbox; what waits for a person leaves by their hand."""

import pytest
from django.db import DatabaseError

from moked.accounts.rules import Role
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import (
    UnableToChangeAccount,
    UnableToChangeMessage,
    discard,
    keep_message,
    messages,
    open_mailbox,
    put_back,
)
from moked.channels.queries import mailbox_of, mailboxes_among
from moked.events.models import Event, OutboxRow
from moked.files import store
from moked.files.models import StoredFile
from moked.files.operations import NotKept, read_whole
from tests.factories import NOW, make_actor, make_service, make_town
from tests.intake.letters import came, letter, make_mailbox

pytestmark = pytest.mark.django_db
RAW = b"From: a@b.example\r\n\r\n\xf9\xec\xe5\xed"


@pytest.fixture
def mailbox():
    return make_mailbox(make_town())


def keep(account, raw=RAW, name="<1@b.example>"):
    return keep_message(account=account, raw=raw, provider_id=name, media_type="message/rfc822", now=NOW)


def test_it_is_kept_byte_for_byte_and_told_of(mailbox):
    kept = keep(mailbox)
    assert kept.is_new and read_whole(kept.message.file) == RAW
    [event] = Event.objects.filter(name="channel.message_stored")
    assert event.document["message_id"] == kept.message.pk
    assert OutboxRow.objects.filter(subscriber="intake.take_stored").count() == 1


def test_the_same_is_kept_once_and_leaves_no_second_file(mailbox):
    first, second = keep(mailbox), keep(mailbox)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.message == second.message
    assert StoredFile.objects.count() == 1


def test_two_mailboxes_keep_one_each(mailbox):
    keep(mailbox), keep(make_mailbox(make_town()))
    assert InboundMessage.objects.count() == 2


def test_a_full_disk_keeps_nothing_and_says_so(mailbox, monkeypatch):
    monkeypatch.setattr(store, "has_room", lambda: False)
    with pytest.raises(NotKept):
        keep(mailbox)
    assert not InboundMessage.objects.exists()


def test_what_the_database_refuses_leaves_no_row_behind(mailbox, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("no")

    monkeypatch.setattr(messages, "publish", refuse)
    with pytest.raises(DatabaseError):
        keep(mailbox)
    assert not InboundMessage.objects.exists() and not StoredFile.objects.exists()


def test_a_mailbox_leads_to_a_service_of_its_town(mailbox):
    town = mailbox.municipality
    elsewhere = make_service(make_town())
    for address, service, code in (
        ("a@b", elsewhere.pk, "UNKNOWN_SERVICE"),
        ("a b@c", mailbox.service_id, "BAD_ADDRESS"),
        ("a+b@c", mailbox.service_id, "BAD_ADDRESS"),
        ("a", mailbox.service_id, "BAD_ADDRESS"),
    ):
        with pytest.raises(UnableToChangeAccount) as refused:
            open_mailbox(municipality=town, address=address, service_id=service, by_user_id=None, now=NOW)
        assert refused.value.code == code


def test_opening_it_again_changes_where_it_leads(mailbox):
    town, other = mailbox.municipality, make_service(mailbox.municipality)
    Account.objects.update(is_retired=True)
    again = open_mailbox(
        municipality=town, address=mailbox.address.upper(), service_id=other.pk, by_user_id=None, now=NOW
    )
    assert (again.pk, again.service_id, again.is_retired) == (mailbox.pk, other.pk, False)


def test_mailboxes_are_found_by_the_addresses_of_a_mail(mailbox):
    found = mailboxes_among([mailbox.address.replace("@", "+tag@"), "other@x.example"])
    assert found == [mailbox]
    Account.objects.update(is_retired=True)
    assert mailboxes_among([mailbox.address]) == []


def test_answers_go_to_the_mailbox_of_the_town_s_own_address(mailbox):
    town = mailbox.municipality
    make_mailbox(town, "another@town.example")
    assert mailbox_of(town) == town.sender
    assert mailbox_of(make_town()) == ""


def test_a_mail_is_thrown_away_once_and_for_a_reason(mailbox):
    message = came(mailbox, letter(sender=""))
    agent = make_actor(mailbox.municipality, Role.AGENT)
    stranger = make_actor(make_town(), Role.AGENT)
    for by, note, code in ((stranger, "spam", "NOT_FOUND"), (agent, " ", "NOTHING_SAID")):
        with pytest.raises(UnableToChangeMessage) as refused:
            discard(message_id=message.pk, note=note, by=by, now=NOW)
        assert refused.value.code == code
    done = discard(message_id=message.pk, note="spam", by=agent, now=NOW)
    assert (done.state, done.note) == ("DISCARDED", "spam")
    with pytest.raises(UnableToChangeMessage):
        discard(message_id=message.pk, note="spam", by=agent, now=NOW)


def test_what_is_put_back_is_read_by_the_worker_if_nobody_else_does(mailbox):
    message = came(mailbox, letter(sender=""))
    OutboxRow.objects.all().delete()
    put_back(message, by=make_actor(mailbox.municipality, Role.AGENT), now=NOW)
    assert OutboxRow.objects.filter(subscriber="intake.take_stored").count() == 1
