"""Write new rows several times as fast as the ORM does, one of them or many at once.

Values travel to the database as plain tuples; of many, by one prepared statement on SQLite, by COPY on
PostgreSQL where they are more than a few. Constraints and triggers of the database hold as ever, and it fills
in what it has a default for.
"""

import functools
import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

from django.db import connection, models, transaction
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault

Column: TypeAlias = "models.Field[Any, Any]"
Convert = Callable[[Any], Any]
Row = TypeVar("Row", bound=models.Model)
IDS_AT_ONCE = 1000
FEW = 5
MOMENTS = 10_000


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


def add(row: Row) -> Row:
    """Store one new row and return it; it learns its id, but nothing else that the database fills in.

    It holds plain values, no expressions; no signal is sent. Raises IntegrityError as the database does.
    """
    model, values = type(row), vars(row)
    statement, columns = _statement(connection.vendor, model, _filled_in(model, values))
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [convert(values[name]) if convert else values[name] for name, convert in columns]
        )
        ((values[model._meta.pk.attname],),) = cursor.fetchall()
    row._state.adding, row._state.db = False, connection.alias
    return row


def insert(rows: Iterable[models.Model]) -> None:
    """Store new rows, which may be of several models; no signal is sent and no row learns its id.

    They hold plain values, no expressions; of one model, all leave the same columns to the database. Raises
    IntegrityError as the database does.
    """
    by_model: dict[type[models.Model], list[dict[str, Any]]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(vars(row))
    for model, values in by_model.items():
        table, fields = _table(model), _fields(model, _filled_in(model, values[0]))
        tuples = map(itemgetter(*(field.attname for field in fields)), values)
        columns = (
            map(convert, column) if convert else column
            for column, convert in zip(zip(*tuples, strict=True), map(_conversion, fields), strict=True)
        )
        rows_of_table = list(zip(*columns, strict=True))
        write = _copy if connection.vendor == "postgresql" and len(rows_of_table) > FEW else _execute
        write(table, _names(fields), rows_of_table)


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Store some columns of rows of one model, named as they are kept, each row found by its id.

    They hold plain values, no expressions; no signal is sent. Raises IntegrityError as the database does.
    """
    if not rows:
        return
    statement, columns = _update_statement(connection.vendor, type(rows[0]), tuple(names))
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                [convert(value) if convert else value for convert, value in zip(columns, values, strict=True)]
                for values in ([*(getattr(row, name) for name in names), row.pk] for row in rows)
            ],
        )


@functools.cache
def _update_statement(
    vendor: str, model: type[models.Model], names: tuple[str, ...]
) -> tuple[str, list[Convert | None]]:
    """Return the statement that stores columns of one row, and how what it takes is converted."""
    fields = [_field(model, name) for name in names]
    columns = ", ".join(f"{_names([field])} = %s" for field in fields)
    key = model._meta.pk
    statement = f"UPDATE {_table(model)} SET {columns} WHERE {_names([key])} = %s"  # noqa: S608 - our names
    return statement, [*map(_conversion, fields), None]


def _field(model: type[models.Model], name: str) -> Column:
    return next(one for one in model._meta.concrete_fields if one.attname == name)


def _filled_in(model: type[models.Model], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which columns of a row the database is to fill in: an id not given, and its own defaults."""
    return tuple(
        name
        for name in _can_be_filled_in(model)
        if values[name] is None or isinstance(values[name], DatabaseDefault)
    )


@functools.cache
def _can_be_filled_in(model: type[models.Model]) -> tuple[str, ...]:
    fields = model._meta.concrete_fields
    return tuple(one.attname for one in fields if one.primary_key or one.has_db_default())


def _fields(model: type[models.Model], filled_in: Container[str]) -> list[Column]:
    return [field for field in model._meta.concrete_fields if field.attname not in filled_in]


@functools.cache
def _statement(
    vendor: str, model: type[models.Model], filled_in: tuple[str, ...]
) -> tuple[str, list[tuple[str, Convert | None]]]:
    """Return the statement that stores one row and tells its id; the attributes it takes, converted how."""
    fields = _fields(model, filled_in)
    values, key = ", ".join(["%s"] * len(fields)), _names([model._meta.pk])
    statement = f"INSERT INTO {_table(model)} ({_names(fields)}) VALUES ({values}) RETURNING {key}"  # noqa: S608
    return statement, [(field.attname, _conversion(field)) for field in fields]


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _names(fields: Iterable[Column]) -> str:
    return ", ".join(connection.ops.quote_name(field.column or "") for field in fields)


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


def _execute(table: str, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
    values = ", ".join(["%s"] * len(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608 - our names


def _copy(table: str, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"COPY {table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _conversion(field: Column) -> Convert | None:
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


@functools.lru_cache(MOMENTS)
def _moment_on_sqlite(value: datetime | None) -> str | None:
    """Return a moment as Django's backend keeps it: in UTC, without its offset.

    Rows written together share most of theirs.
    """
    if value is None:
        return None
    return str(value if value.tzinfo is UTC else value.astimezone(UTC)).removesuffix("+00:00")
