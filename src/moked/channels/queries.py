"""By what a town can be written to."""

import dataclasses
from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery

from moked.accounts.rules import Actor
from moked.cases.models import Case, Contact
from moked.cases.rules import Channel
from moked.catalogue.queries import hidden_services
from moked.channels.email.addresses import untagged
from moked.channels.models import Account, InboundMessage, MailServer
from moked.channels.rules import AUTO_REPLY, SEEN_BEFORE, Outcome, Reason, State
from moked.municipalities.models import Municipality

MOST_COUNTED = 100


def mailboxes_among(addresses: Collection[str]) -> list[Account]:
    """Return the mailboxes, of any town, that a mail to these addresses came to; tags are left aside."""
    bare = {untagged(one) for one in addresses}
    found = Account.objects.filter(channel=Channel.EMAIL, address__in=bare, is_retired=False)
    return list(found.select_related("municipality", "service").order_by("id"))


def mailbox_of(town: Municipality) -> str:
    """Return the address that answers to a town's mails go to; '' where no mailbox is read.

    It is the mailbox of the address the town writes from, else the first.
    """
    account = account_of(town)
    return account.address if account else ""


def account_of(town: Municipality) -> Account | None:
    """Return the mailbox that answers to a town's mails go to, if one is read."""
    accounts = list(
        Account.objects.filter(municipality=town, channel=Channel.EMAIL, is_retired=False).order_by("id")
    )
    sender = town.sender.casefold()
    return next((one for one in accounts if one.address == sender), next(iter(accounts), None))


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


def read_mailboxes() -> list[MailServer]:
    """Return how all towns' mailboxes are read by IMAP, those that are retired left aside."""
    servers = MailServer.objects.filter(account__is_retired=False)
    return list(servers.select_related("account", "municipality").order_by("pk"))


def quarantined_by_town() -> dict[int, int]:
    """Return how many messages wait for a person, by town."""
    waiting = InboundMessage.objects.filter(state=State.QUARANTINED).values("municipality_id")
    counted = waiting.annotate(messages=Count("id")).order_by()
    return {row["municipality_id"]: row["messages"] for row in counted}


def taken_since(moment: datetime) -> dict[tuple[int, str, str], int]:
    """Return how many messages that came since a moment were taken, by town, outcome and reason.

    Two programs that answer each other are seen here: what they say is passed over, again and again.
    """
    accounts = list(Account.objects.values_list("id", flat=True))
    taken = InboundMessage.objects.filter(account__in=accounts, received_at__gt=moment).exclude(outcome="")
    counted = taken.values("municipality_id", "outcome", "reason").annotate(messages=Count("id")).order_by()
    return {(row["municipality_id"], row["outcome"], row["reason"]): row["messages"] for row in counted}


def mailboxes_to_watch() -> dict[int, datetime]:
    """Return the servers of all towns' mailboxes that are read by IMAP, and when each was last changed."""
    servers = MailServer.objects.filter(account__is_retired=False)
    return dict(servers.values_list("pk", "changed_at"))


def waiting_for_a_person(actor: Actor) -> QuerySet[InboundMessage]:
    """Return the messages somebody may look at that nobody could make anything of, newest first."""
    found = InboundMessage.objects.filter(municipality_id=actor.municipality_id, state=State.QUARANTINED)
    return _listed(found, actor)


def number_waiting(actor: Actor) -> int:
    """Return how many messages somebody may look at wait for a person, counted no further than a hundred."""
    found = InboundMessage.objects.filter(municipality_id=actor.municipality_id, state=State.QUARANTINED)
    return _visible(found, actor)[:MOST_COUNTED].count()


def passed_over(actor: Actor) -> QuerySet[InboundMessage]:
    """Return the automatic answers somebody may look at with which nothing was done, newest first.

    What mail servers sent back is not among them: it may hold a link that opens what its reader may not see.
    """
    return _listed(_passed_over(actor), actor)


def message_for(actor: Actor, message_id: int) -> InboundMessage | None:
    """Return a message that is or was set aside, or passed over, if the actor may look at it."""
    set_aside = InboundMessage.objects.filter(
        municipality_id=actor.municipality_id, outcome=Outcome.QUARANTINE
    )
    found = (set_aside | _passed_over(actor)).filter(id=message_id)
    return _visible(found, actor).select_related("account__service", "content", "file").first()


def case_taken_for(actor: Actor, message_id: int) -> Case | None:
    """Return the case that a message came to, if the actor may see it."""
    found = InboundMessage.objects.filter(municipality_id=actor.municipality_id, id=message_id)
    case_id = found.values_list("contact__case_id", flat=True).first()
    return Case.objects.visible_to(actor).filter(id=case_id).first() if case_id else None


def is_taken(actor: Actor, message_id: int) -> bool:
    """Tell whether a message that the actor may look at has been read and acted upon."""
    found = InboundMessage.objects.filter(municipality_id=actor.municipality_id, state=State.TAKEN)
    return _visible(found, actor).filter(id=message_id).exists()


def message_of(contact: Contact) -> InboundMessage | None:
    """Return the message that words on a case came by; who may see the case may see it."""
    found = InboundMessage.objects.filter(contact=contact).exclude(reason=SEEN_BEFORE)
    return found.select_related("content", "file").order_by("id").first()


def is_whole(message: InboundMessage) -> bool:
    """Tell whether we have all of a message that was set aside, so that it can be read once more."""
    return message.reason not in set(Reason)


def _passed_over(actor: Actor) -> QuerySet[InboundMessage]:
    return InboundMessage.objects.filter(
        municipality_id=actor.municipality_id, outcome=Outcome.IGNORED_BY_RULE, reason=AUTO_REPLY
    )


def _listed(found: QuerySet[InboundMessage], actor: Actor) -> QuerySet[InboundMessage]:
    """Return those of some messages that somebody may look at, newest first, without what is long in them."""
    shown = _visible(found, actor).select_related("account", "content")
    return shown.defer("content__text", "content__html", "content__pictures").order_by("-id")


def _visible(messages: QuerySet[InboundMessage], actor: Actor) -> QuerySet[InboundMessage]:
    """What belongs to no case yet is for those who work on cases of the whole town.

    And see those of the service that its mailbox opens: what comes to welfare@ may be confidential.
    """
    if not actor.works_town_wide:
        return messages.none()
    return messages.exclude(account__service__in=hidden_services(actor))
