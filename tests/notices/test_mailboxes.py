"""Administrators are told once that a mailbox cannot be read, and once that it is read again."""

from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.models import Membership
from moked.accounts.rules import Role
from moked.channels.models import MailServer
from moked.channels.operations import (
    NewServer,
    note_read,
    note_told,
    note_trouble,
    retire_mailbox,
    set_server,
)
from moked.channels.rules import SILENT_AFTER, TOLD_AFTER, ServerDetails, Trouble
from moked.notices.mailboxes import tell_of_mailboxes
from tests.factories import make_staff, make_town
from tests.intake.letters import make_mailbox

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def server(town) -> MailServer:
    details = ServerDetails("imap.town.example", 993, "info")
    new = NewServer(details, "secret")
    return set_server(make_mailbox(town), new, by_user_id=None, now=NOW)


@pytest.fixture
def administrators(town):
    make_staff(town, Role.AGENT)
    make_staff(make_town(), Role.ADMINISTRATOR)
    return [make_staff(town, Role.ADMINISTRATOR) for _ in range(2)]


def fails(server: MailServer, *, at: datetime = NOW) -> None:
    note_trouble(server, Trouble.SIGN_IN_REFUSED, "No", at)


def told(sink) -> list[tuple[str, str]]:
    return [(str(one["To"]), str(one["Subject"])) for one in sink.messages]


def test_each_administrator_is_told_once_and_once_more_when_it_is_read_again(
    server, administrators, sink, work
):
    fails(server)
    later = NOW + TOLD_AFTER
    fails(server, at=later)
    assert tell_of_mailboxes(later - timedelta(seconds=1)) == "0 mailboxes told of"
    assert tell_of_mailboxes(later) == "1 mailboxes told of"
    assert tell_of_mailboxes(later + timedelta(minutes=1)) == "0 mailboxes told of"
    work()
    address = server.account.address
    assert told(sink) == [(one.email, f"The mailbox {address} cannot be read") for one in administrators]
    body = sink.messages[0].get_body(("plain",)).get_content()
    assert f"/desk/settings/mailboxes/{server.account_id}/" in body
    assert "Monday" in body
    assert sink.messages[0]["Auto-Submitted"] == "auto-generated"
    assert sink.messages[0]["Message-ID"] != sink.messages[1]["Message-ID"]

    sink.messages.clear()
    note_read(server, waiting=0, now=later)
    assert tell_of_mailboxes(later) == "1 mailboxes told of"
    assert tell_of_mailboxes(later) == "0 mailboxes told of"
    work()
    assert told(sink) == [(one.email, f"The mailbox {address} is read again") for one in administrators]


def test_of_two_workers_one_tells(server):
    assert [note_told(server, now=NOW) for _ in range(2)] == [True, False]
    assert [note_told(server, now=None) for _ in range(2)] == [True, False]


def test_what_fails_again_is_told_of_again(server, administrators, sink, work):
    for day in range(2):
        begun = NOW + timedelta(days=day)
        fails(server, at=begun)
        fails(server, at=begun + TOLD_AFTER)
        assert tell_of_mailboxes(begun + TOLD_AFTER) == "1 mailboxes told of"
        note_read(server, waiting=0, now=begun + TOLD_AFTER)
        assert tell_of_mailboxes(begun + TOLD_AFTER) == "1 mailboxes told of"
    work()
    assert len(sink.messages) == 8


def test_a_short_failure_is_nobodys_business(server, administrators, sink, work):
    fails(server)
    note_read(server, waiting=0, now=NOW + timedelta(minutes=5))
    assert tell_of_mailboxes(NOW + TOLD_AFTER) == "0 mailboxes told of"


def test_of_a_mailbox_that_nobody_looks_into_any_more_nothing_is_known(server, administrators):
    fails(server)
    assert tell_of_mailboxes(NOW + SILENT_AFTER + timedelta(seconds=1)) == "0 mailboxes told of"


def test_a_retired_mailbox_is_not_told_of(server, administrators):
    fails(server)
    fails(server, at=NOW + TOLD_AFTER)
    retire_mailbox(server.account, by_user_id=None, now=NOW)
    assert tell_of_mailboxes(NOW + TOLD_AFTER) == "0 mailboxes told of"


def test_who_is_no_administrator_any_more_is_not_told(server, administrators, sink, work):
    fails(server)
    fails(server, at=NOW + TOLD_AFTER)
    tell_of_mailboxes(NOW + TOLD_AFTER)
    Membership.objects.filter(user=administrators[0]).update(role=Role.AGENT)
    work()
    assert [to for to, _ in told(sink)] == [administrators[1].email]
