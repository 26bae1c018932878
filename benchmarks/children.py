"""Start programs, wait for what they say, look at their memory, and end them."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moked.config.supervise import end_with_parent, kill_group

STOP_SECONDS = 30
END_OF_LOG = 30


class ChildFailed(Exception):
    """A program did not do what it was started for; the message holds the end of its log."""


@dataclass
class Child:
    """A running program and the file with its output."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def wait_for(self, text: str, seconds: float) -> None:
        """Wait until the output holds the text; raises ChildFailed when it ends or takes too long."""
        until(lambda: text in self.said() or self.has_ended(), seconds)
        if text not in self.said():
            raise ChildFailed(f"Never said {text!r}:\n{self.last_words()}")

    def said(self) -> str:
        """Return all its output."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def last_words(self) -> str:
        """Return the end of its output."""
        return "\n".join(self.said().splitlines()[-END_OF_LOG:])

    def has_ended(self) -> bool:
        """Return whether it runs no more."""
        return self.process.poll() is not None

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it, politely at first, with all it started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        kill_group(self.process)
        self.process.wait()


@contextlib.contextmanager
def running(command: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[Child]:
    """Run a program as long as the block lasts, its output in the file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    child = Child(process, log)
    try:
        yield child
    finally:
        child.stop()


def inside(module: str, *words: object) -> list[str]:
    """Return the command that runs one of our modules inside Moked's settings."""
    return [sys.executable, "-m", f"benchmarks.inside.{module}", *map(str, words)]


def result_of(command: Sequence[str], environment: dict[str, str], log: Path, seconds: float = 3600) -> Any:
    """Run a program to its end and return the JSON of its last line; raises ChildFailed."""
    with running(command, environment, log) as child:
        return answer_of(child, seconds)


def answer_of(child: Child, seconds: float) -> Any:
    """Wait for a program's end and return the JSON of its last line; raises ChildFailed."""
    until(child.has_ended, seconds)
    if child.process.poll() != 0:
        raise ChildFailed(f"{' '.join(map(str, child.process.args))} failed:\n{child.last_words()}")  # type: ignore[arg-type]
    return json.loads(child.said().splitlines()[-1])


def until(is_so: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Wait until something is so; False when it is not after that many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(every)
    return is_so()


def free_port() -> int:
    """Return a port of this machine that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def memory_of_tree(process_id: int) -> tuple[float, float]:
    """Return the resident and the proportional memory of a process and all below it, in MB (10⁶ bytes)."""
    resident = proportional = 0
    for one in tree(process_id):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            rollup = dict(
                line.split(":", 1) for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()[1:]
            )
            resident += int(rollup["Rss"].split()[0])
            proportional += int(rollup["Pss"].split()[0])
    return resident * 1024 / 1e6, proportional * 1024 / 1e6


def tree(process_id: int) -> list[int]:
    """Return a process and all below it."""
    parents = dict(_parents())
    found = [process_id]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                after_name = (entry / "stat").read_text().rpartition(")")[2]
                yield int(entry.name), int(after_name.split()[1])
