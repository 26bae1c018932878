"""Residents who write to the town and answer its mails, whatever is broken at the moment.

A line of the ledger `letters` is on disk once the mail lies in the mailbox: its message_id, sha256 of the raw
bytes and of the words (`text`), who wrote it, and with an answer the `number` of the case it belongs to. One
letter in ten is delivered twice, as mail servers do that do not know whether they have done so.
"""

import contextlib
import itertools
import random
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from tests.channels.dovecot import Dovecot
from tests.faults import ledger
from tests.faults.facts import sha256

THINK = (0.1, 0.4)
SELDOM = (2.0, 4.0)
ANSWER_SHARE = 0.3
BY_ID_SHARE = 0.3
AGAIN_SHARE = 0.1
FILE_SHARE = 0.2
WORDS = ["lamp", "dark", "street", "leaking", "corner", "broken", "פנס", "כבוי", "ברחוב", "הרצל", "מול"]


class Residents(threading.Thread):
    """Writes letters one after the other until told to stop."""

    def __init__(self, folder: Path, server: Dovecot, user: str, mailbox: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.written = 0
        self._ledger = ledger.Ledger(folder / "letters")
        self._mails = folder / "mails"
        self._server, self._user, self._mailbox = server, user, mailbox
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._answered: set[str] = set()
        self._stopping = threading.Event()
        self._thinks = THINK

    def run(self) -> None:
        """Write a letter or an answer, think, and go on."""
        while not self._stopping.wait(self._chance.uniform(*self._thinks)):
            mail = self._mail_to_answer() if self._chance.random() < ANSWER_SHARE else None
            self._write(mail)
            self.written += 1

    @contextlib.contextmanager
    def calm(self) -> Iterator[None]:
        """Write seldom as long as the block lasts, so that the reader catches up and waits."""
        self._thinks = SELDOM
        yield
        self._thinks = THINK

    def stop(self) -> None:
        """Finish the letter that is being written, and write no more."""
        self._stopping.set()
        self.join()

    def _write(self, mail: "ledger.Line | None") -> None:
        number = next(self._numbers)
        words = " ".join(self._chance.choices(WORDS, k=self._chance.randint(3, 60))) + f" {number}"
        sender = mail["recipient"] if mail else f"resident-{number}@example.org"
        message = EmailMessage(policy=SMTP)
        message["From"], message["Subject"] = sender, f"Letter {number}"
        message["Message-ID"] = f"<letter-{number}@example.org>"
        message["To"] = self._mailbox
        if mail:
            del message["To"]
            by_id = self._chance.random() < BY_ID_SHARE
            message["To"] = self._mailbox if by_id else mail["reply_to"]
            message["In-Reply-To"] = mail["message_id"] if by_id else "<unknown@example.org>"
        message.set_content(words)
        if self._chance.random() < FILE_SHARE:
            content = self._chance.randbytes(20_000)
            message.add_attachment(content, maintype="application", subtype="pdf", filename="plan.pdf")
        raw = message.as_bytes()
        for _ in range(2 if self._chance.random() < AGAIN_SHARE else 1):
            self._server.deliver(self._user, raw)
        self._ledger.write(
            message_id=message["Message-ID"],
            raw=sha256(raw),
            text=sha256(words),
            sender=sender,
            number=mail["number"] if mail else "",
        )

    def _mail_to_answer(self) -> "ledger.Line | None":
        """Return a mail of the town that nobody has answered yet."""
        mails = [one for one in ledger.read(self._mails) if one["message_id"] not in self._answered]
        found = self._chance.choice(mails) if mails else None
        if found:
            self._answered.add(found["message_id"])
        return found
