"""Empty the database after a test that commits: in one transaction, and only the tables that hold rows.

Django's own way empties every table and then writes permissions and content types, which nobody here asks
for. Foreign keys are looked at when the transaction ends, so the tables may be emptied in any order.
"""

from functools import cache

from django.db import connection, transaction

from moked.audit import triggers
from moked.search import index


def empty() -> None:
    """Delete all rows, those of the append-only tables too, and on SQLite what the search has indexed."""
    with transaction.atomic(), connection.cursor() as cursor:
        triggers.remove(connection)
        cursor.execute(which_hold_rows())
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")
        if connection.vendor == "sqlite":
            index.begin_anew(connection)
    triggers.install(connection)


@cache
def which_hold_rows() -> str:
    """Return a query for the names of the tables that are not empty."""
    tables = connection.introspection.django_table_names()
    return " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {one})" for one in sorted(tables))
