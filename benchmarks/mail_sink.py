"""An SMTP server that accepts every mail: python -m benchmarks.mail_sink PORT FILE [RATE]

It takes RATE mails a second at most, each at once without one. FILE holds how many it has accepted, as text,
kept up to date.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Counter:
    """Counts the accepted mails into a file, and forgets them; takes one every `pause` seconds."""

    def __init__(self, path: Path, pause: float) -> None:
        self._pause = pause
        self._free_at = 0.0
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        self._accepted = 0
        self._write()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail, after those that came before it."""
        if self._pause:
            self._free_at = max(self._free_at, time.monotonic()) + self._pause
            await asyncio.sleep(self._free_at - time.monotonic())
        self._accepted += 1
        self._write()
        return "250 OK"

    def _write(self) -> None:
        os.pwrite(self._file, f"{self._accepted:010d}".encode(), 0)


async def serve(port: int, path: Path, pause: float) -> None:
    """Accept mails on 127.0.0.1 until the process is ended."""
    counter = Counter(path, pause)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(counter, hostname="sink.example", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    RATE = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), 1 / RATE if RATE else 0.0))
