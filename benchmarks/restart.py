"""How soon script/demo is ready when its towns are there already. The demo is always on SQLite."""

import signal
import time
from pathlib import Path

from benchmarks import children
from benchmarks.databases import ROOT, Bench, clean_environment
from benchmarks.measurements import Measurement

AGAIN = 3
SECONDS = 300


def measure(bench: Bench) -> list[Measurement]:
    """Start the demo once to make its towns, then a few times more."""
    data = bench.folder / "demo"
    first, *others = [start_and_stop(data, bench.folder / "demo.log") for _ in range(1 + AGAIN)]
    return [
        Measurement("first start, which makes the towns", first, "s"),
        Measurement(f"second start, longest of {AGAIN}", max(others), "s", "ready"),
        Measurement(f"second start, shortest of {AGAIN}", min(others), "s"),
    ]


def start_and_stop(data: Path, log: Path) -> float:
    """Return how many seconds it took to be ready."""
    command = [str(ROOT / "script" / "demo"), "--data", str(data), "--port", str(children.free_port())]
    started = time.monotonic()
    with children.running(command, clean_environment(), log) as demo:
        demo.wait_for("Moked is ready", SECONDS)
        took = time.monotonic() - started
        demo.stop(signal.SIGINT)
    return took
