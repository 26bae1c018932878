"""Figures for the staff: the public's measures and more, of what the person may see, nothing suppressed."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from moked.accounts.models import Department, User
from moked.accounts.rules import SEES_CASES, TOWN_WIDE, Actor
from moked.base.labels import Labels
from moked.cases.models import Case
from moked.cases.rules import PromiseState
from moked.catalogue.models import ConfidentialAccess, Service
from moked.insights import durations
from moked.insights.models import Reckoning, Tally
from moked.insights.rules import AGES, Dimension, first_of_month, months_between, percent
from moked.places.models import Area

MOST_OVERDUE = 1000
RATED = ("rated_1", "rated_2", "rated_3", "rated_4", "rated_5")
COUNTS = (
    *("received", "repeat", "closed", "promised", "kept", "reopened", "first_contact"),
    *RATED,
)
_SUMS = (*COUNTS, "answering", "closing")
_MONTH, _DEPARTMENT = "MONTH", "DEPARTMENT"
_SHOWN = (Dimension.TOTAL, Dimension.SERVICE, Dimension.AREA, Dimension.CHANNEL, Dimension.PERSON)
Names = dict[str, tuple[str, Labels]]
Sums = dict[tuple[str, str], list["_Sum"]]


@dataclasses.dataclass(frozen=True)
class StaffMeasures:
    """What is counted of one part of the cases. Received, repeat and the time to answer are of those received
    in the months asked for, open is now, all others of those closed in the months. Minutes are medians by the
    calendar, `low` and `high` the tenth and ninetieth hundredth; shares are whole percents; None of nothing.
    """

    received: int
    closed: int
    open: int
    repeat: int
    promised: int
    kept: int
    reopened: int
    first_contact: int
    rated: int
    in_time: int | None
    median: int | None
    low: int | None
    high: int | None
    answer: int | None
    satisfied: int | None
    at_first_contact: int | None


@dataclasses.dataclass(frozen=True)
class StaffRow:
    """One value of a dimension; `name` is by language, empty where there is none or the code says it."""

    code: str
    name: Labels
    measures: StaffMeasures


@dataclasses.dataclass(frozen=True)
class OverdueBand:
    """How many open cases are past their promise by so many days; `most` is None for the longest.

    `is_capped` when there are more than are counted.
    """

    least: int
    most: int | None
    count: int
    is_capped: bool


@dataclasses.dataclass(frozen=True)
class StaffFigures:
    """The figures of what a person may see, from the first to the last month."""

    first: date
    last: date
    total: StaffMeasures
    months: tuple[StaffRow, ...]
    services: tuple[StaffRow, ...]
    departments: tuple[StaffRow, ...]
    districts: tuple[StaffRow, ...]
    channels: tuple[StaffRow, ...]
    people: tuple[StaffRow, ...]
    overdue: tuple[OverdueBand, ...]
    as_of: datetime | None


def counted_months(municipality_id: int, today: date) -> tuple[date, ...]:
    """Return all months a town has figures of, the running one included."""
    rows = Tally.objects.filter(municipality_id=municipality_id, dimension=Dimension.TOTAL).order_by("month")
    first = rows.values_list("month", flat=True).first()
    this_month = first_of_month(today)
    return tuple(months_between(min(first or this_month, this_month), this_month))


def staff_figures(
    actor: Actor, first: date, last: date, now: datetime, *, department_ids: Iterable[int] | None = None
) -> StaffFigures:
    """Return the figures of the cases the actor sees, or of those with some departments alone.

    By person there are figures for that person and who manages the department only.
    """
    tallies = visible_tallies(actor)
    if department_ids is not None:
        tallies = tallies.filter(department_id__in=list(department_ids))
    sums = _sums(actor, tallies, first, last)
    still_open = _open(actor, tallies)
    reckoning = Reckoning.objects.filter(municipality_id=actor.municipality_id).first()

    def rows(dimension: str, named: Names) -> tuple[StaffRow, ...]:
        values = {value for kind, value in (*sums, *still_open) if kind == dimension}
        found = [
            StaffRow(
                *named.get(value, ("", {})),
                _measures(sums.get((dimension, value)), still_open.get((dimension, value), 0)),
            )
            for value in values
        ]
        return tuple(sorted(found, key=lambda row: (not row.code, row.code)))

    town = actor.municipality_id
    services = Service.objects.filter(municipality_id=town).values_list("id", "slug", "name")
    departments = Department.objects.filter(municipality_id=town).values_list("id", "code", "name")
    areas = Area.objects.filter(municipality_id=town).values_list("id", "code", "name")
    channels: Names = {
        value: (value, {}) for kind, value in (*sums, *still_open) if kind == Dimension.CHANNEL
    }
    months: Names = {str(month): (f"{month:%Y-%m}", {}) for month in months_between(first, last)}
    return StaffFigures(
        first=first,
        last=last,
        total=_measures(sums.get((Dimension.TOTAL, "")), still_open.get((Dimension.TOTAL, ""), 0)),
        months=rows(_MONTH, months),
        services=rows(Dimension.SERVICE, _named(services)),
        departments=rows(_DEPARTMENT, _named(departments)),
        districts=rows(Dimension.AREA, _named(areas)),
        channels=rows(Dimension.CHANNEL, channels),
        people=rows(Dimension.PERSON, _people(sums, still_open)),
        overdue=_overdue(actor, now, department_ids),
        as_of=reckoning.as_of if reckoning else None,
    )


@dataclasses.dataclass
class _Sum:
    """The counts and histograms of one tally."""

    counts: Sequence[int]
    answering: bytes
    closing: bytes


def visible_tallies(actor: Actor) -> QuerySet[Tally]:
    """Return the tallies of what the actor sees: as `Case.objects.visible_to` has it."""
    tallies = Tally.objects.filter(municipality_id=actor.municipality_id)
    own = sorted(actor.department_ids)
    if not actor.is_staff or not actor.has_any(SEES_CASES):
        return tallies.none()
    if not actor.has_any(TOWN_WIDE):
        return tallies.filter(department_id__in=own)
    named = ConfidentialAccess.objects.filter(role__in=sorted(actor.roles)).values_list(
        "service_id", flat=True
    )
    visible = [0, *named]
    return tallies.filter(Q(confidential_id__in=visible) | Q(department_id__in=own))


def _own_people(actor: Actor, tallies: QuerySet[Tally]) -> QuerySet[Tally]:
    """Leave out other people, but for those of departments the actor manages."""
    theirs = Q(value=str(actor.user_id)) | Q(department_id__in=sorted(actor.managed_ids))
    return tallies.filter(~Q(dimension=Dimension.PERSON) | theirs)


def _sums(actor: Actor, tallies: QuerySet[Tally], first: date, last: date) -> Sums:
    found: Sums = {}
    of_months = _own_people(actor, tallies.filter(dimension__in=_SHOWN, month__range=(first, last)))
    rows = of_months.values_list("dimension", "value", "month", "department_id", *_SUMS)
    for dimension, value, month, department_id, *sums in rows.iterator(chunk_size=5000):
        one = _Sum(sums[:-2], *sums[-2:])
        found.setdefault((dimension, value), []).append(one)
        if dimension == Dimension.TOTAL:
            found.setdefault((_MONTH, str(month)), []).append(one)
            found.setdefault((_DEPARTMENT, str(department_id)), []).append(one)
    return found


def _open(actor: Actor, tallies: QuerySet[Tally]) -> dict[tuple[str, str], int]:
    """Return what is open now, by dimension and value, whenever it was received."""
    rows = _own_people(actor, tallies.filter(dimension__in=_SHOWN, open__gt=0))
    found: dict[tuple[str, str], int] = {}
    grouped = rows.values_list("dimension", "value", "department_id").annotate(count=Sum("open")).order_by()
    for dimension, value, department_id, count in grouped:
        keys = [(dimension, value)]
        if dimension == Dimension.TOTAL:
            keys.append((_DEPARTMENT, str(department_id)))
        for key in keys:
            found[key] = found.get(key, 0) + count
    return found


def _measures(sums: list[_Sum] | None, still_open: int) -> StaffMeasures:
    sums = sums or []
    totals = [sum(column) for column in zip(*(one.counts for one in sums), strict=True)] or [0] * len(COUNTS)
    counts = dict(zip(COUNTS, totals, strict=True))
    ratings = [counts[name] for name in RATED]
    closing = durations.added(one.closing for one in sums)
    answering = durations.added(one.answering for one in sums)
    return StaffMeasures(
        received=counts["received"],
        closed=counts["closed"],
        open=still_open,
        repeat=counts["repeat"],
        promised=counts["promised"],
        kept=counts["kept"],
        reopened=counts["reopened"],
        first_contact=counts["first_contact"],
        rated=sum(ratings),
        in_time=_share(counts["kept"], counts["promised"]),
        median=durations.minutes(closing, 0.5),
        low=durations.minutes(closing, 0.1),
        high=durations.minutes(closing, 0.9),
        answer=durations.minutes(answering, 0.5),
        satisfied=_share(sum(ratings[3:]), sum(ratings)),
        at_first_contact=_share(counts["first_contact"], counts["closed"]),
    )


def _share(part: int, of: int) -> int | None:
    return percent(part, of) if of else None


def _named(rows: Iterable[tuple[int, str, Labels]]) -> Names:
    return {str(pk): (code, name) for pk, code, name in rows}


def _people(sums: Sums, still_open: Iterable[tuple[str, str]]) -> Names:
    ids = {int(value) for kind, value in (*sums, *still_open) if kind == Dimension.PERSON}
    users = User.objects.filter(id__in=ids).values_list("id", "name")
    return {str(pk): (name, {}) for pk, name in users}


def _overdue(actor: Actor, now: datetime, department_ids: Iterable[int] | None) -> tuple[OverdueBand, ...]:
    """Count open cases past their promise, each band up to a limit and by the index of broken promises."""
    cases = Case.objects.visible_to(actor).open().filter(promise_state=PromiseState.BROKEN)
    if department_ids is not None:
        cases = cases.filter(department_id__in=list(department_ids))
    bands = []
    for least, most in AGES:
        late = cases.filter(promised_at__lte=now - timedelta(days=least))
        if most is not None:
            late = late.filter(promised_at__gt=now - timedelta(days=most + 1))
        count = late.values("id")[: MOST_OVERDUE + 1].count()
        bands.append(OverdueBand(least, most, min(count, MOST_OVERDUE), count > MOST_OVERDUE))
    return tuple(bands)
