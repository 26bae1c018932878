"""Mailboxes watched as they are by `manage.py fetch_mail`: mails come by themselves, whatever breaks."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from moked.channels.email import imap, watching
from moked.channels.models import Account, MailServer
from moked.channels.operations import NewServer, retire_mailbox, set_server
from moked.channels.rules import Light, Security, ServerDetails, Trouble
from moked.municipalities.models import Municipality
from tests.channels.conftest import Mailbox, kept
from tests.channels.dovecot import PASSWORD, Dovecot
from tests.channels.line import line_to
from tests.channels.processes import ROOT, environment
from tests.channels.test_receiving import by_line, mail
from tests.factories import make_town

pytestmark = pytest.mark.django_db(transaction=True)


def until(true: Callable[[], object], within: float = 10) -> float:
    """Wait until something is true and return how many seconds that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within, "it has not come true in time"
        time.sleep(0.02)
    return time.monotonic() - began


def number_kept(server: MailServer) -> int:
    return len(kept(server.account))


def state(server: MailServer) -> tuple[Light, str]:
    now = MailServer.objects.get(pk=server.pk)
    return now.light_at(datetime.now(UTC)), now.trouble


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All mailboxes are watched, in this process, and their list is looked at often."""
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.2)
    stopping = threading.Event()

    def watch() -> None:
        watching.watch(lambda: not stopping.is_set())
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    stopping.set()
    watcher.join(20)
    assert not watcher.is_alive()
    for reader in threading.enumerate():
        if reader.name.startswith("mailbox-"):
            reader.join(5)
            assert not reader.is_alive()


def test_a_mail_that_comes_while_we_wait_is_kept_at_once(
    mailbox: Mailbox, mail_server: Dovecot, watched: None
) -> None:
    server = mailbox()
    until(lambda: state(server) == (Light.WELL, ""))
    time.sleep(0.5)  # until it waits for word from the server
    mail_server.deliver(server.user, mail())
    until(lambda: number_kept(server) == 1, within=watching.ASK_EVERY / 3)
    until(lambda: mail_server.flags(server.user) == ["S"])
    assert state(server) == (Light.WELL, "")


def test_word_of_a_mail_in_one_piece_with_an_answer_is_heard(
    mailbox: Mailbox, mail_server: Dovecot, watched: None
) -> None:
    with line_to(mail_server.port) as line:
        line.join_from(b"+ idling")
        server = mailbox(port=line.port)
        until(lambda: state(server) == (Light.WELL, ""))
        mail_server.deliver(server.user, mail())
        until(lambda: number_kept(server) == 1)


def test_without_word_from_the_server_it_is_asked_again_and_again(
    mailbox: Mailbox, mail_server: Dovecot, watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "ASK_EVERY", 0.3)
    monkeypatch.setattr(imap, "WAITS_BY", "NO-SUCH-WORD")
    server = mailbox()
    until(lambda: state(server) == (Light.WELL, ""))
    for number in (1, 2):
        mail_server.deliver(server.user, mail(number))
        until(lambda number=number: number_kept(server) == number)


def test_several_mailboxes_of_two_towns_are_watched_and_a_wrong_one_stops_none(
    town: Municipality, mailbox: Mailbox, mail_server: Dovecot, watched: None
) -> None:
    wrong = mailbox(secret="wrong")
    servers = [mailbox(of=town), mailbox(of=town), mailbox(of=make_town())]
    for server in servers:
        mail_server.deliver(server.user, mail(to=server.user))
    until(lambda: [number_kept(one) for one in servers] == [1, 1, 1])
    until(lambda: state(wrong) == (Light.FAILING, Trouble.SIGN_IN_REFUSED))
    assert [state(one) for one in servers] == [(Light.WELL, "")] * 3


def test_a_mailbox_set_right_is_read_at_once_and_a_retired_one_no_more(
    mailbox: Mailbox, mail_server: Dovecot, watched: None
) -> None:
    server = mailbox(secret="wrong")
    until(lambda: state(server) == (Light.FAILING, Trouble.SIGN_IN_REFUSED))
    failing_since = MailServer.objects.get(pk=server.pk).failing_since
    details = ServerDetails("localhost", mail_server.port, server.user, Security.NONE)
    set_server(server.account, NewServer(details, PASSWORD), by_user_id=None, now=datetime.now(UTC))
    until(lambda: state(server) == (Light.WELL, ""), within=5)
    assert failing_since is not None
    assert MailServer.objects.get(pk=server.pk).failing_since is None
    retire_mailbox(server.account, by_user_id=None, now=datetime.now(UTC))
    until(lambda: not any(one.name == f"mailbox-{server.pk}" for one in threading.enumerate()), within=5)
    mail_server.deliver(server.user, mail())
    time.sleep(0.5)
    assert number_kept(server) == 0


def test_a_server_that_goes_and_comes_is_told_and_nothing_is_lost(
    mailbox: Mailbox, mail_server: Dovecot, watched: None
) -> None:
    with line_to(mail_server.port) as line:
        server = mailbox(port=line.port)
        until(lambda: state(server) == (Light.WELL, ""))
        line.refuse()
        until(lambda: state(server)[0] == Light.FAILING)
        first = MailServer.objects.get(pk=server.pk)
        mail_server.deliver(server.user, mail())
        until(lambda: MailServer.objects.get(pk=server.pk).checked_at != first.checked_at)
        assert MailServer.objects.get(pk=server.pk).failing_since == first.failing_since
        line.accept()
        until(lambda: number_kept(server) == 1)
        until(lambda: state(server) == (Light.WELL, ""))


def test_a_line_that_rots_while_we_wait_is_noticed(
    mailbox: Mailbox, mail_server: Dovecot, watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "ASK_EVERY", 0.5)
    monkeypatch.setattr(imap, "ANSWERS_WITHIN", 0.5)
    with line_to(mail_server.port) as line:
        server = mailbox(port=line.port)
        until(lambda: state(server) == (Light.WELL, ""))
        line.go_dead()
        mail_server.deliver(server.user, mail())
        until(lambda: state(server)[0] == Light.FAILING)
        assert number_kept(server) == 0
        line.mend()
        until(lambda: number_kept(server) == 1)


@contextlib.contextmanager
def process(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `manage.py fetch_mail` on the database of the tests."""
    with (tmp_path / "fetch_mail.log").open("wb") as log:
        command = [sys.executable, str(ROOT / "manage.py"), "fetch_mail"]
        running = subprocess.Popen(command, env=environment(), stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.kill()
            running.wait(10)


@pytest.mark.fault
@pytest.mark.abuse("A15")
def test_killed_between_keeping_and_acknowledging_nothing_is_lost_or_kept_twice(
    mailbox: Mailbox, mail_server: Dovecot, tmp_path: Path
) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail(1))
    mail_server.deliver(server.user, mail(2))
    with by_line(server, mail_server.port) as line:
        line.hold_at(b"STORE")
        with process(tmp_path) as running:
            assert line.held.wait(30)
            running.send_signal(signal.SIGKILL)
    assert kept(server.account) == [mail(1)]
    assert mail_server.flags(server.user) == ["", ""]
    with process(tmp_path):
        until(lambda: number_kept(server) == 2, within=30)
        until(lambda: mail_server.flags(server.user) == ["S", "S"])
    assert kept(server.account) == [mail(1), mail(2)]


@pytest.mark.fault
def test_two_processes_at_once_keep_each_mail_once_and_end_when_told(
    mailbox: Mailbox, mail_server: Dovecot, tmp_path: Path
) -> None:
    server = mailbox()
    mails = [mail(number) for number in range(60)]
    for one in mails:
        mail_server.deliver(server.user, one)
    with process(tmp_path) as first, process(tmp_path) as second:
        until(lambda: MailServer.objects.get(pk=server.pk).last_uid == 60, within=60)
        mail_server.deliver(server.user, mail(60))
        until(lambda: number_kept(server) == 61)
        began = time.monotonic()
        for one in (first, second):
            one.send_signal(signal.SIGTERM)
        assert [one.wait(10) for one in (first, second)] == [0, 0]
        assert time.monotonic() - began < 8
    assert sorted(kept(server.account)) == sorted([*mails, mail(60)])
    assert Account.objects.count() == 1
