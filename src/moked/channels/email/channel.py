"""E-mail: read by IMAP or handed over by the town's own server, sent by SMTP."""

from collections.abc import Callable

from moked.cases.rules import Channel as Code
from moked.channels.base.channel import Abilities, Channel, Found
from moked.channels.base.letters import Outgoing
from moked.channels.email import smtp
from moked.channels.email.rendering import mail_of
from moked.channels.email.trial import try_out
from moked.channels.models import Account
from moked.channels.queries import mailbox_of
from moked.channels.rules import Trouble
from moked.municipalities.models import Municipality


class Email(Channel):
    """Mails of a mailbox."""

    code = Code.EMAIL
    abilities = Abilities(comes_in=True, longest_text=None)
    troubles = Trouble

    def answers_to(self, town: Municipality) -> str:
        """Return the town's mailbox, '' where none is read."""
        return mailbox_of(town)

    def send(self, outgoing: Outgoing, *, still_mine: Callable[[], bool]) -> None:
        """Carry a mail to the mail server."""
        smtp.carry(mail_of(outgoing), still_mine=still_mine)

    def try_out(self, account: Account) -> Found:
        """Count the mails of a mailbox that is read by IMAP."""
        return try_out(account.server)


CHANNEL = Email()
