"""A mail server that takes everything and notes each mail on disk before it says so.

    python -m tests.faults.kills.sink --port N --folder FOLDER

Some conversations it slows down, before the recipient is named or before it says that it has accepted the
mail, and tells the rig meanwhile: these are the moments at which dying or standing still is worst.

A line of the ledger `mails` holds message_id, recipient, reply_to, sha256 of the bytes, the case `number`
found in the text, `worker` (the process id in the EHLO), `sender` (the EHLO, which names the worker's sender
too) and `recipient_at`, the moment the recipient was named.
"""

import argparse
import asyncio
import email
import hashlib
import random
import re
import signal
import sys
import time
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.kills.board import Board, Conversations, Stage
from tests.faults.ledger import Ledger

NUMBER = re.compile(r"\b\d{2}-\d{6}-\d\b")
SLOW_SHARE = 0.2
SLOW_SECONDS = 0.04
HELD_SECONDS = 1.0
WORKER = re.compile(r"worker-(\d+)-")


class Sink:
    """What aiosmtpd asks as the conversation goes on."""

    def __init__(self, folder: Path) -> None:
        self._ledger = Ledger(folder / "mails")
        self._conversations = Conversations(folder / "conversations")
        self._board = Board(folder / "board")
        self._chance = random.Random(0)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, at times slowly."""
        envelope.mail_from = address
        await self._dawdle(sender(session.host_name or ""), Stage.BEFORE_RECIPIENT)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Remember when the recipient was named: after this the sender asks whether the mail is still its."""
        envelope.rcpt_tos.append(address)
        envelope.recipient_at = time.monotonic()  # type: ignore[attr-defined]
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail; it is in the ledger when this returns."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        worker = sender(session.host_name or "")
        self._ledger.write(
            **described(content),
            recipient=envelope.rcpt_tos[0],
            worker=worker,
            sender=session.host_name or "",
            recipient_at=envelope.recipient_at,  # type: ignore[attr-defined]
        )
        await self._dawdle(worker, Stage.ACCEPTED)
        return "250 Taken"

    async def _dawdle(self, worker: int, stage: Stage) -> None:
        is_wanted = self._conversations.wanted == stage
        if is_wanted or (not self._board.is_stopped and self._chance.random() < SLOW_SHARE):
            self._conversations.enter(worker, stage)
            await asyncio.sleep(HELD_SECONDS if is_wanted else SLOW_SECONDS)
            self._conversations.enter(worker, Stage.NONE)


def described(content: bytes) -> dict[str, Any]:
    """Return what the ledger keeps of a mail's bytes."""
    message: EmailMessage = email.message_from_bytes(content, policy=default)  # type: ignore[assignment]
    part = message.get_body(("plain",))
    found = NUMBER.search(part.get_content() if part else "")
    return {
        "message_id": str(message["Message-ID"]),
        "reply_to": message["Reply-To"].addresses[0].addr_spec if message["Reply-To"] else "",
        "sha256": hashlib.sha256(content).hexdigest(),
        "number": found.group() if found else "",
    }


def sender(greeting: str) -> int:
    """Return the process id in a worker's EHLO, 0 for anybody else."""
    found = WORKER.match(greeting)
    return int(found.group(1)) if found else 0


async def serve(port: int, folder: Path) -> None:
    """Listen on 127.0.0.1 until SIGTERM."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    sink = Sink(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="sink.rig.example", enable_SMTPUTF8=True, timeout=60),
        "127.0.0.1",
        port,
    )
    async with server:
        await stopped.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
