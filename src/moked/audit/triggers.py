"""Triggers that make the audit trail and the access log append-only, for each database.

Django drops a table's triggers when it rebuilds the table on SQLite, so a start-up check looks for them.
"""

from collections.abc import Sequence
from typing import Any

TRAIL, ACCESS_LOG = "audit_auditrecord", "audit_accessrecord"
TABLES = (TRAIL, ACCESS_LOG)
_PREFIX = {TRAIL: "audit", ACCESS_LOG: "access"}

FUNCTION = """CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"""


def install(connection: Any, tables: Sequence[str] = TABLES) -> None:
    """Create the triggers of these tables for the connection's database."""
    is_postgresql = connection.vendor == "postgresql"
    _run(connection, [FUNCTION] if is_postgresql else [])
    for table in tables:
        _run(connection, _on_postgresql(table) if is_postgresql else _on_sqlite(table))


def remove(connection: Any, tables: Sequence[str] = TABLES) -> None:
    """Drop the triggers; for undoing the migration and for emptying a test database."""
    on_table = connection.vendor == "postgresql"
    for table in tables:
        for name in _names(connection, table):
            _run(connection, [f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if on_table else "")])


def are_installed(connection: Any) -> bool:
    """Tell whether both triggers stand on each of the tables."""
    names = [name for table in TABLES for name in _names(connection, table)]
    marks = ", ".join(["%s"] * len(names))
    query = (
        f"SELECT count(*) FROM pg_trigger WHERE tgname IN ({marks})"  # noqa: S608 - our own names
        if connection.vendor == "postgresql"
        else f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN ({marks})"  # noqa: S608
    )
    with connection.cursor() as cursor:
        cursor.execute(query, names)
        return bool(cursor.fetchone()[0] == len(names))


def _names(connection: Any, table: str) -> tuple[str, str]:
    prefix = _PREFIX[table]
    if connection.vendor == "postgresql":
        return f"{prefix}_no_change", f"{prefix}_no_truncate"
    return f"{prefix}_no_update", f"{prefix}_no_delete"


def _on_sqlite(table: str) -> list[str]:
    prefix = _PREFIX[table]
    return [
        f"""CREATE TRIGGER IF NOT EXISTS {prefix}_no_{verb.lower()} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"""
        for verb in ("UPDATE", "DELETE")
    ]


def _on_postgresql(table: str) -> list[str]:
    prefix = _PREFIX[table]
    return [
        f"""CREATE TRIGGER {prefix}_no_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
        f"""CREATE TRIGGER {prefix}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()""",
    ]


def _run(connection: Any, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
