"""How soon a large town's map answers: areas at a point, typed addresses, what a map shows, what is near."""

from benchmarks import children
from benchmarks.databases import Bench
from benchmarks.measurements import Measurement, median, percentile


def measure(bench: Bench) -> list[Measurement]:
    """Give a town 500 areas and 50,000 streets, put its cases there, then ask."""
    database = bench.database()
    command = children.inside("places", database.facts_file)
    said = children.result_of(command, bench.environment(database), database.folder / "places.log")
    areas, suggestions, maps, batches = (said[name] for name in ("areas", "suggestions", "maps", "batches"))
    return [
        Measurement("areas at a point, median", median(areas), "ms", "areas"),
        Measurement("areas at a point, 99 of 100 within", percentile(areas, 0.99), "ms"),
        Measurement("address suggestions, median", median(suggestions), "ms"),
        Measurement(
            "address suggestions, 99 of 100 within", percentile(suggestions, 0.99), "ms", "suggestions"
        ),
        Measurement("map of a city view, median", median(maps), "ms"),
        Measurement("map of a city view, 19 of 20 within", percentile(maps, 0.95), "ms", "map"),
        Measurement("likely duplicates, median", median(said["duplicates"]), "ms"),
        Measurement(
            "likely duplicates, 19 of 20 within", percentile(said["duplicates"], 0.95), "ms", "duplicates"
        ),
        Measurement("map of a city view, largest", said["largest"] / 1024, "KB"),
        Measurement("areas, first question of a process", said["first"]["areas"], "ms"),
        Measurement("suggestions, first question of a process", said["first"]["suggestions"], "ms"),
        Measurement("map, first question of a process", said["first"]["maps"], "ms"),
        Measurement("duplicates, first question of a process", said["first"]["duplicates"], "ms"),
        Measurement("a batch of streets written, 19 of 20 within", percentile(batches, 0.95), "ms", "batch"),
        Measurement("memory that the indexes take", said["memory"] / 1024, "MB"),
    ]
