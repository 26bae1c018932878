"""How mails go out, by the newest of them and by trying."""

import smtplib
import socket
import ssl
from datetime import timedelta

import pytest
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now

from moked.channels.base.troubles import NotNow
from moked.channels.email import smtp
from moked.channels.email.sending import UnableToSend, how_it_goes, trouble_in
from moked.channels.email.trial import try_sending
from moked.channels.rules import Light, SendingTrouble
from moked.events.models import OutboxRow
from moked.events.queries import Failure, Outgoing, outgoing
from tests.abuse.impostors import by_itself, impostor
from tests.factories import NOW, make_case, make_town

HOUR = timedelta(hours=1)
REFUSED = Failure("REFUSED 550", NOW)
NO = Failure("SAYS_NO 450", NOW)


@pytest.mark.parametrize(
    ("reason", "trouble", "code"),
    [
        ("NOT_SET", "NOT_SET", ""),
        ("SIGN_IN_REFUSED 535", "SIGN_IN_REFUSED", "535"),
        ("REFUSED 554", "SAYS_NO", "554"),
        ("KeyError", "OURS", ""),
    ],
)
def test_a_reason_tells_what_is_the_matter(reason, trouble, code):
    found = trouble_in(reason)
    assert (found.trouble, found.code) == (trouble, code)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(-2, "Name or service not known"), "NO_SUCH_HOST"),
        (ConnectionRefusedError(), "UNREACHABLE"),
        (TimeoutError(), "TOO_SLOW"),
        (ssl.SSLCertVerificationError(), "CERTIFICATE"),
        (ssl.SSLError(), "NO_TLS"),
        (smtplib.SMTPNotSupportedError(), "NO_TLS"),
        (smtplib.SMTPServerDisconnected(), "BROKEN_OFF"),
        (ConnectionResetError(), "BROKEN_OFF"),
        (smtplib.SMTPException(), "SIGN_IN_REFUSED"),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 no"), "SIGN_IN_REFUSED 535"),
        (smtplib.SMTPHeloError(450, b"later"), "SAYS_NO 450"),
        (smtplib.SMTPConnectError(-1, b"HTTP/1.1 400"), "NOT_SMTP -1"),
    ],
)
def test_what_a_server_did_is_a_trouble(monkeypatch, error, reason):
    def connect() -> smtplib.SMTP:
        raise error

    monkeypatch.setattr(smtp, "_connect", connect)
    with pytest.raises(NotNow) as caught:
        smtp.knock()
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("known", "light"),
    [
        (Outgoing(0, None, None, ()), Light.NEVER),
        (Outgoing(0, None, NOW, ()), Light.WELL),
        (Outgoing(1, NOW, None, (NO,)), Light.FAILING),
        (Outgoing(1, NOW, NOW - HOUR, (NO,)), Light.FAILING),
        (Outgoing(1, NOW, NOW + HOUR, (NO,)), Light.WELL),
        (Outgoing(0, None, None, (REFUSED,)), Light.NEVER),
        (Outgoing(0, None, NOW - HOUR, 5 * (REFUSED,)), Light.FAILING),
        (Outgoing(0, None, NOW + HOUR, 5 * (REFUSED,)), Light.WELL),
        (Outgoing(0, None, NOW - HOUR, (Failure(smtp.BAD_RECIPIENT, NOW), NO)), Light.FAILING),
        (Outgoing(3, NOW, None, ()), Light.NEVER),
        (Outgoing(3, NOW - HOUR, None, ()), Light.SILENT),
        (Outgoing(3, NOW - HOUR, NOW, ()), Light.WELL),
        (Outgoing(3, NOW - HOUR, NOW - 2 * HOUR, ()), Light.SILENT),
    ],
)
def test_the_newest_that_failed_tells_unless_something_went_out_since(settings, known, light):
    settings.SMTP_URL = "smtp://mail.town.example"
    assert how_it_goes(known, NOW).light == light


def test_without_a_server_nothing_goes_out(settings):
    settings.SMTP_URL = ""
    going = how_it_goes(Outgoing(0, None, NOW, ()), NOW)
    assert going.light == Light.FAILING
    assert going.problem and going.problem.trouble == SendingTrouble.NOT_SET


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtp://mail.example", ("mail.example", 25)),
        ("smtps://us:secret@mail.example", ("mail.example", 465)),
        ("smtp+starttls://us:secret@mail.example:587", ("mail.example", 587)),
        ("smtp://mail.example:port", None),
        ("", None),
    ],
)
def test_the_server_has_a_name_and_a_port(settings, url, place):
    settings.SMTP_URL = url
    assert smtp.place() == place


@pytest.mark.django_db
def test_what_waits_what_failed_and_what_went_out_is_of_one_town(sink, work):
    town = make_town()
    assert outgoing(town.pk) == Outgoing(0, None, None, ())
    make_case(town, email="ann@example.org")
    make_case(make_town(), email="ben@example.org")
    sink.answer = "451 try later"
    work()
    found = outgoing(town.pk)
    row = OutboxRow.objects.get(municipality_id=town.pk, subscriber="notices.send")
    assert (found.waiting, found.since, found.done_at) == (1, row.created_at, None)
    [failure] = found.failures
    assert failure.reason == "SAYS_NO 451"
    assert abs(failure.failed_at - row.created_at) < timedelta(seconds=30)
    sink.answer = "250 OK"
    OutboxRow.objects.filter(pk=row.pk).update(due_at=Now())
    work()
    row.refresh_from_db()
    assert outgoing(town.pk) == Outgoing(0, None, row.settled_at, ())


@pytest.mark.django_db
def test_what_waits_for_the_morning_does_not_wait_for_the_server(sink, work):
    town = make_town()
    make_case(town, email="ann@example.org")
    later = ExpressionWrapper(F("created_at") + HOUR, output_field=DateTimeField())
    OutboxRow.objects.filter(subscriber="notices.send").update(created_at=later)
    assert outgoing(town.pk).waiting == 0


def test_trying_sends_nothing(sink):
    try_sending()
    assert sink.messages == []


def test_trying_says_what_is_wrong(settings, tmp_path, monkeypatch):
    def trouble() -> SendingTrouble:
        with pytest.raises(UnableToSend) as raised:
            try_sending()
        return raised.value.trouble

    settings.SMTP_URL = ""
    assert trouble() == SendingTrouble.NOT_SET
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    assert trouble() == SendingTrouble.UNREACHABLE
    with impostor("smtp", by_itself("localhost"), tmp_path, "") as server:
        settings.SMTP_URL = f"smtps://town:secret@localhost:{server.port}"
        assert trouble() == SendingTrouble.CERTIFICATE
        assert not any("AUTH" in one for one in server.told)
    # A password that cannot be said to a server, for example.
    monkeypatch.setattr(smtp, "_connect", lambda: "tüwn".encode("ascii"))
    assert trouble() == SendingTrouble.OURS


def test_trying_takes_no_longer_than_said(settings, monkeypatch):
    from moked.channels.email import trial

    monkeypatch.setattr(trial, "LONGEST_WAIT_TO_SEND", 0.05)
    monkeypatch.setattr(smtp, "knock", lambda: __import__("time").sleep(0.5))
    with pytest.raises(UnableToSend) as raised:
        try_sending()
    assert raised.value.trouble == SendingTrouble.TOO_SLOW
