"""Write many rows at once, as fast as the database takes them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.db import connection, models


def upsert(
    model: type[models.Model], key: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows, or take the place of those with the same key.

    By hand, since building the same statement with `bulk_create` took three quarters of a projection's time.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    changed = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in columns if name != key)
    moment, day = connection.ops.adapt_datetimefield_value, connection.ops.adapt_datefield_value
    kinds: dict[type, Callable[[Any], Any]] = {datetime: moment, date: day}
    stored = [[kinds[type(one)](one) if type(one) in kinds else one for one in row] for row in rows]
    # SQLite prepares a statement for one row once; PostgreSQL would read it anew for each.
    at_once = 1 if connection.vendor == "sqlite" else len(rows)
    values = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * at_once)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"  # noqa: S608 - own names
        f" VALUES {values} ON CONFLICT ({quote(key)}) DO UPDATE SET {changed}"
    )
    with connection.cursor() as cursor:
        if at_once == 1:
            cursor.executemany(statement, stored)
        else:
            cursor.execute(statement, list(chain.from_iterable(stored)))
