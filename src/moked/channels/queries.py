"""By what a town can be written to."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from moked.accounts.rules import Actor
from moked.cases.models import Contact
from moked.cases.rules import Channel
from moked.channels.email.addresses import untagged
from moked.channels.models import Account, InboundMessage, MailServer
from moked.channels.rules import SEEN_BEFORE, Outcome, State
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


def waiting_for_a_person(actor: Actor) -> QuerySet[InboundMessage]:
    """Return the messages somebody may look at that nobody could make anything of, newest first."""
    found = InboundMessage.objects.filter(municipality_id=actor.municipality_id, state=State.QUARANTINED)
    return _visible(found, actor).select_related("account", "content", "file").order_by("-id")


def message_for(actor: Actor, message_id: int) -> InboundMessage | None:
    """Return a message that is or was set aside, if the actor may look at it."""
    found = InboundMessage.objects.filter(
        municipality_id=actor.municipality_id, outcome=Outcome.QUARANTINE, id=message_id
    )
    return _visible(found, actor).select_related("account__service", "content", "file").first()


def message_of(contact: Contact) -> InboundMessage | None:
    """Return the message that words on a case came by; who may see the case may see it."""
    found = InboundMessage.objects.filter(contact=contact).exclude(reason=SEEN_BEFORE)
    return found.select_related("content", "file").order_by("id").first()


def _visible(messages: QuerySet[InboundMessage], actor: Actor) -> QuerySet[InboundMessage]:
    """What belongs to no case yet is for those who work on cases of the whole town."""
    return messages if actor.works_town_wide else messages.none()
