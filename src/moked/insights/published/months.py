"""What was tallied of a town, month by month: read once, and again only where a month has changed since."""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from operator import add
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import F, QuerySet, Sum

from moked.insights import durations
from moked.insights.models import Tally
from moked.insights.rules import Dimension

TABLES = (Dimension.SERVICE, Dimension.AREA, Dimension.CHANNEL)
CONFIDENTIAL = "confidential"
RATED = ("rated_1", "rated_2", "rated_3", "rated_4", "rated_5")
_COUNTED = ("received", "closed", "open", "promised", "rated")

Name = tuple[str, str]
"""A dimension and the name under which a value of it is published; the town as a whole has no value."""
TOWN: Name = (Dimension.TOTAL, "")
Of = TypeVar("Of")


class Counts(NamedTuple):
    """What is counted of one value in one month; `open` of cases received then."""

    received: int = 0
    closed: int = 0
    open: int = 0
    promised: int = 0
    rated: int = 0

    def plus(self, more: Sequence[int]) -> "Counts":
        """Return these counts with more of each, in the order of the fields."""
        return Counts(*map(add, self, more))


@dataclasses.dataclass
class Sums:
    """What is added up of one value beside its counts; nothing of it is shown as it is."""

    kept: int = 0
    promised: int = 0
    ratings: list[int] = dataclasses.field(default_factory=lambda: [0] * len(RATED))
    closing: list[bytes] = dataclasses.field(default_factory=list)

    def add(self, promised: int, kept: int, ratings: Sequence[int], closing: Iterable[bytes]) -> None:
        """Add what was tallied."""
        self.promised += promised
        self.kept += kept
        self.ratings = list(map(add, self.ratings, ratings))
        self.closing.extend(closing)

    def merge(self, other: "Sums") -> None:
        """Add what was added up elsewhere."""
        self.add(other.promised, other.kept, other.ratings, other.closing)


class _Kept(Generic[Of]):
    """Something of each month, read by `read` when it is asked for and the month's version is another."""

    def __init__(self, read: Callable[[Collection[date]], Mapping[date, dict[Name, Of]]]) -> None:
        self._read = read
        self._months: dict[date, tuple[str, dict[Name, Of]]] = {}

    def of(self, months: Iterable[date], versions: Mapping[str, str]) -> dict[date, dict[Name, Of]]:
        wanted = {month: versions.get(month.isoformat(), "") for month in months}
        kept = self._months
        stale = [month for month, version in wanted.items() if kept.get(month, (None,))[0] != version]
        if stale:
            read = self._read(stale)
            kept = kept | {month: (wanted[month], read.get(month, {})) for month in stale}
            self._months = kept
        return {month: kept[month][1] for month in wanted}


class Months:
    """The tallies of one town. `confidential` are the services that are published as one.

    `versions` say of each month which tallies those asked for are; a month without a version has had one
    edition only.
    """

    def __init__(self, municipality_id: int, confidential: frozenset[int]) -> None:
        self._rows = Tally.objects.filter(municipality_id=municipality_id)
        self._confidential = confidential
        self._counts: _Kept[Counts] = _Kept(self._read_counts)
        self._sums: _Kept[Sums] = _Kept(self._read_sums)

    def counts(self, versions: Mapping[str, str]) -> dict[date, dict[Name, Counts]]:
        """Return what is counted in every month, by what it is published as."""
        known = self._rows.filter(dimension=Dimension.TOTAL).values_list("month", flat=True).distinct()
        return self._counts.of(known, versions)

    def sums(self, months: Collection[date], versions: Mapping[str, str]) -> dict[date, dict[Name, Sums]]:
        """Return promises, ratings and durations of some months, by what they are published as."""
        return self._sums.of(months, versions)

    def _read_counts(self, months: Collection[date]) -> dict[date, dict[Name, Counts]]:
        rated = F("rated_1") + F("rated_2") + F("rated_3") + F("rated_4") + F("rated_5")
        summed = {"rated": Sum(rated)} | {name: Sum(name) for name in _COUNTED if name != "rated"}
        rows = self._of(months).filter(dimension__in=TABLES)
        grouped = rows.values_list("month", "dimension", "value").annotate(
            **{f"all_{name}": total for name, total in summed.items()}
        )
        read: dict[date, dict[Name, Counts]] = {}
        columns = (f"all_{name}" for name in _COUNTED)
        for month, dimension, value, *numbers in grouped.values_list("month", "dimension", "value", *columns):
            of_month, name = read.setdefault(month, {}), self._name(dimension, value)
            of_month[name] = of_month[name].plus(numbers) if name in of_month else Counts(*numbers)
        return read

    def _read_sums(self, months: Collection[date]) -> dict[date, dict[Name, Sums]]:
        rows = self._of(months).filter(dimension__in=(Dimension.TOTAL, *TABLES), closed__gt=0)
        columns = ("month", "dimension", "value", "promised", "kept", "closing", *RATED)
        read: dict[date, dict[Name, Sums]] = {}
        for month, dimension, value, promised, kept, closing, *ratings in rows.values_list(*columns):
            sums = read.setdefault(month, {}).setdefault(self._name(dimension, value), Sums())
            sums.add(promised, kept, ratings, [closing] if closing else ())
        for of_value in (one for of_month in read.values() for one in of_month.values()):
            of_value.closing = [durations.packed(durations.added(of_value.closing))]
        return read

    def _of(self, months: Collection[date]) -> QuerySet[Tally, Any]:
        return self._rows.filter(month__in=sorted(months))

    def _name(self, dimension: str, value: str) -> Name:
        if dimension == Dimension.SERVICE:
            value = published_value(value, self._confidential)
        return dimension, value


def published_value(value: str, confidential: frozenset[int]) -> str:
    """Return under which name a service is published: all confidential ones under one."""
    return CONFIDENTIAL if value.isdigit() and int(value) in confidential else value
