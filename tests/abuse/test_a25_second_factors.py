"""A25, A26: getting past the second factor by guessing, repeating, going round it or wearing it down."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from moked.accounts import operations
from moked.accounts.codes import code_at
from moked.accounts.models import User
from moked.accounts.queries import has_second_factor, second_factors
from moked.accounts.rules import Role
from moked.municipalities.models import Municipality
from tests.abuse.answers import answer
from tests.abuse.routes import ROUTES, methods
from tests.abuse.world import address
from tests.factories import PASSWORD, make_department, make_staff, make_town
from tests.passkeys import Device, sent
from tests.signed_in import signed_in

pytestmark = [pytest.mark.abuse("A25"), pytest.mark.abuse("A26")]

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NEW_PASSWORD = "three-unrelated-words"
# What an administrator needs in order to set up a second factor.
BEFORE_FACTOR = {
    route for route in ROUTES if route.startswith(("account_", "mfa_", "ui:", "portal:", "transparency:"))
}


@pytest.fixture
def town(db) -> Municipality:
    cache.clear()
    return make_town()


@pytest.fixture
def agent(town: Municipality) -> User:
    return make_staff(town, Role.AGENT)


@pytest.fixture
def later(monkeypatch) -> Callable[[int], None]:
    """Let the clock jump, but for the one that codes go by."""
    real = time.time

    def later(seconds: int) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return later


def browser() -> Client:
    return Client(headers={"host": "localhost"})


def give_app(user: User, town: Municipality) -> None:
    operations.add_app(user_id=user.pk, municipality_id=town.pk, secret=SECRET, step=0, now=datetime.now(UTC))


def code(later: int = 0) -> str:
    return code_at(SECRET, int(datetime.now(UTC).timestamp()) // 30 + later)


def enter_password(client: Client, town: Municipality, user: User, password: str = PASSWORD) -> HttpResponse:
    form = {"login": user.email, "password": password}
    return client.post(address(town, "account_login"), form)


def enter_code(client: Client, town: Municipality, said: str, **more: str) -> HttpResponse:
    return client.post(address(town, "mfa_authenticate"), {"code": said}, **more)


def is_in(client: Client, town: Municipality) -> bool:
    return bool(client.get(address(town, "desk:queue")).status_code == 200)


def add_passkey(client: Client, town: Municipality, device: Device) -> HttpResponse:
    question = client.post(address(town, "account_new_passkey_question")).json()
    return client.post(address(town, "account_add_passkey"), sent(device.make(question), name="Phone"))


# The second step


def test_the_password_alone_opens_nothing(town, agent) -> None:
    give_app(agent, town)
    client = browser()
    response = enter_password(client, town, agent)
    assert response.headers["Location"] == address(town, "mfa_authenticate")
    assert not is_in(client, town)
    for route in ("account_safety", "account_change_password", "account_add_app", "account_confirm"):
        assert client.get(address(town, route)).headers["Location"].startswith(address(town, "account_login"))
    assert enter_code(client, town, code()).headers["Location"] == address(town, "desk:queue")
    assert is_in(client, town)


def test_the_session_gets_another_name_at_each_step(town, agent) -> None:
    give_app(agent, town)
    client, attacker = browser(), browser()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = attacker.cookies["sessionid"] = session.session_key
    names = [session.session_key]
    enter_password(client, town, agent)
    names.append(client.cookies["sessionid"].value)
    assert enter_code(attacker, town, code()).headers["Location"] == address(town, "account_login")
    enter_code(client, town, code())
    names.append(client.cookies["sessionid"].value)
    assert len(set(names)) == 3
    assert set(Session.objects.values_list("session_key", flat=True)) == {names[-1]}


def test_a_code_seen_over_the_shoulder_opens_nothing(town, agent) -> None:
    give_app(agent, town)
    seen = code()
    client, watcher = browser(), browser()
    for one in (client, watcher):
        enter_password(one, town, agent)
    enter_code(client, town, seen)
    cache.clear()
    assert enter_code(watcher, town, seen).status_code == 200
    assert (is_in(client, town), is_in(watcher, town)) == (True, False)


def test_guessing_codes_is_stopped_whoever_guesses_and_from_wherever(town, agent) -> None:
    give_app(agent, town)
    for turn in range(5):
        client = browser()
        enter_password(client, town, agent)
        said = enter_code(client, town, f"00000{turn}", REMOTE_ADDR=f"192.0.2.{turn}")
        assert b"does not fit" in said.content
    client = browser()
    enter_password(client, town, agent)
    assert b"Too many codes" in enter_code(client, town, code()).content
    assert not is_in(client, town)


def test_the_time_to_wait_grows(town, agent, later) -> None:
    give_app(agent, town)
    compared = 0
    for turn in range(60):
        later(turn * 301)
        client = browser()
        enter_password(client, town, agent)
        said = [enter_code(client, town, f"0000{one:02}").content for one in range(6)]
        compared += sum(b"does not fit" in one for one in said)
    assert 30 <= compared <= 32, "of 360 tries in five hours"


def test_a_stranger_who_guesses_keeps_the_owner_out_of_no_browser_of_theirs(town, agent) -> None:
    give_app(agent, town)
    own = browser()
    enter_password(own, town, agent)
    enter_code(own, town, code())
    own.post(address(town, "account_logout"))
    for turn in range(12):
        client = browser()
        enter_password(client, town, agent)
        enter_code(client, town, f"00000{turn}", REMOTE_ADDR=f"192.0.2.{turn}")
    enter_password(own, town, agent)
    enter_code(own, town, code(later=1))
    assert is_in(own, town)


def test_a_new_password_ends_what_was_begun_with_the_old_one(town, agent) -> None:
    give_app(agent, town)
    client = browser()
    enter_password(client, town, agent)
    agent.refresh_from_db()
    agent.set_password(NEW_PASSWORD)
    agent.save()
    assert enter_code(client, town, code()).headers["Location"] == address(town, "account_login")
    assert not is_in(client, town)


def test_an_account_switched_off_ends_what_was_begun(town, agent) -> None:
    give_app(agent, town)
    client = browser()
    enter_password(client, town, agent)
    User.objects.update(is_active=False)
    assert enter_code(client, town, code()).headers["Location"] == address(town, "account_login")


def test_a_second_step_is_not_begun_without_the_password(town, agent) -> None:
    give_app(agent, town)
    client = browser()
    for path in ("mfa_authenticate", "account_safety"):
        assert client.get(address(town, path)).status_code == 302
    assert enter_code(client, town, code()).headers["Location"] == address(town, "account_login")
    assert enter_password(client, town, agent, "wrong-wrong-wrong").status_code == 200
    assert enter_code(client, town, code()).headers["Location"] == address(town, "account_login")


def test_a_wrong_password_is_answered_alike_with_and_without_a_second_factor(town, agent) -> None:
    other = make_staff(town, Role.AGENT)
    give_app(agent, town)
    wrong = "wrong-wrong-wrong"
    answers = [answer(enter_password(browser(), town, one, wrong), but=one.email) for one in (agent, other)]
    assert answers[0] == answers[1]


def test_resetting_the_password_leaves_the_second_step(town, agent, sink, work) -> None:
    give_app(agent, town)
    client = browser()
    client.post(address(town, "account_reset_password"), {"email": agent.email})
    work()
    body = sink.messages[-1].get_body(("plain",)).get_content()
    path = re.findall(r"http://localhost:8000(/\S+/password/reset/key/\S+)", body)[0]
    page = client.get(path, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert not is_in(client, town)
    enter_password(client, town, agent, NEW_PASSWORD)
    assert not is_in(client, town)
    assert has_second_factor(agent.pk)
    enter_code(client, town, code())
    assert is_in(client, town)


# Changes of factors


def test_sessions_from_before_end_when_factors_change(town, agent) -> None:
    here, elsewhere = browser(), browser()
    for one in (here, elsewhere):
        enter_password(one, town, agent)
    before = here.cookies["sessionid"].value
    page = here.get(address(town, "account_add_app")).content.decode()
    [secret] = re.findall(r'data-test="secret">([A-Z2-7 ]+)<', page)
    step = int(datetime.now(UTC).timestamp()) // 30
    form = {"code": code_at(secret.replace(" ", ""), step)}
    assert here.post(address(town, "account_add_app"), form).status_code == 302
    assert here.cookies["sessionid"].value != before
    assert (is_in(here, town), is_in(elsewhere, town)) == (True, False)


CHANGES = (
    "account_add_app",
    "account_remove_app",
    "account_add_passkey",
    "account_new_codes",
    "account_codes",
)


@pytest.mark.parametrize("proofs", [(), ("password",)], ids=["nothing", "the password"])
@pytest.mark.parametrize("route", CHANGES)
def test_factors_change_only_for_who_just_proved_to_be_their_owner(route, proofs, town, agent) -> None:
    give_app(agent, town)
    agent.refresh_from_db()
    before = list(Authenticator.objects.values_list("pk", "data"))
    client = signed_in(agent, browser(), proofs=proofs)
    path = address(town, route)
    for response in (client.get(path), client.post(path, {"code": code()})):
        assert response.status_code == 302
        assert response.headers["Location"].startswith(address(town, "account_confirm"))
    assert list(Authenticator.objects.values_list("pk", "data")) == before
    assert client.post(address(town, "account_new_passkey_question")).json().keys() == {"go"}


def test_a_proof_is_worth_ten_minutes(town, agent, later) -> None:
    give_app(agent, town)
    agent.refresh_from_db()
    client = signed_in(agent, browser())
    path = address(town, "account_remove_app")
    assert client.get(path).status_code == 200
    later(601)
    assert client.get(path).status_code == 302
    confirmed = client.post(address(town, "account_confirm"), {"code": code(), "next": path})
    assert confirmed.headers["Location"] == path
    assert client.get(path).status_code == 200


def test_the_password_proves_nothing_of_somebody_with_a_second_factor(town, agent) -> None:
    give_app(agent, town)
    agent.refresh_from_db()
    client = signed_in(agent, browser(), proofs=())
    client.post(address(town, "account_confirm"), {"password": PASSWORD})
    assert client.get(address(town, "account_remove_app")).status_code == 302


def test_guessing_the_password_on_the_way_is_stopped(town, agent) -> None:
    client = signed_in(agent, browser(), proofs=())
    path = address(town, "account_confirm")
    for turn in range(5):
        assert client.post(path, {"password": f"wrong {turn}"}).status_code == 200
    assert client.post(path, {"password": PASSWORD}).status_code == 200


def test_confirming_never_leads_off_this_site(town, agent) -> None:
    for evil in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        client = signed_in(agent, browser(), proofs=())
        said = client.post(address(town, "account_confirm"), {"password": PASSWORD, "next": evil})
        assert said.headers["Location"] == address(town, "account_safety")


# Administrators


@pytest.mark.parametrize(("route", "method"), [one for one in methods(ROUTES) if one[0] not in BEFORE_FACTOR])
def test_an_administrator_without_second_factor_opens_nothing_else(route, method, town) -> None:
    user = make_staff(town, Role.ADMINISTRATOR)
    operations.add_member(
        municipality=town,
        user=user,
        role=Role.DEPARTMENT_MANAGER,
        department=make_department(town),
        by_user_id=None,
        now=datetime.now(UTC),
    )
    client = signed_in(user, browser(), proofs=("password",))
    response = getattr(client, method)(address(town, route, **(ROUTES[route].missing or {})))
    open_to_all = {"ops:health", "ops:metrics", "ops:demo_mails", "ops:demo_mail"}
    if route in open_to_all:
        assert response.status_code in {200, 404}
    else:
        assert response.status_code in {302, 404}, route
        assert response.status_code == 404 or response.headers["Location"] == address(town, "account_safety")


def test_an_administrator_works_once_a_second_factor_is_there(town) -> None:
    user = make_staff(town, Role.ADMINISTRATOR)
    client = browser()
    enter_password(client, town, user)
    led = client.get(address(town, "ops:operations"))
    assert led.headers["Location"] == address(town, "account_safety")
    assert b"Administrators sign in with two steps" in client.get(led.headers["Location"]).content
    assert add_passkey(client, town, Device()).headers["Location"] == address(town, "account_codes")
    assert client.get(address(town, "ops:operations")).status_code == 200


def test_where_it_is_not_required_an_administrator_works_without(town, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    client = browser()
    enter_password(client, town, make_staff(town, Role.ADMINISTRATOR))
    assert client.get(address(town, "ops:operations")).status_code == 200


# Passkeys


@pytest.fixture
def device(town, agent) -> Device:
    client, device = browser(), Device()
    enter_password(client, town, agent)
    add_passkey(client, town, device)
    return device


def ask(client: Client, town: Municipality) -> dict:
    return client.post(address(town, "account_passkey_question")).json()


def use(client: Client, town: Municipality, device: Device, question: dict) -> bool:
    client.post(address(town, "account_sign_in_passkey"), sent(device.use(question)))
    return is_in(client, town)


def test_a_passkey_signs_in_by_itself(town, device) -> None:
    client = browser()
    assert use(client, town, device, ask(client, town))
    assert second_factors(User.objects.get().pk, datetime.now(UTC)).passkeys[0].used_at is not None


def test_an_answer_is_taken_once(town, device) -> None:
    client, thief = browser(), browser()
    question = ask(client, town)
    said = sent(device.use(question))
    path = address(town, "account_sign_in_passkey")
    client.post(path, said)
    ask(thief, town)
    for one in (thief, browser()):
        one.post(path, said)
        assert not is_in(one, town)
    client.post(address(town, "account_logout"))
    client.post(path, said)
    assert not is_in(client, town)


def test_a_wrong_answer_uses_the_question_up(town, device) -> None:
    client = browser()
    question = ask(client, town)
    path = address(town, "account_sign_in_passkey")
    client.post(path, {"credential": "{}"})
    client.post(path, sent(device.use(question)))
    assert not is_in(client, town)


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:81", "http://evil.localhost", "https://localhost", "http://evil.example", "null"],
)
def test_an_answer_given_on_another_page_is_none(origin, town, device) -> None:
    device.origin = origin
    client = browser()
    assert not use(client, town, device, ask(client, town))


def test_a_passkey_used_without_finger_face_or_pin_is_none(town, device) -> None:
    device.verifies = False
    client = browser()
    assert not use(client, town, device, ask(client, town))


def test_a_passkey_of_somebody_else_is_no_second_step(town, agent, device) -> None:
    victim = make_staff(town, Role.SERVICE_MANAGER)
    give_app(victim, town)
    client = browser()
    enter_password(client, town, victim)
    said = sent(device.use(ask(client, town)))
    assert client.post(address(town, "mfa_authenticate"), said).status_code == 200
    assert not is_in(client, town)


def test_the_handle_of_somebody_else_opens_nothing(town, agent, device) -> None:
    victim = make_staff(town, Role.SERVICE_MANAGER)
    other = Device()
    client = browser()
    enter_password(client, town, victim)
    add_passkey(client, town, other)
    device.user_handle = other.user_handle
    thief = browser()
    assert not use(thief, town, device, ask(thief, town))


def test_the_passkey_of_an_account_switched_off_looks_like_none(town, device) -> None:
    client, unknown = browser(), browser()
    User.objects.update(is_active=False)
    path = address(town, "account_sign_in_passkey")
    off = client.post(path, sent(device.use(ask(client, town))))
    none = unknown.post(path, sent(device.use(ask(unknown, town)) | {"rawId": "AAAA", "id": "AAAA"}))
    assert off.status_code == none.status_code == 302
    assert off.headers["Location"] == none.headers["Location"] == address(town, "account_login")


ODD = [
    "",
    "null",
    "[]",
    "1",
    "{",
    "{}",
    '{"id": 1}',
    '{"rawId": "x", "id": "x", "type": "public-key", "response": {}}',
    '{"rawId": "\\u0000", "id": "\\ud800", "response": {"userHandle": "\\u05d0"}}',
    "[" * 5_000,
    "x" * 30_000,
]


@pytest.mark.parametrize("credential", ODD)
def test_odd_answers_are_refused(credential, town, agent, device) -> None:
    client = browser()
    ask(client, town)
    said = client.post(address(town, "account_sign_in_passkey"), {"credential": credential})
    assert said.status_code == 302
    enter_password(client, town, agent)
    ask(client, town)
    assert client.post(address(town, "mfa_authenticate"), {"credential": credential}).status_code == 200
    assert not is_in(client, town)


@pytest.mark.parametrize("field", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("value", ["", "!", "AAAA", "zzzzzzzzzzzzzzzzzzzz", 7, None, [], "w4LCgg"])
def test_odd_parts_of_an_answer_are_refused(field, value, town, device) -> None:
    client = browser()
    said = device.use(ask(client, town))
    said["response"][field] = value
    response = client.post(address(town, "account_sign_in_passkey"), sent(said))
    assert response.status_code == 302
    assert not is_in(client, town)


@pytest.mark.parametrize("field", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("value", ["", "!", "AAAA", "o2NmbXRkbm9uZQ", 7, None, []])
def test_odd_new_passkeys_are_refused(field, value, town, agent) -> None:
    client = browser()
    enter_password(client, town, agent)
    question = client.post(address(town, "account_new_passkey_question")).json()
    said = Device().make(question)
    said["response"][field] = value
    assert client.post(address(town, "account_add_passkey"), sent(said, name="x")).status_code == 200
    assert not has_second_factor(agent.pk)


def test_asking_for_passkeys_is_limited(town) -> None:
    client = browser()
    path = address(town, "account_passkey_question")
    assert [client.post(path).status_code for _ in range(31)] == [200] * 30 + [429]
