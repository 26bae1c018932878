"""Four processes open cases without a pause, beside a worker whose mail server accepts at once."""

import contextlib
import json
import sys
import time
from typing import Any

from benchmarks import children
from benchmarks.children import Child
from benchmarks.databases import ROOT, Bench, Database
from benchmarks.measurements import Measurement, median, percentile

WRITERS = 4
SECONDS = 20
SECONDS_TO_START = 5
SECONDS_TO_DRAIN = 300


def measure(bench: Bench) -> list[Measurement]:
    """Write, count what the worker delivered meanwhile, and let it finish."""
    database = bench.database()
    environment = bench.environment(database)
    worker_command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    with children.running(worker_command, environment, database.folder / "worker.log") as worker:
        mails_before = bench.mails()
        written = write(bench, database)
        delivered = bench.mails() - mails_before
        drained = wait_for_worker(bench, database)
        if worker.has_ended():
            raise children.ChildFailed(f"The worker died:\n{worker.last_words()}")
        complaints = warnings_of(worker)
    milliseconds = [one for writer in written for one in writer["milliseconds"]]
    errors = [one for writer in written for one in writer["errors"]] + complaints
    for error in errors[:5]:
        sys.stdout.write(f"  error: {error}\n")
    return [
        Measurement("errors", len(errors) + drained["troubled"], "errors", "errors"),
        Measurement("one case, longest", max(milliseconds), "ms", "longest"),
        Measurement("one case, 99 of 100 within", percentile(milliseconds, 0.99), "ms"),
        Measurement("one case, median", median(milliseconds), "ms"),
        Measurement("opened by all four", len(milliseconds) / SECONDS, "cases/s"),
        Measurement("fewest by one of them", min(len(one["milliseconds"]) for one in written), "cases"),
        Measurement("delivered meanwhile", delivered, "mails", "delivered"),
        Measurement("outbox rows left in the end", drained["left"], "rows", "left"),
        Measurement("until the outbox was empty", drained["seconds"], "s"),
    ]


def write(bench: Bench, database: Database) -> list[dict[str, Any]]:
    """Run the writers side by side; returns what each tells."""
    begin = time.time() + SECONDS_TO_START
    command = children.inside("writer", database.facts_file, SECONDS, begin)
    with contextlib.ExitStack() as all_:
        writers = [
            all_.enter_context(
                children.running(command, bench.environment(database), database.folder / f"writer-{n}.log")
            )
            for n in range(WRITERS)
        ]
        return [children.answer_of(one, SECONDS_TO_START + SECONDS + 60) for one in writers]


def wait_for_worker(bench: Bench, database: Database) -> dict[str, Any]:
    """Wait until the outbox is empty, or it takes too long."""
    command = children.inside("outbox", SECONDS_TO_DRAIN)
    told: dict[str, Any] = children.result_of(
        command, bench.environment(database), database.folder / "outbox.log"
    )
    return told


def warnings_of(worker: Child) -> list[str]:
    """Return the lines of the worker's log that are warnings or worse, or no log lines at all."""
    return [line for line in worker.said().splitlines() if line.strip() and not _is_harmless(line)]


def _is_harmless(line: str) -> bool:
    with contextlib.suppress(ValueError):
        return str(json.loads(line).get("level")) in {"debug", "info"}
    return False
