"""The mail servers of a small world: a town's, whose mailbox lies in Dovecot, and everybody else's."""

import contextlib
import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from moked.channels.email.addresses import untagged
from moked.config.demo import free_port
from moked.config.demo_mail import Keeper
from tests.channels.dovecot import Dovecot
from tests.intake.letters import returned

UNKNOWN = "gone"  # addresses that begin so exist nowhere


class Mta(Keeper):
    """Puts mails to the town into its mailbox, returns those to nobody, keeps all others in a folder."""

    def __init__(self, folder: Path, server: Dovecot, mailbox: str, user: str) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._server, self._mailbox, self._user = server, mailbox, user
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail for its recipients, of whatever town or provider."""
        raw = envelope.original_content or b""
        sender = envelope.mail_from or ""
        for recipient in envelope.rcpt_tos:
            if untagged(recipient) == self._mailbox:
                self.deliver(raw, to=recipient)
            elif recipient.startswith(UNKNOWN):
                name = str(message_from_bytes(raw)["Message-ID"])
                self.deliver(returned(name, to=sender, recipient=recipient), to=sender)
            else:
                await super().handle_DATA(server, session, envelope)
        return "250 Taken"

    def deliver(self, raw: bytes, *, to: str) -> None:
        """Put a mail into the town's mailbox with what its mail server notes on top."""
        self._server.deliver(self._user, f"Delivered-To: {to}\r\n".encode() + raw)

    def post(self, raw: bytes, *, sender: str, to: str) -> None:
        """Send a mail as somebody's mail program does; '' is the sender of what programs answer."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as line:
            line.sendmail(sender, [to], raw)


@contextlib.contextmanager
def mta(folder: Path, server: Dovecot, mailbox: str, user: str) -> Iterator[Mta]:
    """Yield a mail server that takes mails at `port` as long as the block lasts."""
    one = Mta(folder, server, mailbox, user)
    controller = Controller(one, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
    controller.start()
    one.port = controller.port
    try:
        yield one
    finally:
        controller.stop()
