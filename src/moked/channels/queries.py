"""By what a town can be written to."""

import dataclasses
from collections.abc import Collection
from datetime import datetime

from django.db.models import OuterRef, Subquery

from moked.cases.rules import Channel
from moked.channels.email.addresses import untagged
from moked.channels.models import Account, InboundMessage, MailServer
from moked.municipalities.models import Municipality


def mailboxes_among(addresses: Collection[str]) -> list[Account]:
    """Return the mailboxes, of any town, that a mail to these addresses came to; tags are left aside."""
    bare = {untagged(one) for one in addresses}
    found = Account.objects.filter(channel=Channel.EMAIL, address__in=bare, is_retired=False)
    return list(found.select_related("municipality", "service").order_by("id"))


def mailbox_of(town: Municipality) -> str:
    """Return the address that answers to a town's mails go to; '' where no mailbox is read.

    It is the mailbox of the address the town writes from, else the first.
    """
    addresses = list(
        Account.objects.filter(municipality=town, channel=Channel.EMAIL, is_retired=False)
        .order_by("id")
        .values_list("address", flat=True)
    )
    sender = town.sender.casefold()
    return sender if sender in addresses else next(iter(addresses), "")


@dataclasses.dataclass(frozen=True)
class Mailbox:
    """A mailbox, how it is read (None: its mails are handed over), and when its newest mail came."""

    account: Account
    server: MailServer | None
    newest_at: datetime | None


def mailboxes_of(municipality_id: int) -> list[Mailbox]:
    """Return all mailboxes of a town by address, those that are retired at the end."""
    newest = InboundMessage.objects.filter(account=OuterRef("pk")).order_by("-received_at")
    accounts = (
        Account.objects.filter(municipality_id=municipality_id, channel=Channel.EMAIL)
        .select_related("server", "service")
        .annotate(newest_at=Subquery(newest.values("received_at")[:1]))
        .order_by("is_retired", "address")
    )
    return [Mailbox(one, getattr(one, "server", None), one.newest_at) for one in accounts]


def mailboxes_to_watch() -> dict[int, datetime]:
    """Return the servers of all towns' mailboxes that are read by IMAP, and when each was last changed."""
    servers = MailServer.objects.filter(account__is_retired=False)
    return dict(servers.values_list("pk", "changed_at"))
