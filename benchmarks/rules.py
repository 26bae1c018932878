"""How long rules take: two hundred on one case, on a thousand past ones, and what is due by them."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median, percentile

SECONDS = 1800


def measure(bench: Bench) -> list[Measurement]:
    """Ask two hundred rules of cases one by one and of a thousand together; then sweep up what is due."""
    database = bench.database()
    command = children.inside("rules", database.facts_file)
    said = children.result_of(command, bench.environment(database), database.folder / "rules.log", SECONDS)
    return [
        Measurement("200 routing rules asked of a case, median", median(said["asked"]), "ms", "case"),
        Measurement("… 19 of 20 within", percentile(said["asked"], 0.95), "ms"),
        Measurement("200 routing rules tried on 1,000 cases", said["routing"] / 1000, "s", "trial"),
        Measurement("200 reactions tried on 1,000 cases", said["reactions"] / 1000, "s", "trial"),
        Measurement("a sweep in which no reaction is due, median", median(said["idle"]), "ms"),
        Measurement("a sweep in which 100 reactions are due, longest", max(said["due"]), "ms"),
    ]
