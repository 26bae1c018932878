"""Bodies of requests, read only as long as they come fast enough, and by not too many at once.

A thread of the server reads what one visitor sends. Without limits, a few who send very slowly, as attackers
and bad connections do, would hold all threads, and nobody else would be answered. Who falls silent altogether
keeps a turn until they hang up, since the server's reading cannot be broken off: only a proxy before us can
do that. Pages are shown all the same.
"""

import threading
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NoReturn

SECONDS_BEFORE_HURRY = 15
LEAST_BYTES_A_SECOND = 16 * 1024
MOST_SECONDS = 600
PIECE = 16 * 1024  # after each we look at the clock; the server's reading returns when it is complete
WAIT_FOR_A_TURN = 2

# Half of the server's threads (see moked.config.server): the others go on answering.
BODIES = threading.BoundedSemaphore(8)

KEY = "moked.body"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Trouble(StrEnum):
    """Why a body was not read to its end."""

    TOO_SLOW = "TOO_SLOW"
    TOO_MANY = "TOO_MANY"


class Unreadable(OSError):
    """Tells Django that the body cannot be read any further."""


class PatientBody:
    """The body of a request, read only as long as it comes fast enough."""

    def __init__(self, stream: Any, length: int) -> None:
        self.trouble: Trouble | None = None
        self._stream, self._left, self._read = stream, length, 0
        self._started_at = time.monotonic()
        self._has_turn = False

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end; raises Unreadable when they do not come in time."""
        if self.trouble:
            raise Unreadable
        wanted = self._left if size < 0 else min(size, self._left)
        parts = []
        while wanted and (part := self._piece(min(wanted, PIECE))):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        """Return up to the end of the line, at most so many bytes; slow, and asked for by nobody so far."""
        line = b""
        while not line.endswith(b"\n") and len(line) != size and (byte := self.read(1)):
            line += byte
        return line

    def finish(self) -> None:
        """Let the next body have its turn."""
        if self._has_turn:
            self._has_turn = False
            BODIES.release()

    def _take_turn(self) -> None:
        if not self._has_turn:
            if not BODIES.acquire(timeout=WAIT_FOR_A_TURN):
                self._give_up(Trouble.TOO_MANY)
            self._has_turn = True

    def _piece(self, size: int) -> bytes:
        """Return the next bytes; none at the end."""
        self._take_turn()
        if self._seconds_left() < 0:
            self._give_up(Trouble.TOO_SLOW)
        part: bytes = self._stream.read(size)
        self._read += len(part)
        self._left = self._left - len(part) if part else 0
        if not self._left:
            self.finish()
        return part

    def _seconds_left(self) -> float:
        allowed = min(MOST_SECONDS, SECONDS_BEFORE_HURRY + self._read / LEAST_BYTES_A_SECOND)
        return allowed - (time.monotonic() - self._started_at)

    def _give_up(self, trouble: Trouble) -> NoReturn:
        self.trouble = trouble
        self.finish()
        raise Unreadable


def with_patience(application: Application) -> Application:
    """Return the application with bodies that are read only as long as they come fast enough."""

    def patient(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = PatientBody(environ["wsgi.input"], int(length) if length.isdecimal() else 0)
        environ["wsgi.input"] = environ[KEY] = body
        try:
            return application(environ, start_response)
        finally:
            body.finish()

    return patient
