"""How well promises are kept, by department, team, service, area, channel or month, of what a person may see.

Counted from tallies, and what is overdue from the index of broken promises: no case is looked at that is
neither. By which rules is told in docs/adr/0018.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from moked.accounts.models import Department, Team
from moked.accounts.rules import Actor
from moked.base.labels import Labels
from moked.cases.models import Case, CaseArea
from moked.cases.rules import Channel, PromiseState
from moked.catalogue.models import Service
from moked.catalogue.rules import CaseKind
from moked.insights import durations
from moked.insights.facts import FIGURES_AREA
from moked.insights.models import Reckoning, Tally
from moked.insights.queries import visible_tallies
from moked.insights.rules import OVERDUE, Dimension, months_between, percent
from moked.places.models import Area
from moked.sla.commitments import Kind
from moked.sla.models import Commitment


class By(StrEnum):
    """What each row of the figures is."""

    DEPARTMENT = "department"
    TEAM = "team"
    SERVICE = "service"
    AREA = "area"
    CHANNEL = "channel"
    MONTH = "month"


_DIMENSION = {
    By.DEPARTMENT: Dimension.TOTAL,
    By.TEAM: Dimension.TEAM,
    By.SERVICE: Dimension.SERVICE,
    By.AREA: Dimension.AREA,
    By.CHANNEL: Dimension.CHANNEL,
    By.MONTH: Dimension.TOTAL,
}
_OF_CASE = {
    By.DEPARTMENT: "department_id",
    By.TEAM: "team_id",
    By.SERVICE: "service_id",
    By.CHANNEL: "channel",
    By.MONTH: "municipality_id",
}
"""What overdue cases are counted by; of months they are not, but all together."""
_COUNTS = (
    *("received", "answer_promised", "answer_kept", "finished", "end_promised", "end_kept"),
    *("handed_over", "set_aside"),
)
_HISTOGRAMS = ("working_answer", "working_end", "urgent_answer")
_NOW = ("open", "waiting")
TOTAL = ""


@dataclasses.dataclass(frozen=True)
class Performance:
    """What is counted of one part of the cases; minutes are of working time, of urgent cases by the clock.

    Received and all about answers are of what was received in the months asked for, finished, handed over and
    all about the end of what was finished in them, set aside of what was in them. Open, waiting and overdue
    are now, None of a single month; `overdue` is by the bands of `rules.OVERDUE`. Shares are whole percents.
    """

    received: int
    answered_in_time: int | None
    answer_median: int | None
    answer_high: int | None
    finished: int
    finished_in_time: int | None
    end_median: int | None
    end_high: int | None
    handed_over: int
    set_aside: int
    urgent: int
    urgent_median: int | None
    urgent_high: int | None
    answer_promised: int
    end_promised: int
    open: int | None = None
    waiting: int | None = None
    overdue: tuple[int, ...] | None = None

    @property
    def all_overdue(self) -> int | None:
        """Everything that is open and past its promise."""
        return None if self.overdue is None else sum(self.overdue)


@dataclasses.dataclass(frozen=True)
class Row:
    """One unit; `name` is by language, and empty where there is none or the code says it."""

    code: str
    name: Labels
    measures: Performance


@dataclasses.dataclass(frozen=True)
class PerformanceFigures:
    """The figures of what a person may see, from the first to the last month."""

    first: date
    last: date
    total: Performance
    rows: tuple[Row, ...]
    as_of: datetime | None


def performance(
    actor: Actor,
    by: By,
    first: date,
    last: date,
    now: datetime,
    *,
    department_ids: Collection[int] | None = None,
) -> PerformanceFigures:
    """Return the figures of the cases the actor sees, or of those with some departments alone.

    Units are in the order of their codes, months the oldest first; no person is a unit.
    """
    tallies = visible_tallies(actor).filter(dimension__in={Dimension.TOTAL, _DIMENSION[by]})
    if department_ids is not None:
        tallies = tallies.filter(department_id__in=department_ids)
    sums = _sums(tallies.filter(month__range=(first, last)), by)
    standing = _standing(tallies, by)
    overdue = _overdue(actor, by, now, department_ids)
    names = _names(actor.municipality_id, by, first, last)
    values = sorted({*sums, *standing, *overdue} - {TOTAL}) if by != By.MONTH else list(names)
    rows = [
        Row(*names.get(value, ("", {})), _measures(value, by, sums, standing, overdue)) for value in values
    ]
    reckoning = Reckoning.objects.filter(municipality_id=actor.municipality_id).first()
    return PerformanceFigures(
        first=first,
        last=last,
        total=_measures(TOTAL, by, sums, standing, overdue),
        rows=tuple(rows if by == By.MONTH else sorted(rows, key=lambda row: (not row.code, row.code))),
        as_of=reckoning.as_of if reckoning else None,
    )


@dataclasses.dataclass
class _Sum:
    """The tallies of one unit: their counts, and their histograms by name."""

    counts: list[int] = dataclasses.field(default_factory=lambda: [0] * len(_COUNTS))
    histograms: dict[str, list[bytes]] = dataclasses.field(
        default_factory=lambda: {name: [] for name in _HISTOGRAMS}
    )

    def add(self, counts: Sequence[int], histograms: Sequence[bytes]) -> None:
        self.counts = [one + more for one, more in zip(self.counts, counts, strict=True)]
        for name, stored in zip(_HISTOGRAMS, histograms, strict=True):
            if stored:
                self.histograms[name].append(stored)


def _sums(tallies: QuerySet[Tally], by: By) -> dict[str, _Sum]:
    found: dict[str, _Sum] = {}
    rows = tallies.values_list("dimension", "value", "month", "department_id", *_COUNTS, *_HISTOGRAMS)
    for dimension, value, month, department_id, *rest in rows.iterator(chunk_size=5000):
        for unit in _units(by, dimension, value, month, department_id):
            found.setdefault(unit, _Sum()).add(rest[: len(_COUNTS)], rest[len(_COUNTS) :])
    return found


def _units(by: By, dimension: str, value: str, month: date | None, department_id: int) -> Iterable[str]:
    """Return which units a tally belongs to; the sum of all is one of them."""
    if dimension == Dimension.TOTAL:
        yield TOTAL
    if dimension == _DIMENSION[by]:
        yield {By.DEPARTMENT: str(department_id), By.MONTH: str(month)}.get(by, value)


def _standing(tallies: QuerySet[Tally], by: By) -> dict[str, tuple[int, int]]:
    """Return how many cases of each unit are open, and how many of them wait, whenever they came in."""
    rows = tallies.filter(open__gt=0).values_list("dimension", "value", "department_id")
    found: dict[str, tuple[int, int]] = {}
    for dimension, value, department_id, is_open, waiting in rows.annotate(
        Sum("open"), Sum("waiting")
    ).order_by():
        for unit in _units(by, dimension, value, None, department_id):
            if unit == TOTAL or by != By.MONTH:
                before = found.get(unit, (0, 0))
                found[unit] = before[0] + is_open, before[1] + waiting
    return found


def _overdue(
    actor: Actor, by: By, now: datetime, department_ids: Collection[int] | None
) -> dict[str, tuple[int, ...]]:
    """Count open cases past the time their residents were told, by unit and band.

    A question that was answered late is owed nothing any more.
    """
    cases = Case.objects.visible_to(actor).open().filter(promise_state=PromiseState.BROKEN)
    answered = Commitment.objects.filter(
        case_id=OuterRef("pk"), kind=Kind.FIRST_ANSWER, is_current=True, met_at__isnull=False
    )
    cases = cases.filter(~Q(kind=CaseKind.QUESTION) | ~Exists(answered))
    if department_ids is not None:
        cases = cases.filter(department_id__in=department_ids)
    areas = CaseArea.objects.filter(case_id=OuterRef("pk"), area__kind=FIGURES_AREA).order_by("area_id")
    unit = Subquery(areas.values("area_id")[:1]) if by == By.AREA else F(_OF_CASE[by])
    rows = cases.annotate(unit=unit).values_list("unit")
    found: dict[str, tuple[int, ...]] = {}
    total = (0,) * len(OVERDUE)
    for unit, *counts in rows.annotate(**_bands(now)).order_by():
        total = tuple(one + more for one, more in zip(total, counts, strict=True))
        if by != By.MONTH:
            found[str(unit or 0)] = tuple(counts)
    return found | {TOTAL: total}


def _bands(now: datetime) -> dict[str, Count]:
    bands = {}
    for number, (least, most) in enumerate(OVERDUE):
        late = Q(promised_at__lte=now - timedelta(days=least))
        if most is not None:
            late &= Q(promised_at__gt=now - timedelta(days=most))
        bands[f"band_{number}"] = Count("pk", filter=late)
    return bands


def _names(municipality_id: int, by: By, first: date, last: date) -> Mapping[str, tuple[str, Labels]]:
    if by == By.MONTH:
        return {str(month): (f"{month:%Y-%m}", {}) for month in months_between(first, last)}
    if by == By.CHANNEL:
        return {str(channel): (str(channel), {}) for channel in Channel}
    model, code = {
        By.DEPARTMENT: (Department, "code"),
        By.TEAM: (Team, "code"),
        By.SERVICE: (Service, "slug"),
        By.AREA: (Area, "code"),
    }[by]
    rows = model._default_manager.filter(municipality_id=municipality_id).values_list("id", code, "name")
    return {str(pk): (code, name) for pk, code, name in rows}


def _measures(
    unit: str,
    by: By,
    sums: Mapping[str, _Sum],
    standing: Mapping[str, tuple[int, int]],
    overdue: Mapping[str, tuple[int, ...]],
) -> Performance:
    one = sums.get(unit) or _Sum()
    count = dict(zip(_COUNTS, one.counts, strict=True))
    took = {name: durations.added(stored) for name, stored in one.histograms.items()}
    is_of_month = by == By.MONTH and unit != TOTAL
    is_open, waiting = standing.get(unit, (0, 0))
    return Performance(
        received=count["received"],
        answered_in_time=_share(count["answer_kept"], count["answer_promised"]),
        answer_median=durations.minutes(took["working_answer"], 0.5),
        answer_high=durations.minutes(took["working_answer"], 0.9),
        finished=count["finished"],
        finished_in_time=_share(count["end_kept"], count["end_promised"]),
        end_median=durations.minutes(took["working_end"], 0.5),
        end_high=durations.minutes(took["working_end"], 0.9),
        handed_over=count["handed_over"],
        set_aside=count["set_aside"],
        urgent=sum(took["urgent_answer"]),
        urgent_median=durations.minutes(took["urgent_answer"], 0.5),
        urgent_high=durations.minutes(took["urgent_answer"], 0.9),
        answer_promised=count["answer_promised"],
        end_promised=count["end_promised"],
        open=None if is_of_month else is_open,
        waiting=None if is_of_month else waiting,
        overdue=None if is_of_month else overdue.get(unit, (0,) * len(OVERDUE)),
    )


def _share(part: int, of: int) -> int | None:
    return percent(part, of) if of else None
