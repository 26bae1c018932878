"""Mailboxes that are opened by a token (XOAUTH2), which an authority gives."""

import pytest

from moked.channels.models import MailServer
from moked.channels.rules import SignIn, Trouble
from tests.channels.authority import CLIENT_ID, CLIENT_SECRET, Authority
from tests.channels.conftest import Mailbox, kept
from tests.channels.dovecot import Dovecot
from tests.channels.test_receiving import fetch, mail, trouble_of

pytestmark = pytest.mark.django_db

REFRESH = "refresh-token"


@pytest.fixture
def authority(authority_for_tokens: Authority) -> Authority:
    """The authority that the mail server asks, knowing nobody yet."""
    authority_for_tokens.users, authority_for_tokens.asked = {}, []
    authority_for_tokens.app_user = None
    authority_for_tokens.answer, authority_for_tokens.rotates = None, False
    return authority_for_tokens


@pytest.fixture
def by_token(mailbox: Mailbox, mail_server: Dovecot, authority: Authority) -> MailServer:
    """A mailbox for which the authority gives tokens."""
    user = mail_server.add_user()
    authority.users[REFRESH] = user
    return mailbox(
        user=user,
        secret=REFRESH,
        client_secret=CLIENT_SECRET,
        sign_in=SignIn.XOAUTH2,
        token_url=f"{authority.url}/token",
        client_id=CLIENT_ID,
        scope="mail offline_access",
    )


def test_a_token_opens_the_mailbox(by_token: MailServer, mail_server: Dovecot, authority: Authority) -> None:
    mail_server.deliver(by_token.user, mail())
    fetch(by_token)
    assert kept(by_token.account) == [mail()]
    assert authority.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": REFRESH,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": "mail offline_access",
        }
    ]


def test_a_token_in_place_of_the_one_we_had_is_used_next_time(
    by_token: MailServer, mail_server: Dovecot, authority: Authority
) -> None:
    authority.rotates = True
    for number in (1, 2, 3):
        mail_server.deliver(by_token.user, mail(number))
        fetch(by_token)
    assert len(kept(by_token.account)) == 3
    assert len({one["refresh_token"] for one in authority.asked}) == 3


def test_an_authority_that_refuses_is_quoted(by_token: MailServer, authority: Authority) -> None:
    authority.users.clear()
    assert trouble_of(by_token) == (Trouble.TOKEN_REFUSED, "invalid_grant")


def test_a_token_that_the_mail_server_does_not_take_is_told(
    by_token: MailServer, mail_server: Dovecot, authority: Authority
) -> None:
    authority.users[REFRESH] = mail_server.add_user()
    assert trouble_of(by_token)[0] == Trouble.SIGN_IN_REFUSED


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ((500, b"<html>at home</html>"), Trouble.TOKEN_UNREACHABLE),
        ((200, b"no json"), Trouble.TOKEN_REFUSED),
        ((200, b"[1]"), Trouble.TOKEN_REFUSED),
        ((200, b'{"access_token": 7}'), Trouble.TOKEN_REFUSED),
        ((200, b'{"access_token": "' + b"x" * 100_000), Trouble.TOKEN_REFUSED),
        ((403, b'{"error": ["a"]}'), Trouble.TOKEN_REFUSED),
    ],
)
def test_odd_answers_of_an_authority_are_told(
    answer: tuple[int, bytes], trouble: Trouble, by_token: MailServer, authority: Authority
) -> None:
    authority.answer = answer
    assert trouble_of(by_token) == (trouble, "")


@pytest.mark.abuse("A22")
def test_an_authority_that_sends_us_elsewhere_is_not_followed(
    by_token: MailServer, authority: Authority
) -> None:
    authority.sends_to = f"{authority.url}/elsewhere"
    try:
        assert trouble_of(by_token) == (Trouble.TOKEN_UNREACHABLE, "")
    finally:
        authority.sends_to = ""
    assert [one["refresh_token"] for one in authority.asked] == [REFRESH]


def test_an_authority_that_is_not_there_is_told(by_token: MailServer) -> None:
    MailServer.objects.filter(pk=by_token.pk).update(token_url="http://localhost:1/token")
    assert trouble_of(by_token) == (Trouble.TOKEN_UNREACHABLE, "")


@pytest.fixture
def by_app(mailbox: Mailbox, mail_server: Dovecot, authority: Authority) -> MailServer:
    """A mailbox into which an administrator has let the app."""
    authority.app_user = mail_server.add_user()
    return mailbox(
        user=authority.app_user,
        secret=CLIENT_SECRET,
        sign_in=SignIn.APP,
        token_url=f"{authority.url}/token",
        client_id=CLIENT_ID,
        scope="https://outlook.office365.com/.default",
    )


def test_an_app_asks_in_its_own_name(by_app: MailServer, mail_server: Dovecot, authority: Authority) -> None:
    mail_server.deliver(by_app.user, mail())
    fetch(by_app)
    assert kept(by_app.account) == [mail()]
    assert authority.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": "https://outlook.office365.com/.default",
        }
    ]


def test_an_app_keeps_its_secret_whatever_the_authority_gives_beside_the_token(
    by_app: MailServer, mail_server: Dovecot, authority: Authority
) -> None:
    token = "opaque"
    authority.tokens[token] = by_app.user
    authority.answer = 200, f'{{"access_token": "{token}", "refresh_token": "another"}}'.encode()
    for number in (1, 2):
        mail_server.deliver(by_app.user, mail(number))
        fetch(by_app)
    authority.answer = None
    fetch(by_app)
    assert authority.asked[-1]["client_secret"] == CLIENT_SECRET


def test_an_app_that_is_not_let_in_is_told(by_app: MailServer, authority: Authority) -> None:
    authority.app_user = None
    assert trouble_of(by_app) == (Trouble.TOKEN_REFUSED, "invalid_grant")
