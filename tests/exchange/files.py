"""Make exports and read them back, with readers that are not ours."""

import csv
import io
from datetime import datetime

import openpyxl
from django.db.models import Model
from openpyxl.worksheet.worksheet import Worksheet

from moked.accounts.rules import Actor
from moked.exchange.exports import operations
from moked.exchange.exports.rules import Format, Selection
from moked.exchange.models import Export
from moked.municipalities.models import Municipality
from moked.web.desk.export_words import WORDS
from tests.factories import NOW


def ask(
    town: Municipality,
    by: Actor,
    *,
    selection: Selection | None = None,
    kind: Format = Format.CSV,
    language: str = "en",
    now: datetime = NOW,
    **more,
) -> Export:
    """Return an export of all cases that somebody sees, unless told otherwise."""
    export = operations.ask(
        town=town,
        selection=selection or Selection("any"),
        kind=kind,
        language=language,
        words=WORDS,
        by=by,
        now=now,
        **more,
    )
    export.refresh_from_db()
    return export


def content(export: Export, by: Actor, *, now: datetime = NOW) -> bytes:
    """Return the bytes that somebody fetches."""
    found = operations.fetch(key=export.key, by=by, now=now)
    with found.file as file:
        return file.read()


def lines(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file by their headers."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet(data: bytes) -> Worksheet:
    """Return the only sheet of a workbook."""
    [found] = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return found


def numbers(data: bytes) -> list[str]:
    """Return the numbers of the cases in a CSV file, in its order."""
    return [line["Number"] for line in lines(data)]


def update(row: Model, **columns) -> None:
    """Change columns of one row past every operation, as an import or an older release might have."""
    type(row)._default_manager.filter(pk=row.pk).update(**columns)
