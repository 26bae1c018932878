"""How soon an agent's page knows who calls, in a town of a hundred thousand residents."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median, percentile

RESIDENTS = 100_000


def measure(bench: Bench) -> list[Measurement]:
    """Look for callers by number, address and name, as an agent and as a department's manager."""
    database = bench.database()
    command = children.inside("callers", database.facts_file, RESIDENTS)
    said = children.result_of(command, bench.environment(database), database.folder / "callers.log")
    return [
        measured
        for name, milliseconds in said.items()
        for measured in (
            Measurement(f"{name}: median", median(milliseconds), "ms"),
            Measurement(f"{name}: 19 of 20 within", percentile(milliseconds, 0.95), "ms", "search"),
        )
    ]
