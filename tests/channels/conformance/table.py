"""The channels that are tried, each on one line: a new one is added here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from moked.channels.base.channel import Channel
from moked.channels.email.channel import CHANNEL as EMAIL
from moked.channels.models import Account, InboundMessage
from moked.channels.registry import CHANNELS
from moked.intake import mails
from moked.intake.taking import TAKE
from moked.web.desk.settings.mailbox_words import TROUBLES
from moked.web.ui.labels import Words
from tests.channels.conformance import email, postbox
from tests.channels.postbox.channel import CHANNEL as POSTBOX
from tests.channels.postbox.receiving import receive as receive_from_postbox
from tests.channels.postbox.taking import take as take_from_postbox


@dataclass(frozen=True)
class Row:
    """A channel, its bench, how all that waits at an account is received, how one message of it is taken,
    and its troubles in words: what is the matter, and what to do.
    """

    channel: Channel
    bench: type
    receive: Callable[[Account], None]
    take: Callable[[int], InboundMessage]
    words: Mapping[StrEnum, tuple[Words, Words]]

    def install(self) -> None:
        """Let the application know a channel of tests; those it has it knows."""
        CHANNELS.setdefault(self.channel.code, self.channel)
        TAKE.setdefault(self.channel.code, self.take)


ROWS = {
    "email": Row(EMAIL, email.Mailbox, email.receive, mails.take, TROUBLES),
    "postbox": Row(POSTBOX, postbox.Folder, receive_from_postbox, take_from_postbox, postbox.TROUBLES),
}
