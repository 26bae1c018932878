"""Keep a few programs running as children of one process, in plain Python: this process must stay small.

A child that dies is started again; SIGINT, SIGTERM and SIGHUP end all of them, in the opposite order of
their start. A child leads a process group of its own, so that Ctrl-C reaches only us, and what it leaves
behind when it is killed ends with it. When we are killed ourselves, the kernel tells the children.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

LOOK_EVERY = 0.1
READY_WITHIN = 120
STOP_WITHIN = 20
TRIES_BEFORE_READY = 3
LONG_LIFE = 60
LONGEST_PAUSE = 5.0
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """A program to keep running; with `log`, its output goes to that file instead of ours."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    restart_at: float = field(default=0.0, init=False)
    quick_deaths: int = field(default=0, init=False)

    def start(self, environment: dict[str, str]) -> None:
        """Start the program; raises OSError when there is none."""
        with contextlib.ExitStack() as files:
            output = files.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                list(self.command),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self.started_at = time.monotonic()

    def death(self) -> str | None:
        """Return how the program ended, once, when it has; None while it runs or waits to be started."""
        if self.process is None or (status := self.process.poll()) is None:
            return None
        kill_group(self.process)
        self.process = None
        lived = time.monotonic() - self.started_at
        self.quick_deaths = 0 if lived > LONG_LIFE else self.quick_deaths + 1
        self.restart_at = time.monotonic() + min(LONGEST_PAUSE, 0.1 * 2**self.quick_deaths)
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    def stop(self, deadline: float) -> None:
        """End the program and its group: politely, and after the deadline not."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not end in time and is killed.")
        kill_group(self.process)
        self.process.wait()
        self.process = None

    def last_words(self) -> str:
        """Return the end of the log, if there is one."""
        if self.log is None or not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
        return "".join(f"  {line}\n" for line in lines)


def supervise(
    children: Sequence[Child],
    environment: dict[str, str],
    *,
    is_ready: Callable[[], bool],
    on_ready: Callable[[], None],
) -> int:
    """Run the children until a signal says stop; calls `on_ready` once, when `is_ready` has become true.

    Returns 0 after a signal and 1 when the children could not be brought to be ready.
    """
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        for child in children:
            child.start(environment)
        if not become_ready(children, environment, is_ready, stopping):
            return 0 if stopping else 1
        on_ready()
        while not stopping:
            restart_the_dead(children, environment)
            time.sleep(LOOK_EVERY)
        return 0
    finally:
        stop_all(children)


def become_ready(
    children: Sequence[Child],
    environment: dict[str, str],
    is_ready: Callable[[], bool],
    stopping: Sequence[int],
) -> bool:
    """Wait until the children are ready; False when one keeps dying, it takes too long or we are to stop."""
    deadline = time.monotonic() + READY_WITHIN
    while not stopping:
        restart_the_dead(children, environment)
        failing = [child for child in children if child.quick_deaths >= TRIES_BEFORE_READY]
        if failing:
            say(f"{failing[0].name} cannot be started:\n{failing[0].last_words()}")
            return False
        if all(child.process for child in children) and is_ready():
            return True
        if time.monotonic() > deadline:
            say(f"Not ready after {READY_WITHIN} seconds:\n{children[-1].last_words()}")
            return False
        time.sleep(LOOK_EVERY)
    return False


def restart_the_dead(children: Sequence[Child], environment: dict[str, str]) -> None:
    """Start again whoever has died, after a pause that grows when that happens often."""
    for child in children:
        if death := child.death():
            say(f"{child.name} {death} and is started again.")
        if child.process is None and time.monotonic() >= child.restart_at:
            child.start(environment)


def stop_all(children: Sequence[Child]) -> None:
    """End the children one after the other, the last one first."""
    deadline = time.monotonic() + STOP_WITHIN
    for child in reversed(children):
        child.stop(deadline)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill whoever is left in the process group that the program led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def end_with_parent() -> None:
    """Ask the kernel to end this child when the supervisor is gone."""
    if LIBC is not None:
        LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def say(line: str) -> None:
    """Tell whoever watches; at once, since we run for long."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
