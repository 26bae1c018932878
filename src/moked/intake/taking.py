"""Take what was stored, whichever channel it came by."""

from collections.abc import Callable

from moked.cases.rules import Channel
from moked.channels.models import InboundMessage
from moked.events.subscribers import Work
from moked.intake import mails

TAKE: dict[str, Callable[[int], InboundMessage]] = {Channel.EMAIL: mails.take}


def take_stored(work: Work) -> None:
    """Take a message that was stored; the worker calls it."""
    found = InboundMessage.objects.filter(id=work.event.message_id)
    TAKE[found.values_list("account__channel", flat=True).get()](work.event.message_id)
