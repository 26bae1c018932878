"""How long it takes to say when something is due, thirty days ahead, on a calendar as towns have them."""

from benchmarks import children
from benchmarks.databases import Bench, clean_environment
from benchmarks.measurements import Measurement, median, percentile


def measure(bench: Bench) -> list[Measurement]:
    """Ask many times, each time from another moment; no database takes part."""
    said = children.result_of(
        children.inside("promising"), clean_environment(), bench.folder / "promising.log"
    )
    measured = []
    for name, milliseconds in said.items():
        measured += [
            Measurement(f"due, {name}, median", median(milliseconds), "ms"),
            Measurement(f"due, {name}, 19 of 20 within", percentile(milliseconds, 0.95), "ms", "due"),
        ]
    return measured
