"""Two towns with everybody in them and cases on every side of every border."""

import copy
import dataclasses
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.operations import add_member, add_passkey
from moked.accounts.rules import Role, system
from moked.cases import operations as cases
from moked.cases.models import Case, Counter
from moked.cases.rules import Outcome, ReviewReason
from moked.catalogue.models import Service
from moked.catalogue.rules import PlaceNeed
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.search import index
from moked.search.models import Document
from tests.factories import (
    NOW,
    make_case,
    make_department,
    make_guide,
    make_service,
    make_staff,
    make_town,
    make_user,
)
from tests.passkeys import Device, made_up
from tests.signed_in import signed_in

ANONYMOUS = "anonymous"
ASKS_AGAIN = 200  # what a form with mistakes is answered
TOWNSPEOPLE = (
    "agent",
    "service_manager",
    "administrator",
    "auditor",
    "worker",
    "manager",
    "manager_above",
    "worker_above",
    "worker_elsewhere",
)
STAFF = (*TOWNSPEOPLE, "stranger")
EVERYBODY = (ANONYMOUS, *STAFF)
SIDES = ("own", "other_department", "confidential", "spam", "other_town")
HAS_PASSKEY = "auditor"
GUIDE = "planted-guide"
_marks = itertools.count(1)
_kept: list[tuple["World", dict[type[Model], list[Model]]]] = []


@dataclasses.dataclass(frozen=True)
class Side:
    """The cases on one side of a border: an open one, and a closed one that a person has to look at again."""

    town: Municipality
    open: Case
    closed: Case
    open_mark: str
    closed_mark: str


@dataclasses.dataclass(frozen=True)
class World:
    """What a test attacks; `sides` are named as seen from the town and department of most `people`.

    `twin` is another open case of the department and service of the own side.
    One of them has a passkey called `passkey_mark`.
    """

    town: Municipality
    other_town: Municipality
    people: dict[str, User]
    sides: dict[str, Side]
    twin: Case
    browsers: dict[str, Client]
    passkey_mark: str


def make_world() -> World:
    """Make both towns, once by the operations; later tests get the same rows back, which is much quicker."""
    if not _kept:
        before = {model: set(model._base_manager.values_list("pk", flat=True)) for model in models()}
        world = build_world()
        _kept.append((world, {model: new_rows(model, known) for model, known in before.items()}))
    else:
        with transaction.atomic():
            for model, found in _kept[0][1].items():
                model._base_manager.bulk_create(found)
            index.put_in(connection, list(Document.objects.all()))
    return dataclasses.replace(copy.deepcopy(_kept[0][0]), browsers={ANONYMOUS: Client()})


def models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def new_rows(model: type[Model], known: set[Any]) -> list[Model]:
    return [row for row in model._base_manager.all() if row.pk not in known]


def build_world() -> World:
    """Make both towns by the operations. The other one's case numbers do not occur in ours."""
    town, other_town = make_town(), make_town()
    now = datetime.now(UTC)
    for year in {now.year, (now - timedelta(days=1)).year}:
        Counter.objects.create(municipality=other_town, year=year, last=500)
    above = make_department(town)
    own, elsewhere = make_department(town, parent=above), make_department(town)
    services = {
        "own": make_service(town, department=own),
        "other_department": make_service(town, department=elsewhere, place=PlaceNeed.ASKED),
        "confidential": make_service(town, department=own, confidential_roles=("SERVICE_MANAGER",)),
        "spam": make_service(town, department=own),
        "other_town": make_service(other_town),
    }
    people = {
        "agent": make_staff(town, Role.AGENT),
        "service_manager": make_staff(town, Role.SERVICE_MANAGER),
        "administrator": make_staff(town, Role.ADMINISTRATOR),
        "auditor": make_staff(town, Role.AUDITOR),
        "worker": make_staff(town, Role.DEPARTMENT_WORKER, department=own),
        "manager": make_staff(town, Role.DEPARTMENT_MANAGER, department=own),
        "manager_above": make_staff(town, Role.DEPARTMENT_MANAGER, department=above),
        "worker_above": make_staff(town, Role.DEPARTMENT_WORKER, department=above),
        "worker_elsewhere": make_staff(town, Role.DEPARTMENT_WORKER, department=elsewhere),
        "stranger": make_stranger(other_town),
    }
    sides = {
        side: make_side(other_town if side == "other_town" else town, services[side], now) for side in SIDES
    }
    Case.objects.filter(pk__in=[sides["spam"].open.pk, sides["spam"].closed.pk]).update(is_spam=True)
    mark = f"planted-{next(_marks)}-passkey"
    add_passkey(
        user_id=people[HAS_PASSKEY].pk,
        municipality_id=town.pk,
        name=mark,
        host="testserver",
        credential=made_up(Device("http://testserver"), "testserver"),
        now=now,
    )
    people[HAS_PASSKEY].refresh_from_db()
    make_guide(town, slug=GUIDE)
    twin = make_case(town, service=services["own"], now=now - timedelta(days=1))
    return World(town, other_town, people, sides, twin, {}, mark)


def make_stranger(town: Municipality) -> User:
    """Return somebody with every town-wide role of another town."""
    user = make_user()
    for role in (Role.AGENT, Role.SERVICE_MANAGER, Role.ADMINISTRATOR, Role.AUDITOR):
        add_member(municipality=town, user=user, role=role, department=None, by_user_id=None, now=NOW)
    return user


def make_side(town: Municipality, service: Service, now: datetime) -> Side:
    """Make an open case and a closed one under review, each with words that occur nowhere else."""
    marks = [f"planted-{next(_marks)}-words" for _ in range(2)]
    opened, closed = (
        make_case(
            town,
            service=service,
            matter=f"Matter. {mark}",
            email=f"{mark}@resident.example",
            name=f"Name {mark}",
            now=now - timedelta(days=1),
        )
        for mark in marks
    )
    by = system(town.pk)
    closed = cases.close_case(case_id=closed.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=now)
    cases.open_review(case_id=closed.pk, reason=ReviewReason.NOT_FIXED, by=by, now=now)
    return Side(town, opened, closed, *marks)


def browser(world: World, actor: str) -> Client:
    """Return the actor's browser, signed in as by the login page; the same one each time."""
    if actor not in world.browsers:
        world.browsers[actor] = signed_in(world.people[actor])
    return world.browsers[actor]


def send(world: World, actor: str, method: str, path: str, **said: Any) -> HttpResponse:
    """Send one request from the actor's browser; what it leaves there does not reach the next one."""
    cache.clear()
    client = browser(world, actor)
    kept = copy.deepcopy(client.cookies)
    response: HttpResponse = getattr(client, method)(path, **said)
    if response.streaming:
        response.getvalue()  # read to its end, which closes the file
    client.cookies = kept
    return response


def address(town: Municipality, route: str, **params: object) -> str:
    """Return the path of a route in a town that has no host of its own."""
    with override_script_prefix("/"):
        return f"/t/{town.slug}{reverse(route, kwargs=params)}"


def secret(case: Case, purpose: str = Link.Purpose.TRACKING) -> str:
    """Return the secret part of a case's link."""
    link = links.find(purpose=purpose, object_id=case.pk)
    assert link is not None
    return links.render(link)


@contextmanager
def undone() -> Iterator[None]:
    """Undo in the database whatever the block did; to the block, as if no transaction were open."""
    around = transaction.atomic()
    around._from_testcase = True
    with around:
        yield
        transaction.set_rollback(True)
