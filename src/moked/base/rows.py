"""Write many rows at once, several times as fast as the ORM's own bulk form.

Values travel to the database as plain tuples: by one prepared statement on SQLite, by COPY on PostgreSQL.
Constraints and triggers of the database hold as ever.
"""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.base import ModelState

Convert = Callable[[Any], Any]
Row = TypeVar("Row", bound=models.Model)
IDS_AT_ONCE = 1000


def new(model: type[Row], **columns: Any) -> Row:
    """Return a row that is not stored yet, in a tenth of the time that calling the model takes.

    `columns` are named as they are kept: `case_id`, not `case`. No signal is sent.
    """
    row = model.__new__(model)
    values = vars(row)
    values["_state"] = ModelState()
    plain, called = _defaults(model)
    values.update(plain)
    for name, default in called:
        if name not in columns:
            values[name] = default()
    values.update(columns)
    return row


def new_ids(model: type[models.Model], first: int = IDS_AT_ONCE) -> Iterator[int]:
    """Yield ids for new rows without end, so that rows can name each other before they are stored.

    They are reserved many at a time: `first`, then twice as many, up to a thousand. Those that are not used
    leave a gap.
    """
    table, count = model._meta.db_table, first
    while True:
        yield from _reserve(table, count)
        count = min(2 * count, IDS_AT_ONCE)


def insert(rows: Iterable[models.Model]) -> None:
    """Store new rows, which may be of several models; no signal is sent and no row learns its id.

    They hold plain values, no expressions; of one model, all have been given an id or none has. Raises
    IntegrityError as the database does.
    """
    by_model: dict[type[models.Model], list[dict[str, Any]]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(vars(row))
    write = _copy if connection.vendor == "postgresql" else _execute
    for model, values in by_model.items():
        fields = [one for one in model._meta.concrete_fields if not one.primary_key or values[0][one.attname]]
        tuples = map(itemgetter(*(field.attname for field in fields)), values)
        columns = (
            map(convert, column) if convert else column
            for column, convert in zip(zip(*tuples, strict=True), map(_conversion, fields), strict=True)
        )
        names = [connection.ops.quote_name(field.column or "") for field in fields]
        write(connection.ops.quote_name(model._meta.db_table), names, list(zip(*columns, strict=True)))


@functools.cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Return the plain defaults of a model's columns, and those that are made anew for each row."""
    fields = model._meta.concrete_fields
    called = [
        (field.attname, field.default) for field in fields if field.has_default() and callable(field.default)
    ]
    made = {name for name, _ in called}
    return {field.attname: field.get_default() for field in fields if field.attname not in made}, called


@transaction.atomic
def _reserve(table: str, count: int) -> Sequence[int]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table, count])
            return [number for (number,) in cursor.fetchall()]
        # SQLite keeps the last id of each table in an ordinary one (https://sqlite.org/autoinc.html).
        moved = "UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq"
        cursor.execute(moved, [count, table])
        found = cursor.fetchone()
        if found is None:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
        last: int = found[0] if found else count
        return range(last - count + 1, last + 1)


def _execute(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608 - our names


def _copy(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _conversion(field: "models.Field[Any, Any]") -> Convert | None:
    """Return how values of a field become what the database takes; None when they are that already."""
    if isinstance(field, models.JSONField):
        return functools.partial(_document, (field.encoder or json.JSONEncoder)())
    if isinstance(field, models.CharField | models.TextField):
        return _text if field.null else str
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return _moment_on_sqlite
    return None


def _document(encoder: json.JSONEncoder, value: Any) -> str | None:
    return None if value is None else encoder.encode(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment_on_sqlite(value: datetime | None) -> str | None:
    """Return a moment as Django's backend keeps it: in UTC, without its offset."""
    if value is None:
        return None
    return str(value if value.tzinfo is UTC else value.astimezone(UTC)).removesuffix("+00:00")
