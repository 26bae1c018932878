"""The things a pack's files bring, each with how it is compared and published."""

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from moked.accounts.models import Department, Team
from moked.accounts.operations import add_department, add_team, change_department, change_team
from moked.accounts.rules import Sharing, system
from moked.cases.models import Label
from moked.cases.operations import add_label, change_label
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service
from moked.catalogue.rules import ServiceDocument
from moked.channels.models import Account
from moked.channels.operations import open_mailbox
from moked.handovers.models import ExternalBody
from moked.handovers.operations import publish_body
from moked.handovers.rules import BodyDocument
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.operations import publish_life_event, publish_life_situation
from moked.knowledge.rules import LifeEventDocument, LifeSituationDocument
from moked.municipalities.models import Municipality
from moked.packs.checking import PROMISE, Documents, entries, service_document
from moked.packs.invented import InventedMap, invent
from moked.packs.items import Document, Item
from moked.places.operations import set_areas, set_landmarks, set_streets
from moked.places.rules import AreaKind
from moked.processes.models import ReactionSet
from moked.processes.operations import publish_reactions
from moked.processes.rules import read as read_reactions
from moked.replies.models import ReplyTemplate
from moked.replies.operations import publish_reply_template
from moked.replies.rules import ReplyTemplateDocument
from moked.routing.dangers import read as read_dangers
from moked.routing.models import DangerSet
from moked.routing.operations import publish_dangers
from moked.sla.calendars import Calendar as Hours
from moked.sla.holidays import accept, end_of, propose
from moked.sla.models import Calendar, Target, WarningSet
from moked.sla.operations import publish_calendar, publish_target, publish_warnings
from moked.sla.targets import Promise
from moked.sla.warnings import read

Entry = Mapping[str, Any]
DANGERS = Path(__file__).with_name("dangers.toml")
LOOKS_BACK = timedelta(days=400)
MONTHS_OF_DAYS = 36


def settings_of(town: Municipality, documents: Documents, now: datetime) -> Iterator[Item]:
    """Yield all but the map, in an order in which each may name those before it."""
    yield from _departments(town, entries(documents, "departments"), now)
    yield from _teams(town, entries(documents, "teams"), now)
    yield from _labels(town, entries(documents, "labels"), now)
    yield from _services(town, entries(documents, "services"), now)
    yield from _mailboxes(town, documents["town.toml"].get("mailboxes", []), now)
    yield from _calendars(town, entries(documents, "calendars"), now)
    yield from _targets(town, entries(documents, "services"), now)
    yield from _warnings(town, documents["town.toml"].get("warnings", []), now)
    yield from _dangers(town, now)
    yield from _reply_templates(town, entries(documents, "reply_templates"), now)
    yield from _life_events(town, entries(documents, "life_events"), now)
    yield from _life_situations(town, entries(documents, "life_situations"), now)
    yield from _external_bodies(town, entries(documents, "external_bodies"), now)
    yield from _reactions(town, entries(documents, "reactions"), now)


def _departments(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(Department.objects.filter(municipality=town).values_list("code", "pk"))
    by = system(town.pk)

    def write(entry: Entry) -> None:
        departments = {one.code: one for one in Department.objects.filter(municipality=town)}
        name, parent = entry["name"], departments.get(entry.get("parent", ""))
        if row := departments.get(entry["code"]):
            parent_id = parent.pk if parent else None
            change_department(department_id=row.pk, name=name, parent_id=parent_id, by=by, now=now)
        else:
            add_department(municipality=town, code=entry["code"], name=name, parent=parent, by=by, now=now)

    for entry in found:
        wanted = {"name": entry["name"], "parent": entry.get("parent")}
        yield Item("department", entry["code"], known.get(entry["code"]), wanted, dict, partial(write, entry))


def _teams(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(Team.objects.filter(municipality=town).values_list("code", "pk"))
    by = system(town.pk)

    def write(entry: Entry, wanted: Document) -> None:
        department = Department.objects.filter(municipality=town, code=wanted["department"]).first()
        said = {key: wanted[key] for key in ("name", "sharing", "is_on_call")}
        if team_id := known.get(entry["code"]):
            owner = department.pk if department else None
            change_team(team_id=team_id, department_id=owner, **said, by=by, now=now)
        else:
            add_team(municipality=town, code=entry["code"], department=department, **said, by=by, now=now)

    for entry in found:
        wanted: Document = {
            "name": entry["name"],
            "department": entry.get("department"),
            "sharing": Sharing(entry.get("sharing", Sharing.NOBODY)),
            "is_on_call": entry.get("on_call", False),
        }
        yield Item(
            "team", entry["code"], known.get(entry["code"]), wanted, dict, partial(write, entry, wanted)
        )


def _labels(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(Label.objects.filter(municipality=town).values_list("code", "pk"))
    by = system(town.pk)
    for entry in found:
        code, wanted = entry["code"], {"name": entry["name"], "colour": entry.get("colour", "")}
        if label_id := known.get(code):
            publish = partial(change_label, label_id=label_id, **wanted, by=by, now=now)
        else:
            publish = partial(add_label, municipality=town, code=code, **wanted, by=by, now=now)
        yield Item("label", code, known.get(code), wanted, dict, publish)


def _services(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(Service.objects.filter(municipality=town).values_list("slug", "pk"))
    for entry in found:
        document, slug = service_document(entry), entry["slug"]
        write = partial(publish_service, municipality=town, slug=slug, document=document, by_user_id=None)
        yield Item(
            "service", slug, known.get(slug), document.as_document(), _service, partial(write, now=now)
        )


def _service(said: Document) -> Document:
    return ServiceDocument.from_document(dict(said)).as_document()


def _mailboxes(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(Account.objects.filter(municipality=town).values_list("address", "pk"))

    def write(entry: Entry) -> None:
        service = Service.objects.get(municipality=town, slug=entry["service"])
        address = entry["address"]
        open_mailbox(municipality=town, address=address, service_id=service.pk, by_user_id=None, now=now)

    for entry in found:
        address = entry["address"].casefold()
        yield Item("mailbox", address, known.get(address), dict(entry), dict, partial(write, entry))


def _calendars(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    rows = Calendar.objects.filter(municipality=town).select_related("revision", "department")
    known = {one.code: one for one in rows}
    for entry in found:
        row = known.get(entry["code"])
        hours = Hours.from_document({"zone": town.time_zone, "week": entry["week"]})
        wanted = {"name": entry["name"], "week": hours.as_document()["week"]}
        write = partial(_write_calendar, town, entry, hours, row, now)
        yield Item("calendar", entry["code"], row.pk if row else None, wanted, _calendar, write)


def _calendar(said: Document) -> Document:
    return {"name": said["name"], "week": said["hours"]["week"]}


def _write_calendar(
    town: Municipality, entry: Entry, hours: Hours, row: Calendar | None, now: datetime
) -> None:
    """Publish the week; a new calendar takes in its country's special days, another keeps the days it has."""
    if row is not None:
        hours = dataclasses.replace(row.hours, week=hours.week)
    elif country := entry.get("country"):
        # The demo's past has its special days, too.
        first = hours.date_of(now) - LOOKS_BACK
        found = propose(hours, country, first=first, months=MONTHS_OF_DAYS, languages=town.languages)
        hours = accept(hours, found, until=end_of(first, MONTHS_OF_DAYS))
    publish_calendar(
        municipality=town,
        code=entry["code"],
        name=entry["name"],
        hours=hours,
        department=row.department if row else None,
        by_user_id=None,
        now=now,
    )


def _targets(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(Target.objects.filter(municipality=town).values_list("service__slug", "pk"))

    def write(slug: str, promise: Document) -> None:
        publish_target(
            service=Service.objects.select_related("municipality").get(municipality=town, slug=slug),
            promise=Promise.from_document(promise),
            by_user_id=None,
            now=now,
        )

    for entry in found:
        promise, slug = Promise.from_document(PROMISE | entry["promise"]).as_document(), entry["slug"]
        yield Item("target", slug, known.get(slug), promise, _promise, partial(write, slug, promise))


def _warnings(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    if not found:
        return
    levels = read([dict(one) for one in found])
    row = WarningSet.objects.filter(municipality=town).first()
    publish = partial(publish_warnings, municipality=town, levels=levels, by_user_id=None, now=now)
    wanted = {"warnings": [level.as_document() for level in levels]}
    yield Item("warnings", "warnings", row.pk if row else None, wanted, dict, publish)


def _dangers(town: Municipality, now: datetime) -> Iterator[Item]:
    """Yield what is dangerous in any town; no pack has its own."""
    found = read_dangers(tomllib.loads(DANGERS.read_text("utf-8"))["dangers"])
    row = DangerSet.objects.filter(municipality=town).first()
    publish = partial(publish_dangers, municipality=town, dangers=found, by_user_id=None, now=now)
    wanted = {"dangers": [one.as_document() for one in found]}
    yield Item("dangers", "dangers", row.pk if row else None, wanted, dict, publish)


def _reactions(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    if not found:
        return
    reactions = read_reactions([dict(one) for one in found])
    row = ReactionSet.objects.filter(municipality=town).first()
    publish = partial(publish_reactions, municipality=town, reactions=reactions, by_user_id=None, now=now)
    wanted = {"reactions": [one.as_document() for one in reactions]}
    yield Item("reactions", "reactions", row.pk if row else None, wanted, dict, publish)


def _promise(said: Document) -> Document:
    return Promise.from_document(said).as_document()


def _reply_templates(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(ReplyTemplate.objects.filter(municipality=town).values_list("code", "pk"))
    for entry in found:
        document, code = ReplyTemplateDocument.from_document(entry), entry["code"]
        write = partial(publish_reply_template, municipality=town, code=code, document=document)
        publish = partial(write, by_user_id=None, now=now)
        yield Item("reply_template", code, known.get(code), document.as_document(), dict, publish)


def _life_events(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(LifeEvent.objects.filter(municipality=town).values_list("code", "pk"))
    for position, entry in enumerate(found):
        document, code = LifeEventDocument.from_document(entry), entry["code"]
        wanted = {**document.as_document(), "position": position}
        write = partial(
            publish_life_event, municipality=town, code=code, position=position, document=document
        )
        publish = partial(write, by_user_id=None, now=now)
        yield Item("life_event", code, known.get(code), wanted, dict, publish)


def _life_situations(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(LifeSituation.objects.filter(municipality=town).values_list("slug", "pk"))
    for entry in found:
        document, slug = LifeSituationDocument.from_document(entry), entry["slug"]
        write = partial(publish_life_situation, municipality=town, slug=slug, document=document)
        publish = partial(write, by_user_id=None, now=now)
        yield Item("life_situation", slug, known.get(slug), document.as_document(), dict, publish)


def _external_bodies(town: Municipality, found: list[Entry], now: datetime) -> Iterator[Item]:
    known = dict(ExternalBody.objects.filter(municipality=town).values_list("code", "pk"))
    for entry in found:
        document, code = BodyDocument.from_document(entry), entry["code"]
        write = partial(publish_body, municipality=town, code=code, document=document)
        publish = partial(write, by_user_id=None, now=now)
        yield Item("external_body", code, known.get(code), document.as_document(), dict, publish)


def map_of(town: Municipality, pack: str, plan: Document | None, now: datetime) -> Iterator[Item]:
    """Yield the parts of a pack's invented map; `source` tells one plan from another."""
    if plan is None:
        return
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
    source = f"{pack} {digest[:12]}"
    common: dict[str, Any] = {"municipality": town, "source": source, "by_user_id": None, "now": now}

    @cache
    def made() -> InventedMap:
        return invent(dict(plan), town.name)

    parts = {
        "areas.outline": lambda: set_areas(kind=AreaKind.OUTLINE, records=[made().outline], **common),
        "areas.district": lambda: set_areas(kind=AreaKind.DISTRICT, records=made().districts, **common),
        "landmarks": lambda: set_landmarks(records=made().landmarks, **common),
        "streets": lambda: set_streets(records=made().streets, is_whole=True, **common),
    }
    for kind, write in parts.items():
        yield Item(kind, "", town.pk, {"source": source}, dict, write)
