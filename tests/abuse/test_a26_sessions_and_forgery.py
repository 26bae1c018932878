"""A26: stolen, fixed and forgotten sessions; forms sent by other sites; pages that stay in the browser."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.municipalities.models import Municipality
from tests.abuse.answers import writes
from tests.abuse.routes import ROUTES, Aim, methods, one_of
from tests.abuse.world import (
    ANONYMOUS,
    EVERYBODY,
    World,
    address,
    browser,
    make_world,
    send,
    signed_in,
    undone,
)
from tests.factories import PASSWORD, make_staff, make_town

pytestmark = pytest.mark.abuse("A26")

ROOT = Path(__file__).resolve().parents[2]
NEW_PASSWORD = "three-unrelated-words"
POSTS = [route for route, method in methods(ROUTES) if method == "post"]
GETS = [route for route, method in methods(ROUTES) if method == "get"]
# What browsers may keep, since it tells nothing of whoever is signed in.
SAME_FOR_EVERYBODY = {"ui:brand", "ui:map_data", "transparency:cases_csv", "transparency:cases_geojson"}
GOES_ON = {"portal:upload_photo": {200}}  # answered to a script on the page
# The reset link's secret moves from the address into the session, so that it is in no history.
KEEPS_IN_SESSION = {"account_reset_password_from_key"}


@pytest.fixture
def town(db) -> Municipality:
    cache.clear()
    return make_town()


@pytest.fixture
def agent(town) -> User:
    return make_staff(town, Role.AGENT)


@pytest.fixture
def world(db) -> World:
    cache.clear()
    return make_world()


def log_in(town: Municipality, user: User, client: Client | None = None, password: str = PASSWORD) -> Client:
    client = client or Client()
    response = client.post(address(town, "account_login"), {"login": user.email, "password": password})
    assert response.status_code == 302
    return client


def is_in(client: Client, town: Municipality) -> bool:
    return bool(client.get(address(town, "desk:queue")).status_code == 200)


def allowed_aims(route: str, method: str, world: World) -> Iterator[tuple[str, Aim]]:
    """Yield who may, and at what."""
    aims = ROUTES[route].aims(world)
    for actor, reach in (getattr(ROUTES[route], method) or {}).items():
        yield from ((actor, aims[name]) for name in sorted(reach & aims.keys()))


# Sessions


def test_signing_in_makes_a_new_session_and_ends_the_one_before(town, agent) -> None:
    attacker = Client()
    attacker.session.save()
    session = attacker.session
    session["planted"] = True
    session.save()
    fixed = session.session_key
    victim = Client()
    victim.cookies["sessionid"] = fixed
    log_in(town, agent, victim)
    assert victim.cookies["sessionid"].value != fixed
    attacker.cookies["sessionid"] = fixed
    attacker.cookies["moked_seen"] = victim.cookies["moked_seen"].value
    assert not is_in(attacker, town)
    assert is_in(victim, town)
    assert not Session.objects.filter(session_key=fixed).exists()


def test_an_invented_session_id_is_not_taken_on(town, agent) -> None:
    victim = Client()
    victim.cookies["sessionid"] = "a" * 32
    log_in(town, agent, victim)
    assert victim.cookies["sessionid"].value != "a" * 32


def test_a_new_password_ends_every_other_session(town, agent) -> None:
    here, elsewhere = log_in(town, agent), log_in(town, agent)
    before = here.cookies["sessionid"].value
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert here.post(address(town, "account_change_password"), form).status_code == 302
    assert here.cookies["sessionid"].value != before
    assert is_in(here, town)
    assert not is_in(elsewhere, town)


def test_the_present_password_is_asked_for_before_a_new_one(town, agent) -> None:
    client = log_in(town, agent)
    for present in ("", "wrong-wrong-wrong"):
        form = {"oldpassword": present, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        assert client.post(address(town, "account_change_password"), form).status_code == 200
    agent.refresh_from_db()
    assert agent.check_password(PASSWORD)


def test_an_account_switched_off_is_out_at_once(town, agent) -> None:
    client = log_in(town, agent)
    User.objects.update(is_active=False)
    assert not is_in(client, town)


def test_signing_out_is_a_post_and_leaves_nothing(town, agent) -> None:
    client = log_in(town, agent)
    copy = client.cookies["sessionid"].value, client.cookies["moked_seen"].value
    assert client.get(address(town, "account_logout")).status_code == 405
    assert is_in(client, town)
    response = client.post(address(town, "account_logout"))
    assert response.status_code == 302
    assert response.cookies["moked_seen"].value == "" and response.cookies["sessionid"].value == ""
    assert not Session.objects.exists()
    thief = Client()
    thief.cookies["sessionid"], thief.cookies["moked_seen"] = copy
    for one in (client, thief):
        assert not is_in(one, town)


def body_of(response: HttpResponseBase) -> bytes:
    return b"".join(response) if response.streaming else response.content  # type: ignore[call-overload,attr-defined]


def test_back_after_signing_out_shows_nothing(world: World) -> None:
    """Nothing a signed-in person saw may be kept by the browser or by anything between."""
    for route in set(GETS) - SAME_FOR_EVERYBODY:
        for actor, aim in list(allowed_aims(route, "get", world))[:3]:
            response = send(world, actor, "get", address(aim.town, route, **aim.params))
            assert "no-store" in response.headers["Cache-Control"], route
            assert "public" not in response.headers["Cache-Control"], route


@pytest.mark.parametrize("route", sorted(SAME_FOR_EVERYBODY))
def test_what_may_be_kept_is_the_same_for_everybody(world: World, route: str) -> None:
    aim = ROUTES[route].aims(world)["here"]
    path = address(aim.town, route, **aim.params)
    seen = {body_of(send(world, actor, "get", path)) for actor in EVERYBODY}
    assert len(seen) == 1


def test_after_two_idle_hours_a_session_is_over(town, agent, monkeypatch) -> None:
    client = log_in(town, agent)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 7100)
    assert is_in(client, town)
    monkeypatch.setattr(time, "time", lambda: real() + 14000)
    assert is_in(client, town), "being seen begins the two hours anew"
    monkeypatch.setattr(time, "time", lambda: real() + 14000 + 7201)
    assert not is_in(client, town)
    monkeypatch.undo()
    assert not is_in(client, town), "it stays over"


def test_the_cookie_that_keeps_a_session_awake_cannot_be_made_or_borrowed(town, agent) -> None:
    client, colleague = log_in(town, agent), log_in(town, make_staff(town, Role.AGENT))
    seen = client.cookies["moked_seen"].value
    for forged in (colleague.cookies["moked_seen"].value, seen[:-1], "", seen.replace(":", "."), "null"):
        thief = Client()
        thief.cookies["sessionid"] = client.cookies["sessionid"].value
        thief.cookies["moked_seen"] = forged
        assert not is_in(thief, town)
        client = log_in(town, agent)


def test_a_session_ends_after_twelve_hours_however_busy(world: World) -> None:
    client = log_in(world.town, world.people["agent"])
    key = client.cookies["sessionid"].value
    ends = Session.objects.get(session_key=key).expire_date
    assert ends - timezone.now() <= timedelta(hours=12)
    case = world.sides["own"].open
    for _ in range(2):
        assert is_in(client, world.town)
        for route, form in (("desk:note", {"words": "x"}), ("desk:assign", {"department": "", "person": ""})):
            client.post(address(world.town, route, number=case.number), form)
        client.post(address(world.town, "ui:language"), {"language": "he", "next": "/"})
    assert Session.objects.get(session_key=key).expire_date == ends
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_in(client, world.town)


def test_sessions_end_with_the_browser(town, agent) -> None:
    """The shared computer at the desk: no cookie of the session says how long to keep it."""
    response = Client().post(
        address(town, "account_login"), {"login": agent.email, "password": PASSWORD, "remember": "on"}
    )
    for name in ("sessionid", "moked_seen"):
        assert not response.cookies[name]["max-age"] and not response.cookies[name]["expires"], name


# Cookies


def cookies_given(world: World) -> dict[str, object]:
    """Return every cookie that any page gives, by name."""
    found: dict[str, object] = {}
    client = Client()
    form = {"login": world.people["agent"].email, "password": PASSWORD}
    for response in (
        client.get(address(world.town, "portal:report")),
        client.post(address(world.town, "account_login"), form),
        client.post(address(world.town, "ui:language"), {"language": "he", "next": "/"}),
        client.post(
            address(world.town, "desk:note", number=world.sides["own"].open.number),
            {"words": "x"},
        ),
        *(
            send(world, actor, method, address(aim.town, route, **aim.params))
            for route, method in methods(ROUTES)
            for actor, aim in list(allowed_aims(route, method, world))[:1]
        ),
    ):
        found |= {name: morsel for name, morsel in response.cookies.items() if morsel.value}
    return found


def test_every_cookie_is_kept_from_scripts_and_other_sites(world: World) -> None:
    given = cookies_given(world)
    assert {"sessionid", "csrftoken", "moked_seen", "moked_known", "moked_language"} <= given.keys()
    for name, morsel in given.items():
        assert morsel["httponly"], name
        assert morsel["samesite"] in {"Lax", "Strict"}, name
        assert not morsel["domain"], name


def test_every_cookie_is_secure_where_the_base_address_is(world: World, settings) -> None:
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"):
        setattr(settings, name, True)
    given = cookies_given(world)
    assert {name for name, morsel in given.items() if not morsel["secure"]} - {"messages"} == set()


@pytest.mark.parametrize(
    ("base", "secure"), [("https://moked.example", True), ("http://localhost:8000", False)]
)
def test_the_base_address_decides_whether_cookies_are_secure(base: str, secure: bool) -> None:
    asked = (
        "from moked.config import settings as s; print("
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "MOKED_BASE_URL": base, "PYTHONPATH": str(ROOT / "src"), "MOKED_SECRET_KEY": "x"},
    )
    assert answer.stdout.split() == [str(secure)] * 4


# Forms of other sites


def refuses(response: HttpResponse) -> bool:
    return bool(response.status_code == 403)


def strict(world: World, actor: str) -> Client:
    if actor == ANONYMOUS:
        return Client(enforce_csrf_checks=True)
    return signed_in(world.people[actor], Client(enforce_csrf_checks=True))


@pytest.mark.parametrize("route", POSTS)
def test_a_form_without_its_token_is_refused(route: str, world: World) -> None:
    reach = ROUTES[route].post or {}
    aims = ROUTES[route].aims(world)
    actor = next((one for one in reversed(EVERYBODY) if reach[one] & aims.keys()), ANONYMOUS)
    aim = one_of(aims, reach[actor])
    client = strict(world, actor)
    path = address(aim.town, route, **aim.params)
    form = ROUTES[route].form(world)
    other = Client()
    other.get(address(world.town, "portal:report"))
    theirs = other.cookies["csrftoken"].value
    with_token = form | {"csrfmiddlewaretoken": theirs}
    with writes(but=frozenset()) as after:
        assert refuses(client.post(path, form))
        assert refuses(client.post(path, form | {"csrfmiddlewaretoken": "a" * 64}))
        assert refuses(client.post(path, with_token))
        for kind in ("text/plain", "application/json"):
            said = f'{{"csrfmiddlewaretoken": "{theirs}", "words": "x"}}'
            assert refuses(client.post(path, said, content_type=kind)), kind
        client.cookies["csrftoken"] = theirs
        for origin in (
            "https://evil.example",
            "null",
            "http://testserver.evil.example",
            "http://testserver:81",
        ):
            assert refuses(client.post(path, with_token, headers={"origin": origin})), origin
    assert after == set()
    if ROUTES[route].writes and reach[actor]:
        with undone():
            response = client.post(path, with_token, headers={"origin": "http://testserver"})
            assert response.status_code in GOES_ON.get(route, {302, 303}), (
                "with its token it must work, or this test shows nothing"
            )


@pytest.mark.parametrize("route", [one for one in POSTS if ROUTES[one].writes and one != "ops:retry"])
def test_a_body_that_is_no_form_does_nothing_even_with_a_token(route: str, world: World) -> None:
    reach = ROUTES[route].post or {}
    aims = ROUTES[route].aims(world)
    actor = next((one for one in reversed(EVERYBODY) if reach[one] & aims.keys()), ANONYMOUS)
    aim = one_of(aims, reach[actor])
    client = strict(world, actor)
    client.get(address(world.town, "portal:report"))
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    path = address(aim.town, route, **aim.params)
    for kind in ("application/json", "text/plain", "application/xml", "multipart/form-data", ""):
        with undone(), writes() as after:
            response = client.post(path, '{"words": "x", "matter": "x"}', content_type=kind, headers=headers)
        assert after == set(), (kind, response.status_code)


def test_a_method_in_a_header_or_field_is_not_believed(world: World) -> None:
    path = address(world.town, "account_logout")
    client = browser(world, "agent")
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert client.get(path, {"_method": "POST"}, headers={name: "POST"}).status_code == 405
    assert is_in(client, world.town)


# Opening changes nothing


@pytest.mark.parametrize("actor", EVERYBODY)
def test_opening_any_page_changes_nothing(actor: str, world: World) -> None:
    """Not even a session: a page that is prefetched, previewed or crawled must do nothing."""
    browser(world, actor)
    aims = {route: ROUTES[route].aims(world) for route in GETS}
    queries = {
        "view": "mine",
        "service": "x",
        "after": "1-1",
        "q": "1",
        "show": "notes",
        "format": "json",
        "next": "/",
    }
    for route in GETS:
        if route in KEEPS_IN_SESSION:
            continue
        aim = next(iter(aims[route].values()))
        path = address(aim.town, route, **aim.params)
        with writes(but=frozenset()) as found:
            if (ROUTES[route].get or {}).get(actor):
                send(world, actor, "head", path)
            send(world, actor, "get", path, data=ROUTES[route].form(world) | queries | {"_method": "POST"})
        assert found == set(), route


def test_secrets_stand_in_no_form_that_leads_elsewhere(world: World) -> None:
    for route in GETS:
        for actor, aim in list(allowed_aims(route, "get", world))[:2]:
            answer = send(world, actor, "get", address(aim.town, route, **aim.params))
            page = body_of(answer).decode(errors="replace")
            for form in re.findall(r"<form[^>]*>", page):
                action = re.search(r'action="([^"]*)"', form)
                assert action is None or re.match(r"/(?!/)|$|\?", action[1]), (route, form)
