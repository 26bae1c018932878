"""A whole installation on this machine, with everything that can be done to it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from moked.config.server import processes
from moked.config.supervise import Child, kill_group
from script.postgres import free_port, postgres
from tests.faults import facts, ledger
from tests.faults.kills.board import Board, Conversations
from tests.faults.probes.apps import holder

ROOT = Path(__file__).resolve().parents[3]
WORKERS = ("worker-1", "worker-2")
LEASE_SECONDS = 2
READY_WITHIN = 60
PREPARE_WITHIN = 300
STOP_WITHIN = 10
HELD_LEASES = "SELECT lease FROM events_outboxrow WHERE is_open AND state = 'LEASED'"
OPEN_ROWS = "SELECT COUNT(*) FROM events_outboxrow WHERE is_open"


class UnableToStart(Exception):
    """The system did not come up or did not stay up; the message holds its last words."""


@contextlib.contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a new database that syncs what it commits. Raises MissingProgram."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'moked.sqlite3'}"
        return
    with postgres(fsync=True) as url:
        yield url


class System:
    """Web, two workers, mail server and clients; each program leads a process group of its own."""

    def __init__(self, folder: Path, url: str, *, seed: int, failpoint: str) -> None:
        self.folder = folder
        self.url = url
        self.port, self.smtp_port = free_port(), free_port()
        self.environment = environment_of(
            folder, url, port=self.port, smtp_port=self.smtp_port, failpoint=failpoint
        )
        self.board = Board(folder / "board")
        self.conversations = Conversations(folder / "conversations")
        self.faults = ledger.Ledger(folder / "faults")
        self._seed = seed
        self._leases: Any = None
        self._answers_at_start = 0
        self._web_ready_at: float | None = None
        worker, _mailboxes, self.web = processes("127.0.0.1", self.port, folder)
        self.workers = {name: Child(name, worker.command, folder / f"{name}.log") for name in WORKERS}
        self._others: list[Child] = []

    def start(self) -> None:
        """Bring everything up, the clients last. Raises UnableToStart."""
        town = prepared(self.environment, "tests.faults.town")
        sink = self._program("sink", "--port", self.smtp_port, "--folder", self.folder)
        for child in (sink, *self.workers.values()):
            child.start(self.environment)
        self._others.append(sink)
        self.start_web()
        services = ",".join(town["services"])
        words = ["--town", town["town"], "--services", services, "--seed", self._seed]
        clients = self._program("clients", "--folder", self.folder, "--port", self.port, *words)
        clients.start(self.environment)
        self._others.append(clients)
        self._wait(lambda: self.board.acknowledged >= 2, READY_WITHIN, "no report was acknowledged")

    def stop(self) -> None:
        """End everything that still runs."""
        self.forget_connection()
        children = [*reversed(self._others[1:]), self.web, *self.workers.values(), *self._others[:1]]
        for child in children:  # who stands still may hold what another waits for
            if child.process is not None:
                child.process.send_signal(signal.SIGCONT)
        for child in children:
            child.stop(time.monotonic() + STOP_WITHIN)
        self._others.clear()

    def start_web(self) -> None:
        """Start the web process; it is ready once it has answered."""
        self._answers_at_start = self.board.answers
        self._web_ready_at = None
        self.web.start(self.environment)

    def wait_for_web(self) -> None:
        """Wait until the web process answers. Raises UnableToStart."""
        self._wait(lambda: self.web_is_ready, READY_WITHIN, "the web process did not answer")

    @property
    def web_is_ready(self) -> bool:
        """Whether the web process has answered since it was started."""
        if self._web_ready_at is None and self.board.answers > self._answers_at_start:
            self._web_ready_at = time.monotonic()
        return self._web_ready_at is not None

    @property
    def web_answers_since(self) -> float:
        """For how many seconds the web process has been ready; 0 while it is not."""
        return time.monotonic() - self._web_ready_at if self.web_is_ready and self._web_ready_at else 0.0

    def pid(self, worker: str) -> int:
        """Return the process id of a running worker."""
        process = self.workers[worker].process
        assert process is not None
        return process.pid

    def holders(self) -> set[int]:
        """Return the process ids that hold leases; a dead one's leases stay until they are claimed anew."""
        if self._leases is None:
            self._leases = facts.connect(self.url)
        found = facts.rows(self._leases, HELD_LEASES)
        return {holder(str(lease).replace("-", "")) for (lease,) in found if lease}

    def forget_connection(self) -> None:
        """Close our connection to the database, so that when all others died the next one must recover it."""
        if self._leases is not None:
            self._leases.close()
        self._leases = None

    def kill_and_restart(self, names: set[str]) -> None:
        """Kill processes by their groups, all at once, and start them again at once."""
        children = [child for child in (self.web, *self.workers.values()) if child.name in names]
        processes = [child.process for child in children if child.process is not None]
        for process in processes:
            kill_group(process)
        for process in processes:
            process.wait()
        for child in children:
            if child is self.web:
                self.start_web()
            else:
                child.start(self.environment)

    def look_after(self) -> None:
        """Raise UnableToStart when something died that nobody killed."""
        for child in (self.web, *self.workers.values(), *self._others):
            if child.process is not None and child.process.poll() is not None:
                raise UnableToStart(f"{child.name} ended by itself:\n{child.last_words()}")

    def writes_now(self, process: int) -> bool:
        """Whether a process holds SQLite's writer lock at this moment, as the kernel tells it."""
        if not self.url.startswith("sqlite"):
            return False
        inode = (self.folder / "moked.sqlite3-writers").stat().st_ino
        held = (line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines())
        return any(
            words[1] == "FLOCK" and words[4] == str(process) and words[5].endswith(f":{inode}")
            for words in held
        )

    def finish(self, seconds: float) -> dict[str, int]:
        """Let clients and workers finish what is begun; return what was still open when time was up."""
        self.board.stop()
        clients = self._others[-1].process
        assert clients is not None
        deadline = time.monotonic() + seconds
        with contextlib.suppress(subprocess.TimeoutExpired):
            clients.wait(seconds)
        unanswered = int(clients.poll() != 0)
        self._others.pop().stop(time.monotonic())
        left = self._open_work()
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = self._open_work()
        return {"unanswered": unanswered, "open_rows": left}

    def _open_work(self) -> int:
        with facts.connected(self.url) as connection:
            open_rows = facts.rows(connection, OPEN_ROWS)[0][0]
            return int(open_rows) or abs(facts.uncounted(connection))

    def _program(self, name: str, *words: object) -> Child:
        command = [sys.executable, "-m", f"tests.faults.kills.{name}", *map(str, words)]
        return Child(name, command, self.folder / f"{name}.log")

    def _wait(self, is_so: Callable[[], bool], seconds: float, complaint: str) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            self.look_after()
            if time.monotonic() > deadline:
                raise UnableToStart(f"Within {seconds} seconds {complaint}:\n{self.web.last_words()}")
            time.sleep(0.02)


def environment_of(folder: Path, url: str, *, port: int, smtp_port: int, failpoint: str) -> dict[str, str]:
    """Return the environment of an installation under a rig."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOKED_")}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "FAILPOINT": failpoint,
        "MOKED_DATA": str(folder),
        "MOKED_DATABASE_URL": url,
        "MOKED_SECRET_KEY": "only-for-rigs-" + 40 * "k",
        "MOKED_BASE_URL": f"http://localhost:{port}",
        "MOKED_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "MOKED_LEASE_SECONDS": str(LEASE_SECONDS),
    }


def prepared(environment: dict[str, str], program: str, *words: object) -> dict[str, Any]:
    """Run a program that prepares the database and return what it says. Raises UnableToStart."""
    done = subprocess.run(
        [sys.executable, "-m", program, *map(str, words)],
        check=False,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PREPARE_WITHIN,
    )
    if done.returncode != 0:
        raise UnableToStart(f"The database could not be prepared:\n{done.stderr[-3000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
