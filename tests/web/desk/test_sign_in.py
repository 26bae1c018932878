"""Signing in and out, and choosing passwords: what leads in, what is counted, and what nobody learns."""

import re
import threading
from collections.abc import Iterator

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.events.models import Event, OutboxRow
from moked.municipalities.models import Host, Municipality
from moked.web.ui.sign_in import KNOWN_COOKIE
from tests.factories import PASSWORD, make_staff, make_town
from tests.web.desk.pages import count, text

pytestmark = pytest.mark.django_db

LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"
RESET, CHANGE = "/accounts/password/reset/", "/accounts/password/change/"
UNKNOWN = "nobody@staff.example"
NEW_PASSWORD = "three-unrelated-words"
MISMATCH = "The e-mail address and the password do not belong together."
TOO_MANY = "Too many tries for this address."
_ONCE = re.compile(r'nonce="[^"]*"|value="[A-Za-z0-9]{64}"')


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def enter(client: Client, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post(LOGIN, {"login": email, "password": password, **more})


def still(response: HttpResponse, email: str) -> str:
    """Return a page without what differs between any two answers."""
    return _ONCE.sub("", response.content.decode()).replace(email, "")


def reset_link(user: User) -> str:
    secret = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=secret)


def test_the_page_asks_for_address_and_password(client: Client, town: Municipality) -> None:
    page = client.get(LOGIN)
    assert all(count(page, test) == 1 for test in ("login", "password", "sign-in"))
    assert "no-store" in page["Cache-Control"]


def test_signing_in_leads_to_the_queue(client: Client, agent: User) -> None:
    response = enter(client, agent.email.upper())
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert client.get("/desk/").status_code == 200


@pytest.mark.abuse("A26")
def test_the_session_gets_another_name_when_somebody_signs_in(client: Client, agent: User) -> None:
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    before = client.session.session_key
    client.cookies["sessionid"] = before
    enter(client, agent.email)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


@pytest.mark.abuse("A26")
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client: Client, agent: User) -> None:
    enter(client, agent.email)
    for name in ("sessionid", "moked_seen", KNOWN_COOKIE):
        assert (client.cookies[name]["httponly"], client.cookies[name]["samesite"]) == (True, "Lax")


@pytest.mark.abuse("A26")
def test_nobody_can_be_signed_in_from_another_site(agent: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert enter(browser, agent.email).status_code == 403
    assert browser.get("/desk/").status_code == 302


@pytest.mark.abuse("A26")
def test_after_signing_out_back_shows_nothing(client: Client, agent: User) -> None:
    enter(client, agent.email)
    for address in ("/desk/", "/desk/new/", CHANGE):
        assert "no-store" in client.get(address)["Cache-Control"]
    assert client.get(LOGOUT).status_code == 405
    assert client.get("/desk/").status_code == 200
    before = client.session.session_key
    response = client.post(LOGOUT)
    assert (response.status_code, response["Location"]) == (302, LOGIN)
    assert not Session.objects.filter(session_key=before).exists()
    assert client.get("/desk/")["Location"].startswith(LOGIN)


@pytest.mark.abuse("A25")
@pytest.mark.parametrize("password", ["wrong", PASSWORD])
def test_known_and_unknown_people_get_the_same_answer(password: str, client: Client, agent: User) -> None:
    known = enter(client, agent.email, "wrong")
    unknown = enter(client, UNKNOWN, password)
    assert known.status_code == unknown.status_code == 200
    assert MISMATCH in text(known)
    assert still(known, agent.email) == still(unknown, UNKNOWN)
    assert known.headers.keys() == unknown.headers.keys()


@pytest.mark.abuse("A25")
def test_an_account_that_was_switched_off_is_like_none(client: Client, agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(is_active=False)
    off, none = enter(client, agent.email), enter(client, UNKNOWN)
    assert off.status_code == none.status_code == 200
    assert still(off, agent.email) == still(none, UNKNOWN)
    assert client.get("/desk/").status_code == 302


@pytest.mark.abuse("A25")
@pytest.mark.parametrize("email", [UNKNOWN, ""])
def test_the_sixth_try_is_not_even_compared(email: str, client: Client, agent: User) -> None:
    email = email or agent.email
    answers = [text(enter(client, email, f"guess {number}")) for number in range(6)]
    assert [MISMATCH in words for words in answers] == [True] * 5 + [False]
    assert TOO_MANY in answers[-1]
    right = enter(client, agent.email)
    assert (TOO_MANY in text(right)) == (email == agent.email)


@pytest.mark.abuse("A25")
def test_headers_give_no_further_tries(client: Client, agent: User, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    Host.objects.create(municipality=Municipality.objects.get(), host="one.example")
    hosts = ["testserver", "TESTSERVER", "testserver:81", "one.example", "One.example", "one.example:82"]
    answers = [
        text(
            client.post(
                LOGIN,
                {"login": agent.email, "password": "guess"},
                headers={"host": host, "x-forwarded-for": f"10.0.0.{number}"},
            )
        )
        for number, host in enumerate(hosts)
    ]
    assert [TOO_MANY in words for words in answers] == [False] * 5 + [True]


@pytest.mark.abuse("A25")
def test_a_forwarded_address_is_not_believed(client: Client, town: Municipality, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1  # even where the library would
    answers = [
        enter_from(client, f"person-{number}@staff.example", forwarded=f"10.0.0.{number}")
        for number in range(21)
    ]
    assert [TOO_MANY in words for words in answers] == [False] * 20 + [True]


def enter_from(client: Client, email: str, *, forwarded: str) -> str:
    headers = {"x-forwarded-for": forwarded, "x-real-ip": forwarded, "forwarded": f"for={forwarded}"}
    return text(client.post(LOGIN, {"login": email, "password": "guess"}, headers=headers))


@pytest.mark.abuse("A25")
def test_strangers_cannot_lock_out_who_signed_in_here_before(client: Client, agent: User) -> None:
    enter(client, agent.email)
    client.post(LOGOUT)
    stranger = Client()
    for number in range(6):
        enter(stranger, agent.email, f"guess {number}")
    assert TOO_MANY in text(enter(stranger, agent.email))
    assert enter(client, agent.email).status_code == 302


@pytest.mark.abuse("A25")
def test_a_browser_known_to_one_person_gains_nothing_with_another(
    client: Client, agent: User, town: Municipality
) -> None:
    victim = make_staff(town, Role.SERVICE_MANAGER)
    enter(client, agent.email)
    client.post(LOGOUT)
    for number in range(5):
        enter(Client(), victim.email, f"guess {number}")
    assert TOO_MANY in text(enter(client, victim.email))
    client.cookies[KNOWN_COOKIE] = "forged"
    assert TOO_MANY in text(enter(client, victim.email))


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password was compared with one that is kept."""

    algorithm = "counting"
    compared = 0

    def verify(self, password: str, encoded: str) -> bool:
        type(self).compared += 1
        return super().verify(password, encoded)


@pytest.mark.abuse("A25")
@pytest.mark.django_db(transaction=True)
def test_of_fifty_tries_at_once_five_are_compared(settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "600/m/ip"}
    email = make_staff(make_town(), Role.AGENT).email
    CountingHasher.compared = 0
    together = threading.Barrier(50)
    statuses: list[int] = []

    def guess() -> None:
        together.wait()
        statuses.append(enter(Client(), email, "guess").status_code)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 50 and set(statuses) == {200}
    assert 1 <= CountingHasher.compared <= 5


@pytest.mark.abuse("A27")
@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "http://testserver.evil.example/",
        "http://testserver/desk/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "/desk/\r\nSet-Cookie: a=b",
        " //evil.example",
        "/‮desk/",
        "/\x00",
        "desk/",
        "x" * 20_000,
    ],
)
def test_signing_in_never_leads_off_this_site(evil: str, client: Client, agent: User) -> None:
    assert enter(client, agent.email, next=evil)["Location"] == "/desk/"
    client.post(LOGOUT)
    page = client.get(LOGIN, {"next": evil})
    hidden = re.findall(r'name="next"\s+value="([^"]*)"', page.content.decode())
    response = enter(client, agent.email, **({"next": hidden[-1]} if hidden else {}))
    assert response["Location"].startswith("/") and "evil" not in response["Location"].partition("?")[0]


@pytest.mark.parametrize("wanted", ["/desk/new/", "/desk/?view=mine", "/t/town/desk/cases/26-000001-5/"])
def test_signing_in_leads_where_one_wanted_to_go(wanted: str, client: Client, agent: User) -> None:
    assert enter(client, agent.email, next=wanted)["Location"] == wanted


def test_links_of_a_town_by_path_stay_in_it(client: Client, agent: User, town: Municipality) -> None:
    make_town()
    prefix = f"/t/{town.slug}"
    assert client.get(f"{prefix}/desk/")["Location"] == f"{prefix}{LOGIN}?next={prefix}/desk/"
    response = client.post(f"{prefix}{LOGIN}", {"login": agent.email, "password": PASSWORD})
    assert response["Location"] == f"{prefix}/desk/"
    assert client.post(f"{prefix}{LOGOUT}")["Location"] == f"{prefix}{LOGIN}"
    assert client.get(LOGIN).status_code == 404


def test_a_header_does_not_turn_the_page_into_another(client: Client, agent: User) -> None:
    for headers in ({"accept": "application/json"}, {"x-requested-with": "XMLHttpRequest"}):
        response = client.post(LOGIN, {"login": agent.email, "password": "wrong"}, headers=headers)
        assert response["Content-Type"].startswith("text/html") and MISMATCH in text(response)


@pytest.mark.parametrize(
    "address", ["signup/", "email/", "password/set/", "confirm-email/", "reauthenticate/", ""]
)
def test_what_the_library_could_do_else_is_closed(address: str, client: Client, town: Municipality) -> None:
    assert client.get(f"/accounts/{address}").status_code == 404
    assert client.post(f"/accounts/{address}", {"email": "a@b.example"}).status_code == 404


@pytest.mark.parametrize("value", ["", " ", "x", "a" * 20_000, "a\x00b@c.example", "‮a@b.example", "a@b\nc"])
def test_odd_addresses_are_explained(value: str, client: Client, town: Municipality) -> None:
    for response in (enter(client, value, "x"), client.post(RESET, {"email": value})):
        assert response.status_code == 200
        assert "Enter your e-mail address." in text(response) or "Enter the address in full" in text(response)
    assert not Event.objects.filter(name="account.sign_in_mail_requested").exists()


@pytest.mark.parametrize("value", ["", "a" * 20_000, "a\x00b", "‮"])
def test_odd_passwords_are_refused(value: str, client: Client, agent: User) -> None:
    assert enter(client, agent.email, value).status_code == 200


@pytest.mark.abuse("A25")
def test_asking_for_a_new_password_answers_everybody_alike(client: Client, agent: User) -> None:
    known, unknown = (client.post(RESET, {"email": email}) for email in (agent.email, UNKNOWN))
    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"] == "/accounts/password/reset/done/"
    assert (known.content, known.headers.keys()) == (unknown.content, unknown.headers.keys())
    assert "If there is an account with this address" in text(client.get(known["Location"]))


def test_the_mail_is_asked_of_the_worker_without_any_secret(
    client: Client, agent: User, town: Municipality
) -> None:
    client.post(RESET, {"email": agent.email.upper()})
    event = Event.objects.get(name="account.sign_in_mail_requested")
    assert event.document == {
        "municipality_id": town.pk,
        "user_id": agent.pk,
        "template": "PASSWORD_RESET",
        "language": agent.language,
    }
    assert OutboxRow.objects.get(event=event).subscriber == "accounts.send_sign_in_mail"
    client.post(RESET, {"email": UNKNOWN})
    assert Event.objects.filter(name="account.sign_in_mail_requested").count() == 1


@pytest.mark.abuse("A25")
def test_an_hour_holds_three_mails_for_one_address(client: Client, agent: User) -> None:
    for email in (agent.email, UNKNOWN):
        answers = [client.post(RESET, {"email": email}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
        assert "Too many tries" in text(answers[-1])
    assert Event.objects.filter(name="account.sign_in_mail_requested").count() == 3


def test_a_new_password_is_chosen_by_the_link_and_only_once(client: Client, agent: User) -> None:
    other = Client()
    enter(other, agent.email)
    agent.refresh_from_db()
    link = reset_link(agent)
    moved = client.get(link)
    assert moved.status_code == 302 and moved["Location"].endswith("-set-password/")
    refused = client.post(moved["Location"], {"password1": "short", "password2": "short"})
    assert refused.status_code == 200
    chosen = client.post(moved["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert (chosen.status_code, chosen["Location"]) == (302, "/accounts/password/reset/key/done/")
    assert count(client.get(chosen["Location"]), "sign-out") == 0
    assert other.get("/desk/").status_code == 302
    assert "This link no longer works" in text(Client().get(link))
    assert enter(client, agent.email).status_code == 200
    assert enter(client, agent.email, NEW_PASSWORD).status_code == 302


@pytest.mark.abuse("A25")
def test_wrong_links_look_alike_whoever_they_name(client: Client, agent: User) -> None:
    right = reset_link(agent)
    wrong = [right[:-5] + "xxxx/", right.replace(user_pk_to_url_str(agent) + "-", "zzzz-"), right[:-8] + "/"]
    pages = [client.get(link) for link in wrong]
    assert {page.status_code for page in pages} == {200}
    assert len({re.sub(r'name="next"\s+value="[^"]*"', "", still(page, "")) for page in pages}) == 1
    assert "This link no longer works" in text(pages[0])


@pytest.mark.parametrize(
    "link", ["zzzzzzzzzzzzz-x", "0-x", "z" * 300 + "-x", "1-%00", "1-" + "x" * 5_000, "1-‮"]
)
def test_odd_links_are_explained(link: str, client: Client, agent: User) -> None:
    page = client.get(f"/accounts/password/reset/key/{link}/")
    assert page.status_code == 200 and "This link no longer works" in text(page)


def test_changing_the_password_keeps_this_browser_and_ends_the_others(client: Client, agent: User) -> None:
    other = Client()
    enter(other, agent.email)
    enter(client, agent.email)
    fields = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    refused = client.post(CHANGE, fields)
    assert refused.status_code == 200 and "This is not your present password." in text(refused)
    before = client.session.session_key
    changed = client.post(CHANGE, fields | {"oldpassword": PASSWORD})
    assert (changed.status_code, changed["Location"]) == (302, "/desk/")
    assert client.session.session_key != before
    assert "The new password holds from now on." in text(client.get("/desk/"))
    assert other.get("/desk/").status_code == 302


def test_who_is_signed_in_is_not_asked_again(client: Client, agent: User) -> None:
    enter(client, agent.email)
    assert client.get(LOGIN)["Location"] == "/desk/"


def test_the_page_speaks_hebrew(client: Client, town: Municipality) -> None:
    html = client.get(LOGIN, headers={"accept-language": "he"}).content.decode()
    assert '<html lang="he" dir="rtl">' in html


def test_looking_at_the_page_stores_nothing(client: Client, town: Municipality) -> None:
    client.get(LOGIN)
    assert not Session.objects.exists()
