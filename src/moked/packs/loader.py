"""Load a ready-made town. Running it again changes what the pack changed and nobody of the town has."""

import dataclasses
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from moked.accounts.operations import UnableToChangeDepartment, UnableToChangeTeam
from moked.cases.operations import UnableToChangeLabel
from moked.catalogue.rules import BadService
from moked.handovers.rules import BadBody
from moked.municipalities.models import Municipality
from moked.packs import checking, contents
from moked.packs.items import Fate, Item, Kept, Settled, settle
from moked.packs.problems import Problem, RefusedPack
from moked.processes.rules import BadReactions
from moked.sla.rules import BadTarget, TooFar

TOWNS = Path(__file__).parent / "towns"
COLUMNS = ("name", "language", "languages", "time_zone", "phone", "emergency_phone", "sender")
DEPARTMENTS = {
    "NAME_TAKEN": "another department has this name",
    "UNKNOWN_PARENT": "the department above it is retired",
    "BELOW_ITSELF": "the department above it stands below it here",
}
TEAMS = {
    "NAME_TAKEN": "another team of the department has this name",
    "UNKNOWN_DEPARTMENT": "its department is retired",
    "SEES_NO_CASES": "people of the team may not work on the cases of the department",
}
LABELS = {"NAME_TAKEN": "another label has this name"}
REFUSALS = (
    UnableToChangeDepartment,
    UnableToChangeTeam,
    UnableToChangeLabel,
    BadService,
    BadTarget,
    TooFar,
    BadBody,
    BadReactions,
)


class NoSuchPack(Exception):
    """There is no pack of this name; the message lists those there are."""


@dataclasses.dataclass(frozen=True)
class Loaded:
    """What loading a pack did: how many things were written or said so already, and which stayed."""

    town: Municipality
    written: int
    unchanged: int
    kept: tuple[Kept, ...]


def names() -> list[str]:
    """Return the packs there are."""
    return sorted(path.name for path in TOWNS.iterdir() if (path / "town.toml").is_file())


def folder_of(name: str) -> Path:
    """Return the folder of a pack that comes with Moked. Raises NoSuchPack."""
    known = names()
    if name not in known:
        raise NoSuchPack(f"There is no pack {name!r}. Choose one of: {', '.join(known)}.")
    return TOWNS / name


def read(name: str) -> dict[str, Any]:
    """Return the content of a pack's files, but for its map. Raises NoSuchPack, RefusedPack."""
    documents = checking.read(folder_of(name))
    return {
        key: value for file, part in documents.items() if file != "map.toml" for key, value in part.items()
    }


def read_map(name: str) -> dict[str, Any]:
    """Return the plan of the pack's invented map. Raises NoSuchPack, RefusedPack."""
    return checking.read(folder_of(name))["map.toml"]


def load(name: str, *, now: datetime) -> Municipality:
    """Make or update the town of a pack that comes with Moked. Raises NoSuchPack."""
    return load_folder(folder_of(name), now=now).town


def load_folder(path: Path, *, now: datetime, slug: str | None = None) -> Loaded:
    """Make or update a town from a pack's folder: its own town, or the one with this slug.

    Everything is looked over first. Raises RefusedPack, with all that is wrong, and then nothing is written.
    """
    documents = checking.read(path)
    said = documents["town.toml"]
    slug = slug or said["slug"]
    known = Municipality.objects.filter(slug=slug).first()
    checking.check(documents, known.language if known else said["language"])
    with transaction.atomic():
        columns = {key: said[key] for key in COLUMNS}
        town = known or Municipality.objects.create(slug=slug, **columns)
        settled = settle(town.pk, contents.settings_of(town, documents, now))
        _write(settled)
    # A map commits street by street, so that others can write in between; nothing in it can be refused.
    plan = settle(town.pk, contents.map_of(town, path.name, documents.get("map.toml"), now))
    _write(plan)
    return _loaded(town, settled + plan)


def _write(settled: Settled) -> None:
    """Publish what is to be written. Raises RefusedPack where the town's own changes do not allow it."""
    for item, fate, _in_force in settled:
        if fate == Fate.WRITTEN:
            try:
                item.publish()
            except REFUSALS as refusal:
                raise RefusedPack([_collision(item, refusal)]) from refusal


def _collision(item: Item, refusal: Exception) -> Problem:
    why = str(refusal).rstrip(".")
    if isinstance(refusal, UnableToChangeDepartment):
        why = DEPARTMENTS.get(refusal.code, why)
    if isinstance(refusal, UnableToChangeTeam):
        why = TEAMS.get(refusal.code, why)
    if isinstance(refusal, UnableToChangeLabel):
        why = LABELS.get(refusal.code, why)
    words = f"It does not fit what was changed in the town: {why}. Change it there or in the pack."
    return Problem("", f"{item.kind.replace('_', ' ')} {item.code}", words)


def _loaded(town: Municipality, settled: Settled) -> Loaded:
    fates = Counter(fate for _item, fate, _in_force in settled)
    kept = tuple(
        Kept(item.kind, item.code, in_force.created_at.astimezone(town.zone))
        for item, fate, in_force in settled
        if in_force and fate == Fate.KEPT
    )
    return Loaded(town, fates[Fate.WRITTEN], fates[Fate.UNCHANGED], kept)
