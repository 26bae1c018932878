"""Numbers that several processes see at once: what each client and each conversation is doing right now."""

import mmap
from enum import IntEnum
from pathlib import Path

CLIENTS = 4
WORD = 8
COLUMNS = 3


class Phase(IntEnum):
    """Where a client stands with its report."""

    THINKING = 0
    POSTED = 1
    READING = 2


class Stage(IntEnum):
    """Where a mail server, which is slow at times, keeps a sender waiting."""

    NONE = 0
    BEFORE_RECIPIENT = 1
    ACCEPTED = 2


class Conversations:
    """Shared memory in which the mail server says where it keeps which worker waiting.

    A rig may want somebody to be kept waiting at a stage, who then is for long enough to be hit.
    """

    PLACES = 64
    SHIFT = 32

    def __init__(self, path: Path) -> None:
        self._words = shared_words(path, self.PLACES + 1)

    def want(self, stage: Stage) -> None:
        """Ask the mail server to keep whoever comes to a stage waiting there; with NONE nobody."""
        self._words[self.PLACES] = stage

    @property
    def wanted(self) -> Stage:
        """The stage at which somebody is to be kept waiting."""
        return Stage(self._words[self.PLACES])

    def enter(self, worker: int, stage: Stage) -> None:
        """Say that a worker, by its process id, waits at a stage."""
        self._words[worker % self.PLACES] = (stage << self.SHIFT) + worker

    def stage(self, worker: int) -> Stage:
        """Return where a worker waits."""
        word = self._words[worker % self.PLACES]
        return Stage(word >> self.SHIFT) if word % (1 << self.SHIFT) == worker else Stage.NONE


class Board:
    """A page of shared memory: a word that says stop, then a row of three words for each client."""

    def __init__(self, path: Path) -> None:
        self._words = shared_words(path, 1 + COLUMNS * CLIENTS)

    @property
    def is_stopped(self) -> bool:
        """Whether clients are to begin no new report."""
        return bool(self._words[0])

    def stop(self) -> None:
        """Ask the clients to finish what they have begun."""
        self._words[0] = 1

    def enter(self, client: int, phase: Phase) -> None:
        """Say where a client stands."""
        self._words[1 + COLUMNS * client] = phase

    def count_answer(self, client: int) -> None:
        """Count an answer of the web process, whatever it said."""
        self._words[2 + COLUMNS * client] += 1

    def count_acknowledged(self, client: int) -> None:
        """Count a report whose number was shown."""
        self._words[3 + COLUMNS * client] += 1

    @property
    def answers(self) -> int:
        """How often the web process has answered."""
        return sum(self._words[2 + COLUMNS * client] for client in range(CLIENTS))

    @property
    def acknowledged(self) -> int:
        """How many reports have been acknowledged."""
        return sum(self._words[3 + COLUMNS * client] for client in range(CLIENTS))

    @property
    def has_request_in_flight(self) -> bool:
        """Whether a client has sent a report and waits for the answer."""
        return any(self._words[1 + COLUMNS * client] == Phase.POSTED for client in range(CLIENTS))


def shared_words(path: Path, count: int) -> memoryview:
    """Return so many 64-bit words of a file that every process maps; the first one makes it."""
    if not path.exists():
        path.write_bytes(bytes(WORD * count))
    with path.open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), WORD * count)).cast("q")
