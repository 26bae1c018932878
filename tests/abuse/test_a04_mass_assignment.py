"""A04: keys that a form does not know change nothing, on every address that takes a form."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ForeignKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.files.models import KEY_LENGTH
from tests.abuse.answers import changed, rows, writes
from tests.abuse.routes import ROUTES, Aim, methods
from tests.abuse.world import ANONYMOUS, World, address, browser, make_world, send, undone

pytestmark = pytest.mark.abuse("A04")

Rows = dict[str, list[tuple[Any, ...]]]

# What an attacker would try first, whether a model has it or not.
WISHES = {
    "__proto__",
    "constructor",
    "id",
    "pk",
    "uid",
    "is_staff",
    "is_superuser",
    "is_admin",
    "role",
    "roles",
    "actor",
    "by",
    "by_user_id",
    "now",
    "tenant",
    "tenant_id",
    "town",
    "status",
    "public",
    "requester",
    "created",
    "updated",
    "user",
    "_method",
    "_state",
    "_save",
    "commit",
    "initial",
    "instance",
    "permissions",
    "groups",
    "visible_to",
}
POINTERS = {
    "calendar_id": "sla.Calendar",
    "body_id": "handovers.ExternalBody",
    "case_id": "cases.Case",
    "revision_id": "revisions.Revision",
    "user_id": "accounts.User",
}
OWNERS = {
    "case": "cases.Case",
    "user": "accounts.User",
    "TRACKING": "cases.Case",
    "FOLLOWING": "cases.Participant",
    "HAND_OVER": "handovers.HandOver",
}
NUMBERS = {"hand_over_id", "statement_id", "mail_id", "staff_notice_id", "point"}
# What a change of the timeline made, by its kind.
MADE = {
    "SPLIT_OFF": "a case",
    "HANDED_OVER": "a hand-over",
    **dict.fromkeys(("BODY_TOLD", "BODY_DONE"), "something said"),
}
KEYS = {"files.StoredFile.key", "exchange.Export.key"}
VERSIONS = {"routing.RuleSet.version", "routing.DangerSet.version"}
RANDOM = {"reference", "password", "message_id", "addresses", "secret", "client_secret"}
POSTS = [name for name, method in methods(ROUTES) if method == "post" and any(ROUTES[name].post.values())]


@pytest.fixture
def world(db) -> World:
    return make_world()


def wishes(route: str, world: World) -> list[str]:
    """Return every name of every column, and what else one would try, but for the form's own fields."""
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    columns = {field.name for field in fields} | {field.attname for field in fields}
    own = ROUTES[route].form(world).keys() | ROUTES[route].reads | {"csrfmiddlewaretoken"}
    return sorted((columns | WISHES) - own)


def aim_of(route: str, world: World) -> tuple[str, Aim]:
    """Return somebody who may send this form, and what they aim at."""
    reach = ROUTES[route].post or {}
    actor = ANONYMOUS if reach[ANONYMOUS] else next(actor for actor in sorted(reach) if reach[actor])
    return actor, ROUTES[route].aims(world)[max(reach[actor])]


def outcome(
    world: World, route: str, actor: str, aim: Aim, before: Rows, extra: Mapping[str, Any]
) -> tuple[int, str, list[str]]:
    """Send the form with further keys; return the answer and what changed, without what is random."""
    with undone():
        form = {**extra, **ROUTES[route].form(world)}
        with writes() as tables:
            response = send(world, actor, "post", address(aim.town, route, **aim.params), data=form)
        after = changed(before, rows(tables))
    where = re.sub(
        r"[\w-]+\.[a-z2-7]{32}|(?:saved|shown|ready)=.*|(?<=mailboxes/)\d+",
        "*",
        response.headers.get("Location", ""),
    )
    return response.status_code, where, sorted(str(one) for one in comparable(before, after))


def comparable(before: Rows, after: Rows) -> Iterator[dict[str, Any]]:
    """Yield each row that changed, by column, with "new" for whatever points at a new row."""
    known = {label: {row[0] for row in found} for label, found in before.items()}
    for label, found in after.items():
        fields = apps.get_model(label)._meta.concrete_fields
        for row in found:
            values = {field.attname: value for field, value in zip(fields, row, strict=True)}
            still_the_same = {field.attname: still(field, values[field.attname], known) for field in fields}
            yield {"of": label, **still_the_same, **pointers(values, known)}


def pointers(values: dict[str, Any], known: dict[str, set[Any]]) -> dict[str, Any]:
    """Return what a row says of another one without a foreign key to it."""
    told = {}
    kind = values.get("object_kind") or values.get("purpose")
    if kind in OWNERS:
        told["object_id"] = known_or_new(values["object_id"], OWNERS[kind], known)
    change = str(values.get("verb") or values.get("kind") or "").removeprefix("case.").upper()
    if change in MADE:
        told["after"] = MADE[change]
    return told


def known_or_new(value: Any, label: str, known: dict[str, set[Any]]) -> Any:
    return value if value in known[label] else "new"


def still(field: Any, value: Any, known: dict[str, set[Any]]) -> Any:
    if isinstance(value, datetime):
        return "a moment"
    if field.attname in RANDOM:
        return "random"
    if str(field) in KEYS and len(value) == KEY_LENGTH:  # no wish is that long
        return "random"
    if str(field) in VERSIONS and re.fullmatch("[0-9a-f]{16}", value):
        return "random"
    if field.primary_key:
        return known_or_new(value, field.model._meta.label, known)
    if isinstance(field, ForeignKey) and value is not None:
        return known_or_new(value, field.related_model._meta.label, known)
    if field.attname == "object_id":
        return "an object"
    if isinstance(value, dict):
        return {key: still_in_document(key, inner, known) for key, inner in value.items()}
    return value


def still_in_document(key: str, value: Any, known: dict[str, set[Any]]) -> Any:
    if key in {"contact", "note", "contact_id", "review_id", "survey_id", *NUMBERS}:
        return "a number"
    if key == "until":
        return "a moment"
    return known_or_new(value, POINTERS[key], known) if key in POINTERS else value


def parts_of(fields: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    """Yield a few at a time: more than two hundred fields are refused as a whole."""
    pairs = list(fields.items())
    for start in range(0, len(pairs), size):
        yield dict(pairs[start : start + size])


def wished(names: Iterable[str], foreign: Any) -> Iterator[dict[str, Any]]:
    """Yield forms full of wishes: as texts, as lists, and in the spellings of other frameworks.

    Each name gets two of the values and one of the spellings, in turn.
    """
    names = list(names)
    values = itertools.cycle(
        [str(foreign.municipality_id), "RESOLVED", str(foreign.department_id), "True", "ADMINISTRATOR"]
    )
    for _ in range(2):
        yield from parts_of({name: next(values) for name in names}, 150)
        next(values)
    yield from parts_of({name: ["1", str(foreign.pk), "RESOLVED"] for name in names}, 50)
    around = itertools.cycle([("case.", ""), ("case[", "]"), ("", "[]"), ("", "_id")])
    spelled = {f"{head}{name}{tail}": "1" for name, (head, tail) in zip(names, around, strict=False)}
    yield from parts_of(spelled, 150)


@pytest.mark.parametrize("route", POSTS)
def test_keys_a_form_does_not_know_change_nothing(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    before = rows()
    plain = outcome(world, route, actor, aim, before, {})
    assert bool(plain[2]) is ROUTES[route].writes
    for extra in wished(wishes(route, world), world.sides["other_town"].open):
        assert outcome(world, route, actor, aim, before, extra) == plain


@pytest.mark.parametrize(
    "route", ["portal:report", "portal:track", "portal:survey", "desk:new", "desk:close"]
)
def test_whatever_else_is_sent_changes_nothing(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    names = wishes(route, world)
    browser(world, actor)
    before = rows()
    plain = outcome(world, route, actor, aim, before, {})
    known = ROUTES[route].form(world).keys() | ROUTES[route].reads
    keys = st.sampled_from(names) | st.text(min_size=1, max_size=20).filter(lambda name: name not in known)
    ids = [str(row[0]) for row in before["cases.Case"] + before["municipalities.Municipality"]]
    values = st.sampled_from(ids) | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(keys, values, max_size=30))
    def change_nothing(extra: dict[str, Any]) -> None:
        assert outcome(world, route, actor, aim, before, extra) == plain

    change_nothing()


@pytest.mark.parametrize("route", ["desk:assign", "desk:new", "portal:report", "desk:move", "desk:close"])
def test_choices_take_only_what_this_town_offers_now(route: str, world: World) -> None:
    """Ids and codes of another town, or of nothing, in the fields that a form does know."""
    actor, aim = aim_of(route, world)
    foreign = world.sides["other_town"].open
    strangers = [world.people[one].pk for one in ("stranger", "auditor", "administrator")]
    theirs = {
        "department": [foreign.department_id, "0", "-1", "1e9", "9" * 30, "x", "\x00"],
        "person": [*strangers, "0", "\x00"],
        "service": [foreign.service.slug, world.sides["own"].open.service_id, "x", "\x00"],
        "target": ["RESOLVED", "MERGED", "SPAM", "received", "\x00"],
        "outcome": ["MERGED", "RESOLVED", "SPAM", "fixed", "\x00"],
        "channel": ["WEB", "SMS", "phone", "\x00"],
        "origin": ["MAYOR", "town", "\x00"],
        "resident": ["nobody", "1", str(foreign.pk), "\x00"],
        "language": ["xx", "../he", "\x00"] if route == "desk:new" else [],
    }
    browser(world, actor)
    form = ROUTES[route].form(world)
    path = address(aim.town, route, **aim.params)
    tried = 0
    for name in theirs.keys() & form.keys():
        for value in theirs[name]:
            with undone(), writes() as after:
                response = send(world, actor, "post", path, data=form | {name: value})
            assert after == set(), (name, value)
            assert response.status_code == 200, (name, value)
            tried += 1
    assert tried >= 4
