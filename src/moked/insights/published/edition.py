"""The published tables of a town, all months at once, and which of their counts are hidden.

What is hidden is decided for the whole of what is published, never for one request: whatever periods, tables
and filters somebody asks for, they are sums of the same shown counts. A figure over several months is shown
when it is shown in each of them.
"""

import dataclasses
import functools
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from moked.catalogue.models import Service
from moked.insights import disclosure
from moked.insights.models import Reckoning
from moked.insights.published.months import TABLES, Counts, Months, Name, Sums, published_value
from moked.insights.rules import Dimension, months_between

TOWNS = 20
DECISIONS = 10_000
NOTHING = Counts()


@dataclasses.dataclass(frozen=True)
class Table:
    """One dimension's counts by value and month; `hidden` holds (value, month, what); open has no month."""

    values: tuple[str, ...]
    counts: Mapping[tuple[str, date], Counts]
    hidden: frozenset[tuple[str, date | None, str]]

    def count(self, value: str, months: Sequence[date], what: str) -> tuple[int | None, int]:
        """Return what is counted over months, None where a part is hidden; and the sum of what is shown."""
        shown = [
            getattr(self.counts.get((value, month), NOTHING), what)
            for month in months
            if (value, month, what) not in self.hidden
        ]
        return (sum(shown) if len(shown) == len(months) else None), sum(shown)

    def shows(self, value: str, months: Sequence[date], what: str) -> bool:
        """Tell whether that is shown in each of the months."""
        return not any((value, month, what) in self.hidden for month in months)

    def open(self, value: str, months: Sequence[date]) -> int | None:
        """Return how many of a value are open now, whenever they were received; None where that is hidden."""
        if (value, None, "open") in self.hidden:
            return None
        return sum(self.counts.get((value, month), NOTHING).open for month in months)


@dataclasses.dataclass(frozen=True)
class Edition:
    """All tables of a town as they stand. `asked` keeps what was worked out from them, and when."""

    months: tuple[date, ...]
    as_of: datetime | None
    tables: Mapping[Dimension, Table]
    versions: Mapping[str, str]
    kept: Months
    asked: dict[object, tuple[float, Any]] = dataclasses.field(default_factory=dict)

    def sums(self, months: Collection[date]) -> dict[date, dict[Name, Sums]]:
        """Return promises, ratings and durations of some of the months, by what they are published as."""
        return self.kept.sums(months, self.versions)


_kept: dict[int, tuple[tuple[object, ...], Edition]] = {}
_lock = threading.Lock()


def edition(municipality_id: int, this_month: date) -> Edition:
    """Return the tables as they are, worked out again when something has changed since the last time."""
    reckoning = Reckoning.objects.filter(municipality_id=municipality_id).first() or Reckoning()
    confidential = _confidential(municipality_id)
    whole = (reckoning.generation, confidential)
    name = (*whole, reckoning.version, reckoning.as_of, this_month)
    found = _kept.get(municipality_id)
    if found is not None and found[0] == name:
        return found[1]
    goes_on = found is not None and found[0][: len(whole)] == whole
    kept = found[1].kept if found and goes_on else Months(municipality_id, confidential)
    made = _made(municipality_id, this_month, confidential, reckoning, kept)
    with _lock:
        _kept.pop(municipality_id, None)
        _kept[municipality_id] = (name, made)
        for oldest in list(_kept)[:-TOWNS]:
            del _kept[oldest]
    return made


def _confidential(municipality_id: int) -> frozenset[int]:
    services = Service.objects.filter(municipality_id=municipality_id, is_confidential=True)
    return frozenset(services.values_list("id", flat=True))


def _made(
    municipality_id: int, this_month: date, confidential: frozenset[int], reckoning: Reckoning, kept: Months
) -> Edition:
    counts: dict[str, dict[tuple[str, date], Counts]] = {table: {} for table in TABLES}
    for month, of_month in kept.counts(reckoning.months).items():
        for (dimension, value), of_value in of_month.items():
            counts[dimension][value, month] = of_value
    first = min((month for of_table in counts.values() for _, month in of_table), default=this_month)
    last = max((this_month, *(month for of_table in counts.values() for _, month in of_table)))
    months = tuple(months_between(first, last))
    values = {table: sorted({value for value, _ in counts[table]}) for table in TABLES}
    values[Dimension.SERVICE] = sorted(
        {*values[Dimension.SERVICE], *_services(municipality_id, confidential)}
    )
    return Edition(
        months=months,
        as_of=reckoning.as_of,
        tables={table: _table(tuple(values[table]), counts[table], months) for table in TABLES},
        versions=reckoning.months,
        kept=kept,
    )


def _services(municipality_id: int, confidential: frozenset[int]) -> set[str]:
    offered = Service.objects.filter(municipality_id=municipality_id, is_offered=True)
    return {published_value(str(pk), confidential) for pk in offered.values_list("id", flat=True)}


def _table(
    values: tuple[str, ...], counts: dict[tuple[str, date], Counts], months: tuple[date, ...]
) -> Table:
    """Decide what is hidden: what came in, what was closed and what is open hang together.

    Promises and ratings are shown as shares only, and only beside closings that are shown.
    """
    columns = [(month, what) for month in months for what in ("received", "closed")]
    by_month = [[counts.get((value, month), NOTHING) for month in months] for value in values]
    flows = [
        [*(n for one in of_value for n in (one.received, one.closed)), sum(one.open for one in of_value)]
        for of_value in by_month
    ]
    names: list[tuple[date | None, str]] = [*columns, (None, "open")]
    cells = {(values[row], *names[column]) for row, column in disclosure.hidden(flows)}
    for column, month in enumerate(months):
        unseen = {row for row, value in enumerate(values) if (value, month, "closed") in cells}
        for what in ("promised", "rated"):
            alone = tuple(getattr(of_value[column], what) for of_value in by_month)
            cells |= {(values[row], month, what) for row in _hidden_alone(alone, frozenset(unseen))}
    return Table(values, counts, frozenset(cells))


@functools.lru_cache(DECISIONS)
def _hidden_alone(counts: tuple[int, ...], unseen: frozenset[int]) -> frozenset[int]:
    """Return which of the counts of a single column to hide; most months are as they were the last time."""
    cells = disclosure.hidden([[count] for count in counts], {(row, 0) for row in unseen})
    return frozenset(row for row, _ in cells)
