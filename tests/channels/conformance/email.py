"""The bench of e-mail: a mailbox on a real IMAP server, and a real SMTP server."""

from collections import Counter

import pytest

from moked.channels.email import imap
from moked.channels.email.receiving import access_to
from moked.channels.email.receiving import receive as receive_mails
from moked.channels.models import Account, MailServer
from moked.municipalities.models import Municipality
from tests.channels.conformance.bench import matter
from tests.channels.dovecot import Dovecot
from tests.fixtures import Sink


def receive(account: Account) -> None:
    """Fetch all that waits."""
    server = MailServer.objects.select_related("account").get(account=account)
    with imap.opened(access_to(server)) as session:
        receive_mails(server, session, Counter())


class Mailbox:
    recipient = "dana@example.org"

    def __init__(self, town: Municipality, request: pytest.FixtureRequest) -> None:
        self.sink: Sink = request.getfixturevalue("sink")
        self.dovecot: Dovecot = request.getfixturevalue("mail_server")
        self.server: MailServer = request.getfixturevalue("mailbox")(of=town)
        self.account = self.server.account

    def write(self, number: int) -> None:
        words = f"From: r{number}@home.example\r\nTo: {self.account.address}\r\nSubject: Lamp\r\n"
        words += f"Message-ID: <{number}@home.example>\r\n\r\n{matter(number)}\r\n"
        self.dovecot.deliver(self.server.user, words.encode())

    def acknowledged(self) -> int:
        return self.dovecot.flags(self.server.user).count("S")

    def waiting(self) -> int:
        return len(self.dovecot.flags(self.server.user)) - self.acknowledged()

    def accepted(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.sink.messages]

    def spoil(self) -> None:
        MailServer.objects.filter(pk=self.server.pk).update(folder="Elsewhere")
