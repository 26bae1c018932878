"""What takes part in mail, each of which can be killed: two mail servers and two processes of ours."""

import sys
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from moked.config.server import processes
from moked.config.supervise import Child, kill_group
from script.postgres import free_port
from tests.channels.dovecot import PASSWORD, Dovecot
from tests.channels.line import Line
from tests.faults import facts, ledger
from tests.faults.kills.board import Board, Conversations, Stage
from tests.faults.kills.system import (
    HELD_LEASES,
    OPEN_ROWS,
    STOP_WITHIN,
    UnableToStart,
    environment_of,
    prepared,
)
from tests.faults.letters.residents import Residents
from tests.faults.probes.apps import holder

READY_WITHIN = 60
UNREAD = "SELECT COUNT(*) FROM channels_inboundmessage WHERE state = 'STORED'"
KEPT = "SELECT COUNT(DISTINCT sha256) FROM channels_inboundmessage"


class Victim(StrEnum):
    """What can die: the mailbox's server, what reads it, what does the work, the server that sends on."""

    DOVECOT = "DOVECOT"
    READER = "READER"
    WORKER = "WORKER"
    SINK = "SINK"


class Ear:
    """Hears what the mailbox's reader says to the server, and does something as soon as it hears a word."""

    def __init__(self) -> None:
        self._word = b""
        self._act: Callable[[], None] = lambda: None
        self._done = threading.Event()

    def wait(self, word: bytes, act: Callable[[], None], seconds: float) -> bool:
        """Do it when the word is heard, before the server hears it; False when it was not said in time."""
        self._done.clear()
        self._act, self._word = act, word
        is_done = self._done.wait(seconds)
        self._word = b""
        return is_done

    def hear(self, words: bytes) -> None:
        """Listen; called by the line, which carries nothing on until this returns."""
        if self._word and self._word in words.upper():
            self._word = b""
            self._act()
            self._done.set()


class MailSystem:
    """A town whose mailbox is filled, read, worked on and answered."""

    def __init__(
        self, folder: Path, url: str, server: Dovecot, line: Line, *, seed: int, failpoint: str
    ) -> None:
        self.folder, self.url = folder, url
        self.line, self.ear = line, Ear()
        self.faults = ledger.Ledger(folder / "faults")
        self.conversations = Conversations(folder / "conversations")
        self._board = Board(folder / "board")
        self._server, self._user = server, server.add_user()
        self._seed = seed
        port, self._smtp_port = free_port(), free_port()
        self._environment = environment_of(
            folder, url, port=port, smtp_port=self._smtp_port, failpoint=failpoint
        )
        ours = {child.name: child for child in processes("127.0.0.1", port, folder)}
        self._children = {
            Victim.WORKER: ours["worker"],
            Victim.READER: ours["mailboxes"],
            Victim.SINK: self._sink(),
        }
        self._leases: Any = None
        self.residents: Any = None

    def start(self) -> None:
        """Bring everything up, the residents last. Raises UnableToStart."""
        words = (self.line.port, self._user, PASSWORD)
        said = prepared(self._environment, "tests.faults.letters.town", *words)
        for child in reversed(self._children.values()):
            child.start(self._environment)
        self.line.on_words = self.ear.hear
        self.residents = Residents(self.folder, self._server, self._user, said["mailbox"], self._seed)
        self.residents.start()
        deadline = time.monotonic() + READY_WITHIN
        while not ledger.read(self.folder / "mails"):
            self.look_after()
            if time.monotonic() > deadline:
                raise UnableToStart(
                    f"Within {READY_WITHIN} seconds nobody was answered:\n{self._last_words()}"
                )
            time.sleep(0.05)

    def kill(self, victim: Victim) -> float:
        """Kill it with all its processes; return the moment at which it was dead."""
        if victim == Victim.DOVECOT:
            self._server.kill()
        else:
            process = self._children[victim].process
            assert process is not None
            kill_group(process)
            process.wait()
        return time.monotonic()

    def restart(self, victim: Victim) -> None:
        """Start what was killed."""
        if victim == Victim.DOVECOT:
            self._server.start()
        else:
            self._children[victim].start(self._environment)

    @property
    def worker(self) -> int:
        """The process id of the worker."""
        process = self._children[Victim.WORKER].process
        assert process is not None
        return process.pid

    def worker_holds_a_row(self) -> bool:
        """Whether the worker is at work, by the leases in the database."""
        if self._leases is None:
            self._leases = facts.connect(self.url)
        found = facts.rows(self._leases, HELD_LEASES)
        return any(holder(str(lease).replace("-", "")) == self.worker for (lease,) in found if lease)

    def stage(self) -> Stage:
        """Where in its conversation with the server that sends on the worker is kept waiting."""
        return self.conversations.stage(self.worker)

    def look_after(self) -> None:
        """Raise UnableToStart when something died that nobody killed."""
        for child in self._children.values():
            if child.process is not None and child.process.poll() is not None:
                raise UnableToStart(f"{child.name} ended by itself:\n{child.last_words()}")
        if not self.residents.is_alive():
            raise UnableToStart("The residents ended by themselves.")

    def finish(self, seconds: float) -> dict[str, int]:
        """Write no more and let all that was written be worked on; return what was not when time was up."""
        self._board.stop()
        self.residents.stop()
        deadline = time.monotonic() + seconds
        left = self._left()
        while any(left.values()) and time.monotonic() < deadline:
            time.sleep(0.1)
            left = self._left()
        return {"unread": left["unread"], "open_rows": left["open_rows"]}

    def stop(self) -> None:
        """End everything of ours that still runs."""
        if self._leases is not None:
            self._leases.close()
        if self.residents:
            self.residents.stop()
        for child in self._children.values():
            child.stop(time.monotonic() + STOP_WITHIN)

    def _left(self) -> dict[str, int]:
        with facts.connected(self.url) as connection:
            kept = facts.rows(connection, KEPT)[0][0]
            return {
                "unread": self.residents.written - kept + facts.rows(connection, UNREAD)[0][0],
                "open_rows": facts.rows(connection, OPEN_ROWS)[0][0],
                "uncounted": abs(facts.uncounted(connection)),
            }

    def _sink(self) -> Child:
        words = ["--port", str(self._smtp_port), "--folder", str(self.folder)]
        command = [sys.executable, "-m", "tests.faults.kills.sink", *words]
        return Child("sink", command, self.folder / "sink.log")

    def _last_words(self) -> str:
        return "".join(child.last_words() for child in self._children.values())
