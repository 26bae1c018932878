"""Start-up checks: a database whose settings could lose what was acknowledged is refused."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, run_checks
from django.core.checks import register as register_check
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from moked.audit import triggers
from moked.search import index

FULL = 2
LEAST_POSTGRESQL = 150000


def register() -> None:
    """Add the checks to Django's."""
    register_check(check_databases, Tags.database)


def refuse_weak_database() -> None:
    """Raise ImproperlyConfigured with every reason why the database must not be used."""
    found = run_checks(tags=[Tags.database], databases=["default"])
    if errors := [message.msg for message in found if message.is_serious()]:
        raise ImproperlyConfigured(" ".join(errors))


def check_databases(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Return an error for every setting that is weaker than the promise to lose nothing."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        weak = sqlite_weaknesses if connection.vendor == "sqlite" else postgresql_weaknesses
        problems += [Error(reason, id="moked.E001") for reason in weak(connection)]
        problems += [Error(reason, id="moked.E003") for reason in _search_weaknesses(connection)]
        problems += [Error(reason, id="moked.E002") for reason in _trigger_weaknesses(connection)]
    return problems


def sqlite_weaknesses(connection: Any) -> Iterator[str]:
    """Yield what is wrong with an SQLite connection, in words for IT."""
    connection.ensure_connection()
    if connection.settings_dict["ENGINE"] != "moked.base.sqlite":
        yield "SQLite must be used through the engine moked.base.sqlite, whose writers queue."
    if connection.transaction_mode != "IMMEDIATE":
        yield "SQLite's transaction_mode must be IMMEDIATE."
    wanted: dict[str, set[Any]] = {
        "journal_mode": ({"wal", "memory"} if connection.is_in_memory_db() else {"wal"}),
        "synchronous": {FULL, 3},
        "foreign_keys": {1},
    }
    with connection.cursor() as cursor:
        for pragma, allowed in wanted.items():
            value = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            if value not in allowed:
                yield f"SQLite's {pragma} is {value!r}; it must be one of {sorted(allowed, key=str)}."
        if cursor.execute("PRAGMA busy_timeout").fetchone()[0] < 5000:
            yield "SQLite's busy timeout must be at least 5 seconds."


def postgresql_weaknesses(connection: Any) -> Iterator[str]:
    """Yield what is wrong with a PostgreSQL server or database, in words for IT."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('fsync'), current_setting('full_page_writes'),"
            " current_setting('synchronous_commit'), current_setting('server_version_num')::int,"
            " pg_encoding_to_char(encoding), datctype FROM pg_database WHERE datname = current_database()"
        )
        fsync, full_page_writes, synchronous_commit, version, encoding, locale = cursor.fetchone()
    if fsync != "on" or full_page_writes != "on":
        yield "PostgreSQL's fsync or full_page_writes is off: a power cut would lose acknowledged reports."
    if synchronous_commit == "off":
        yield "PostgreSQL's synchronous_commit is off: a crash would lose acknowledged reports."
    if version < LEAST_POSTGRESQL:
        yield "PostgreSQL must be version 15 or newer."
    if encoding != "UTF8":
        yield f"The database's encoding is {encoding}; it must be UTF8."
    if locale in {"C", "POSIX"}:
        yield "The database's locale is C, which makes no trigrams of Hebrew letters; use C.UTF-8 or another."


def _search_weaknesses(connection: Any) -> Iterator[str]:
    if not index.can_be_installed(connection):
        yield index.HOW_TO_CREATE
    elif index.TABLE in connection.introspection.table_names() and not index.is_installed(connection):
        yield "The index of the search is missing: run manage.py rebuild_search --all."


def _trigger_weaknesses(connection: Any) -> Iterator[str]:
    if triggers.ACCESS_LOG in connection.introspection.table_names() and not triggers.are_installed(
        connection
    ):
        yield "The triggers that keep the audit trail append-only are missing: run migrate, or restore them."
