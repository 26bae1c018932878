"""The index of the documents' words: FTS5 trigrams on SQLite, pg_trgm on PostgreSQL.

PostgreSQL keeps its own up to date; on SQLite the operations write it, since Django drops a table's triggers
when it rebuilds the table. It stores no text: whoever takes a document out has to say what was in it.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from moked.search.models import Document
from moked.search.rules import scope_mark, town_mark

FTS, GIN = "search_index", "document_words"
HOW_TO_CREATE = (
    "PostgreSQL's extension pg_trgm is missing, which the search needs, and this database user may not create "
    "it. Let a superuser run `CREATE EXTENSION pg_trgm;` in this database (on Debian it is in the package "
    "postgresql-contrib), then start again."
)


def install(connection: Any) -> None:
    """Create the index. Raises ImproperlyConfigured, in words for IT, where the database lacks the means."""
    if connection.vendor == "sqlite":
        _run(
            connection,
            f"CREATE VIRTUAL TABLE {FTS} USING fts5(words, tokenize='trigram', detail=none, content='')",
        )
        return
    if not has_extension(connection):
        try:
            _run(connection, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as refusal:
            raise ImproperlyConfigured(HOW_TO_CREATE) from refusal
    _run(
        connection,
        f"CREATE INDEX {GIN} ON {Document._meta.db_table}"
        " USING gin (text gin_trgm_ops, people gin_trgm_ops)",
    )


def remove(connection: Any) -> None:
    """Drop the index, for undoing the migration; the extension stays, others may use it."""
    _run(connection, f"DROP TABLE {FTS}" if connection.vendor == "sqlite" else f"DROP INDEX {GIN}")


def is_installed(connection: Any) -> bool:
    """Tell whether the index stands."""
    query = (
        "SELECT count(*) FROM sqlite_master WHERE name = %s"
        if connection.vendor == "sqlite"
        else "SELECT count(*) FROM pg_class WHERE relname = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [FTS if connection.vendor == "sqlite" else GIN])
        return bool(cursor.fetchone()[0])


def has_extension(connection: Any) -> bool:
    """Tell whether PostgreSQL has the extension in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        return bool(cursor.fetchone()[0])


def put_in(connection: Any, documents: Sequence[Document]) -> None:
    """Index new documents."""
    if connection.vendor == "sqlite":
        rows = [(one.recency, _words(one)) for one in documents]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {FTS} (rowid, words) VALUES (%s, %s)", rows)  # noqa: S608


def take_out(connection: Any, documents: Sequence[Document]) -> None:
    """Forget documents, as they stand in the index."""
    if connection.vendor == "sqlite":
        rows = [(one.recency, _words(one)) for one in documents]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {FTS} ({FTS}, rowid, words) VALUES ('delete', %s, %s)",  # noqa: S608
                rows,
            )


def clear(connection: Any) -> None:
    """Empty the index."""
    if connection.vendor == "sqlite":
        _run(connection, f"INSERT INTO {FTS} ({FTS}) VALUES ('delete-all')")  # noqa: S608


def size(connection: Any) -> int:
    """Return how many documents are in the index."""
    table = f"{FTS}_docsize" if connection.vendor == "sqlite" else Document._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _words(document: Document) -> str:
    """Return what is indexed of a document: whose it is, then its words."""
    scope = "" if document.scope is None else scope_mark(document.scope)
    return f"{town_mark(document.municipality_id)}{scope}{document.text}{document.people}"


def _run(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
