"""Ten thousand notices to a mail server that takes twenty a second, while cases come in."""

import socket
import sys
from typing import Any

from benchmarks import children
from benchmarks.children import Child
from benchmarks.databases import ROOT, Bench, clean_environment
from benchmarks.measurements import Measurement, percentile

NOTICES = 10_000
RATE = 20
SECONDS = 1800


def measure(bench: Bench) -> list[Measurement]:
    """Plan all of them, let a worker begin, and report a case every few seconds."""
    database, port = bench.database(), children.free_port()
    environment = bench.environment(database, MOKED_SMTP_URL=f"smtp://127.0.0.1:{port}", MOKED_SENDERS="4")
    mails = database.folder / "mails"
    sink_command = [sys.executable, "-m", "benchmarks.mail_sink", str(port), str(mails), str(RATE)]
    worker_command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    inside = children.inside("notices", database.facts_file, NOTICES, SECONDS)
    with (
        children.running(sink_command, clean_environment(), database.folder / "sink.log") as sink,
        children.running(inside, environment, database.folder / "inside.log") as planner,
    ):
        wait_for_sink(sink, port)
        planner.wait_for("planned", SECONDS)
        with children.running(worker_command, environment, database.folder / "worker.log") as worker:
            told: dict[str, Any] = children.answer_of(planner, SECONDS)
            if worker.has_ended():
                raise children.ChildFailed(f"The worker died:\n{worker.last_words()}")
    return [
        Measurement("until all were handed over", told["seconds"] / 60, "min", "minutes"),
        Measurement("a second", NOTICES / told["seconds"], "mails/s"),
        Measurement("mails the server took", int(mails.read_text()), "mails"),
        Measurement("not sent, or not at the first try", told["troubled"], "notices", "trouble"),
        Measurement("own work on a case, 19 of 20 within", percentile(told["inside"], 0.95), "ms", "inside"),
        Measurement("own work on a case, longest", max(told["inside"]), "ms"),
    ]


def wait_for_sink(sink: Child, port: int) -> None:
    """Wait until the mail server listens."""
    if not children.until(lambda: sink.has_ended() or listens(port), 30) or sink.has_ended():
        raise children.ChildFailed(sink.last_words())


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
