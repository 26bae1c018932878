"""A02: guessing tracking links."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from moked.links import operations as links
from moked.links import rules
from moked.links.models import Link
from tests.abuse.answers import answer, changed, rows
from tests.abuse.routes import NO_LINK
from tests.abuse.world import World, address, browser, make_world, secret

pytestmark = pytest.mark.abuse("A02")

PAGES = {
    "portal:track": ("open", "TRACKING"),
    "portal:done": ("open", "TRACKING"),
    "portal:survey": ("closed", "SURVEY"),
}
WRONG: dict[str, Callable[[str], str]] = {
    "another reference": lambda right: f"{'y' if right[0] == 'x' else 'x'}{right[1:]}",
    "another token": lambda right: right[:-1] + ("a" if right[-1] != "a" else "b"),
    "cut by one": lambda right: right[:-1],
    "cut in half": lambda right: right[: len(right) // 2],
    "longer by one": lambda right: right + "a",
    "upper-cased": str.upper,
    "a space before": lambda right: f"%20{right}",
    "a space behind": lambda right: f"{right}%20",
    "only a space": lambda right: "%20",
    "a line break behind": lambda right: f"{right}%0A",
    "NUL before": lambda right: f"%00{right}",
    "NUL inside": lambda right: right.replace(".", "%00."),
    "NUL behind": lambda right: f"{right}%00",
    "only NUL": lambda right: "%00",
    "NULL": lambda right: "NULL",
    "the reference alone": lambda right: right.split(".")[0],
    "an empty token": lambda right: right.split(".")[0] + ".",
    "an empty reference": lambda right: "." + right.split(".")[1],
    "swapped": lambda right: ".".join(reversed(right.split("."))),
    "a dot more": lambda right: right.replace(".", ".."),
    "padded": lambda right: f"{right}======",
    "a list": lambda right: f"[{right!r}]",
    "two, by comma": lambda right: f"{right},{right}",
    "Hebrew": lambda right: "%D7%90.%D7%91",
    "broken UTF-8": lambda right: f"{right}%FF",
    "a lone surrogate": lambda right: f"%ED%A0%80.{right.split('.')[1]}",
    "full-width letters": lambda right: "".join(chr(ord(char) + 0xFEE0) for char in right),
    "a pattern": lambda right: "%25.%25",
    "a statement": lambda right: f"{right}'%20OR%20'1'='1",
    "a very long one": lambda right: "a" * 5000 + "." + "a" * 5000,
}


@pytest.fixture
def world(db) -> World:
    cache.clear()
    return make_world()


def ask(world: World, route: str, said: str, **headers: str) -> HttpResponse:
    """Open a page with exactly this as the secret, without anything being quoted first."""
    path = address(world.town, route, secret="SECRET").replace("SECRET", said)
    response: HttpResponse = Client().get(path, headers=headers)
    return response


def secret_of(world: World, route: str) -> str:
    which, purpose = PAGES[route]
    return secret(getattr(world.sides["own"], which), purpose)


@pytest.mark.parametrize("route", PAGES)
def test_a_wrong_link_looks_like_one_that_never_was(route: str, world: World) -> None:
    right = secret_of(world, route)
    assert ask(world, route, right).status_code == 200
    nothing = answer(ask(world, route, NO_LINK))
    assert nothing[0] == 404
    before = rows()
    for name, spoil in WRONG.items():
        cache.clear()
        assert answer(ask(world, route, spoil(right))) == nothing, name
    assert changed(before, rows()) == {}


@pytest.mark.parametrize("route", PAGES)
def test_a_wrong_post_looks_like_one_that_never_was(route: str, world: World) -> None:
    if route == "portal:done":
        route = "portal:track"
    form = {"body": "x", "fixed": "NO", "rating": "1", "words": "x"}
    before = rows()
    answers = []
    for said in (NO_LINK, secret_of(world, route)[:-1]):
        cache.clear()
        answers.append(answer(Client().post(address(world.town, route, secret=said), form)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert changed(before, rows()) == {}


@pytest.mark.parametrize("route", PAGES)
def test_a_link_for_one_purpose_opens_no_page_of_another(route: str, world: World) -> None:
    other = {"TRACKING": "SURVEY", "SURVEY": "TRACKING"}[PAGES[route][1]]
    foreign = secret(world.sides["own"].closed, other)
    assert answer(ask(world, route, foreign)) == answer(ask(world, route, NO_LINK))


@pytest.mark.parametrize("route", PAGES)
def test_a_link_of_another_town_opens_nothing_here(route: str, world: World) -> None:
    which, purpose = PAGES[route]
    foreign = secret(getattr(world.sides["other_town"], which), purpose)
    assert Client().get(address(world.other_town, route, secret=foreign)).status_code == 200
    assert answer(ask(world, route, foreign)) == answer(ask(world, route, NO_LINK))


@pytest.mark.parametrize("route", PAGES)
def test_a_link_that_has_ended_or_was_replaced_opens_nothing(route: str, world: World) -> None:
    which, purpose = PAGES[route]
    case = getattr(world.sides["own"], which)
    right = secret_of(world, route)
    now = datetime.now(UTC)
    nothing = answer(ask(world, route, NO_LINK))
    links.set_expiry(purpose=purpose, object_id=case.pk, expires_at=now - timedelta(seconds=1))
    assert answer(ask(world, route, right)) == nothing
    links.set_expiry(purpose=purpose, object_id=case.pk, expires_at=now + timedelta(days=1))
    assert ask(world, route, right).status_code == 200
    links.revoke(purpose=purpose, object_id=case.pk)
    assert answer(ask(world, route, right)) == nothing
    assert ask(world, route, secret_of(world, route)).status_code == 200


def test_a_list_of_links_given_to_the_start_page_opens_one_or_none(world: World) -> None:
    right = secret_of(world, "portal:track")
    response = Client().post(address(world.town, "portal:start"), {"link": [right, NO_LINK]})
    assert response.status_code == 303
    assert Client().get(response.headers["Location"]).status_code == 404
    response = Client().post(address(world.town, "portal:start"), {"link[]": right})
    assert response.status_code == 200


def test_number_and_address_alone_open_nothing(world: World) -> None:
    side = world.sides["own"]
    number, email = side.open.number, f"{side.open_mark}@resident.example"
    for said in (number, number.replace("-", ""), email, f"{number} {email}", f"{number}.{email}"):
        response = Client().post(address(world.town, "portal:start"), {"link": said})
        assert response.status_code == 200
        assert side.open_mark not in response.content.decode().replace(said, "")
    for route in PAGES:
        assert ask(world, route, number).status_code == 404
    page = Client().get(
        address(world.town, "portal:track", secret=NO_LINK), {"number": number, "email": email}
    )
    assert page.status_code == 404


def test_after_twenty_wrong_links_an_address_waits_and_others_do_not(world: World) -> None:
    right = secret_of(world, "portal:track")
    path = address(world.town, "portal:track", secret=right)
    for _ in range(20):
        assert ask(world, "portal:track", NO_LINK).status_code == 404
    refused = [ask(world, "portal:track", said) for said in (NO_LINK, right, right[:-1])]
    assert [one.status_code for one in refused] == [429] * 3
    assert len({str(answer(one, but=one.request["PATH_INFO"])) for one in refused}) == 1
    assert int(refused[0].headers["Retry-After"]) <= 600
    assert Client().get(path, REMOTE_ADDR="192.0.2.9").status_code == 200


def test_forged_headers_give_nobody_a_new_address(world: World) -> None:
    for turn in range(20):
        ask(
            world,
            "portal:track",
            NO_LINK,
            **{"X-Forwarded-For": f"192.0.2.{turn}", "X-Real-IP": f"192.0.2.{turn}"},
        )
    refused = ask(
        world, "portal:track", NO_LINK, **{"X-Forwarded-For": "192.0.2.99", "Forwarded": "for=192.0.2.99"}
    )
    assert refused.status_code == 429


def test_a_household_of_ipv6_addresses_is_one_address(world: World) -> None:
    path = address(world.town, "portal:track", secret=NO_LINK)
    for turn in range(20):
        Client().get(path, REMOTE_ADDR=f"2001:db8::{turn:x}")
    assert Client().get(path, REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert Client().get(path, REMOTE_ADDR="2001:db8:0:1::1").status_code == 404


def test_using_ones_own_link_often_slows_nobody(world: World) -> None:
    right = secret_of(world, "portal:track")
    assert {ask(world, "portal:track", right).status_code for _ in range(25)} == {200}


def test_a_flood_from_many_addresses_slows_each_of_them_early_and_nobody_else(
    world: World, monkeypatch
) -> None:
    monkeypatch.setattr("moked.web.ui.throttle.FAILURES_OF_TOWN", 10)
    path = address(world.town, "portal:track", secret=NO_LINK)
    for turn in range(10):
        assert Client().get(path, REMOTE_ADDR=f"192.0.2.{turn}").status_code == 404
    assert Client().get(path, REMOTE_ADDR="192.0.2.1").status_code == 404  # its second failure
    assert Client().get(path, REMOTE_ADDR="192.0.2.1").status_code == 429
    right = address(world.town, "portal:track", secret=secret_of(world, "portal:track"))
    assert Client().get(right, REMOTE_ADDR="192.0.2.200").status_code == 200


@pytest.mark.parametrize("route", PAGES)
def test_a_page_behind_a_link_stays_between_resident_and_town(route: str, world: World) -> None:
    response = ask(world, route, secret_of(world, route))
    page = response.content.decode()
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Cache-Control"] == "no-store"
    # Within the site the browser may tell where it came from: forms need that. To others it tells nothing.
    assert set(re.findall(r'<meta name="referrer" content="([^"]*)"', page)) <= {"same-origin", "no-referrer"}
    fetched = re.findall(r'<(?:link|script|img|iframe|use)[^>]*?(?:href|src)="([^"]*)"', page)
    assert fetched
    assert [one for one in fetched if not one.startswith(("/static/", "#"))] == []


def test_nothing_stored_opens_a_link(world: World) -> None:
    tokens = {secret_of(world, route).split(".")[1] for route in PAGES}
    assert tokens
    stored = str(rows(without=set()))
    assert [token for token in tokens if token in stored] == []


def test_ten_thousand_tokens_are_distinct_and_their_letters_evenly_spread() -> None:
    """Chi-square over the 32 letters: 31 degrees of freedom, 61.1 is passed by chance once in a thousand."""
    tokens = [
        rules.derive_token(b"key", purpose="TRACKING", reference=f"r{turn}", version=1)
        for turn in range(10_000)
    ]
    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {32}  # 32 letters of 5 bits: 160
    for place in (slice(None), slice(0, 1), slice(31, 32)):
        letters = Counter(letter for token in tokens for letter in token[place])
        assert set(letters) == set("abcdefghijklmnopqrstuvwxyz234567")
        expected = sum(letters.values()) / 32
        assert sum((count - expected) ** 2 / expected for count in letters.values()) < 61.1


def test_references_are_random_and_no_two_links_share_one(world: World) -> None:
    found = list(Link.objects.values_list("reference", flat=True))
    assert len(found) == len(set(found)) > 10
    assert {len(reference) for reference in found} == {10}


def test_staff_pages_never_show_a_residents_secret(world: World) -> None:
    case = world.sides["own"].open
    page = browser(world, "service_manager").get(address(world.town, "desk:case", number=case.number))
    assert page.status_code == 200
    assert secret(case).split(".")[1] not in page.content.decode()
