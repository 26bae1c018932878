"""How long the sweep for due warnings takes, and how fast open cases follow a calendar that was changed."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median

SECONDS = 1800


def measure(bench: Bench) -> list[Measurement]:
    """Let a hundred warnings and as many promises be due at once, several times; then change the calendar."""
    database = bench.database()
    command = children.inside("clocks", database.facts_file)
    said = children.result_of(command, bench.environment(database), database.folder / "clocks.log", SECONDS)
    return [
        Measurement("a sweep in which nothing is due, median", median(said["idle"]), "ms"),
        Measurement("a sweep in which 100 warnings are due, longest", max(said["warned"]), "ms", "sweep"),
        Measurement("a sweep in which 100 promises break, longest", max(said["broken"]), "ms", "sweep"),
        Measurement(
            "open cases counted anew after a calendar's edit",
            said["recomputed"] / said["recomputing_seconds"],
            "cases/s",
            "recomputed",
        ),
    ]
