"""The index of the documents' words: FTS5 trigrams on SQLite, pg_trgm on PostgreSQL.

PostgreSQL keeps its own up to date; on SQLite the operations write it, since Django drops a table's triggers
when it rebuilds the table. It stores no text: whoever takes a document out has to say what was in it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from moked.search.rules import scope_mark, town_mark

if TYPE_CHECKING:  # start-up checks ask for the index before there are models
    from moked.search.models import Document

TABLE, FTS, GIN = "search_document", "search_index", "document_words"
HOW_TO_CREATE = (
    "PostgreSQL's extension pg_trgm is missing, which the search needs, and this database user may not "
    "create it. Let a superuser run `CREATE EXTENSION pg_trgm;` in this database (on some systems it comes "
    "in a package postgresql-contrib), then start again."
)

CAN_BE_INSTALLED = """
    SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') OR EXISTS (
        SELECT 1 FROM pg_available_extension_versions v, pg_roles r
        WHERE v.name = 'pg_trgm' AND r.rolname = current_user
        AND (r.rolsuper OR v.trusted AND has_database_privilege(current_database(), 'CREATE'))
    )
"""


def install(connection: Any) -> None:
    """Create the index. Raises ImproperlyConfigured, in words for IT, where the database lacks the means."""
    if connection.vendor == "sqlite":
        _run(
            connection,
            f"CREATE VIRTUAL TABLE {FTS} USING fts5(words, tokenize='trigram', detail=none, content='')",
        )
        return
    if not can_be_installed(connection):
        raise ImproperlyConfigured(HOW_TO_CREATE)
    _run(connection, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _run(
        connection,
        f"CREATE INDEX {GIN} ON {TABLE} USING gin (text gin_trgm_ops, people gin_trgm_ops)",
    )


def remove(connection: Any) -> None:
    """Drop the index, for undoing the migration; the extension stays, others may use it."""
    what = f"TABLE IF EXISTS {FTS}" if connection.vendor == "sqlite" else f"INDEX IF EXISTS {GIN}"
    _run(connection, f"DROP {what}")


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


def can_be_installed(connection: Any) -> bool:
    """Tell whether PostgreSQL has the extension in this database, or lets its user create it."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute(CAN_BE_INSTALLED)
        return bool(cursor.fetchone()[0])


def put_in(connection: Any, documents: "Sequence[Document]") -> None:
    """Index new documents."""
    if connection.vendor == "sqlite":
        rows = [(one.recency, _words(one)) for one in documents]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {FTS} (rowid, words) VALUES (%s, %s)", rows)  # noqa: S608


def take_out(connection: Any, documents: "Sequence[Document]") -> None:
    """Forget documents, as they stand in the index; those that are not in it are passed over."""
    if connection.vendor == "sqlite":
        rows = [(one.recency, _words(one), one.recency) for one in documents]
        with connection.cursor() as cursor:
            # FTS5 counts what it holds, and calls the database broken when that falls below nothing.
            cursor.executemany(
                f"INSERT INTO {FTS} ({FTS}, rowid, words) SELECT 'delete', %s, %s"  # noqa: S608
                f" WHERE EXISTS (SELECT 1 FROM {FTS}_docsize WHERE id = %s)",
                rows,
            )


def begin_anew(connection: Any) -> None:
    """Empty the documents, at once however many there are, and create the index again."""
    emptying = "DELETE FROM" if connection.vendor == "sqlite" else "TRUNCATE"
    _run(connection, f"{emptying} {TABLE}")
    remove(connection)
    install(connection)


def size(connection: Any) -> int:
    """Return how many documents are in the index."""
    table = f"{FTS}_docsize" if connection.vendor == "sqlite" else TABLE
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _words(document: "Document") -> str:
    """Return what is indexed of a document: whose it is, then its words."""
    scope = "" if document.scope is None else scope_mark(document.scope)
    return f"{town_mark(document.municipality_id)}{scope}{document.text}{document.people}"


def _run(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
