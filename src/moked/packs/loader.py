"""Load a ready-made town from its data file; running it again changes only what the file changed."""

import dataclasses
import hashlib
import json
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from moked.accounts.models import Department
from moked.accounts.operations import add_department
from moked.accounts.rules import system
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service
from moked.catalogue.rules import ServiceDocument
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.operations import publish_life_event, publish_life_situation
from moked.knowledge.rules import LifeEventDocument, LifeSituationDocument
from moked.municipalities.models import Municipality
from moked.packs.invented import invent
from moked.places.operations import set_areas, set_landmarks, set_streets
from moked.places.rules import AreaKind
from moked.replies.operations import publish_reply_template
from moked.replies.queries import every_template
from moked.replies.rules import ReplyTemplateDocument
from moked.revisions.models import Revision
from moked.sla.calendars import Calendar as Hours
from moked.sla.holidays import accept, propose
from moked.sla.models import Calendar
from moked.sla.operations import publish_calendar, publish_target
from moked.sla.queries import target_of

TOWNS = Path(__file__).parent / "towns"
PARTS = ("town", "services", "replies", "guides", "demo")
LOOKS_BACK = timedelta(days=400)
_DOCUMENT_KEYS = frozenset(field.name for field in dataclasses.fields(ServiceDocument))


class NoSuchPack(Exception):
    """There is no pack of this name; the message lists those there are."""


def names() -> list[str]:
    """Return the packs there are."""
    return sorted(path.name for path in TOWNS.iterdir() if (path / "town.toml").is_file())


def read(name: str) -> dict[str, Any]:
    """Return the content of a pack's files, but for its map. Raises NoSuchPack."""
    known = names()
    if name not in known:
        raise NoSuchPack(f"There is no pack {name!r}. Choose one of: {', '.join(known)}.")
    return {key: value for part in PARTS for key, value in _file(name, part).items()}


def read_map(name: str) -> dict[str, Any]:
    """Return the plan of the pack's invented map."""
    return _file(name, "map")


def _file(name: str, part: str) -> dict[str, Any]:
    return tomllib.loads(_path(name, part).read_text(encoding="utf-8"))


def _path(name: str, part: str) -> Path:
    return TOWNS / name / f"{part}.toml"


def load(name: str, *, now: datetime) -> Municipality:
    """Make or update the town of a pack: departments, services, promises, texts, map. Raises NoSuchPack."""
    pack = read(name)
    columns = {
        key: pack[key]
        for key in ("name", "language", "languages", "time_zone", "phone", "emergency_phone", "sender")
    }
    municipality, _ = Municipality.objects.get_or_create(slug=pack["slug"], defaults=columns)
    _load_departments(municipality, pack["departments"], now)
    for entry in pack["services"]:
        _load_service(municipality, entry, now)
    for entry in pack["calendars"]:
        _load_calendar(municipality, entry, now)
    for entry in pack["services"]:
        _load_target(municipality, entry, now)
    _load_map(municipality, name, now)
    for entry in pack["reply_templates"]:
        _load_reply_template(municipality, entry, now)
    for position, entry in enumerate(pack["life_events"]):
        _load_life_event(municipality, position, entry, now)
    for entry in pack["life_situations"]:
        _load_life_situation(municipality, entry, now)
    return municipality


def _load_departments(municipality: Municipality, entries: list[dict[str, Any]], now: datetime) -> None:
    """Add the departments that are not there yet; one stands after the department it belongs to."""
    known = {one.code: one for one in Department.objects.filter(municipality=municipality)}
    for entry in entries:
        if entry["code"] not in known:
            known[entry["code"]] = add_department(
                municipality=municipality,
                code=entry["code"],
                name=entry["name"],
                parent=known[entry["parent"]] if "parent" in entry else None,
                by=system(municipality.pk),
                now=now,
            )


def _load_service(municipality: Municipality, entry: dict[str, Any], now: datetime) -> None:
    wanted = ServiceDocument.from_document(
        {key: value for key, value in entry.items() if key in _DOCUMENT_KEYS}
    )
    service = (
        Service.objects.filter(municipality=municipality, slug=entry["slug"])
        .select_related("revision")
        .first()
    )
    published = service.revision.document if service and service.revision else None
    if published is None or ServiceDocument.from_document(published) != wanted:
        publish_service(
            municipality=municipality, slug=entry["slug"], document=wanted, by_user_id=None, now=now
        )


def _load_calendar(municipality: Municipality, entry: dict[str, Any], now: datetime) -> None:
    """Make a calendar with its country's special days; from then on its days are the town's own business."""
    if Calendar.objects.filter(municipality=municipality, code=entry["code"]).exists():
        return
    hours = Hours.from_document({"zone": municipality.time_zone, "week": entry["week"]})
    if country := entry.get("country"):
        today, languages = hours.date_of(now), municipality.languages
        # The demo's past has its special days, too.
        days = propose(hours, country, first=today - LOOKS_BACK, months=36, languages=languages)
        hours = accept(hours, days)
    publish_calendar(
        municipality=municipality,
        code=entry["code"],
        name=entry["name"],
        hours=hours,
        by_user_id=None,
        now=now,
    )


def _load_target(municipality: Municipality, entry: dict[str, Any], now: datetime) -> None:
    """Promise for a service what the file says, unless somebody of the town has decided otherwise."""
    service = Service.objects.select_related("municipality").get(
        municipality=municipality, slug=entry["slug"]
    )
    promise = {"calendar": "office", "first_answer": "", "resolution": ""} | entry["promise"]
    target = target_of(service.pk)
    if target and target.revision and (target.revision.author_id or target.revision.document == promise):
        return
    publish_target(
        service=service,
        calendar=Calendar.objects.get(municipality=municipality, code=promise["calendar"]),
        first_answer=promise["first_answer"],
        resolution=promise["resolution"],
        by_user_id=None,
        now=now,
    )


def _load_map(municipality: Municipality, name: str, now: datetime) -> None:
    """Give the town its invented map, unless it has it already or the town has brought one of its own."""
    path = _path(name, "map")
    source = f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    published = Revision.objects.filter(
        kind="streets", object_id=municipality.pk, state=Revision.State.PUBLISHED
    ).first()
    if published and (published.document["source"] == source or published.author_id is not None):
        return
    made = invent(read_map(name), municipality.name)
    by: dict[str, Any] = {"municipality": municipality, "source": source, "by_user_id": None, "now": now}
    set_areas(kind=AreaKind.OUTLINE, records=[made.outline], **by)
    set_areas(kind=AreaKind.DISTRICT, records=made.districts, **by)
    set_landmarks(records=made.landmarks, **by)
    set_streets(records=made.streets, is_whole=True, **by)


def _load_reply_template(municipality: Municipality, entry: dict[str, Any], now: datetime) -> None:
    wanted = ReplyTemplateDocument.from_document(entry)
    template = every_template(municipality.pk).filter(code=entry["code"]).first()
    published = template.revision.document if template and template.revision else None
    if published is None or ReplyTemplateDocument.from_document(published) != wanted:
        publish_reply_template(
            municipality=municipality, code=entry["code"], document=wanted, by_user_id=None, now=now
        )


def _load_life_event(municipality: Municipality, position: int, entry: dict[str, Any], now: datetime) -> None:
    wanted = LifeEventDocument.from_document(entry)
    event = LifeEvent.objects.filter(municipality=municipality, code=entry["code"]).first()
    if _is_kept(event, wanted.as_document()):
        return
    publish_life_event(
        municipality=municipality,
        code=entry["code"],
        position=position,
        document=wanted,
        by_user_id=None,
        now=now,
    )


def _load_life_situation(municipality: Municipality, entry: dict[str, Any], now: datetime) -> None:
    wanted = LifeSituationDocument.from_document(entry)
    situation = LifeSituation.objects.filter(municipality=municipality, slug=entry["slug"]).first()
    if not _is_kept(situation, wanted.as_document()):
        publish_life_situation(
            municipality=municipality, slug=entry["slug"], document=wanted, by_user_id=None, now=now
        )


def _is_kept(row: LifeEvent | LifeSituation | None, document: dict[str, Any]) -> bool:
    """Tell whether a guide says this already, or somebody of the town has decided what it says."""
    revision = row.revision if row else None
    if revision is None:
        return False
    return revision.author_id is not None or revision.document == json.loads(json.dumps(document))
