"""A town's figures of some months: in all, and by service, department, district, month and channel."""

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Count

from moked.accounts.models import Department
from moked.base.labels import Labels
from moked.catalogue.models import Service
from moked.insights import disclosure, durations
from moked.insights.models import CaseFact
from moked.insights.published.edition import Edition, Table, edition
from moked.insights.published.maps import DistrictMap, district_map
from moked.insights.published.months import CONFIDENTIAL, TOWN, Name, Sums
from moked.insights.rules import AGES, FEWEST_FOR_SPREAD, Dimension, Standing, months_between, percent
from moked.places.models import Area
from moked.sla.models import Target

TREND = 13
FRESH = 60.0
"""Seconds for which an answer is given again."""
MOST_ASKED = 30


@dataclasses.dataclass(frozen=True)
class Measures:
    """What is told of one part of the cases; None is not shown, or not known.

    `received_least` and `closed_least` are the sums of those months that are shown, `open` is now. Shares are
    whole percents: `in_time` of the finished cases with a promise, `satisfied` of the answers. Minutes are of
    the calendar, from a case's opening to its end: the median, the tenth (`low`) and the ninetieth hundredth
    (`high`).
    """

    received: int | None
    received_least: int
    closed: int | None
    closed_least: int
    open: int | None
    in_time: int | None = None
    median: int | None = None
    low: int | None = None
    high: int | None = None
    satisfied: int | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """One value of a dimension. `code` is stable, `name` is by language and empty where the code says it."""

    code: str
    name: Labels
    measures: Measures
    promise: str = ""


@dataclasses.dataclass(frozen=True)
class MonthRow:
    """The town in one month."""

    month: date
    measures: Measures


@dataclasses.dataclass(frozen=True)
class AgeBand:
    """How many are open that were received so many days ago; `most` is None for the oldest."""

    least: int
    most: int | None
    count: int | None


@dataclasses.dataclass(frozen=True)
class Figures:
    """A town's figures from the first to the last month, both included. The town's own are never hidden."""

    first: date
    last: date
    earliest: date
    latest: date
    town: Measures
    promised: int
    kept: int
    rated: int
    year_before: Measures | None
    ages: tuple[AgeBand, ...]
    months: tuple[MonthRow, ...]
    services: tuple[Row, ...]
    departments: tuple[Row, ...]
    districts: tuple[Row, ...]
    channels: tuple[Row, ...]
    map: DistrictMap | None
    as_of: datetime | None


def published_months(municipality_id: int, today: date) -> tuple[date, ...]:
    """Return all months there are figures of, the running one included."""
    return edition(municipality_id, today.replace(day=1)).months


def figures(municipality_id: int, first: date, last: date, today: date) -> Figures:
    """Return the figures from one month to another, given by their first days.

    What was asked for within the last minute is not worked out again unless something was counted since; only
    names may be as old as that.
    """
    this = edition(municipality_id, today.replace(day=1))
    asked = (first, last, today)
    known = this.asked.get(asked)
    if known is None or time.monotonic() - known[0] > FRESH:
        known = (time.monotonic(), _figures(municipality_id, this, first, last, today))
        this.asked[asked] = known
        for oldest in list(this.asked)[:-MOST_ASKED]:
            this.asked.pop(oldest, None)
    found: Figures = known[1]
    return found


def _figures(municipality_id: int, this: Edition, first: date, last: date, today: date) -> Figures:
    months = [month for month in this.months if first <= month <= last]
    sums = _sums(this, months)
    town = _town(this, months, sums)
    of_all = sums.get(TOWN, Sums())
    trend = [month for month in this.months if month <= last][-max(TREND, len(months)) :]
    services = _services(municipality_id, this, months, sums)
    districts = _districts(municipality_id, this, months, sums)
    return Figures(
        first=first,
        last=last,
        earliest=this.months[0],
        latest=this.months[-1],
        town=town,
        promised=of_all.promised,
        kept=of_all.kept,
        rated=sum(of_all.ratings),
        year_before=_year_before(this, first, last),
        ages=_ages(municipality_id, today, town.open or 0),
        months=_months(this, trend),
        services=tuple(row for row, _ in services),
        departments=_departments(municipality_id, this.tables[Dimension.SERVICE], months, services, sums),
        districts=districts,
        channels=_channels(this, months, sums),
        map=district_map(municipality_id, {row.code: row.measures.received for row in districts}),
        as_of=this.as_of,
    )


def _sums(this: Edition, months: Sequence[date]) -> dict[Name, Sums]:
    """Add up what is added up of some months, by what it is published as."""
    sums: dict[Name, Sums] = {}
    for of_month in this.sums(months).values():
        for name, one in of_month.items():
            sums.setdefault(name, Sums()).merge(one)
    return sums


def _town(
    this: Edition, months: Sequence[date], sums: Mapping[Name, Sums], *, is_now: bool = True
) -> Measures:
    table, wanted = this.tables[Dimension.CHANNEL], set(months)
    counted = [one for (_, month), one in table.counts.items() if month in wanted]
    received, closed = sum(one.received for one in counted), sum(one.closed for one in counted)
    still_open = sum(one.open for one in table.counts.values()) if is_now else None
    return _measures((received, received), (closed, closed), still_open, sums.get(TOWN, Sums()))


def _measures(
    received: tuple[int | None, int],
    closed: tuple[int | None, int],
    still_open: int | None,
    of: Sums,
    *,
    shows_promises: bool = True,
    shows_ratings: bool = True,
) -> Measures:
    smallest = disclosure.SMALLEST_SHOWN
    histogram = durations.added(of.closing) if closed[0] is not None else durations.empty()
    total = sum(histogram)
    rated = sum(of.ratings)
    spread = total >= FEWEST_FOR_SPREAD
    return Measures(
        *(*received, *closed, still_open),
        in_time=percent(of.kept, of.promised) if shows_promises and of.promised >= smallest else None,
        median=durations.minutes(histogram, 0.5) if total >= smallest else None,
        low=durations.minutes(histogram, 0.1) if spread else None,
        high=durations.minutes(histogram, 0.9) if spread else None,
        satisfied=percent(sum(of.ratings[3:]), rated) if shows_ratings and rated >= smallest else None,
    )


def _of_table(this: Edition, dimension: Dimension, value: str, months: Sequence[date], of: Sums) -> Measures:
    table = this.tables[dimension]
    return _measures(
        table.count(value, months, "received"),
        table.count(value, months, "closed"),
        table.open(value, this.months),
        of,
        shows_promises=table.shows(value, months, "promised"),
        shows_ratings=table.shows(value, months, "rated"),
    )


def _services(
    municipality_id: int, this: Edition, months: Sequence[date], sums: dict[Name, Sums]
) -> list[tuple[Row, Service | None]]:
    values = this.tables[Dimension.SERVICE].values
    named = Service.objects.filter(municipality_id=municipality_id).only("slug", "name", "department_id")
    known = named.in_bulk([int(value) for value in values if value != CONFIDENTIAL])
    targets = dict(
        Target.objects.filter(municipality_id=municipality_id).values_list("service_id", "resolution")
    )
    rows: list[tuple[Row, Service | None]] = []
    for value in values:
        measures = _of_table(
            this, Dimension.SERVICE, value, months, sums.get((Dimension.SERVICE, value), Sums())
        )
        service = known.get(int(value)) if value != CONFIDENTIAL else None
        if service:
            promise = targets.get(service.pk, "")
            rows.append((Row(service.slug, service.name, measures, promise), service))
        elif value == CONFIDENTIAL:
            rows.append((Row(CONFIDENTIAL, {}, measures), None))
    return sorted(rows, key=lambda row: (row[1] is None, row[0].code))


def _departments(
    municipality_id: int,
    table: Table,
    months: Sequence[date],
    services: Sequence[tuple[Row, Service | None]],
    sums: dict[Name, Sums],
) -> tuple[Row, ...]:
    """Add up the services that a department answers for, as they are published: so nothing more is told."""
    of_department: dict[int | None, list[tuple[Row, Service]]] = {}
    for row, service in services:
        if service:
            of_department.setdefault(service.department_id, []).append((row, service))
    known = Department.objects.filter(municipality_id=municipality_id).order_by("code")
    rows = []
    for department in known:
        own = of_department.get(department.pk)
        if not own:
            continue
        parts, together = [row.measures for row, _ in own], Sums()
        values = [str(service.pk) for _, service in own]
        for value in values:
            together.merge(sums.get((Dimension.SERVICE, value), Sums()))
        measures = _measures(
            (_all(one.received for one in parts), sum(one.received_least for one in parts)),
            (_all(one.closed for one in parts), sum(one.closed_least for one in parts)),
            _all(one.open for one in parts),
            together,
            shows_promises=all(table.shows(value, months, "promised") for value in values),
            shows_ratings=all(table.shows(value, months, "rated") for value in values),
        )
        rows.append(Row(department.code, department.name, measures))
    return tuple(rows)


def _all(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(count for count in known if count is not None)


def _districts(
    municipality_id: int, this: Edition, months: Sequence[date], sums: dict[Name, Sums]
) -> tuple[Row, ...]:
    values = this.tables[Dimension.AREA].values
    known = {
        str(pk): (code, name)
        for pk, code, name in Area.objects.filter(
            municipality_id=municipality_id, id__in=[int(value) for value in values]
        ).values_list("id", "code", "name")
    }
    if not known:
        return ()
    rows = [
        Row(
            *known.get(value, ("", {})),
            _of_table(this, Dimension.AREA, value, months, sums.get((Dimension.AREA, value), Sums())),
        )
        for value in values
    ]
    return tuple(sorted(rows, key=lambda row: (not row.code, row.code)))


def _channels(this: Edition, months: Sequence[date], sums: dict[Name, Sums]) -> tuple[Row, ...]:
    return tuple(
        Row(
            value,
            {},
            _of_table(this, Dimension.CHANNEL, value, months, sums.get((Dimension.CHANNEL, value), Sums())),
        )
        for value in this.tables[Dimension.CHANNEL].values
    )


def _months(this: Edition, months: Sequence[date]) -> tuple[MonthRow, ...]:
    sums = this.sums(months)
    return tuple(MonthRow(month, _town(this, [month], sums.get(month, {}), is_now=False)) for month in months)


def _year_before(this: Edition, first: date, last: date) -> Measures | None:
    """Return the town's figures of the same months a year before, where there are any for all of them."""
    months = months_between(first.replace(year=first.year - 1), last.replace(year=last.year - 1))
    if months[0] < this.months[0]:
        return None
    return _town(this, months, _sums(this, months), is_now=False)


def _ages(municipality_id: int, today: date, still_open: int) -> tuple[AgeBand, ...]:
    """Return what is open by age; of the oldest only how many there are has to be known."""
    since = today - timedelta(days=AGES[-1][0] - 1)
    young = CaseFact.objects.filter(
        municipality_id=municipality_id, standing=Standing.OPEN, opened_on__gte=since
    )
    of_day = dict(young.values_list("opened_on").annotate(count=Count("case_id")).order_by())
    counts = [
        sum(count for on, count in of_day.items() if least <= max(0, (today - on).days) <= (most or 0))
        for least, most in AGES[:-1]
    ]
    counts.append(still_open - sum(counts))
    gone = {row for row, _ in disclosure.hidden([[count] for count in counts])}
    return tuple(
        AgeBand(least, most, None if index in gone else counts[index])
        for index, (least, most) in enumerate(AGES)
    )
