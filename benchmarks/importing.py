"""How fast a history is imported, how long others wait for it, and how pages fare meanwhile."""

import threading
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks import addresses, children, histories
from benchmarks.databases import Bench, Database, serving
from benchmarks.measurements import Measurement, median, percentile
from benchmarks.pages import asking, signed_in

ASK_EVERY = 0.1
SECONDS = 3600


def measure(bench: Bench) -> list[Measurement]:
    """Import a history through a process of its own beside script/server, ask for pages, then undo it."""
    database = bench.database()
    path, mapping = bench.history or histories.make(database.folder)
    waited: dict[str, list[float]] = {"queue": [], "case": []}
    with serving(bench, database) as (_, port):
        said = beside_pages(bench, database, port, (path, mapping), waited)
    rows, batches = said["rows"], said["batches"]
    return [
        Measurement("imported, pages being asked for", rows / said["seconds"], "rows/s", "speed"),
        Measurement("a row, processor time", said["processor_seconds"] * 1000 / rows, "ms"),
        Measurement("a batch, median", median(batches), "ms"),
        Measurement("a batch, 19 of 20 within", percentile(batches, 0.95), "ms", "batch"),
        Measurement("a batch, longest", max(batches), "ms"),
        *(
            Measurement(f"{page} meanwhile: server, median", median(milliseconds), "ms", "pages")
            for page, milliseconds in waited.items()
        ),
        Measurement("undone", said["withdrawn"] / said["undoing_seconds"], "rows/s"),
        Measurement(
            "undoing, 19 of 20 transactions within", percentile(said["undoing"], 0.95), "ms", "batch"
        ),
    ]


def beside_pages(
    bench: Bench, database: Database, port: int, given: tuple[Path, Path], waited: dict[str, list[float]]
) -> dict[str, Any]:
    """Run the import to its end; meanwhile ask for pages, and note how long the server worked on each."""
    command = children.inside("importing", *given, database.facts["town"])
    agent = signed_in(database.facts, port, "AGENT")
    cases = [addresses.case(one) for one in database.facts["plain"]]
    asked = cycle(
        [
            ("queue", asking(agent, database.facts, [addresses.QUEUE])),
            ("case", asking(agent, database.facts, cases)),
        ]
    )
    said: dict[str, Any] = {}
    log = database.folder / "importing.log"

    def work() -> None:
        said.update(children.result_of(command, bench.environment(database), log, SECONDS))

    worker = threading.Thread(target=work)
    worker.start()
    while worker.is_alive():
        page, ask = next(asked)
        waited[page].append(ask().server_milliseconds)
        time.sleep(ASK_EVERY)
    if not said:
        raise children.ChildFailed(log.read_text(encoding="utf-8")[-3000:])
    return said
