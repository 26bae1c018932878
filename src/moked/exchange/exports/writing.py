"""Rows of an export as bytes of a CSV file, and as a workbook whose sheets run the reader's way.

Text stays text in both: nothing that a resident wrote is ever a formula, a link or a number.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from moked.base.spreadsheets import harmless
from moked.exchange.exports.queries import Row, Value
from moked.exchange.exports.rules import (
    CONTACTS,
    MOMENTS,
    NUMBERS,
    RIGHT_TO_LEFT,
    Column,
    cell_text,
    sheet_name,
)
from moked.exchange.exports.timeline import HEADERS

LINES_AT_ONCE = 1_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Without it, spreadsheet programs read Hebrew as if it were Latin letters of the nineties."""

WIDTHS = {Column.TITLE: 48, Column.SERVICE: 28, Column.DEPARTMENT: 24, Column.ADDRESS: 32, Column.EMAIL: 28}
NARROW, USUAL, WIDE = 12, 16, 18


def csv_lines(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows as lines of CSV (RFC 4180, UTF-8): moments in ISO 8601, numbers with a point."""
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\r\n").writerows(map(_csv_row, rows))
    return lines.getvalue().encode("utf-8", "replace")


def kept_lines(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows as lines of JSON, from which `write_workbook` makes a workbook once all are there."""
    lines = (json.dumps(_json_row(row), ensure_ascii=True) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def write_workbook(
    target: Path, source: Path, *, columns: Sequence[Column], sheet: str, language: str
) -> None:
    """Write a workbook of the lines that `kept_lines` made, the first of which are the headers.

    Takes the same memory for any number of rows.
    """
    options = {"constant_memory": True, "tmpdir": str(target.parent)}
    with xlsxwriter.Workbook(str(target), options) as book:
        page = book.add_worksheet(sheet_name(sheet))
        if language in RIGHT_TO_LEFT:
            page.right_to_left()
        page.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, column in enumerate(columns):
            page.set_column(number, number, _width(column))
        for line, row in enumerate(_read(source)):
            for number, value in enumerate(row):
                if line == 0:
                    page.write_string(line, number, cell_text(str(value)), bold)
                else:
                    _write(page, line, number, columns[number], value, moment)


def write_bundle(target: Path, source: Path, *, calendars: Mapping[str, Any]) -> None:
    """Write the tables of a timeline, and the calendars they count by, from the lines `kept_lines` made.

    Takes the same memory for any number of lines.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for part, header in HEADERS.items():
            with bundle.open(f"{part}.csv", "w", force_zip64=True) as table:
                table.write(csv_lines([header]))
                rows = (row[1:] for row in _read(source) if row[0] == part)
                while some := list(islice(rows, LINES_AT_ONCE)):
                    table.write(csv_lines(some))
        bundle.writestr("calendars.json", json.dumps(calendars, ensure_ascii=False, indent=1))


def _write(page: Worksheet, line: int, number: int, column: Column, value: Value, moment: object) -> None:
    if value is None or value == "":
        return
    if column in NUMBERS:
        page.write_number(line, number, float(str(value)))
    elif column in MOMENTS:
        # A cell knows no zone: it shows the clock of the town.
        page.write_datetime(line, number, datetime.fromisoformat(str(value)).replace(tzinfo=None), moment)
    else:
        page.write_string(line, number, cell_text(str(value)))


def _csv_row(row: Sequence[Value]) -> list[str]:
    return [_csv_cell(value) for value in row]


def _csv_cell(value: Value) -> str:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else repr(value)


def _json_row(row: Sequence[Value]) -> list[str | float | None]:
    return [value.isoformat(timespec="seconds") if isinstance(value, datetime) else value for value in row]


def _read(source: Path) -> Iterator[Row]:
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            yield tuple(json.loads(line))


def _width(column: Column) -> int:
    if column in MOMENTS:
        return WIDE
    return WIDTHS.get(column, NARROW if column in NUMBERS or column not in CONTACTS else USUAL)
