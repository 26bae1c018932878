"""Queue, case and tracking page over HTTP through script/server, and how many queries each makes.

The server's own time comes from its Server-Timing header. The queries are counted inside a process, on this
many cases and on 1,000: a page that asks more of a larger town will be slow in a large one.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any

from benchmarks import addresses, children
from benchmarks.browser import Answer, Browser, sign_in
from benchmarks.databases import Bench, Database, serving
from benchmarks.measurements import Measurement, median, percentile

REQUESTS = 200
WARM_UP = 10
FEW_CASES = 1_000
A_MILLION = 1_000_000
ASK_EVERY = 0.1

Ask = Callable[[], Answer]


def measure(bench: Bench) -> list[Measurement]:
    """Measure each page, and compare the queries at two sizes."""
    database = bench.database()
    limit = "server_time" if database.cases < A_MILLION else "server_time_of_a_million"
    measurements = []
    with serving(bench, database) as (_, port):
        for name, ask in pages(database.facts, port):
            measurements += timed(name, ask, limit)
    return measurements + queries(bench, database)


def pages(facts: dict[str, Any], port: int) -> Iterator[tuple[str, Ask]]:
    """Yield each page by its name with a function that asks for the next one of its kind."""
    agent, worker = (signed_in(facts, port, role) for role in ("AGENT", "DEPARTMENT_WORKER"))
    resident = Browser(port)
    everywhere = facts["worked"] + facts["plain"]
    yield "queue, agent", asking(agent, facts, [addresses.QUEUE])
    yield "queue, agent, other views", asking(agent, facts, list(addresses.QUEUE_VIEWS))
    yield "queue, department", asking(worker, facts, [addresses.QUEUE])
    yield "case, agent", asking(agent, facts, [addresses.case(one) for one in everywhere])
    yield "case, department", asking(worker, facts, [addresses.case(one) for one in facts["of_department"]])
    yield "tracking page", asking(resident, facts, [addresses.tracking(one) for one in everywhere])


def signed_in(facts: dict[str, Any], port: int, role: str) -> Browser:
    """Return the browser of the person with this role."""
    return sign_in(port, facts["town"], facts["logins"][role], facts["password"])


def asking(browser: Browser, facts: dict[str, Any], paths: list[str]) -> Ask:
    """Return a function that asks for one page after the other, round and round."""
    turns = cycle([addresses.of_town(facts, path) for path in paths])
    return lambda: browser.get(next(turns))


def timed(name: str, ask: Ask, limit: str) -> list[Measurement]:
    """Ask often and return the server's time at the median and the client's for 19 of 20."""
    answers = list(islice(iter(ask, None), WARM_UP + REQUESTS))[WARM_UP:]
    server = [one.server_milliseconds for one in answers]
    return [
        Measurement(f"{name}: server, median", median(server), "ms", limit),
        Measurement(
            f"{name}: client, 19 of 20 within", percentile([one.milliseconds for one in answers], 0.95), "ms"
        ),
    ]


def beside(
    bench: Bench, database: Database, port: int, command: Sequence[str], seconds: float
) -> tuple[Any, dict[str, list[float]]]:
    """Run a program to its end and ask for queue and cases all the while.

    Returns the JSON of its last line, and by page how many milliseconds the server worked on each answer.
    """
    agent = signed_in(database.facts, port, "AGENT")
    cases = [addresses.case(one) for one in database.facts["plain"]]
    asked = {
        "queue": asking(agent, database.facts, [addresses.QUEUE]),
        "case": asking(agent, database.facts, cases),
    }
    waited: dict[str, list[float]] = {page: [] for page in asked}
    log = database.folder / "beside.log"
    with children.running(command, bench.environment(database), log) as child:
        until = time.monotonic() + seconds
        for page, ask in cycle(asked.items()):
            if child.has_ended() or time.monotonic() > until:
                break
            waited[page].append(ask().server_milliseconds)
            time.sleep(ASK_EVERY)
        return children.answer_of(child, 0), waited


def queries(bench: Bench, many: Database) -> list[Measurement]:
    """Return how many queries the pages make more, or fewer, on many cases than on 1,000."""
    few = bench.database(FEW_CASES) if many.cases != FEW_CASES else many
    counts = [count(bench, database) for database in (few, many)]
    differences = 0
    for page, on_many in counts[1].items():
        on_few = counts[0][page]
        differences += abs(on_many - on_few)
        sys.stdout.write(
            f"  {page:<34}{on_few:>4} queries on {few.cases:,}, {on_many:>4} on {many.cases:,}\n"
        )
    return [Measurement("queries that differ by size", differences, "queries", "more_queries")]


def count(bench: Bench, database: Database) -> dict[str, int]:
    """Return the number of queries by page."""
    command = children.inside("query_counts", database.facts_file)
    told: dict[str, int] = children.result_of(
        command, bench.environment(database), database.folder / "queries.log"
    )
    return told
