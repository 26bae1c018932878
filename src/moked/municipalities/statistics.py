"""Keep SQLite's planner told how large tables are and how much each index divides them.

Without that it takes whatever an index begins with for rare, and a town is not: asked for some cases of a
town by their ids, it reads the whole town. PostgreSQL looks by itself (autovacuum).
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from moked.municipalities.models import Municipality

LARGE = 1000
"""Rows from which on a table is worth it: what was seen of a small one would be wrong when it has grown."""
SAMPLE = 1000
"""Rows of an index that are looked at, so that a million cases take some 50 ms."""


def take_statistics(now: datetime) -> str:
    """Look at the tables as they are now; connections opened from now on, and this one, plan by it."""
    if connection.vendor != "sqlite":
        return "the database looks by itself"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {SAMPLE}")
        # What the index of the search keeps of its own would be read whole.
        cursor.execute("SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < %s", [LARGE])
        _correct_towns(cursor)
        cursor.execute("SELECT count(DISTINCT tbl) FROM sqlite_stat1")
        (tables,) = cursor.fetchone()
        cursor.execute("ANALYZE sqlite_schema")
    return f"{tables} large tables looked at"


def _correct_towns(cursor: Any) -> None:
    """Say of each index that begins with the town how many rows a town has: in a sample it ends too early."""
    towns = max(1, Municipality.objects.count())
    cursor.execute(
        "SELECT s.rowid, s.stat FROM sqlite_stat1 s, pragma_index_info(s.idx) i"
        " WHERE i.seqno = 0 AND i.name = 'municipality_id'"
    )
    for row, stat in cursor.fetchall():
        rows, of_town, *further = stat.split()
        of_town = str(max(int(of_town), int(rows) // towns))
        corrected = " ".join([rows, of_town, *further])
        cursor.execute("UPDATE sqlite_stat1 SET stat = %s WHERE rowid = %s", [corrected, row])
