"""Figures as tables: the same rows on a page, with bars, and as CSV; and the months one asks for."""

import csv
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode

from django.http import QueryDict, StreamingHttpResponse
from django.utils.translation import gettext as _

from moked.base.spreadsheets import harmless
from moked.web.ui.templatetags.numbers import number

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Words: TypeAlias = "StrOrPromise"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@dataclasses.dataclass(frozen=True)
class Column:
    """One measure: its name in CSV, its words, how it is written and where it comes from.

    `least` gives what is known at least where the value itself is not shown; `has_bar` draws it.
    """

    code: str
    words: Words
    value: Callable[[Any], int | None]
    written: Callable[[int], str] = number
    least: Callable[[Any], int] | None = None
    has_bar: bool = False


@dataclasses.dataclass(frozen=True)
class Cell:
    """One value of a table; `bar` is its length in percent, None without one."""

    text: str
    is_hidden: bool = False
    bar: int | None = None


@dataclasses.dataclass(frozen=True)
class Line:
    """One row: what it is about, with a short word beside it, and its values.

    `names` says the same by language, where it may be shown in another than the reader's.
    """

    head: str
    cells: tuple[Cell, ...]
    beside: str = ""
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def says(self) -> bool:
        """Whether any of its values is shown."""
        return any(cell.text for cell in self.cells)


@dataclasses.dataclass(frozen=True)
class FigureTable:
    """A table of a page: `code` names it in addresses, `title` says what it shows, `csv` is its data.

    `quiet` are rows of which nothing is shown.
    """

    code: str
    title: str
    head: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    quiet: tuple[Line, ...]
    csv: str


@dataclasses.dataclass(frozen=True)
class Entry:
    """What a row of a table is made of."""

    code: str
    name: str
    measures: Any
    beside: str = ""
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Period:
    """The months somebody asks for, first and last by their first days; `complaint` says what to mend."""

    first: date
    last: date
    complaint: str = ""

    @property
    def query(self) -> str:
        """The address's part that asks for it."""
        return urlencode({"from": f"{self.first:%Y-%m}", "to": f"{self.last:%Y-%m}"})


def period(asked: QueryDict, months: Sequence[date], *, back: int = 0) -> Period:
    """Read `?from=YYYY-MM&to=YYYY-MM`; without them the last month that may be asked for, and `back` more.

    A month outside of what there is leads to the nearest there is.
    """
    default = Period(months[max(0, len(months) - 1 - back)], months[-1])
    first, last = (_read(asked.get(name, "")) for name in ("from", "to"))
    if any(asked.get(name) and read is None for name, read in (("from", first), ("to", last))):
        return dataclasses.replace(
            default, complaint=_("Write months as year and month, for example 2026-10.")
        )
    if first is None and last is None:
        return default
    first, last = (
        first or min(last or default.first, default.last),
        last or max(first or default.last, default.last),
    )
    if first > last:
        return dataclasses.replace(default, complaint=_("Choose a last month that is not before the first."))
    return Period(_within(first, months), _within(last, months))


def table(
    code: str,
    title: Words,
    head: Words,
    columns: Sequence[Column],
    entries: Sequence[Entry],
    address: str,
) -> FigureTable:
    """Lay out entries as a table, in their order."""
    longest = {
        column.code: max((column.value(one.measures) or 0 for one in entries), default=0)
        for column in columns
        if column.has_bar
    }
    lines = [
        Line(
            one.name, tuple(_cell(column, one.measures, longest) for column in columns), one.beside, one.names
        )
        for one in entries
    ]
    shown, quiet = tuple(one for one in lines if one.says), tuple(one for one in lines if not one.says)
    return FigureTable(code, str(title), str(head), tuple(columns), shown, quiet, address)


def largest_first(column: Column, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries in the order of a column, what is not shown after what is."""
    return sorted(entries, key=lambda one: _size(column, one.measures), reverse=True)


def _size(column: Column, measures: Any) -> tuple[bool, int]:
    value = column.value(measures)
    if value is not None:
        return True, value
    return False, column.least(measures) if column.least else 0


def as_csv(name: str, columns: Sequence[Column], entries: Sequence[Entry]) -> StreamingHttpResponse:
    """Return the entries as a CSV file; what is not shown is empty."""
    rows: list[list[str | float | None]] = [["code", "name", *(column.code for column in columns)]]
    rows += [[one.code, one.name, *(column.value(one.measures) for column in columns)] for one in entries]
    return csv_response(name, iter(rows))


def csv_response(name: str, rows: Iterator[Sequence[str | float | None]]) -> StreamingHttpResponse:
    """Return rows as a file to keep, sent while it is written; no text is a formula for a spreadsheet."""
    writer = csv.writer(_Echo())
    lines = (
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row]) for row in rows
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(column: Column, measures: Any, longest: dict[str, int]) -> Cell:
    value = column.value(measures)
    if value is None:
        least = column.least(measures) if column.least else 0
        if least:
            return Cell(_("at least %(count)s") % {"count": column.written(least)}, is_hidden=True)
        return Cell("", is_hidden=True)
    most = longest.get(column.code)
    return Cell(column.written(value), bar=round(100 * value / most) if most else None)


def _read(text: str) -> date | None:
    found = _MONTH.fullmatch(text.strip())
    return date(int(found[1]), int(found[2]), 1) if found and int(found[1]) else None


def _within(month: date, months: Sequence[date]) -> date:
    return min(max(month, months[0]), months[-1])


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text
