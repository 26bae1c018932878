"""Measure one thing on one database and compare it with its limits.

    benchmarks/run NAME --database sqlite|postgresql [--cases N] [--json FILE]
    benchmarks/run import … [--file FILE --mapping MAP]
    benchmarks/run mails … [--minutes N] [--mails N]
    benchmarks/run --list

Exits 0 when every limit is met, 1 when one is missed, 2 when the measurement failed, 3 when a program is
missing that only the machine's owner may install.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import (
    callers,
    clocks,
    figures,
    importing,
    machine,
    mails,
    memory,
    notices,
    opening,
    pages,
    photos,
    places,
    promises,
    restart,
    rules,
    search,
    writers,
)
from benchmarks.browser import UnexpectedAnswer
from benchmarks.children import ChildFailed
from benchmarks.databases import Bench, say
from benchmarks.measurements import Judged, Measurement, judge, table
from script.needs import MissingProgram
from script.postgres import UnableToStart, sigterm_ends_the_block

DATABASES = ("sqlite", "postgresql")
CASES = 100_000
MET, MISSED, FAILED, MISSING = 0, 1, 2, 3


@dataclass(frozen=True)
class Benchmark:
    """A measurement by its name; `measure` works on a bench made for it."""

    about: str
    measure: Callable[[Bench], list[Measurement]]


BENCHMARKS = {
    "pages": Benchmark("queue, case and tracking page over HTTP, and their queries", pages.measure),
    "opening": Benchmark("how many cases one process opens, and the bulk operation", opening.measure),
    "writers": Benchmark("four processes that open cases without a pause, beside a worker", writers.measure),
    "callers": Benchmark("who may be calling, among 100,000 residents", callers.measure),
    "figures": Benchmark("public and staff figures, and how fast they follow", figures.measure),
    "import": Benchmark("a history imported beside a running server, and undone", importing.measure),
    "places": Benchmark("areas at a point, address suggestions and maps of a large town", places.measure),
    "search": Benchmark("cases by their words, names and numbers", search.measure),
    "clocks": Benchmark("warnings and broken promises swept up, and a calendar's edit", clocks.measure),
    "rules": Benchmark(
        "two hundred rules on a case and on a thousand, and what is due by them", rules.measure
    ),
    "mails": Benchmark("mails that come, that wait, and a very large one", mails.measure),
    "promises": Benchmark("when something is due in thirty working days", promises.measure),
    "notices": Benchmark("10,000 notices to a mail server that takes twenty a second", notices.measure),
    "memory": Benchmark("what web and worker hold after some work", memory.measure),
    "photos": Benchmark("bad pictures, several at once, and /health meanwhile", photos.measure),
    "restart": Benchmark("how soon a second script/demo is ready (always on SQLite)", restart.measure),
}


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    arguments = parse()
    if arguments.list:
        for name, benchmark in BENCHMARKS.items():
            sys.stdout.write(f"{name:<10}{benchmark.about}\n")
        return MET
    try:
        with (
            sigterm_ends_the_block(),
            Bench(
                arguments.database,
                arguments.cases,
                history_of(arguments),
                minutes=arguments.minutes,
                mails_waiting=arguments.mails,
            ) as bench,
        ):
            document, judged = measure(arguments.name, bench)
    except KeyboardInterrupt:
        return 130
    except MissingProgram as missing:
        say(str(missing))
        return MISSING
    except (ChildFailed, UnexpectedAnswer, UnableToStart) as failure:
        say(f"The measurement failed. {failure}")
        return FAILED
    if arguments.json:
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        arguments.json.write_text(text, encoding="utf-8")
    return MET if report(judged) else MISSED


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/run", description="Measure, and compare with limits.toml."
    )
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="what to measure")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--database", choices=DATABASES, help="on which database")
    parser.add_argument("--cases", type=int, default=CASES, help="cases in the database (%(default)s)")
    parser.add_argument("--file", type=Path, help="a history for `import`, instead of a made-up one")
    parser.add_argument("--mapping", type=Path, help="the mapping of that file")
    parser.add_argument("--minutes", type=float, default=10, help="how long `mails` come (%(default)s)")
    parser.add_argument("--mails", type=int, default=10_000, help="how many `mails` wait (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    arguments = parser.parse_args()
    if not arguments.list and not (arguments.name and arguments.database):
        parser.error("name a benchmark and its --database, or ask for --list")
    return arguments


def history_of(arguments: argparse.Namespace) -> tuple[Path, Path] | None:
    """Return the file to import and its mapping, if they are named."""
    return (arguments.file, arguments.mapping) if arguments.file and arguments.mapping else None


def measure(name: str, bench: Bench) -> tuple[dict[str, Any], list[Judged]]:
    """Measure; returns the document for the JSON file and the numbers beside their limits."""
    hardware = machine.describe(bench.durable_folder())
    version = bench.version()
    sys.stdout.write(f"{name} on {version}, {bench.cases:,} cases\n  {machine.line(hardware)}\n")
    sys.stdout.flush()
    started_at = datetime.now(UTC)
    judged = judge(name, bench.kind, BENCHMARKS[name].measure(bench))
    document = {
        "benchmark": name,
        "database": bench.kind,
        "database_version": version,
        "cases": bench.cases,
        "started_at": started_at.isoformat(),
        "seconds": round((datetime.now(UTC) - started_at).total_seconds(), 1),
        "machine": hardware,
        "measurements": [one.as_document() for one in judged],
        "met": all(one.is_met for one in judged),
    }
    return document, judged


def report(judged: list[Judged]) -> bool:
    """Print the numbers and each missed limit; returns whether all are met."""
    sys.stdout.write(table(judged) + "\n")
    for one in judged:
        if not one.is_met:
            measured = one.measurement
            sys.stdout.write(f"Missed: {measured.name}: {measured.value:g} {measured.unit} ({one.limit})\n")
    return all(one.is_met for one in judged)


if __name__ == "__main__":
    sys.exit(main())
