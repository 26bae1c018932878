"""How many cases one process opens, through the operation, with immediate subscribers, audit and outbox."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median, percentile

SECONDS = 15
IN_BULK = 20_000


def measure(bench: Bench) -> list[Measurement]:
    """Open cases one by one for a while, then in bulk."""
    database = bench.database()
    command = children.inside("opening", database.facts_file, SECONDS, IN_BULK)
    said = children.result_of(command, bench.environment(database), database.folder / "opening.log")
    singly, batches = said["milliseconds"], said["batches"]
    return [
        Measurement("opening, one by one", len(singly) / said["seconds"], "cases/s", "speed"),
        Measurement("one case, processor time", said["processor_seconds"] * 1000 / len(singly), "ms"),
        Measurement("one case, median", median(singly), "ms"),
        Measurement("one case, 99 of 100 within", percentile(singly, 0.99), "ms"),
        Measurement("one case, longest", max(singly), "ms"),
        Measurement("in bulk, with promises", IN_BULK / said["bulk_seconds"], "cases/s", "bulk_speed"),
        Measurement("a batch, median", median(batches), "ms"),
        Measurement("a batch, 19 of 20 within", percentile(batches, 0.95), "ms", "bulk_batch"),
        Measurement("a batch, longest", max(batches), "ms"),
    ]
