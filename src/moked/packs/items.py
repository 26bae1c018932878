"""What a pack brings to a town, one by one, and the rule by which the town's own changes stay.

The revision in force of a thing has an author where somebody of the town wrote it: then it stays. Without one
it is the pack's own last word, and the pack may say another.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from moked.revisions.models import Revision

Document = Mapping[str, Any]


class Fate(StrEnum):
    """What becomes of a thing that a pack brings."""

    WRITTEN = "WRITTEN"
    UNCHANGED = "UNCHANGED"
    KEPT = "KEPT"


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing; `object_id` is None while the town has none of it.

    `said` returns, of a revision's document, what can be compared with `wanted`; what it does not mention is
    as wanted.
    """

    kind: str
    code: str
    object_id: int | None
    wanted: Document
    said: Callable[[Document], Document]
    publish: Callable[[], object]

    def fate(self, in_force: Revision | None) -> Fate:
        """Return what becomes of it, given the revision in force."""
        if in_force is None:
            return Fate.WRITTEN
        said = self.said(in_force.document)
        if all(plain(said.get(key, value)) == plain(value) for key, value in self.wanted.items()):
            return Fate.UNCHANGED
        return Fate.WRITTEN if in_force.author_id is None else Fate.KEPT


@dataclasses.dataclass(frozen=True)
class Kept:
    """A thing that is other than the pack says, because somebody of the town changed it."""

    kind: str
    code: str
    changed_at: datetime

    def __str__(self) -> str:
        name = " ".join(part for part in (self.kind.replace("_", " "), self.code) if part)
        return f"{name}, changed here on {self.changed_at:%Y-%m-%d}"


Settled = list[tuple[Item, Fate, Revision | None]]


def settle(municipality_id: int, items: Iterable[Item]) -> Settled:
    """Return what becomes of each item, with the revision in force."""
    published = Revision.objects.filter(municipality_id=municipality_id, state=Revision.State.PUBLISHED)
    in_force = {(one.kind, one.object_id): one for one in published}
    found = [(item, in_force.get((item.kind, item.object_id or 0))) for item in items]
    return [(item, item.fate(revision), revision) for item, revision in found]


def plain(value: Any) -> Any:
    """Return a document as JSON keeps it, so that tuples and lists compare."""
    return json.loads(json.dumps(value))
