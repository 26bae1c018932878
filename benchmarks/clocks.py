"""How long the sweep for due warnings takes, and how fast open cases follow a calendar that was changed."""

from benchmarks import children
from benchmarks.databases import Bench, Database, serving
from benchmarks.measurements import Measurement, median, percentile
from benchmarks.pages import A_MILLION, beside

SECONDS = 1800
EDITS = {"edit": "after a calendar's edit", "move": "after one that moves every promise"}


def measure(bench: Bench) -> list[Measurement]:
    """Let a hundred warnings and as many promises be due at once, several times; then change the calendar.

    The calendar's edits are followed by the worker of script/server, which is asked for pages meanwhile.
    """
    database = bench.database()
    command = children.inside("clocks", database.facts_file, "sweeps")
    said = children.result_of(command, bench.environment(database), database.folder / "clocks.log", SECONDS)
    measured = [
        Measurement("a sweep in which nothing is due, median", median(said["idle"]), "ms"),
        Measurement("a sweep in which 100 warnings are due, longest", max(said["warned"]), "ms", "sweep"),
        Measurement("a sweep in which 100 promises break, longest", max(said["broken"]), "ms", "sweep"),
    ]
    with serving(bench, database) as (_, port):
        for edit, when in EDITS.items():
            measured += followed(bench, database, port, edit, when)
    return measured


def followed(bench: Bench, database: Database, port: int, edit: str, when: str) -> list[Measurement]:
    """Return how fast open cases follow an edit, and how long the server works on pages meanwhile."""
    limit = "pages" if database.cases < A_MILLION else "pages_of_a_million"
    command = children.inside("clocks", database.facts_file, edit)
    said, waited = beside(bench, database, port, command, SECONDS)
    speed = said["cases"] / said["seconds"]
    measured = [Measurement(f"open cases counted anew {when}", speed, "cases/s", "recomputed")]
    for page, took in waited.items():
        measured += [
            Measurement(f"… {page} meanwhile: server, median", median(took), "ms", limit),
            Measurement(f"… {page} meanwhile: server, 19 of 20 within", percentile(took, 0.95), "ms"),
        ]
    return measured
