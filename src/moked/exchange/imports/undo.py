"""Undo an import as a whole: its cases go, and what was made for them, unless people have come to use it."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from moked.accounts.models import Department
from moked.accounts.operations import withdraw_department
from moked.accounts.rules import system
from moked.base.pace import Pace
from moked.cases.withdrawal import UnableToWithdraw, WorkedOn, withdraw_many, worked_on
from moked.catalogue.models import Service
from moked.catalogue.operations import withdraw_service
from moked.events import projections
from moked.events.queries import projections as projection_states
from moked.exchange.imports.operations import record
from moked.exchange.models import ImportBatch, ImportedCase, MadeByImport
from moked.insights.models import CaseFact
from moked.knowledge.models import LifeSituation
from moked.places.models import Area
from moked.places.operations import withdraw_areas
from moked.residents.bulk import withdraw_residents
from moked.routing.queries import rules_of

AT_ONCE, FIRST = 100, 50
PATIENCE = 30.0
Kind = MadeByImport.Kind


class UnableToUndo(Exception):
    """Cases of the import have been worked on since; `cases` says which."""

    def __init__(self, cases: list[WorkedOn]) -> None:
        super().__init__(len(cases))
        self.cases = cases


@dataclasses.dataclass
class Undone:
    """How many cases went and how many were kept; `made` counts what else went, `left` what is in use."""

    withdrawn: int = 0
    kept: int = 0
    made: Counter[str] = dataclasses.field(default_factory=Counter)
    left: Counter[str] = dataclasses.field(default_factory=Counter)


def undo_import(batch: ImportBatch, *, keeps_touched: bool = False, clock: Callable[[], datetime]) -> Undone:
    """Take an import out again; the audit trail keeps that it was there. An interrupted one can be repeated.

    Raises UnableToUndo when people have worked on any of its cases since, unless those are to be kept. What
    the import made beside cases stays where something else uses it, or somebody has changed it.
    """
    touched = [one for ids in _pages(batch) for one in worked_on(ids, since=batch.started_at)]
    if touched and not keeps_touched:
        raise UnableToUndo(touched)
    was_begun = batch.state == ImportBatch.State.UNDOING
    if not was_begun:
        _begin(batch, clock())
    undone, is_counted, pace = Undone(), was_begun, Pace(FIRST)
    for ids in _pages(batch, pace):
        is_counted = is_counted or CaseFact.objects.filter(case_id__in=ids).exists()
        kept = {one.case_id for one in worked_on(ids, since=batch.started_at)} if keeps_touched else set()
        started = time.monotonic()
        try:
            undone.withdrawn += withdraw_many(
                batch.municipality_id,
                [case_id for case_id in ids if case_id not in kept],
                imported_at=batch.started_at,
                now=clock(),
            )
        except UnableToWithdraw as refusal:  # somebody began to work on one of them just now
            raise UnableToUndo(worked_on(ids, since=batch.started_at)) from refusal
        pace.learn(len(ids), time.monotonic() - started)
    undone.kept = ImportedCase.objects.filter(batch=batch).count()
    if is_counted:
        _let_figures_follow()
    _take_out(batch, undone, clock)
    _end(batch, undone, clock())
    return undone


def _pages(batch: ImportBatch, pace: Pace | None = None) -> Iterator[list[int]]:
    """Yield the import's cases, the newest first, a hundred or a pace's size at a time; they may go."""
    rows = ImportedCase.objects.filter(batch=batch).order_by("-id").values_list("id", "case_id")
    last: int | None = None
    while page := list((rows.filter(id__lt=last) if last else rows)[: pace.size if pace else AT_ONCE]):
        last = page[-1][0]
        yield [case_id for _, case_id in page]


def _let_figures_follow() -> None:
    """Wait until no figure counts the cases any more, since figures name services, departments and areas.

    Where a worker runs, it reads along; after half a minute without any progress what is named stays.
    """
    behind, seen_at = None, time.monotonic()
    while (still := sum(one.behind for one in projection_states())) and time.monotonic() - seen_at < PATIENCE:
        if projections.run() or still != behind:
            behind, seen_at = still, time.monotonic()
        else:
            time.sleep(0.05)


def _begin(batch: ImportBatch, now: datetime) -> None:
    batch.state = ImportBatch.State.UNDOING
    batch.save(update_fields=["state"])
    record(batch, "import.undoing", now)


def _end(batch: ImportBatch, undone: Undone, now: datetime) -> None:
    batch.state, batch.undone_at = ImportBatch.State.UNDONE, now
    batch.save(update_fields=["state", "undone_at"])
    record(batch, "import.undone", now, withdrawn=undone.withdrawn, kept=undone.kept)


def _take_out(batch: ImportBatch, undone: Undone, clock: Callable[[], datetime]) -> None:
    """Take out what the import made: services before the departments they belong to."""
    made: dict[str, list[MadeByImport]] = {}
    for row in MadeByImport.objects.filter(batch=batch).order_by("id"):
        made.setdefault(row.kind, []).append(row)
    steps = (
        (Kind.RESIDENT, _residents),
        (Kind.SERVICE, _services),
        (Kind.DEPARTMENT, _departments),
        (Kind.MAP, _areas),
    )
    for kind, take_out in steps:
        if rows := made.get(kind):
            take_out(batch, rows, undone, clock())


def _residents(batch: ImportBatch, rows: list[MadeByImport], undone: Undone, now: datetime) -> None:
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at : at + AT_ONCE]
        gone = withdraw_residents(batch.municipality_id, [row.object_id for row in some])
        undone.made["residents"] += gone
        undone.left["residents"] += len(some) - gone


def _services(batch: ImportBatch, rows: list[MadeByImport], undone: Undone, now: datetime) -> None:
    named = _named_services(batch.municipality_id)
    slugs = dict(Service.objects.filter(municipality=batch.municipality).values_list("pk", "slug"))
    for row in rows:
        if row.object_id not in slugs:
            continue
        went = slugs[row.object_id] not in named and withdraw_service(
            municipality_id=batch.municipality_id, service_id=row.object_id, by_user_id=None, now=now
        )
        (undone.made if went else undone.left)["services"] += 1


def _departments(batch: ImportBatch, rows: list[MadeByImport], undone: Undone, now: datetime) -> None:
    named = {rule.target.department for rule in rules_of(batch.municipality_id)}
    codes = dict(Department.objects.filter(municipality=batch.municipality).values_list("pk", "code"))
    for row in reversed(rows):
        if row.object_id not in codes:
            continue
        went = codes[row.object_id] not in named and withdraw_department(
            department_id=row.object_id, by=system(batch.municipality_id), now=now
        )
        (undone.made if went else undone.left)["departments"] += 1


def _areas(batch: ImportBatch, rows: list[MadeByImport], undone: Undone, now: datetime) -> None:
    """Take out all areas or none: each edition of the map is a whole."""
    (made,) = rows
    areas = MadeByImport.objects.filter(batch=batch, kind=Kind.AREA)
    ids = list(areas.values_list("object_id", flat=True))
    found = Area.objects.filter(pk__in=ids)
    codes = set(found.values_list("kind", "code"))
    rules = rules_of(batch.municipality_id)
    named = any((rule.clauses.area_kind, code) in codes for rule in rules for code in rule.clauses.areas)
    if not codes:
        return
    went = not named and withdraw_areas(
        municipality=batch.municipality,
        area_ids=ids,
        revision_id=made.object_id,
        edition=made.before,
        by_user_id=None,
        now=now,
    )
    (undone.made if went else undone.left)["areas"] += len(codes)


def _named_services(municipality_id: int) -> set[str]:
    """Return the slugs of services that routing rules or guides name."""
    guides = LifeSituation.objects.filter(municipality_id=municipality_id)
    named = {slug for services in guides.values_list("services", flat=True) for slug in services}
    return named | {slug for rule in rules_of(municipality_id) for slug in rule.clauses.services}
