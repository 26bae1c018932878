"""How soon the desk finds cases by their words, in a town with many."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median, percentile


def measure(bench: Bench) -> list[Measurement]:
    """Search for common, fewer and rare words, names and numbers, as an agent and as a department."""
    database = bench.database()
    command = children.inside("search", database.facts_file)
    said = children.result_of(command, bench.environment(database), database.folder / "search.log", 3600)
    return [
        measured
        for name, milliseconds in said.items()
        for measured in (
            Measurement(f"{name}: median", median(milliseconds), "ms", "found"),
            Measurement(f"{name}: 19 of 20 within", percentile(milliseconds, 0.95), "ms"),
        )
    ]
