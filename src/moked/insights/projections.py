"""Keep facts and tallies in step with the cases.

Whatever happens to a case, its facts are read anew from the case as it is, what they added before is taken
out of the tallies and what they add now is put in. So an event applied twice changes nothing, events may come
in any order, and `rebuild` comes to the same as following.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from moked.base.event import DomainEvent
from moked.base.pace import Pace
from moked.cases import events as cases
from moked.cases.models import Case
from moked.catalogue.models import Service
from moked.events.subscribers import StoredEvent
from moked.insights import facts
from moked.insights.models import CaseFact, Reckoning, Tally
from moked.insights.rules import REPEAT_WITHIN, Dimension
from moked.insights.tallies import Changes
from moked.insights.writing import upsert
from moked.municipalities.models import Municipality
from moked.surveys.events import SurveyAnswered

OF_MANY = (cases.CasesRecorded, cases.CasesWithdrawn, cases.ReportersChanged)
EVENTS: tuple[type[DomainEvent], ...] = (
    *(cases.CaseOpened, cases.CaseClosed, cases.CaseReopened, cases.CaseMerged, cases.CaseUnmerged),
    *(cases.CaseAssigned, cases.CaseMoved, cases.ServiceChanged, cases.PlaceChanged, cases.ReplySent),
    cases.PriorityChanged,
    cases.KindChanged,
    SurveyAnswered,
    *OF_MANY,
)
BATCH = 300
_COLUMNS = [field.attname for field in CaseFact._meta.concrete_fields]
_KEPT = [field.attname for field in CaseFact._meta.concrete_fields if not field.primary_key]


def weight(event: DomainEvent) -> int:
    """Return how many cases an event is about."""
    return len(event.case_ids) if isinstance(event, OF_MANY) else 1


def follow(stored: Sequence[StoredEvent]) -> None:
    """Bring the figures of every case that something happened to up to date."""
    changed: dict[int, set[int]] = {}
    as_of: dict[int, datetime] = {}
    for item in stored:
        town = item.event.municipality_id
        changed.setdefault(town, set()).update(_cases_of(item.event))
        as_of[town] = max(item.occurred_at, as_of.get(town, item.occurred_at))
    for town, case_ids in sorted(changed.items()):
        count(town, sorted(case_ids), as_of[town])


def _cases_of(event: DomainEvent) -> Iterable[int]:
    if isinstance(event, OF_MANY):
        return event.case_ids
    return (event.case_id,)  # type: ignore[attr-defined]


@transaction.atomic
def count(municipality_id: int, case_ids: Sequence[int], as_of: datetime | None = None) -> None:
    """Count cases as they are now, wherever and however they were counted before; those gone, no longer."""
    reckoning = _locked(municipality_id)
    zone = Municipality.objects.get(id=municipality_id).zone
    whole = (municipality_id, reckoning.generation)
    # Picked here and not by the database, for the same reason as in `facts.of_cases`.
    known = CaseFact.objects.in_bulk(case_ids)
    before = {pk: one for pk, one in known.items() if (one.municipality_id, one.generation) == whole}
    after = facts.of_cases(municipality_id, zone, reckoning.generation, case_ids)
    near, far = _neighbours(reckoning, before.values(), after.values())
    before |= {one.case_id: one for one in near}
    after |= {one.case_id: _copy(one) for one in near}
    _link([*after.values(), *far])
    changes, written = Changes(), []
    for case_id in before.keys() | after.keys():
        old, new = before.get(case_id), after.get(case_id)
        if old and new and _same(old, new):
            continue
        if old:
            changes.add(old, -1)
        if new:
            changes.add(new)
            written.append(new)
    if gone := before.keys() - after.keys():
        CaseFact.objects.filter(case_id__in=gone).delete()
    upsert(CaseFact, "case_id", _COLUMNS, [[getattr(one, name) for name in _COLUMNS] for one in written])
    changes.write(municipality_id)
    _turn(reckoning, as_of, changes.months, is_changed=bool(written) or before.keys() != after.keys())


def follow_confidentiality(now: datetime) -> str:
    """Count the cases of services anew that became confidential, or are so no longer."""
    counted = 0
    for service in Service.objects.filter(id__in=_turned_services()):
        stale = CaseFact.objects.filter(service=service).exclude(is_confidential=service.is_confidential)
        ids = list(stale.order_by("case_id").values_list("case_id", flat=True))
        for some in _batches(ids):
            count(service.municipality_id, some)
        counted += len(ids)
    return f"{counted} cases counted anew"


def rebuild(municipality_id: int) -> Iterator[int]:
    """Count all cases of a town anew, from nothing, while others go on; yields how many at a time.

    Until it has ended, the figures lack what is not counted yet.
    """
    with transaction.atomic():
        reckoning = _locked(municipality_id)
        Tally.objects.filter(municipality_id=municipality_id).delete()
        reckoning.generation += 1
        reckoning.save(update_fields=["generation"])
        _turn(reckoning, None, (), is_changed=True)
    last, pace = 0, Pace(BATCH)
    of_town = Case.objects.filter(municipality_id=municipality_id).order_by("id")
    while ids := list(of_town.filter(id__gt=last).values_list("id", flat=True)[: pace.size]):
        started = time.monotonic()
        count(municipality_id, ids)
        pace.learn(len(ids), time.monotonic() - started)
        last = ids[-1]
        yield len(ids)
    gone = CaseFact.objects.filter(municipality_id=municipality_id, generation__lt=reckoning.generation)
    while ids := list(gone.values_list("case_id", flat=True)[:BATCH]):
        gone.filter(case_id__in=ids).delete()


def _locked(municipality_id: int) -> Reckoning:
    Reckoning.objects.get_or_create(municipality_id=municipality_id)
    return Reckoning.objects.select_for_update().get(municipality_id=municipality_id)


def _turn(reckoning: Reckoning, as_of: datetime | None, months: Iterable[date], *, is_changed: bool) -> None:
    if as_of and (reckoning.as_of is None or as_of > reckoning.as_of):
        reckoning.as_of = as_of
    if is_changed:
        reckoning.version = secrets.token_hex(8)
        reckoning.months |= {month.isoformat(): reckoning.version for month in months}
    reckoning.save(update_fields=["as_of", "version", "months"])


def _neighbours(
    reckoning: Reckoning, before: Iterable[CaseFact], after: Iterable[CaseFact]
) -> tuple[list[CaseFact], list[CaseFact]]:
    """Return other facts of the same residents that may repeat these or be repeated by them; and those a
    little further away, on which it depends what the former are."""
    known = [*before, *after]
    residents = {one.resident_id for one in known if one.resident_id}
    if not residents:
        return [], []
    moments = [one.opened_at for one in known if one.resident_id]
    first, last = min(moments), max(moments)
    others = CaseFact.objects.filter(
        resident_id__in=residents,
        opened_at__range=(first - 2 * REPEAT_WITHIN, last + 2 * REPEAT_WITHIN),
        generation=reckoning.generation,
    )
    near: list[CaseFact] = []
    far: list[CaseFact] = []
    for one in others.exclude(case_id__in={one.case_id for one in known}):
        is_near = first - REPEAT_WITHIN <= one.opened_at <= last + REPEAT_WITHIN
        (near if is_near else far).append(one)
    return near, far


def _link(known: Iterable[CaseFact]) -> None:
    of_resident: dict[int, list[CaseFact]] = {}
    for one in known:
        if one.resident_id:
            of_resident.setdefault(one.resident_id, []).append(one)
    for theirs in of_resident.values():
        facts.link(theirs)


def _batches(case_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(case_ids), BATCH):
        yield case_ids[first : first + BATCH]


def _copy(fact: CaseFact) -> CaseFact:
    return CaseFact(case_id=fact.case_id, **{name: getattr(fact, name) for name in _KEPT})


def _same(one: CaseFact, other: CaseFact) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _KEPT)


def _turned_services() -> set[int]:
    """Return services some of whose cases are counted as what they are no longer."""
    confidential = Service.objects.filter(is_confidential=True).values_list("id", flat=True)
    ids = [str(pk) for pk in confidential]
    turned = Tally.objects.filter(dimension=Dimension.SERVICE, received__gt=0).filter(
        Q(value__in=ids, confidential_id=0) | ~Q(value__in=ids) & Q(confidential_id__gt=0)
    )
    return {int(value) for value in turned.values_list("value", flat=True).distinct()}
