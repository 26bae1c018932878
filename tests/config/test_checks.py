"""Start-up refuses a database that could lose what was acknowledged."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from moked.audit import triggers
from moked.config import checks
from moked.search import index
from moked.search.operations import forget_all


def test_sqlite_as_we_configure_it_is_strong(transactional_db):
    assert connection.vendor == "sqlite"
    assert list(checks.sqlite_weaknesses(connection)) == []


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("PRAGMA synchronous=NORMAL", "synchronous"),
        ("PRAGMA synchronous=OFF", "synchronous"),
        ("PRAGMA foreign_keys=OFF", "foreign_keys"),
        ("PRAGMA busy_timeout=100", "busy timeout"),
        ("PRAGMA journal_mode=DELETE", "journal_mode"),
    ],
)
def test_weaker_sqlite_settings_are_refused(transactional_db, statement, names):
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        (weakness,) = checks.sqlite_weaknesses(connection)
        assert names in weakness
    finally:
        connection.close()


def test_a_transaction_mode_other_than_immediate_is_refused(transactional_db, monkeypatch):
    connection.ensure_connection()
    monkeypatch.setattr(connection, "transaction_mode", "DEFERRED")
    (weakness,) = checks.sqlite_weaknesses(connection)
    assert "IMMEDIATE" in weakness


def test_stock_sqlite_is_refused(transactional_db, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.sqlite3")
    (weakness,) = checks.sqlite_weaknesses(connection)
    assert "moked.base.sqlite" in weakness


class Answering:
    """A PostgreSQL connection that answers with given settings."""

    def __init__(self, *answer):
        self.answer = answer

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def execute(self, query):
        self.query = query

    def fetchone(self):
        return self.answer


STRONG = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "version": 150004,
    "encoding": "UTF8",
    "locale": "C.UTF-8",
}


@pytest.mark.parametrize(
    ("weaker", "names"),
    [
        ({"fsync": "off"}, "fsync"),
        ({"full_page_writes": "off"}, "full_page_writes"),
        ({"synchronous_commit": "off"}, "synchronous_commit"),
        ({"version": 140009}, "version 15"),
        ({"encoding": "LATIN1"}, "UTF8"),
        ({"locale": "C"}, "locale"),
        ({"locale": "POSIX"}, "locale"),
    ],
)
def test_weaker_postgresql_settings_are_refused(weaker, names):
    (weakness,) = checks.postgresql_weaknesses(Answering(*(STRONG | weaker).values()))
    assert names in weakness


def test_strong_postgresql_settings_pass():
    assert list(checks.postgresql_weaknesses(Answering(*STRONG.values()))) == []


def test_a_real_server_without_fsync_is_refused(db):
    """The test server runs without fsync, as only tests may."""
    assert connection.vendor == "postgresql"
    (weakness,) = checks.postgresql_weaknesses(connection)
    assert "fsync" in weakness


def test_missing_audit_triggers_are_noticed(db):
    assert checks.check_databases(databases=[]) == []
    assert list(checks._trigger_weaknesses(connection)) == []
    triggers.remove(connection)
    (weakness,) = checks._trigger_weaknesses(connection)
    assert "append-only" in weakness


def test_a_missing_index_of_the_search_is_noticed_and_can_be_made_again(db):
    assert list(checks._search_weaknesses(connection)) == []
    index.remove(connection)
    (weakness,) = checks._search_weaknesses(connection)
    assert "rebuild_search --all" in weakness
    forget_all()
    assert list(checks._search_weaknesses(connection)) == []


@pytest.mark.parametrize(("may", "weaknesses"), [(True, 0), (False, 1)])
def test_an_extension_that_nobody_may_create_is_noticed_before_the_database_is_made(
    may: bool, weaknesses: int, db, monkeypatch
):
    """On PostgreSQL the query itself answers; here only what its answer leads to."""
    monkeypatch.setattr(index, "can_be_installed", lambda connection: may)
    found = list(checks._search_weaknesses(connection))
    assert len(found) == weaknesses and all("CREATE EXTENSION pg_trgm" in one for one in found)


def test_a_user_without_rights_cannot_create_the_extension(db):
    assert connection.vendor == "postgresql"
    index.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm")
        assert index.can_be_installed(connection)
        database = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"REVOKE CREATE ON DATABASE {database} FROM CURRENT_USER")
        assert not index.can_be_installed(connection)
        with pytest.raises(ImproperlyConfigured, match="pg_trgm"):
            index.install(connection)
        cursor.execute(f"GRANT CREATE ON DATABASE {database} TO CURRENT_USER")
    index.install(connection)
    assert index.is_installed(connection)
