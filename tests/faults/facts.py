"""What the database holds, read by plain SQL past our own code, and what no database may hold."""

import contextlib
import dataclasses
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit


class UnableToCheck(Exception):
    """The database could not be examined as it must be."""


@contextlib.contextmanager
def connected(url: str) -> Iterator[Any]:
    """Yield a connection to `sqlite:///path` or `postgresql://…` whose statements stand each alone."""
    connection = connect(url)
    try:
        yield connection
    finally:
        connection.close()


def connect(url: str) -> Any:
    """Return such a connection; whoever calls closes it."""
    if url.startswith("sqlite"):
        path = urlsplit(url).path.removeprefix("/")
        return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10, isolation_level=None)
    import psycopg  # not before it is wanted: the power rig's interpreter may lack it

    return psycopg.connect(url, autocommit=True)


@dataclasses.dataclass(frozen=True)
class CaseFacts:
    """A case with what must hang on it."""

    number: str
    bodies: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The SHA-256 of each text that came in."""
        return tuple(sha256(body) for body in self.bodies)


def sha256(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def cases(connection: Any) -> list[CaseFacts]:
    """Return every case with its texts and the names of what it lacks (I3)."""
    bodies: dict[int, list[str]] = {}
    received = "SELECT case_id, body FROM cases_contact WHERE direction = 'IN' ORDER BY id"
    for case, body in rows(connection, received):
        bodies.setdefault(case, []).append(body)
    audited = column(
        connection,
        "SELECT object_id FROM audit_auditrecord WHERE object_kind = 'case' AND verb = 'case.opened'",
    )
    linked = column(connection, "SELECT object_id FROM links_link WHERE purpose = 'TRACKING'")
    timeline = column(connection, "SELECT case_id FROM cases_change WHERE kind = 'OPENED'")
    events = opening_events(connection)
    durable = column(
        connection, "SELECT event_id FROM events_outboxrow WHERE subscriber = 'notices.plan_opened'"
    )
    found = []
    for case, number in rows(connection, "SELECT id, number FROM cases_case ORDER BY id"):
        held = {
            "number": bool(number),
            "contact": len(bodies.get(case, [])) >= 1,
            "audit": audited[case] == 1,
            "link": linked[case] == 1,
            "timeline": timeline[case] == 1,
            "event": len(events.get(case, [])) == 1,
            "outbox": [durable[event] for event in events.get(case, [])] == [1],
        }
        missing = tuple(name for name, is_there in held.items() if not is_there)
        found.append(CaseFacts(number or "", tuple(bodies.get(case, [])), missing))
    return found


def opening_events(connection: Any) -> dict[int, list[int]]:
    """Return the ids of the events that opened each case."""
    found: dict[int, list[int]] = {}
    opened = "SELECT id, document FROM events_event WHERE name = 'case.opened'"
    for event, document in rows(connection, opened):
        fields = document if isinstance(document, dict) else json.loads(document)
        found.setdefault(fields["case_id"], []).append(event)
    return found


def strays(connection: Any) -> list[str]:
    """Return rows of a case that is not there, and numbers that occur twice or were never given out (I6)."""
    known = set(column(connection, "SELECT id FROM cases_case"))
    contacts = set(column(connection, "SELECT case_id FROM cases_contact WHERE case_id IS NOT NULL"))
    events = set(opening_events(connection))
    audits = set(column(connection, "SELECT object_id FROM audit_auditrecord WHERE object_kind = 'case'"))
    complaints = [
        f"{kind} of case {case}, which does not exist"
        for kind, ids in (("contact", contacts), ("event", events), ("audit record", audits))
        for case in sorted(ids - known)
    ]
    numbers = rows(connection, "SELECT municipality_id, number FROM cases_case")
    times = Counter(numbers)
    complaints += [f"number {number} given twice" for town, number in times if times[town, number] > 1]
    last = {
        (town, year): running
        for town, year, running in rows(connection, "SELECT municipality_id, year, last FROM cases_counter")
    }
    for town, number in numbers:
        year, running, _ = number.split("-")
        if int(running) > last.get((town, 2000 + int(year)), 0):
            complaints.append(f"number {number} is beyond its counter")
    return complaints


def outbox_states(connection: Any) -> dict[str, int]:
    """Return how many rows of the outbox are in each state."""
    return dict(rows(connection, "SELECT state, COUNT(*) FROM events_outboxrow GROUP BY state"))


def uncounted(connection: Any) -> int:
    """Return by how many cases the published figure of openings is off."""
    sql = "SELECT COALESCE(SUM(received), 0) FROM insights_tally WHERE dimension = 'TOTAL'"
    counted = rows(connection, sql)[0][0]
    opened = rows(connection, "SELECT COUNT(*) FROM cases_case")[0][0]
    return int(opened) - int(counted)


def damage(url: str) -> list[str]:
    """Return what the database itself finds wrong with its files (I8)."""
    if url.startswith("sqlite"):
        with connected(url) as connection:
            found = [line for (line,) in rows(connection, "PRAGMA integrity_check") if line != "ok"]
            return found + [str(row) for row in rows(connection, "PRAGMA foreign_key_check")]
    return postgresql_damage(url)


def postgresql_damage(url: str) -> list[str]:
    """Check every index against its table, which only the superuser of the throw-away server may."""
    import psycopg

    with psycopg.connect(url, user="postgres", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        indexes = connection.execute(
            "SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE a.amname = 'btree' AND n.nspname = 'public' AND i.indisvalid"
        ).fetchall()
        if not indexes:
            raise UnableToCheck("The database has no index to check.")
        found = []
        for (index,) in indexes:
            try:
                connection.execute("SELECT bt_index_check(%s::oid::regclass, true)", [index])
            except psycopg.Error as error:
                found.append(str(error).splitlines()[0])
        return found


def rows(connection: Any, statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(statement).fetchall()


def column(connection: Any, statement: str) -> "Counter[Any]":
    """Return the values of a statement's only column, with how often each occurs."""
    return Counter(value for (value,) in rows(connection, statement))
