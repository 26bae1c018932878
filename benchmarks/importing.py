"""How fast a history is imported, how long others wait for it, and how pages fare meanwhile."""

from benchmarks import children, histories
from benchmarks.databases import Bench, serving
from benchmarks.measurements import Measurement, median, percentile
from benchmarks.pages import beside

SECONDS = 3600


def measure(bench: Bench) -> list[Measurement]:
    """Import a history through a process of its own beside script/server, ask for pages, then undo it."""
    database = bench.database()
    path, mapping = bench.history or histories.make(database.folder)
    command = children.inside("importing", path, mapping, database.facts["town"])
    with serving(bench, database) as (_, port):
        said, waited = beside(bench, database, port, command, SECONDS)
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
