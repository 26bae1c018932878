"""A01: every route, by everybody, with objects of their own, of another department, of another town."""

import pytest
from django.http import HttpResponse

from moked.municipalities.models import Municipality
from tests.abuse.answers import answer, writes
from tests.abuse.routes import HERE, NO_CASE, ROUTES, SEES, Aim, Entry, methods, routes
from tests.abuse.world import ANONYMOUS, EVERYBODY, SIDES, World, address, browser, make_world, send, undone

pytestmark = [pytest.mark.abuse("A01"), pytest.mark.abuse("A08")]

NAMING_AN_OBJECT = [name for name, pattern in routes() if pattern.pattern.regex.groups]


@pytest.fixture
def world(db) -> World:
    return make_world()


def ask(world: World, actor: str, method: str, route: str, aim: Aim) -> HttpResponse:
    """Send one request; POST with a form that would be accepted."""
    form = {"data": ROUTES[route].form(world)} if method == "post" else {}
    return send(world, actor, method, address(aim.town, route, **aim.params), **form)


def expected(entry: Entry, method: str) -> dict[str, set[str]]:
    return dict(getattr(entry, method) or {})


def test_every_route_has_its_expectation() -> None:
    """A route without an entry fails: write down who may open it, in routes.py, before it is merged."""
    assert {name for name, _ in routes()} == ROUTES.keys()


def test_every_route_that_names_an_object_knows_one_that_does_not_exist() -> None:
    assert {name for name in NAMING_AN_OBJECT if ROUTES[name].missing is None} == set()


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_methods_are_those_expected_and_no_others(route: str, world: World) -> None:
    """Any other method is refused to everybody, before anything is looked up."""
    entry = ROUTES[route]
    said = dict(routes())[route].callback.access["methods"]
    wanted = {method for method in ("GET", "POST") if expected(entry, method.lower())}
    assert set(said) - {"HEAD"} == wanted
    aim = next(iter(entry.aims(world).values()))
    for method in ("put", "patch", "delete", "options", *({"get", "post"} - {one.lower() for one in wanted})):
        response = getattr(browser(world, "agent"), method)(address(aim.town, route, **aim.params))
        assert response.status_code == 405, method


@pytest.mark.parametrize(("route", "method"), methods(sorted(ROUTES.keys() & NAMING_AN_OBJECT)))
def test_objects_open_to_those_who_may_and_do_not_exist_for_others(
    route: str, method: str, world: World
) -> None:
    entry = ROUTES[route]
    reach = expected(entry, method)
    aims = entry.aims(world)
    for actor in EVERYBODY:
        browser(world, actor)
    nothing: dict[tuple[str, Municipality], HttpResponse] = {}
    wrong = []
    for actor in EVERYBODY:
        for name, aim in aims.items():
            cell = f"{actor} × {name}"
            with undone(), writes() as after:
                response = ask(world, actor, method, route, aim)
            if name in reach[actor]:
                wrong += allowed_wrongly(cell, entry, method, aim, response, after)
                continue
            if (actor, aim.town) not in nothing:
                with undone():
                    none = Aim(aim.town, dict(entry.missing or {}))
                    nothing[actor, aim.town] = ask(world, actor, method, route, none)
            wrong += refused_wrongly(cell, response, nothing[actor, aim.town])
            wrong += [f"{cell}: left a trace in {sorted(after)}"] if after else []
    assert not wrong, "\n".join(wrong)


def allowed_wrongly(
    cell: str, entry: Entry, method: str, aim: Aim, response: HttpResponse, after: set[str]
) -> list[str]:
    """Say what is wrong with the answer to somebody who may."""
    wrong = []
    if method == "get":
        if response.status_code != 200:
            wrong.append(f"{cell}: {response.status_code} instead of the page")
        if entry.shows and aim.mark not in response.content.decode():
            wrong.append(f"{cell}: the page does not show the object")
        if after:
            wrong.append(f"{cell}: opening it changed {sorted(after)}")
    else:
        if response.status_code not in {302, 303}:
            wrong.append(f"{cell}: {response.status_code} instead of going on")
        if entry.writes and not after:
            wrong.append(f"{cell}: changed nothing")
    return wrong


def refused_wrongly(cell: str, response: HttpResponse, nothing: HttpResponse) -> list[str]:
    """Say how the answer differs from that for an object that does not exist."""
    got, reference = (answer(one, but=one.request["PATH_INFO"]) for one in (response, nothing))
    parts = zip(("status", "headers", "cookies", "body"), got, reference, strict=True)
    different = [part for part, mine, theirs in parts if mine != theirs]
    return [f"{cell}: differs from what does not exist in {' and '.join(different)}"] if different else []


@pytest.mark.parametrize(("route", "method"), methods(sorted(ROUTES.keys() - set(NAMING_AN_OBJECT))))
def test_pages_open_to_those_who_may_and_do_not_exist_for_others(
    route: str, method: str, world: World
) -> None:
    entry = ROUTES[route]
    reach = expected(entry, method)
    [aim] = entry.aims(world).values()
    for actor in EVERYBODY:
        browser(world, actor)
    wrong = []
    for actor in EVERYBODY:
        with undone(), writes() as after:
            response = ask(world, actor, method, route, aim)
        if HERE in reach[actor]:
            if response.status_code == 404:
                wrong.append(f"{actor}: 404")
            if method == "get" and after:
                wrong.append(f"{actor}: opening it changed {sorted(after)}")
            if method == "post" and entry.writes and not after:
                wrong.append(f"{actor}: changed nothing, {response.status_code}")
            continue
        path = address(aim.town, route)
        if actor == ANONYMOUS and route not in {"ops:demo_mails", "ops:metrics"}:
            login = address(aim.town, "account_login")
            if (response.status_code, response.headers["Location"]) != (302, f"{login}?next={path}"):
                wrong.append(f"{actor}: is not sent to sign in")
        else:
            nowhere = browser(world, actor).get(f"/t/{aim.town.slug}/nowhere/")
            if answer(response) != answer(nowhere):
                wrong.append(f"{actor}: differs from a page that does not exist")
        if after:
            wrong.append(f"{actor}: left a trace in {sorted(after)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", EVERYBODY[1:])
def test_the_queue_lists_what_its_reader_may_see_and_nothing_else(actor: str, world: World) -> None:
    for town in (world.town, world.other_town):
        page = browser(world, actor).get(address(town, "desk:queue"), follow=True).content.decode()
        shown = {name for name in SIDES if world.sides[name].open_mark in page}
        in_review = {name for name in SIDES if world.sides[name].closed_mark in page}
        visible = {name for name in SEES[actor] if world.sides[name].town == town}
        assert shown == in_review == visible


@pytest.mark.parametrize("actor", EVERYBODY[1:])
def test_searching_a_number_finds_only_what_is_visible(actor: str, world: World) -> None:
    reaches_queue = SEES[actor] - {"other_town"}
    queue = address(world.town, "desk:search")
    client = browser(world, actor)
    nothing = client.get(queue, {"q": NO_CASE["number"]})
    for name in SIDES:
        number = world.sides[name].open.number
        found = client.get(queue, {"q": number})
        if name in reaches_queue:
            assert found.headers["Location"] == address(world.town, "desk:case", number=number)
        else:
            assert answer(found, but=number) == answer(nothing, but=NO_CASE["number"])


def test_staff_of_one_town_are_nobody_in_the_other(world: World) -> None:
    client = browser(world, "stranger")
    for route in ("desk:queue", "desk:new", "ops:operations", "account_change_password"):
        assert client.get(address(world.other_town, route)).status_code in {200, 302}, route
        assert client.get(address(world.town, route)).status_code == 404, route
