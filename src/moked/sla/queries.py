"""What is promised, for a case or before there is one, and how the dates come about."""

import dataclasses
from datetime import datetime

from moked.cases.models import Case
from moked.catalogue.models import Service
from moked.catalogue.rules import WAITING_DAYS
from moked.sla.calendars import Calendar as Hours
from moked.sla.commitments import PAUSED_BY_WAITING, Kind, State, promise_kind
from moked.sla.models import Calendar, Commitment, Pause, Target
from moked.sla.rules import Explanation, TooFar, explain, left
from moked.sla.rules import Pause as Stop
from moked.sla.rules import Target as Amount


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
    rows = Target.objects.select_related("calendar__revision").filter(service_id=service_id)
    # Read whenever a case is opened: only what is promised, and the hours.
    said = rows.only(
        "municipality_id",
        "first_answer",
        "resolution",
        "revision_id",
        "calendar__municipality_id",
        "calendar__is_retired",
        "calendar__revision__document",
    )
    return next(iter(said), None)


def targets_of(municipality_id: int) -> dict[int, Target]:
    """Return what is promised for each service of a town, by the service's id."""
    rows = Target.objects.filter(municipality_id=municipality_id).select_related("calendar__revision")
    return {row.service_id: row for row in rows}


def calendars_of(municipality_id: int, *, with_retired: bool = False) -> list[Calendar]:
    """Return the calendars of a town, the oldest first."""
    rows = Calendar.objects.filter(municipality_id=municipality_id).select_related("revision")
    return list((rows if with_retired else rows.filter(is_retired=False)).order_by("id"))


def calendar_for(municipality_id: int, service_id: int) -> Calendar | None:
    """Return the calendar that a service's promises count by, else the town's first."""
    target = target_of(service_id)
    if target:
        return target.calendar
    rows = Calendar.objects.filter(municipality_id=municipality_id, is_retired=False)
    return rows.select_related("revision").order_by("id").first()


def waiting_days(service_id: int) -> dict[str, int]:
    """Return how many days a service's cases wait, for whom."""
    documents = Service.objects.filter(id=service_id).values_list("revision__document", flat=True)
    document = documents.first() or {}
    return {**WAITING_DAYS, **document.get("waiting_days", {})}


def preview(municipality_id: int, service: Service, now: datetime) -> datetime | None:
    """Return what would be promised for a case of this service opened now; None where nothing is."""
    target = (
        Target.objects.select_related("calendar__revision")
        .filter(service=service, municipality_id=municipality_id)
        .first()
    )
    text = _promised_text(target, service.kind) if target else ""
    if target is None or not text:
        return None
    return probe(target.calendar.hours, text, now).due


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
    pauses = _stops_of(case)
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
            left=left(row.hours, row.started_at, Amount.read(row.target), pauses, now)
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
    return _explain(row, _stops_of(case)) if row else None


def _is_owed(row: Commitment, kind: str) -> bool:
    return row.is_current and row.kind == kind and row.state != State.CANCELLED


def _stops_of(case: Case) -> list[Stop]:
    return [row.interval for row in Pause.objects.filter(case=case)]


def _explain(row: Commitment, pauses: list[Stop]) -> Explanation | None:
    try:
        stops = pauses if row.kind in PAUSED_BY_WAITING else []
        return explain(row.hours, row.started_at, Amount.read(row.target), stops)
    except TooFar:
        return None


def _promised_text(target: Target, case_kind: str) -> str:
    return target.first_answer if promise_kind(case_kind) == Kind.FIRST_ANSWER else target.resolution
