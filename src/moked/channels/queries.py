"""By what a town can be written to."""

from collections.abc import Collection
from datetime import datetime

from moked.cases.rules import Channel
from moked.channels.email.addresses import untagged
from moked.channels.models import Account, MailServer
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


def mailboxes_to_watch() -> dict[int, datetime]:
    """Return the servers of all towns' mailboxes that are read by IMAP, and when each was last changed."""
    servers = MailServer.objects.filter(account__is_retired=False)
    return dict(servers.values_list("pk", "changed_at"))
