"""Mailboxes in the settings."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.channels.email import smtp
from moked.channels.models import Account, MailServer
from moked.channels.operations import keep_message
from moked.channels.rules import Trouble
from tests.channels.dovecot import PASSWORD
from tests.factories import make_case, make_service, make_staff, make_town
from tests.web.desk.pages import text

URL = "/desk/settings/mailboxes/"


@pytest.fixture
def administrator(town, sign_in):
    return sign_in(make_staff(town, Role.ADMINISTRATOR))


@pytest.fixture
def said(town) -> dict[str, str]:
    """A form filled in well."""
    return {
        "step": "save",
        "email": "Info@Town.example",
        "service": make_service(town).slug,
        "way": "IMAP",
        "host": "imap.town.example",
        "port": "993",
        "security": "TLS",
        "folder": "INBOX",
        "user": "info@town.example",
        "sign_in": "PASSWORD",
        "password": "  two  spaces ",
    }


def added(administrator, said) -> MailServer:
    assert administrator.post(f"{URL}new/", said).status_code == 303
    return MailServer.objects.select_related("account").latest("id")


def page(administrator, server: MailServer) -> str:
    return text(administrator.get(f"{URL}{server.account_id}/"))


def test_a_mailbox_is_added_and_its_password_kept_as_written_and_never_shown(administrator, said, town):
    from moked.channels.email.receiving import access_to

    server = added(administrator, said)
    assert (server.account.address, server.municipality_id) == ("info@town.example", town.pk)
    assert access_to(server).password == "  two  spaces "
    assert server.reads_from is not None
    shown = administrator.get(f"{URL}{server.account_id}/").content.decode()
    assert "two  spaces" not in shown
    assert server.secret not in shown
    assert AuditRecord.objects.filter(verb="account.server_set", object_id=server.account_id).count() == 1
    assert "two  spaces" not in str(list(AuditRecord.objects.values_list("after", flat=True)))


def test_a_web_form_s_mailbox_takes_reply_to(administrator, said):
    account = added(administrator, said).account
    path = f"{URL}{account.pk}/"
    assert not account.takes_reply_to
    for ticked in (True, False):
        chosen = {"takes_reply_to": "on"} if ticked else {}
        assert administrator.post(path, said | chosen).status_code == 303
        account.refresh_from_db()
        assert account.takes_reply_to is ticked
        assert administrator.get(path).context["form"]["takes_reply_to"].value() is ticked
    verbs = AuditRecord.objects.filter(verb__startswith="account.reply_to").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == ["account.reply_to_taken", "account.reply_to_left"]


def test_an_empty_password_leaves_the_one_that_is_known(administrator, said):
    from moked.channels.email.receiving import access_to

    server = added(administrator, said)
    path = f"{URL}{server.account_id}/"
    assert administrator.post(path, said | {"password": "", "port": "994"}).status_code == 303
    changed = MailServer.objects.get()
    assert (changed.port, access_to(changed).password) == (994, "  two  spaces ")


def test_an_app_signs_in_with_its_client_secret_alone(administrator, said):
    authority = {
        "token_url": "https://a.example/token",
        "client_id": "us",
        "scope": "https://a.example/.default",
    }
    server = added(
        administrator, said | authority | {"sign_in": "APP", "client_secret": "s3cret", "refresh_token": "r"}
    )
    assert (server.sign_in, server.scope, server.client_secret) == ("APP", "https://a.example/.default", "")
    path = f"{URL}{server.account_id}/"
    shown = administrator.get(path).content.decode()
    assert "s3cret" not in shown
    # Left empty, it is kept.
    again = said | authority | {"sign_in": "APP", "client_secret": "", "port": "994"}
    assert administrator.post(path, again).status_code == 303
    assert MailServer.objects.get().secret == server.secret


def test_another_folder_is_read_from_now_on_and_the_same_goes_on(administrator, said):
    server = added(administrator, said)
    path = f"{URL}{server.account_id}/"
    MailServer.objects.update(uid_validity=7, last_uid=70)
    administrator.post(path, said | {"port": "994"})
    assert MailServer.objects.get().last_uid == 70
    administrator.post(path, said | {"folder": "Helpdesk"})
    changed = MailServer.objects.get()
    assert (changed.uid_validity, changed.last_uid) == (None, 0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"email": "info"}, "Enter the address in full"),
        ({"email": "info+tag@town.example"}, "Write the address as it is, without a plus"),
        ({"service": "no-such-service"}, "Choose the service that new mails go to."),
        ({"host": ""}, "Write the name of the server"),
        ({"host": "https://imap.town.example/"}, "Write the name of the server"),
        ({"port": "0"}, "Write a whole number from 1 to 65535."),
        ({"security": "NONE"}, "Choose an encryption"),
        ({"user": ""}, "Write the user name"),
        ({"folder": ""}, "Write which folder is read"),
        ({"password": ""}, "Write the password, or the refresh token or client secret"),
        ({"password": "a\r\nb"}, "This holds characters that no keyboard writes."),
        ({"sign_in": "XOAUTH2", "token_url": "http://authority.example/"}, "it begins with https://"),
        ({"sign_in": "XOAUTH2", "token_url": "https://a.example/"}, "Write the client ID"),
        ({"sign_in": "APP", "token_url": "http://authority.example/"}, "it begins with https://"),
        (
            {"sign_in": "APP", "token_url": "https://a.example/", "client_id": "us", "refresh_token": "r"},
            "or client secret when signing in with a token",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(changed, words, administrator, said):
    answer = administrator.post(f"{URL}new/", said | changed)
    assert answer.status_code == 200
    assert words in text(answer)
    assert not Account.objects.exists()


def test_mails_may_be_handed_over_instead(administrator, said):
    server = added(administrator, said)
    path = f"{URL}{server.account_id}/"
    assert administrator.post(path, {**said, "way": "HANDED_OVER"}).status_code == 303
    assert not MailServer.objects.exists()
    assert "handed over by the town's mail server" in text(administrator.get(URL))


def test_the_list_tells_how_each_mailbox_is(administrator, said, town, tmp_path, settings):
    settings.DATA = tmp_path
    now = datetime.now(UTC)
    server = added(administrator, said)
    assert "not read yet" in text(administrator.get(URL))
    MailServer.objects.update(checked_at=now, waiting=3)
    listed = text(administrator.get(URL))
    assert "is read" in listed
    assert "3 mails wait on the server" in listed
    assert "No mail has come yet" in listed
    MailServer.objects.update(
        failing_since=now - timedelta(hours=1), trouble=Trouble.SIGN_IN_REFUSED, said="<b>No</b>"
    )
    keep_message(account=server.account, raw=b"x", provider_id="", media_type="message/rfc822", now=now)
    listed = text(administrator.get(URL))
    assert "cannot be read" in listed
    assert "The server does not let us in." in listed
    assert "No mail has come yet" not in listed
    shown = administrator.get(f"{URL}{server.account_id}/").content.decode()
    assert "&lt;b&gt;No&lt;/b&gt;" in shown
    assert "Write user name and password again." in shown
    MailServer.objects.update(checked_at=now - timedelta(minutes=16))
    assert "nobody looks into it" in text(administrator.get(URL))


def test_a_mailbox_is_retired_and_restored(administrator, said):
    server = added(administrator, said)
    path = f"{URL}{server.account_id}/"
    administrator.post(path, {"step": "retire"})
    assert Account.objects.get().is_retired
    assert "retired" in text(administrator.get(URL))
    administrator.post(path, {"step": "restore"})
    assert not Account.objects.get().is_retired
    verbs = AuditRecord.objects.filter(object_kind="account").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["account.opened", "account.server_set", "account.retired", "account.opened"]


def test_a_test_says_what_is_found_and_changes_nothing(administrator, said, mail_server):
    user = mail_server.add_user()
    server = {"host": "localhost", "port": str(mail_server.port), "security": "NONE"}
    kept = added(administrator, said | server | {"user": user, "password": PASSWORD})
    for _ in range(2):
        mail_server.deliver(user, b"Subject: one\r\n\r\n")
    path = f"{URL}{kept.account_id}/"
    answer = text(administrator.post(path, {"step": "test"}))
    assert "It can be read" in answer
    assert "2 mails are in the folder." in answer
    assert mail_server.flags(user) == ["", ""]
    assert MailServer.objects.get().checked_at is None


def test_a_test_says_what_is_wrong_and_what_mends_it(administrator, said, mail_server):
    server = {"host": "localhost", "port": str(mail_server.port), "security": "NONE"}
    kept = added(administrator, said | server | {"user": mail_server.add_user(), "password": "wrong"})
    answer = text(administrator.post(f"{URL}{kept.account_id}/", {"step": "test"}))
    assert "The server does not let us in." in answer
    assert "Authentication failed" in answer


def test_every_form_of_the_page_carries_its_token(administrator, said):
    shown = administrator.get(f"{URL}{added(administrator, said).account_id}/").content.decode()
    forms = shown.partition("st-middle")[2].split("<form")[1:]
    assert len(forms) == 2
    assert all('name="csrfmiddlewaretoken"' in one for one in forms)


def test_mailboxes_of_another_town_do_not_exist(administrator, said, sign_in, client):
    server = added(administrator, said)
    Account.objects.update(municipality=make_town())
    assert administrator.get(f"{URL}{server.account_id}/").status_code == 404
    assert "info@town.example" not in text(administrator.get(URL))


def test_the_page_says_how_mails_go_out_and_never_the_password(administrator, settings, town):
    settings.SMTP_URL = "smtps://town:canary@mail.town.example"
    page = administrator.get(URL).content.decode()
    assert "mail.town.example:465" in page and "canary" not in page
    assert "nothing sent yet" in page
    settings.SMTP_URL = ""
    assert "There is no server through which mails could go out." in text(administrator.get(URL))


def test_what_does_not_go_out_is_said_in_words(administrator, town, sink, work):
    make_case(town, email="dana@example.org")
    sink.answer = "451 try later"
    work()
    shown = text(administrator.get(URL))
    assert "mails do not go out" in shown
    assert "The server says no (451)." in shown
    assert "Waits to be sent 1 The oldest waits since" in shown
    sink.answer = "250 OK"
    make_case(town, email="ben@example.org")
    work()
    assert "mails go out" in text(administrator.get(URL))


def test_sending_is_tested_and_nothing_is_sent(administrator, sink):
    assert "The server lets us in" in text(administrator.post(URL, {"step": "test"}))
    assert sink.messages == []


def test_a_test_of_sending_says_what_is_wrong_in_the_server_s_words(administrator, sink, monkeypatch):
    def refused() -> None:
        raise smtplib.SMTPAuthenticationError(535, b"5.7.8 <b>Who</b> are you?")

    monkeypatch.setattr(smtp, "_connect", refused)
    page = administrator.post(URL, {"step": "test"})
    assert "The server does not let us in." in text(page)
    assert "5.7.8 &lt;b&gt;Who&lt;/b&gt; are you?" in page.content.decode()


@pytest.mark.parametrize("sent", [{}, {"step": "other"}])
def test_nothing_is_tested_that_was_not_asked_for(administrator, sent, monkeypatch):
    monkeypatch.setattr(smtp, "knock", lambda: pytest.fail("nobody asked"))
    assert "The server lets us in" not in text(administrator.post(URL, sent))
    assert administrator.post(URL, '{"step": "test"}', content_type="application/json").status_code == 200


def test_only_administrators_test_sending(town, sign_in, monkeypatch):
    monkeypatch.setattr(smtp, "knock", lambda: pytest.fail("not an administrator"))
    assert sign_in(make_staff(town, Role.SERVICE_MANAGER)).post(URL, {"step": "test"}).status_code == 404


def test_the_list_takes_nine_questions_however_many_mailboxes_there_are(
    administrator, said, django_assert_num_queries
):
    for number in range(3):
        added(administrator, said | {"email": f"info{number}@town.example"})
        with django_assert_num_queries(9):
            administrator.get(URL)
