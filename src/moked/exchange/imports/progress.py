"""Tell whoever waits for an import how it goes, at least once a second, even while it waits itself."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

EVERY = 0.8


class Progress:
    """Says a line every 0.8 seconds as long as the block lasts, and one at its end.

    `look` returns how many records were read and rejected so far, and which share of the file was read.
    """

    def __init__(self, say: Callable[[str], None], look: Callable[[], tuple[int, int, float]]) -> None:
        self._say = say
        self._look = look
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._say(self.line())

    def line(self) -> str:
        """Return how it goes."""
        read, rejected, done = self._look()
        took = max(time.monotonic() - self._started, 0.001)
        left = f", {took / done - took:,.0f} s left" if 0 < done < 1 else ""
        return f"{read:,} rows ({done:.0%}), {read / took:,.0f} rows/s, {rejected:,} rejected{left}"

    def _tell(self) -> None:
        while not self._ended.wait(EVERY):
            self._say(self.line())
