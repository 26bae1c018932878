"""The demo's mail server: takes every mail and keeps it as a file, byte for byte; nothing leaves the machine.

python -m moked.config.demo_mail FOLDER PORT
"""

import asyncio
import itertools
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each accepted mail to a file whose name sorts by the time of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer 250 once the mail is in the folder, whole."""
        content = envelope.original_content or b""
        name = f"{time.time_ns()}-{next(self._numbers):04d}.eml"
        unfinished = self._folder / f".{name}"
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / name)
        return "250 Kept"


async def serve(folder: Path, port: int) -> None:
    """Take mail on 127.0.0.1 until the process is ended."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="demo.example", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
