"""Mails as they come in: five a second beside agents at work, many that wait, and a very large one.

They lie in a Dovecot, from where `script/server` fetches them; one worker takes them all.
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks import children
from benchmarks.databases import Bench, Database, serving
from benchmarks.measurements import Measurement, median, percentile
from benchmarks.pages import A_MILLION, beside
from tests.channels import certificates
from tests.channels.dovecot import PASSWORD, Dovecot, dovecot
from tests.faults import facts

A_SECOND = 5
WAITING = 10_000
LONGEST_WAIT = 4 * 3600
SETTLED = "SELECT COUNT(*) FROM channels_inboundmessage WHERE state <> 'STORED'"
STORED = "SELECT COUNT(*) FROM channels_inboundmessage WHERE state = 'STORED'"
PASSED = "SELECT last_uid FROM channels_mailserver"
DUE = (
    "SELECT COUNT(*) FROM events_outboxrow"
    " WHERE is_open AND (lease IS NOT NULL OR due_at <= CURRENT_TIMESTAMP)"
)


def measure(bench: Bench) -> list[Measurement]:
    """Let mails come at a pace, then let many wait, then take one of 25 MB."""
    database = bench.database()
    _, certificate, key = certificates.make()
    with dovecot(certificate, key, "http://127.0.0.1:9") as server:
        measured = [*_coming(bench, database, server), *_waiting(bench, database, server)]
    large = _inside(bench, database, "large")
    return [
        *measured,
        Measurement(
            f"a mail of {large['size'] / 1e6:.0f} MB: kept and taken", large["seconds"], "s", "large"
        ),
        Measurement("… memory of its reader, highest", large["peak"], "MB", "peak"),
    ]


def _coming(bench: Bench, database: Database, server: Dovecot) -> Iterator[Measurement]:
    """Five mails a second for some minutes, while queue and cases are asked for."""
    user, to = _mailbox(bench, database, server)
    count = int(bench.minutes * 60 * A_SECOND)
    words = (server.maildir(user), to, count, 1 / A_SECOND, 1)
    command = [sys.executable, "-m", "benchmarks.postman", *map(str, words)]
    with serving(bench, database) as (_, port):
        _, waited = beside(bench, database, port, command, LONGEST_WAIT)
        _until_taken(database, count)
    said = _inside(bench, database, "told")
    yield Measurement(f"mails taken, {A_SECOND} a second coming", said["speed"], "mails/s", "taken")
    yield Measurement("… from kept to taken, 19 of 20 within", percentile(said["delays"], 0.95), "s")
    limit = "pages" if database.cases < A_MILLION else "pages_of_a_million"
    for page, took in waited.items():
        yield Measurement(f"… {page} meanwhile: server, median", median(took), "ms", limit)
        yield Measurement(f"… {page} meanwhile: server, 19 of 20 within", percentile(took, 0.95), "ms")


def _waiting(bench: Bench, database: Database, server: Dovecot) -> Iterator[Measurement]:
    """Mails wait in the mailbox when the server starts; how soon all are taken, and all are answered."""
    user, to = _mailbox(bench, database, server)
    count = bench.mails_waiting
    words = (server.maildir(user), to, count, 0, 2)
    command = [sys.executable, "-m", "benchmarks.postman", *map(str, words)]
    children.result_of(command, bench.environment(database), database.folder / "postman.log")
    with serving(bench, database):
        began = time.monotonic()
        _until_taken(database, count)
        taken = (time.monotonic() - began) / 60
        children.until(lambda: not _number(database, DUE), LONGEST_WAIT, every=1)
        answered = (time.monotonic() - began) / 60
    scale = WAITING / count
    yield Measurement(
        f"{WAITING:,} waiting mails taken, at the pace of {count:,}", taken * scale, "min", "drained"
    )
    yield Measurement("… and all answered", answered * scale, "min")


def _mailbox(bench: Bench, database: Database, server: Dovecot) -> tuple[str, str]:
    """Have an empty mailbox read for the town; return its user and the town's address."""
    user = server.add_user()
    said = _inside(bench, database, "mailbox", server.port, user, PASSWORD)
    return user, said["address"]


def _until_taken(database: Database, count: int) -> None:
    """Wait until so many mails of the mailbox, all of it, were fetched and taken."""

    def is_done() -> bool:
        return _number(database, PASSED) >= count and not _number(database, STORED)

    if not children.until(is_done, LONGEST_WAIT, every=0.5):
        raise children.ChildFailed(f"Only {_number(database, SETTLED)} mails were taken.")


def _inside(bench: Bench, database: Database, *words: object) -> Any:
    command = children.inside("mails", database.facts_file, *words)
    return children.result_of(command, bench.environment(database), database.folder / "mails.log")


def _number(database: Database, query: str) -> int:
    with facts.connected(database.url) as connection:
        return int(facts.rows(connection, query)[0][0])
