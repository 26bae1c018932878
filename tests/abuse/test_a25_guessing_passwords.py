"""A25: finding out who has an account, guessing passwords, filling mailboxes, keeping people out."""

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.cache import cache
from django.db import connection
from django.test import Client

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.events.models import Event
from moked.municipalities.models import Municipality
from tests.abuse.answers import answer, changed, rows
from tests.abuse.world import address
from tests.factories import PASSWORD, make_staff, make_town

pytestmark = pytest.mark.abuse("A25")

NOBODY = "nobody-here@staff.example"
WRONG = "not-the-password-at-all"


class Counting(MD5PasswordHasher):
    """Counts how often a password was hashed, which is what takes time."""

    algorithm = "counting"
    hashed: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed.append(password)
        return super().encode(password, salt)


@pytest.fixture
def town(db, settings) -> Municipality:
    cache.clear()
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    return make_town()


@pytest.fixture
def agent(town) -> User:
    user = make_staff(town, Role.AGENT)
    Counting.hashed.clear()
    return user


@pytest.fixture
def later(monkeypatch) -> Callable[[int], None]:
    """Let the clock jump."""
    real = time.time

    def later(seconds: int) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return later


def try_(
    town: Municipality, email: str, password: str = WRONG, client: Client | None = None, **options: object
):
    form = {"login": email, "password": password}
    return (client or Client()).post(address(town, "account_login"), form, **options)


def let_in(response) -> bool:
    return response.status_code == 302


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(town, agent) -> None:
    known, unknown = try_(town, agent.email), try_(town, NOBODY)
    assert known.status_code == 200
    assert answer(known, but=agent.email) == answer(unknown, but=NOBODY)


def test_an_unknown_address_costs_as_many_hashes_as_a_known_one(town, agent) -> None:
    try_(town, agent.email)
    known = len(Counting.hashed)
    try_(town, NOBODY)
    assert len(Counting.hashed) == 2 * known == 2


def test_an_account_switched_off_looks_like_none_even_with_its_password(town, agent) -> None:
    User.objects.update(is_active=False)
    off, unknown = try_(town, agent.email, PASSWORD), try_(town, NOBODY, PASSWORD)
    assert off.status_code == 200
    assert answer(off, but=agent.email) == answer(unknown, but=NOBODY)


def test_too_many_tries_get_the_same_answer_for_known_unknown_and_right(town, agent) -> None:
    for email in (agent.email, NOBODY):
        for turn in range(5):
            assert try_(town, email, REMOTE_ADDR=f"192.0.2.{turn}").status_code == 200
    stopped = [
        answer(try_(town, email, password, REMOTE_ADDR="192.0.2.9"), but=email)
        for email, password in ((agent.email, WRONG), (NOBODY, WRONG), (agent.email, PASSWORD))
    ]
    assert stopped[0] == stopped[1] == stopped[2]
    assert stopped[0][0] in {200, 429}
    assert Counting.hashed.count(PASSWORD) == 0


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(town, agent) -> None:
    path = address(town, "account_reset_password")
    known = Client().post(path, {"email": agent.email})
    unknown = Client().post(path, {"email": NOBODY})
    assert known.status_code == 302
    assert answer(known) == answer(unknown)
    pages = [Client().get(one.headers["Location"]) for one in (known, unknown)]
    assert answer(pages[0]) == answer(pages[1])
    assert Event.objects.filter(name="account.sign_in_mail_requested").count() == 1


def test_too_many_reset_requests_get_the_same_answer_for_known_and_unknown(town, agent) -> None:
    path = address(town, "account_reset_password")
    answers = {
        email: [
            answer(Client().post(path, {"email": email}, REMOTE_ADDR=f"192.0.2.{turn}"), but=email)
            for turn in range(5)
        ]
        for email in (agent.email, NOBODY)
    }
    assert answers[agent.email] == answers[NOBODY]


def test_at_most_three_reset_mails_an_hour_however_they_are_asked_for(town, agent, later) -> None:
    other_town = make_town()
    spellings = [agent.email, agent.email.upper(), f" {agent.email} ", agent.email.title()]
    for turn in range(24):
        where = (town, other_town)[turn % 2]
        Client().post(
            address(where, "account_reset_password"),
            {"email": spellings[turn % 4]},
            REMOTE_ADDR=f"192.0.2.{turn}",
            headers={"X-Forwarded-For": f"198.51.100.{turn}"},
        )
    asked = Event.objects.filter(name="account.sign_in_mail_requested")
    assert asked.count() == 3
    later(3601)
    Client().post(address(town, "account_reset_password"), {"email": agent.email})
    assert asked.count() == 4


def test_one_address_asks_for_twenty_resets_an_hour_and_no_more(town, agent) -> None:
    path = address(town, "account_reset_password")
    answers = [Client().post(path, {"email": f"user{turn}@staff.example"}).status_code for turn in range(22)]
    assert answers == [302] * 20 + [429] * 2


def test_one_address_fails_twenty_times_a_minute_and_no_more(town, agent) -> None:
    for turn in range(20):
        try_(town, f"user{turn}@staff.example")
    Counting.hashed.clear()
    assert not let_in(try_(town, "user-x@staff.example"))
    assert Counting.hashed == []


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda email: f"  {email} ",
        str.title,
        lambda email: email.replace("s", "\u017f"),  # long s, upper-cased to S
        lambda email: email.replace("i", "\u0131"),  # dotless i, upper-cased to I
        lambda email: email.replace("k", "\u212a"),  # the sign of Kelvin, lower-cased to k
        lambda email: email.replace("@", "@ "),
    ],
    ids=["upper", "spaces", "title", "long s", "dotless i", "Kelvin", "space inside"],
)
def test_another_spelling_of_the_address_is_no_new_chance(spell, town, agent) -> None:
    User.objects.update(email="kim.sissi@staff.example")
    for turn in range(5):
        try_(town, "kim.sissi@staff.example", REMOTE_ADDR=f"192.0.2.{turn}")
    assert not let_in(try_(town, spell("kim.sissi@staff.example"), PASSWORD, REMOTE_ADDR="192.0.2.9"))


def test_another_host_town_or_header_is_no_new_chance(town, agent, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for turn in range(5):
        try_(town, agent.email, REMOTE_ADDR=f"192.0.2.{turn}")
    other = make_town()
    Counting.hashed.clear()
    assert not let_in(try_(town, agent.email, PASSWORD, headers={"host": "another.example"}))
    assert not let_in(try_(town, agent.email, PASSWORD, headers={"X-Forwarded-For": "192.0.2.77"}))
    assert not let_in(try_(other, agent.email, PASSWORD))
    assert Counting.hashed == []


def test_guessing_keeps_the_owner_out_of_no_browser_that_is_theirs(town, agent) -> None:
    own = Client()
    assert let_in(try_(town, agent.email, PASSWORD, own))
    own.post(address(town, "account_logout"))
    for turn in range(30):
        try_(town, agent.email, REMOTE_ADDR=f"192.0.2.{turn}")
    assert let_in(try_(town, agent.email, PASSWORD, own))


def test_a_known_browser_of_somebody_else_is_no_new_chance(town, agent) -> None:
    insider = make_staff(town, Role.DEPARTMENT_WORKER)
    theirs = Client()
    assert let_in(try_(town, insider.email, PASSWORD, theirs))
    theirs.post(address(town, "account_logout"))
    for turn in range(5):
        try_(town, agent.email, REMOTE_ADDR=f"192.0.2.{turn}")
    Counting.hashed.clear()
    assert not let_in(try_(town, agent.email, PASSWORD, theirs))
    theirs.cookies["moked_known"] = "forged:" + theirs.cookies["moked_known"].value
    assert not let_in(try_(town, agent.email, PASSWORD, theirs))
    assert Counting.hashed == []


def test_a_known_browser_has_no_endless_chances_either(town, agent) -> None:
    stolen = Client()
    assert let_in(try_(town, agent.email, PASSWORD, stolen))
    stolen.post(address(town, "account_logout"))
    Counting.hashed.clear()
    for turn in range(12):
        try_(town, agent.email, WRONG, stolen, REMOTE_ADDR=f"192.0.2.{turn}")
    assert len(Counting.hashed) == 5


def test_the_lock_ends_by_itself(town, agent, later) -> None:
    for turn in range(6):
        try_(town, agent.email, REMOTE_ADDR=f"192.0.2.{turn}")
    assert not let_in(try_(town, agent.email, PASSWORD))
    later(301)
    assert let_in(try_(town, agent.email, PASSWORD))


def test_under_endless_guessing_the_owner_gets_in_by_mail(town, agent, sink, work) -> None:
    """Somebody guesses all the time, so the address is always locked for browsers nobody knows."""
    own = Client()

    def guess() -> None:
        for turn in range(6):
            try_(town, agent.email, REMOTE_ADDR=f"192.0.2.{turn}")

    guess()
    assert not let_in(try_(town, agent.email, PASSWORD, own))
    own.post(address(town, "account_reset_password"), {"email": agent.email})
    work()
    [mail] = sink.messages
    [link] = set(re.findall(r"http://\S+/password/reset/key/\S+", mail.get_body(("plain",)).get_content()))
    guess()
    page = own.get(link.removeprefix("http://localhost:8000"), follow=True)
    new = "three-unrelated-words"
    answered = own.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert answered.status_code == 302
    guess()
    assert let_in(try_(town, agent.email, new, own))


def test_a_reset_link_works_once_for_its_person_until_the_password_changes(
    town, agent, sink, work, monkeypatch
) -> None:
    Client().post(address(town, "account_reset_password"), {"email": agent.email})
    work()
    body = sink.messages[0].get_body(("plain",)).get_content()
    path = re.findall(r"http://localhost:8000(/\S+/password/reset/key/\S+)", body)[0]
    somebody = make_staff(town, Role.AGENT)
    new = "three-unrelated-words"

    def opens(path: str, *, take: bool = False) -> bool:
        client = Client()
        page = client.get(path, follow=True)
        form = b'name="password1"' in page.content
        if form and take:
            client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
        return form

    assert opens(path)
    assert not opens(path.replace(f"/{user_pk_to_url_str(agent)}-", f"/{user_pk_to_url_str(somebody)}-"))
    assert not opens(path[:-2] + "/")
    with monkeypatch.context() as patch:
        now = PasswordResetTokenGenerator._now
        later = timedelta(seconds=3601)
        patch.setattr(PasswordResetTokenGenerator, "_now", lambda self: now(self) + later)
        assert not opens(path)
    assert opens(path, take=True)
    assert not opens(path)
    cache.clear()
    assert let_in(try_(town, agent.email, new))


def test_a_reset_link_alone_changes_nothing(town, agent, sink, work) -> None:
    Client().post(address(town, "account_reset_password"), {"email": agent.email})
    work()
    body = sink.messages[0].get_body(("plain",)).get_content()
    path = re.findall(r"http://localhost:8000(/\S+/password/reset/key/\S+)", body)[0]
    before = rows()
    page = Client().get(path, follow=True)
    assert b'name="password1"' in page.content
    assert changed(before, rows()) == {}
    assert "-set-password/" in page.request["PATH_INFO"], "the secret stays in the address"


def test_the_secret_of_a_reset_is_stored_nowhere(town, agent, sink, work) -> None:
    Client().post(address(town, "account_reset_password"), {"email": agent.email})
    work()
    body = sink.messages[0].get_body(("plain",)).get_content()
    [key] = re.findall(r"/password/reset/key/\w+-(\S+?)/", body)
    assert key not in str(rows(without=set()))


@pytest.mark.django_db(transaction=True)
def test_fifty_tries_at_once_are_five_password_checks(settings) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    town = make_town()
    agent = make_staff(town, Role.AGENT)
    Counting.hashed.clear()
    start = threading.Barrier(50)
    path = address(town, "account_login")
    let_in_at: list[int] = []

    def guess(turn: int) -> None:
        try:
            start.wait()
            form = {"login": agent.email, "password": PASSWORD if turn == 49 else f"{WRONG}-{turn}"}
            if let_in(Client().post(path, form, REMOTE_ADDR=f"192.0.2.{turn}")):
                let_in_at.append(turn)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess, args=(turn,)) for turn in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = [password for password in Counting.hashed if password.startswith(WRONG)]
    assert len(wrong) <= 5
