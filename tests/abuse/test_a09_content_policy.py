"""A09: what a person wrote runs nowhere: a strict content policy on every page, and none that needs less."""

import html
import re

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from tests.abuse.routes import ROUTES, methods, one_of
from tests.abuse.world import World, address, browser, make_world, secret, send
from tests.factories import make_case

pytestmark = pytest.mark.abuse("A09")

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'", "nonce"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "worker-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}
# A picture, and a file that is only saved, need nothing at all.
OF_PICTURES = {"default-src": {"'none'"}, "sandbox": set()}
PICTURES = {
    "get desk:document",
    "get desk:photo",
    "get desk:raw_mail",
    "get desk:raw_of_case",
    "get portal:handed_photo",
    "get portal:own_photo",
    "get portal:public_photo",
    "get portal:uploaded_photo",
}
# A stranger's HTML stands in a frame in which nothing runs, on the one page that may have a frame.
WITH_FRAME, FRAMED = "get desk:mail_of_case", "get desk:html_of_case"
OF_FRAMED = {
    "default-src": {"'none'"},
    "style-src": {"'unsafe-inline'"},
    "img-src": {"data:"},
    "sandbox": {"allow-popups"},
}
LOCKED_FRAME = re.compile(r'<iframe[^>]*\ssandbox="allow-popups"[^>]*>')
VECTORS = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</textarea><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{background:url(//evil.example)}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><input name=x>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7|add:7 }}{% csrf_token %}",
    "<!--",
    "--><script>alert(1)</script>",
    "<math><mtext></p><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
RUNS = [
    "<script>alert",
    "<img src=x",
    "<svg onload",
    "<style>*",
    "<base href",
    "<iframe",
    "<math>",
    "<meta http",
]
RUNS += ["<meta http", "<form action=//", "<a href=javascript", "' autofocus onfocus", "--><script"]


@pytest.fixture
def world(db) -> World:
    cache.clear()
    return make_world()


def policy(response: HttpResponse) -> dict[str, set[str]]:
    said = re.sub(r"'nonce-[^']+'", "nonce", response.headers["Content-Security-Policy"])
    parts = (directive.split() for directive in said.split(";"))
    return {name: set(sources) for name, *sources in parts}


def pages(world: World) -> list[tuple[str, HttpResponse]]:
    """Return every page there is, opened by somebody who may, with refusals of every kind."""
    found = []
    for route, method in methods(ROUTES):
        entry = ROUTES[route]
        aims = entry.aims(world)
        reach = getattr(entry, method)
        actor = next((one for one in reach if reach[one]), "anonymous")
        aim = one_of(aims, reach[actor])
        path = address(aim.town, route, **aim.params)
        found.append((f"{method} {route}", send(world, actor, method, path)))
    found += [
        ("nowhere", Client().get("/nowhere/")),
        ("wrong host", Client().get("/", headers={"host": "evil.example"})),
        ("wrong method", Client().put("/")),
        ("without token", Client(enforce_csrf_checks=True).post(address(world.town, "portal:report"))),
        ("too large", Client().post(address(world.town, "portal:report"), {"matter": "x" * 2_000_000})),
    ]
    return found


def test_every_answer_carries_the_strict_policy(world: World) -> None:
    for name, response in pages(world):
        if name in PICTURES:
            assert policy(response) == OF_PICTURES, name
            continue
        if name == FRAMED:
            assert policy(response) == OF_FRAMED, name
            continue
        scripts = policy(response)["script-src"]
        assert scripts <= POLICY["script-src"] and "'self'" in scripts, name
        frames = {"frame-src": {"'self'"}} if name == WITH_FRAME else {}
        assert policy(response) | {"script-src": set()} == POLICY | frames | {"script-src": set()}, name
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", name


def test_the_word_that_lets_scripts_run_is_new_each_time(world: World) -> None:
    seen = [
        re.findall(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
        for response in (Client().get(address(world.town, "portal:report")) for _ in range(5))
    ]
    assert all(len(one) == 1 and len(one[0]) >= 22 for one in seen)
    assert len({one[0] for one in seen}) == 5


def test_no_page_needs_what_the_policy_forbids(world: World) -> None:
    for name, response in pages(world):
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        if name == FRAMED:
            continue
        page = response.content.decode()
        page = LOCKED_FRAME.sub("", page) if name == WITH_FRAME else page
        assert not re.findall(r"<[a-z][^>]*\s(?:on[a-z]+|style)\s*=", page), name
        assert not re.findall(r"<style|javascript:|<iframe|<object|<embed|<base", page), name
        for script in re.findall(r"<script[^>]*>", page):
            assert re.search(r'nonce="[^"]+"', script) and re.search(r'src="/static/', script), (name, script)
        for address_ in re.findall(r'(?:src|href|action|content|hx-get|hx-post)="(https?://[^"]*)"', page):
            assert address_.startswith("http://localhost:8000/"), (name, address_)


def test_what_a_resident_writes_is_shown_as_written(world: World) -> None:
    service = world.sides["own"].open.service
    desk = browser(world, "service_manager")
    for vector in VECTORS:
        case = make_case(
            world.town, service=service, matter=f"{vector} here", name=vector, email="ann@example.org"
        )
        said = dict.fromkeys(("matter", "name", "email", "phone", "service", "step"), vector)
        track = Client().get(address(world.town, "portal:track", secret=secret(case)))
        for page in (
            track,
            desk.get(address(world.town, "desk:case", number=case.number)),
            desk.get(address(world.town, "desk:queue")),
            desk.get(address(world.town, "desk:search"), {"q": vector}),
            Client().post(address(world.town, "portal:report"), said),
            Client().post(address(world.town, "portal:start"), {"link": vector}),
            Client().post(address(world.town, "account_login"), {"login": vector, "password": vector}),
        ):
            text = page.content.decode()
            assert [sign for sign in RUNS if sign in text] == [], vector
        assert vector in html.unescape(track.content.decode()), vector
