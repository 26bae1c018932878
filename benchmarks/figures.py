"""How long public and staff figures take, and how fast they follow histories that are written in bulk."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median, percentile


def measure(bench: Bench) -> list[Measurement]:
    """Ask for months at random, with and without anything changed since; then count cases anew."""
    database = bench.database()
    command = children.inside("figures", database.facts_file)
    said = children.result_of(command, bench.environment(database), database.folder / "figures.log")
    asked = [
        measured
        for name, milliseconds in said["asked"].items()
        for measured in (
            Measurement(f"{name}: median", median(milliseconds), "ms"),
            Measurement(
                f"{name}: 19 of 20 within", percentile(milliseconds, 0.95), "ms", name.partition(",")[0]
            ),
        )
    ]
    return [
        *asked,
        Measurement("cases counted", said["cases"] / said["seconds"], "cases/s", "counting"),
        Measurement("a batch of them: 19 of 20 within", percentile(said["batches"], 0.95), "ms", "batch"),
        Measurement("tallies", said["tallies"], "rows"),
    ]
