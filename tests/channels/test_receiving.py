"""Mails of a real mail server, kept before they are acknowledged."""

import contextlib
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from moked.channels.email import imap
from moked.channels.email.imap import UnableToRead
from moked.channels.email.receiving import Tries, access_to, receive
from moked.channels.models import InboundMessage, MailServer
from moked.channels.operations import retire_mailbox
from moked.channels.rules import LARGEST_MAIL, Reason, Security, State, Trouble
from moked.events.models import Event
from moked.files import store
from moked.files.operations import NotKept
from moked.municipalities.models import Municipality
from tests.channels.conftest import Mailbox, kept
from tests.channels.dovecot import OTHER_PASSWORD, OTHER_USER, PASSWORD, Dovecot
from tests.channels.line import Line, line_to
from tests.factories import make_town

pytestmark = pytest.mark.django_db

Fetch = Callable[..., None]


def mail(number: int = 1, *, to: str = "a@town.example", size: int = 0) -> bytes:
    words = (
        f"From: r@home.example\r\nTo: {to}\r\nMessage-ID: <{number}@home.example>\r\nSubject: {number}\r\n"
    )
    return words.encode() + b"\r\n\xd9\xec\xe5\xed\r\n" + b"x" * 70 * (size // 70)


def fetch(server: MailServer, tries: Tries | None = None) -> MailServer:
    """Read a mailbox once, as the process that reads them does, and return what is known of it then."""
    server = MailServer.objects.select_related("account").get(pk=server.pk)
    with imap.opened(access_to(server)) as session:
        receive(server, session, Counter() if tries is None else tries)
    return MailServer.objects.get(pk=server.pk)


def trouble_of(server: MailServer) -> tuple[Trouble, str]:
    with pytest.raises(UnableToRead) as refused:
        fetch(server)
    return refused.value.trouble, refused.value.said


@contextlib.contextmanager
def by_line(server: MailServer, port: int) -> Iterator[Line]:
    """Have a mailbox read over a line that can be spoilt."""
    with line_to(port) as line:
        MailServer.objects.filter(pk=server.pk).update(port=line.port)
        yield line
        MailServer.objects.filter(pk=server.pk).update(port=port)


@pytest.mark.parametrize("odd", ["(" * 30_000, "<" * 30_000, "a" * 60_000, ", ".join(["a@b"] * 9_000)])
def test_a_mail_with_hostile_headers_is_kept_and_the_next_one_too(
    mailbox: Mailbox, mail_server: Dovecot, odd: str
) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail(1, to=odd))
    mail_server.deliver(server.user, mail(2))
    read = fetch(server)
    assert kept(server.account) == [mail(1, to=odd), mail(2)]
    assert (read.last_uid, read.waiting, read.trouble) == (2, 0, "")


class Stubborn:
    """A server that never hands over its first mail, as no Dovecot does: it breaks off, or says nothing."""

    uid_validity = 1

    def __init__(self, trouble: Exception | None) -> None:
        self._trouble = trouble
        self._given = {2: mail(2)}

    def uids_above(self, last_uid: int, _reads_from: datetime | None) -> list[int]:
        return [uid for uid in (1, 2) if uid > last_uid]

    def listed(self, uids: list[int]) -> dict[int, imap.Listed]:
        return {uid: imap.Listed(uid, 100, datetime.now(UTC)) for uid in uids}

    def whole(self, listed: imap.Listed) -> bytes | None:
        if listed.uid == 1 and self._trouble:
            raise self._trouble
        return self._given.get(listed.uid)

    headers = whole

    def mark_seen(self, uid: int) -> None: ...


@pytest.mark.parametrize("trouble", [None, UnableToRead(Trouble.BROKEN_OFF)], ids=["nothing", "breaks off"])
def test_a_mail_that_its_server_never_gives_holds_up_no_other_and_is_seen_to_be_missing(
    mailbox: Mailbox, trouble: Exception | None
) -> None:
    server, tries = mailbox(), Counter[int]()
    for _session in range(7):
        read = MailServer.objects.select_related("account").get(pk=server.pk)
        with contextlib.suppress(UnableToRead):
            receive(read, Stubborn(trouble), tries)
    found = InboundMessage.objects.filter(account=server.account).order_by("id")
    assert [(one.state, one.reason) for one in found] == [
        (State.QUARANTINED, Reason.NOT_GIVEN),
        (State.STORED, ""),
    ]
    assert kept(server.account) == [b"", mail(2)]


def test_mails_are_kept_byte_for_byte_marked_as_read_and_told_of(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server = mailbox()
    for number in (1, 2):
        mail_server.deliver(server.user, mail(number))
    read = fetch(server)
    assert kept(server.account) == [mail(1), mail(2)]
    assert mail_server.flags(server.user) == ["S", "S"]
    first, second = InboundMessage.objects.filter(account=server.account).order_by("id")
    assert (first.provider_id, first.state) == ("<1@home.example>", State.STORED)
    assert first.sha256 == hashlib.sha256(mail(1)).hexdigest()
    told = Event.objects.filter(name="channel.message_stored").order_by("id")
    assert [one.document["message_id"] for one in told] == [first.pk, second.pk]
    assert (read.last_uid, read.waiting, read.trouble, read.failing_since) == (2, 0, "", None)
    assert read.checked_at is not None


def test_a_second_look_fetches_nothing_again(mailbox: Mailbox, mail_server: Dovecot) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail())
    first = fetch(server)
    again = fetch(server)
    assert (first.last_uid, again.last_uid) == (1, 1)
    assert len(kept(server.account)) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_connections_are_encrypted(mailbox: Mailbox, mail_server: Dovecot, security: Security) -> None:
    port = mail_server.tls_port if security == Security.TLS else mail_server.port
    server = mailbox(security=security, port=port)
    mail_server.deliver(server.user, mail())
    fetch(server)
    assert len(kept(server.account)) == 1


def test_a_server_that_cannot_prove_who_it_is_gets_no_password(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server = mailbox(security=Security.TLS, port=mail_server.tls_port)
    MailServer.objects.filter(pk=server.pk).update(host="127.0.0.1")
    trouble, said = trouble_of(server)
    assert trouble == Trouble.CERTIFICATE
    assert "127.0.0.1" in said


def test_a_plain_server_is_not_taken_for_an_encrypted_one(mailbox: Mailbox, mail_server: Dovecot) -> None:
    server = mailbox(security=Security.TLS, port=mail_server.port)
    assert trouble_of(server) == (Trouble.NO_TLS, "")


def test_passwords_beyond_ascii_are_understood(mailbox: Mailbox, mail_server: Dovecot) -> None:
    server = mailbox(user=mail_server.add_user(OTHER_USER), secret=OTHER_PASSWORD)
    mail_server.deliver(OTHER_USER, mail())
    fetch(server)
    assert len(kept(server.account)) == 1


def test_a_wrong_password_is_told_in_the_servers_words(mailbox: Mailbox) -> None:
    server = mailbox(secret="wrong")
    trouble, said = trouble_of(server)
    assert trouble == Trouble.SIGN_IN_REFUSED
    assert "Authentication failed" in said


def test_a_folder_that_is_not_there_is_told(mailbox: Mailbox) -> None:
    assert trouble_of(mailbox(folder="Elsewhere"))[0] == Trouble.NO_FOLDER


def test_no_host_and_nobody_listening_are_told_apart(mailbox: Mailbox) -> None:
    with line_to(1) as line:
        port = line.port
    assert trouble_of(mailbox(port=port)) == (Trouble.UNREACHABLE, "")
    server = mailbox()
    MailServer.objects.filter(pk=server.pk).update(host="no-such-host.invalid")
    assert trouble_of(server) == (Trouble.NO_SUCH_HOST, "")


def test_what_answers_and_is_no_mail_server_is_not_quoted(mailbox: Mailbox) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client, _ = listener.accept()
            client.sendall(b"SSH-2.0-secret-version\r\n")
            client.close()

        greeter = threading.Thread(target=greet)
        greeter.start()
        assert trouble_of(mailbox(port=listener.getsockname()[1])) == (Trouble.NOT_IMAP, "")
        greeter.join()


def test_each_towns_mailbox_gets_its_own_copy_of_a_mail_to_both(
    town: Municipality, mailbox: Mailbox, mail_server: Dovecot
) -> None:
    servers = [mailbox(of=town), mailbox(of=make_town())]
    both = mail(to=", ".join(one.user for one in servers))
    for one in servers:
        mail_server.deliver(one.user, both)
        fetch(one)
    assert [kept(one.account) for one in servers] == [[both], [both]]
    towns = InboundMessage.objects.order_by("id").values_list("municipality_id", "file__municipality_id")
    assert list(towns) == [(one.municipality_id, one.municipality_id) for one in servers]


def test_what_lay_there_before_is_left_alone_unless_it_is_asked_for(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    long_ago = time.time() - 3 * 86400
    users = [mail_server.add_user() for _ in range(2)]
    for user in users:
        mail_server.deliver(user, mail(1), came_at=long_ago)
        mail_server.deliver(user, mail(2), came_at=time.time() - 7200)
        mail_server.deliver(user, mail(3))
    new, everything = mailbox(user=users[0]), mailbox(user=users[1], reads_all=True)
    fetch(new), fetch(everything)
    assert kept(new.account) == [mail(3)]
    assert kept(everything.account) == [mail(1), mail(2), mail(3)]
    assert mail_server.flags(users[0]).count("S") == 1


@pytest.mark.abuse("A15")
def test_a_mailbox_numbered_anew_is_read_anew_and_nothing_is_kept_twice(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server = mailbox()
    for number in (1, 2, 3):
        mail_server.deliver(server.user, mail(number))
    before = fetch(server)
    mail_server.number_anew(server.user)
    mail_server.deliver(server.user, mail(4))
    after = fetch(server)
    assert after.uid_validity != before.uid_validity
    assert after.last_uid == 4
    assert sorted(kept(server.account)) == [mail(number) for number in (1, 2, 3, 4)]


@pytest.mark.abuse("A15")
def test_a_mail_delivered_twice_is_kept_once_and_one_that_borrows_its_id_is_kept_too(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server = mailbox()
    borrowed = mail().replace(b"Subject: 1", b"Subject: something else")
    for raw in (mail(), mail(), borrowed):
        mail_server.deliver(server.user, raw)
    fetch(server)
    assert kept(server.account) == [mail(), borrowed]
    assert mail_server.flags(server.user) == ["S", "S", "S"]


def test_many_mails_are_fetched_in_pages(mailbox: Mailbox, mail_server: Dovecot) -> None:
    server = mailbox()
    for number in range(120):
        mail_server.deliver(server.user, mail(number))
    with line_and_count(server, mail_server) as asked:
        read = fetch(server)
    assert [one.count(b",") + 1 for one in asked] == [50, 50, 20]
    assert len(kept(server.account)) == 120
    assert (read.last_uid, read.waiting) == (120, 0)


@contextlib.contextmanager
def line_and_count(server: MailServer, mail_server: Dovecot) -> Iterator[list[bytes]]:
    """Have a mailbox read over a line, and note which sizes are asked for."""
    asked: list[bytes] = []
    with by_line(server, mail_server.port) as line:
        line.on_words = lambda words: b"RFC822.SIZE" in words and asked.append(words)
        yield asked


def test_without_room_nothing_is_acknowledged_and_later_all_of_it_comes(
    mailbox: Mailbox, mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail())
    with monkeypatch.context() as full:
        full.setattr(store, "LEAST_BYTES_FREE", 2**62)
        with pytest.raises(NotKept):
            fetch(server)
    assert kept(server.account) == []
    assert mail_server.flags(server.user) == [""]
    assert MailServer.objects.get(pk=server.pk).last_uid == 0
    fetch(server)
    assert kept(server.account) == [mail()]


def test_a_mail_beyond_the_limit_is_set_aside_with_its_headers_and_stays_where_it_is(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail(1, size=LARGEST_MAIL))
    mail_server.deliver(server.user, mail(2))
    fetch(server)
    large, small = InboundMessage.objects.filter(account=server.account).order_by("id")
    assert (large.state, large.reason) == (State.QUARANTINED, Reason.TOO_LARGE)
    assert kept(server.account)[0] == mail(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert (small.state, small.reason) == (State.STORED, "")
    assert mail_server.flags(server.user) == ["", "S"]
    assert Event.objects.filter(name="channel.message_stored").count() == 2


@pytest.mark.abuse("A14")
@pytest.mark.parametrize(
    "poison",
    [
        b"",
        b"\r\n",
        b"\x00" * 300,
        b"no headers at all",
        b"Message-ID: <\xff\xfe\x00\xed\xa0\x80>\r\nTo: \xff\r\n\r\n\xff",
        b"Message-ID: <" + b"x" * 5000 + b">\r\n\r\n",
        b'Message-ID: =?utf-8?B?////?=\r\nContent-Type: multipart/mixed; boundary="\r\n\r\n',
    ],
)
def test_no_mail_stops_those_after_it(poison: bytes, mailbox: Mailbox, mail_server: Dovecot) -> None:
    server = mailbox()
    mail_server.deliver(server.user, poison)
    mail_server.deliver(server.user, mail())
    read = fetch(server)
    assert (read.last_uid, kept(server.account)[-1]) == (2, mail())


def test_a_connection_that_breaks_in_a_mail_is_taken_up_again(mailbox: Mailbox, mail_server: Dovecot) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail(1))
    mail_server.deliver(server.user, mail(2, size=100_000))
    with by_line(server, mail_server.port) as line:
        line.cut_after(50_000)
        assert trouble_of(server) == (Trouble.BROKEN_OFF, "")
        assert kept(server.account) == [mail(1)]
        assert MailServer.objects.get(pk=server.pk).last_uid == 1
        line.cut_after(None)
        fetch(server)
    assert kept(server.account) == [mail(1), mail(2, size=100_000)]
    assert mail_server.flags(server.user) == ["S", "S"]


def test_a_mail_over_which_the_connection_breaks_each_time_is_set_aside(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server, tries = mailbox(), Counter()
    mail_server.deliver(server.user, mail(1, size=100_000))
    mail_server.deliver(server.user, mail(2))
    with by_line(server, mail_server.port) as line:
        line.cut_after(50_000)
        for _ in range(3):
            with pytest.raises(UnableToRead):
                fetch(server, tries)
        assert kept(server.account) == []
        fetch(server, tries)
    first, second = InboundMessage.objects.filter(account=server.account).order_by("id")
    assert (first.state, first.reason, second.state) == (
        State.QUARANTINED,
        Reason.NOT_GIVEN,
        State.STORED,
    )
    assert mail_server.flags(server.user) == ["", "S"]


def test_a_server_that_falls_silent_is_left_in_time(
    mailbox: Mailbox, mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "ANSWERS_WITHIN", 0.5)
    server = mailbox()
    mail_server.deliver(server.user, mail())
    with by_line(server, mail_server.port) as line:
        line.hold_at(b"BODY.PEEK")
        began = time.monotonic()
        assert trouble_of(server) == (Trouble.TOO_SLOW, "")
        assert time.monotonic() - began < 3


def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(
    mailbox: Mailbox, mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "ASKS_WITHIN", 1)
    server = mailbox()
    mail_server.deliver(server.user, mail())
    with by_line(server, mail_server.port) as line:
        line.drip_after(200)
        began = time.monotonic()
        assert trouble_of(server)[0] == Trouble.BROKEN_OFF
        assert time.monotonic() - began < 5


def test_the_secret_is_never_in_the_clear_and_a_lost_key_is_told(mailbox: Mailbox, settings) -> None:
    server = mailbox()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM channels_mailserver")
        assert PASSWORD not in cursor.fetchone()[0]
    assert PASSWORD not in repr(access_to(server))
    settings.SECRET_KEY = "another-key-" + 40 * "x"
    assert trouble_of(server) == (Trouble.SECRET_LOST, "")


def test_a_mail_marked_as_deleted_by_somebody_else_is_not_expunged(
    mailbox: Mailbox, mail_server: Dovecot
) -> None:
    server = mailbox()
    mail_server.deliver(server.user, mail(1))
    with imap.opened(access_to(server)) as session:
        session._box.client.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
        mail_server.deliver(server.user, mail(2))
    fetch(server)
    assert mail_server.flags(server.user) == ["S", "ST"]


def test_retired_mailboxes_are_watched_no_more(mailbox: Mailbox) -> None:
    from moked.channels.queries import mailboxes_to_watch

    stays, goes = mailbox(), mailbox()
    retire_mailbox(goes.account, by_user_id=None, now=datetime.now(UTC) + timedelta(seconds=1))
    assert mailboxes_to_watch() == {stays.pk: stays.changed_at}
