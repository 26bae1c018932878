"""Residents as staff know them: through the cases they may see, and through no others.

Residents who were merged into one are that one everywhere: found and shown under the name they are known as,
with the cases of all.
"""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from moked.accounts.rules import WORKS_TOWN_WIDE, Actor
from moked.cases.models import Case, Participant
from moked.residents import queries as residents
from moked.residents.models import Resident
from moked.residents.queries import rows_of

PAGE = 20
MOST_OPEN = 20


class NoSuchResident(Exception):
    """There is no such resident, or the actor sees no case of theirs; which of the two is not said."""


@dataclasses.dataclass(frozen=True)
class CasesPage:
    """Some of a resident's cases, the newest first; `next_key` continues after the last."""

    cases: list[Case]
    next_key: str | None


@dataclasses.dataclass(frozen=True)
class Caller:
    """A resident who may be calling, with what tells them from others of the same name."""

    resident: Resident
    reach: residents.Reach
    open_cases: int


@dataclasses.dataclass(frozen=True)
class Promises:
    """How many promises to a resident were kept and broken, on the cases the actor sees."""

    kept: int
    broken: int


def visible_residents(actor: Actor) -> QuerySet[Resident]:
    """Return the residents who take part in a case the actor sees."""
    return _taking_part_in(Case.objects.visible_to(actor), actor)


def findable_residents(actor: Actor) -> QuerySet[Resident]:
    """Return the residents the actor may look for by name, address or number.

    Looking for somebody tells who they are, so it needs a case on which the actor may read contact details.
    """
    cases = Case.objects.visible_to(actor)
    if not actor.has_any(WORKS_TOWN_WIDE):
        cases = cases.filter(department_id__in=sorted(actor.managed_ids))
    return _taking_part_in(cases, actor)


def _taking_part_in(cases: QuerySet[Case], actor: Actor) -> QuerySet[Resident]:
    parts = Participant.objects.filter(
        Exists(cases.filter(id=OuterRef("case_id"))), resident_id=OuterRef("id")
    )
    return Resident.objects.filter(Exists(parts), municipality_id=actor.municipality_id)


def find_callers(actor: Actor, text: str, *, most: int = residents.MOST) -> list[Caller]:
    """Return who may be meant by a phone number, an e-mail address or a name, the likeliest first."""
    found = residents.find(findable_residents(actor), actor.municipality_id, text, most=most)
    return _as_callers(actor, found)


def resident_by_reference(actor: Actor, reference: str) -> Resident:
    """Return the person a reference names, under the name they are known as now; raises NoSuchResident."""
    visible = visible_residents(actor).select_related("known_as")
    # Of somebody who is known by a case of another only where both were merged.
    found = visible.filter(reference=reference).first()
    found = found or visible.filter(known_as__reference=reference).first()
    if found is None or not reference:
        raise NoSuchResident(reference)
    return found.known_as or found


def may_read_contacts_of(actor: Actor, resident: Resident) -> bool:
    """Tell whether the actor may have the resident's addresses and numbers shown."""
    return findable_residents(actor).filter(id__in=rows_of([resident]).values("id")).exists()


def merged_here(actor: Actor, resident: Resident) -> list[Resident]:
    """Return whom somebody finds of those merged into a resident, in any number of steps, the last first."""
    return list(findable_residents(actor).filter(known_as=resident).order_by("-id"))


def open_cases_of(actor: Actor, resident: Resident, *, most: int = MOST_OPEN) -> list[Case]:
    """Return the resident's open cases, the one due first on top."""
    cases = cases_of(actor, resident).filter(is_open=True).order_by("queue_at", "id")
    return list(cases.select_related("service", "department", "team", "assignee")[:most])


def all_cases_of(actor: Actor, resident: Resident, *, after: str | None = None) -> CasesPage:
    """Return a page of all of the resident's cases, the newest first.

    `after` is the `next_key` of the page before; a broken key starts at the beginning.
    """
    cases = cases_of(actor, resident).order_by("-opened_at", "-id")
    if key := _read_key(after):
        moment, last_id = key
        cases = cases.filter(Q(opened_at__lt=moment) | Q(opened_at=moment, id__lt=last_id))
    rows = list(cases.select_related("service", "department", "team", "assignee")[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return CasesPage(rows, f"{rows[-1].opened_at.timestamp():.6f}-{rows[-1].pk}" if more else None)


def promises_of(actor: Actor, resident: Resident) -> Promises:
    """Return how many promises of the resident's cases were kept, and how many broken."""
    counted = cases_of(actor, resident).aggregate(
        kept=Count("id", filter=Q(promise_state="KEPT")), broken=Count("id", filter=Q(promise_state="BROKEN"))
    )
    return Promises(**counted)


def cases_of(actor: Actor, resident: Resident) -> QuerySet[Case]:
    """Return the cases the resident reported or follows, as far as the actor sees them."""
    parts = Participant.objects.filter(resident__in=rows_of([resident])).values("case_id")
    return Case.objects.visible_to(actor).filter(id__in=parts)


def _as_callers(actor: Actor, found: Iterable[Resident]) -> list[Caller]:
    found = list(found)
    reach = residents.reach_of(found)
    open_cases = _open_cases_by_resident(actor, found)
    return [Caller(one, reach[one.pk], open_cases.get(one.pk, 0)) for one in found]


def _open_cases_by_resident(actor: Actor, found: list[Resident]) -> dict[int, int]:
    cases = Case.objects.visible_to(actor).open().filter(id=OuterRef("case_id"))
    parts = Participant.objects.filter(Exists(cases), resident__in=rows_of(found))
    counts: dict[int, int] = {}
    for person, _case_id in set(parts.values_list(Coalesce("resident__known_as", "resident_id"), "case_id")):
        counts[person] = counts.get(person, 0) + 1
    return counts


def _read_key(key: str | None) -> tuple[datetime, int] | None:
    try:
        seconds, last_id = (key or "").split("-")
        return datetime.fromtimestamp(float(seconds), UTC), int(last_id)
    except (ValueError, OverflowError, OSError):
        return None
