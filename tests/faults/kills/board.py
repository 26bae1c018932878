"""Numbers that the clients' process and the rig both see at once: what each client is doing right now."""

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


class Board:
    """A page of shared memory: a word that says stop, then a row of three words for each client."""

    def __init__(self, path: Path) -> None:
        size = WORD * (1 + COLUMNS * CLIENTS)
        if not path.exists():
            path.write_bytes(bytes(size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), size)
        self._words = memoryview(self._memory).cast("q")

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
