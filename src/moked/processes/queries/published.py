"""The reactions in force, what they may name, and what stands in their way."""

import dataclasses
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Max

from moked.accounts.models import Department, Team
from moked.accounts.queries import people_who_handle
from moked.base.labels import Labels
from moked.cases.models import Label
from moked.catalogue.models import Service
from moked.places.models import Area
from moked.places.rules import AreaKind
from moked.processes.models import Firing, ReactionSet
from moked.processes.rules import Named, Reaction, fields_asked
from moked.replies.models import ReplyTemplate
from moked.revisions.models import Revision

KIND = "reactions"
NOT_DONE = (Firing.Result.FAILED, Firing.Result.TARGET_GONE, Firing.Result.CHAIN_ENDED)


@dataclasses.dataclass(frozen=True)
class Book:
    """The reactions of a town and the number of the revision that says so; what they name is read once."""

    municipality_id: int
    revision: int
    reactions: tuple[Reaction, ...]

    @cached_property
    def known(self) -> set[Named]:
        """All that they may name."""
        return known_in(self.municipality_id)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The facts that any of them looks at."""
        return fields_asked(self.reactions)

    @property
    def timed(self) -> tuple[Reaction, ...]:
        """Those that are a matter of time."""
        return tuple(one for one in self.reactions if one.trigger.is_timed)


def in_force(municipality_id: int) -> Book:
    """Return the published reactions of a municipality; none before the first are published."""
    row = ReactionSet.objects.filter(municipality_id=municipality_id).select_related("revision").first()
    return Book(municipality_id, row.number, row.reactions) if row else Book(municipality_id, 0, ())


def revision_of(municipality_id: int) -> int:
    """Return the number of the revision in force; 0 before the first is published."""
    return in_force(municipality_id).revision


def known_in(municipality_id: int) -> set[Named]:
    """Return all that reactions may name: what the town has and has not retired."""
    of_town = {"municipality_id": municipality_id}
    rows: dict[str, Iterable[str]] = {
        "service": Service.objects.filter(**of_town).values_list("slug", flat=True),
        "department": Department.objects.filter(**of_town, is_retired=False).values_list("code", flat=True),
        "team": Team.objects.filter(**of_town, is_retired=False).values_list("code", flat=True),
        "reply": ReplyTemplate.objects.filter(**of_town, is_retired=False).values_list("code", flat=True),
        "label": Label.objects.filter(**of_town, is_retired=False).values_list("code", flat=True),
        "person": (str(one.pk) for one in people_who_handle(municipality_id)),
    }
    areas = Area.objects.filter(**of_town, is_retired=False).exclude(kind=AreaKind.OUTLINE)
    pairs = areas.values_list("kind", "code")
    found = {Named(kind, code) for kind, codes in rows.items() for code in codes}
    return found | {Named("area", f"{kind}/{code}") for kind, code in pairs}


def names_of(municipality_id: int, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], Labels]:
    """Return what reactions were called, by the number of a revision and their code there."""
    if not wanted:
        return {}
    row = ReactionSet.objects.filter(municipality_id=municipality_id).first()
    revisions = Revision.objects.filter(
        kind=KIND, object_id=row.pk if row else 0, number__in={number for number, _code in wanted}
    )
    return {
        (revision.number, entry["code"]): entry["name"]
        for revision in revisions
        for entry in revision.document["reactions"]
    }


@dataclasses.dataclass(frozen=True)
class Trouble:
    """How often a reaction was not done on a case although it matched, and when last."""

    code: str
    result: str
    problem: str
    count: int
    last_at: datetime


def troubles_of(municipality_id: int, since: datetime) -> dict[str, list[Trouble]]:
    """Return by code what stood in the way of reactions since a moment, what was last first."""
    rows = Firing.objects.filter(municipality_id=municipality_id, at__gte=since, result__in=NOT_DONE)
    found: dict[str, list[Trouble]] = {}
    counted = rows.values_list("code", "result", "problem").annotate(count=Count("id"), last_at=Max("at"))
    for code, result, problem, count, last_at in counted.order_by("-last_at"):
        found.setdefault(code, []).append(Trouble(code, result, problem, count, last_at))
    return found
