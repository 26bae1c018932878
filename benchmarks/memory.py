"""What web and worker hold after some work: 300 requests of all kinds and 200 notices."""

import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

from benchmarks import addresses, children
from benchmarks.browser import Browser
from benchmarks.children import Child, memory_of_tree
from benchmarks.databases import Bench, Database, serving
from benchmarks.measurements import Measurement
from benchmarks.pages import signed_in

REQUESTS = 300
NOTICES = 200
SECONDS_TO_DELIVER = 120
LOOK_EVERY = 0.5


def measure(bench: Bench) -> list[Measurement]:
    """Work, then look; the highest sum that was seen on the way is what counts."""
    database = bench.database()
    with serving(bench, database) as (server, port), watched(server) as highest:
        at_start, _ = memory_of_tree(server.process.pid)
        for _ in islice(requests(database.facts, port), REQUESTS):
            pass
        notify(bench, database)
        resident, proportional = memory_of_tree(server.process.pid)
        highest.append(resident)
        processes = len(children.tree(server.process.pid))
    return [
        Measurement("resident, all processes, highest", max(highest), "MB", "resident"),
        Measurement("resident, all processes, in the end", resident, "MB"),
        Measurement("resident, all processes, at the start", at_start, "MB"),
        Measurement("proportional (shared pages once)", proportional, "MB"),
        Measurement("processes", processes, ""),
    ]


class watched:  # noqa: N801 - reads like the context manager it is
    """Look at a program's memory every half second; gives the list of resident sums."""

    def __init__(self, server: Child) -> None:
        self._process_id = server.process.pid
        self._seen: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            self._seen.append(memory_of_tree(self._process_id)[0])


def requests(facts: dict[str, Any], port: int) -> Iterator[None]:
    """Make one request after the other, as residents, agents and others do; never ends."""
    agent, worker = (signed_in(facts, port, role) for role in ("AGENT", "DEPARTMENT_WORKER"))
    manager, resident = signed_in(facts, port, "SERVICE_MANAGER"), Browser(port)
    while True:
        for one, other in zip(facts["worked"], facts["plain"], strict=False):
            for browser, path in (
                (resident, "/"),
                (resident, "/report/"),
                (resident, "/figures/"),
                (resident, addresses.tracking(one)),
                (resident, addresses.tracking(other)),
                (agent, addresses.QUEUE),
                (agent, addresses.case(one)),
                (agent, addresses.case(other)),
                (worker, addresses.QUEUE),
                (manager, "/desk/settings/services/"),
            ):
                browser.get(addresses.of_town(facts, path))
                yield
            case = addresses.of_town(facts, addresses.case(one))
            agent.post(
                f"{case}reply/", {"words": "We are looking at it."}, form_at=f"{case}reply/", expect=303
            )
            yield


def notify(bench: Bench, database: Database) -> None:
    """Have as many cases reported as notices are wanted, and wait until the worker has sent them."""
    before = bench.mails()
    command = children.inside("reporting", database.facts_file, NOTICES)
    children.result_of(command, bench.environment(database), database.folder / "reporting.log")
    if not children.until(lambda: bench.mails() >= before + NOTICES, SECONDS_TO_DELIVER):
        raise children.ChildFailed(f"Only {bench.mails() - before} of {NOTICES} notices were sent.")
