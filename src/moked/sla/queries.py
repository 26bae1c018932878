"""What is promised, for a case or before there is one, and how the dates come about."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from moked.accounts.queries import with_all_above
from moked.cases.models import Case, CaseArea
from moked.catalogue.models import Service
from moked.catalogue.rules import WAITING_DAYS, Priority
from moked.places.models import Area as TownArea
from moked.sla.calendars import Calendar as Hours
from moked.sla.calendars import never_closes
from moked.sla.commitments import State, promise_kind
from moked.sla.models import Calendar, Commitment, Pause, Target, WarningSet
from moked.sla.rules import Explanation, TooFar, due, explain, left
from moked.sla.rules import Target as Amount
from moked.sla.targets import Area, Terms
from moked.sla.warnings import Clock, Level, Reached, upcoming

MOST_DUE_SOON = 10_000


@dataclasses.dataclass(frozen=True)
class CommitmentCard:
    """One commitment as staff see it. `left` is what is left of the target while its clock stands still.

    The last one of its kind `is_current`; others were given for another service or an earlier closing.
    """

    kind: str
    target: Amount
    state: str
    due_at: datetime | None
    met_at: datetime | None
    left: Amount | None
    is_current: bool
    is_promise: bool


def target_of(service_id: int) -> Target | None:
    """Return what is promised for a service, its calendar and hours at hand."""
    rows = Target.objects.select_related("calendar__revision", "upcoming").filter(service_id=service_id)
    # Read whenever a case is opened: only what is promised, and the hours.
    said = rows.only(
        "municipality_id",
        "document",
        "revision_id",
        "upcoming_at",
        "upcoming__document",
        "calendar__code",
        "calendar__municipality_id",
        "calendar__is_retired",
        "calendar__revision__document",
    )
    return next(iter(said), None)


def targets_of(municipality_id: int) -> dict[int, Target]:
    """Return what is promised for each service of a town, by the service's id."""
    rows = Target.objects.filter(municipality_id=municipality_id)
    rows = rows.select_related("calendar__revision", "upcoming")
    return {row.service_id: row for row in rows}


def areas_of(case_id: int) -> set[Area]:
    """Return the kinds and codes of the areas a case lies in."""
    return set(CaseArea.objects.filter(case_id=case_id).values_list("area__kind", "area__code"))


def calendars_of(municipality_id: int, *, with_retired: bool = False) -> list[Calendar]:
    """Return the calendars of a town, the oldest first."""
    rows = Calendar.objects.filter(municipality_id=municipality_id).select_related("revision", "department")
    return list((rows if with_retired else rows.filter(is_retired=False)).order_by("id"))


def calendars_for(municipality_id: int, department_id: int | None) -> list[Calendar]:
    """Return the calendars by which the promises of a department's services may count, the oldest first."""
    found = calendars_of(municipality_id)
    if not any(one.department_id for one in found):
        return found
    above = with_all_above(department_id, municipality_id)
    return [one for one in found if one.department_id is None or one.department_id in above]


def calendar_for(municipality_id: int, service_id: int) -> Calendar | None:
    """Return the calendar that a service's promises count by, else the town's first, a shared one."""
    target = target_of(service_id)
    if target:
        return target.calendar
    rows = Calendar.objects.filter(municipality_id=municipality_id, is_retired=False)
    shared_first = F("department_id").asc(nulls_first=True)
    return rows.select_related("revision").order_by(shared_first, "id").first()


def warnings_of(municipality_id: int) -> tuple[Level, ...]:
    """Return the published warnings of a town."""
    row = WarningSet.objects.filter(municipality_id=municipality_id).only("document").first()
    return row.levels if row else ()


def warnings_ahead(
    one: Commitment, case: Case, levels: Iterable[Level], pauses: Iterable[Pause]
) -> list[Reached]:
    """Return the warnings that are yet to be given about a promise, in order."""
    fitting = [level for level in levels if level.fits(one.kind, case.service.slug, case.priority)]
    if not fitting or one.is_settled:
        return []
    clock = Clock(
        calendar=one.calendar.hours,
        started_at=one.started_at,
        target=Amount.read(one.target),
        pauses=one.stops(pauses),
        is_urgent=case.priority == Priority.URGENT,
    )
    return upcoming(fitting, clock, [key for key in one.warned.split(",") if key])


def waiting_days(service_id: int) -> dict[str, int]:
    """Return how many days a service's cases wait, for whom."""
    documents = Service.objects.filter(id=service_id).values_list("revision__document", flat=True)
    document = documents.first() or {}
    return {**WAITING_DAYS, **document.get("waiting_days", {})}


def preview(
    service: Service, now: datetime, *, channel: str, area_ids: Sequence[int] = ()
) -> datetime | None:
    """Return what would be promised for a case of this service opened now; None where nothing is."""
    target = target_of(service.pk)
    if target is None:
        return None
    areas = TownArea.objects.filter(id__in=area_ids).values_list("kind", "code")
    promise = target.promise_at(now)
    terms = promise.terms_for(service.priority, channel, lambda: set(areas))
    amount = terms.targets.get(promise_kind(service.kind))
    if amount is None:
        return None
    if service.priority == Priority.URGENT and terms is promise.usual:
        return due(never_closes(target.calendar.hours.zone), now, amount)
    return due(calendar_of(target, terms).hours, now, amount)


def calendar_of(target: Target, terms: Terms) -> Calendar:
    """Return the calendar that terms of a target count by."""
    if terms.calendar == target.calendar.code:
        return target.calendar
    calendars = Calendar.objects.select_related("revision")
    return calendars.get(municipality_id=target.municipality_id, code=terms.calendar)


def probe(hours: Hours, target: str, start: datetime) -> Explanation:
    """Return when something received at `start` is due by these hours, and why, published or not.

    Raises rules.BadTarget, rules.TooFar.
    """
    return explain(hours, start, Amount.read(target))


@dataclasses.dataclass(frozen=True)
class Clocks:
    """What was ever promised on a case, what counts now first, and how the date told comes about."""

    commitments: list[CommitmentCard]
    explanation: Explanation | None


def clocks_of(case: Case, now: datetime) -> Clocks:
    """Return the commitments of a case, each in the order it is due, and the promise explained."""
    rows = Commitment.objects.filter(case=case).select_related("calendar__revision", "calendar_revision")
    pauses = _pauses_of(case)
    kind = promise_kind(case.kind)
    promise = next((row for row in rows if _is_owed(row, kind)), None)
    ordered = sorted(rows, key=lambda row: (not row.is_current, row.last_due_at or now, row.pk))
    cards = [
        CommitmentCard(
            kind=row.kind,
            target=Amount.read(row.target),
            state=row.state,
            due_at=row.due_at,
            met_at=row.met_at,
            left=left(row.hours, row.started_at, Amount.read(row.target), row.stops(pauses), now)
            if row.state == State.PAUSED
            else None,
            is_current=row.is_current,
            is_promise=row.is_current and row.kind == kind,
        )
        for row in ordered
    ]
    return Clocks(cards, _explain(promise, pauses) if promise else None)


def explain_commitment(case: Case, kind: str | None = None) -> Explanation | None:
    """Return how the date of a case's current commitment comes about; None when there is none.

    Without a kind it is the one the resident is told. Closed cases keep the hours they were counted by.
    """
    rows = Commitment.objects.filter(case=case).select_related("calendar_revision").order_by("id")
    row = next((row for row in rows if _is_owed(row, kind or promise_kind(case.kind))), None)
    return _explain(row, _pauses_of(case)) if row else None


def _is_owed(row: Commitment, kind: str) -> bool:
    return row.is_current and row.kind == kind and row.state != State.CANCELLED


def _pauses_of(case: Case) -> list[Pause]:
    return list(Pause.objects.filter(case=case))


def _explain(row: Commitment, pauses: list[Pause]) -> Explanation | None:
    try:
        return explain(row.hours, row.started_at, Amount.read(row.target), row.stops(pauses))
    except TooFar:
        return None


def due_soon(now: datetime, soon: timedelta, later: timedelta) -> dict[int, tuple[int, int]]:
    """Return how many running commitments are due within two spans, by town; of the 10,000 due first.

    Those that are due and not yet marked as broken are among them.
    """
    running = Commitment.objects.filter(state=State.RUNNING, due_at__lte=now + later)
    first = running.order_by("due_at", "id").values("id")[:MOST_DUE_SOON]
    rows = Commitment.objects.filter(id__in=first, is_current=True).values_list("municipality_id")
    counted = rows.annotate(soon=Count("id", filter=Q(due_at__lte=now + soon)), later=Count("id"))
    return {town: (soon_due, later_due) for town, soon_due, later_due in counted.order_by()}
