"""Keep SQLite's planner told how large tables are and how much each index divides them.

Without that it takes whatever an index begins with for rare, and a town is not: asked for some cases of a
town by their ids, it reads the whole town. PostgreSQL looks by itself (autovacuum).
"""

from datetime import datetime

from django.db import connection, transaction

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
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < %s", [LARGE])
        cursor.execute("SELECT count(DISTINCT tbl) FROM sqlite_stat1")
        (tables,) = cursor.fetchone()
        cursor.execute("ANALYZE sqlite_schema")
    return f"{tables} large tables looked at"
