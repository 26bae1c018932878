"""Keep what comes in before anybody reads it."""

import dataclasses
import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.cases.models import Contact
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels.events import MessageStored
from moked.channels.models import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_PROVIDER_ID,
    LONGEST_SUBJECT,
    Account,
    InboundMessage,
    MessageContent,
)
from moked.channels.rules import Outcome, State
from moked.events.operations import publish
from moked.files import operations as files
from moked.municipalities.models import Municipality


class UnableToChangeAccount(Exception):
    """An account stays as it is; `code` is BAD_ADDRESS or UNKNOWN_SERVICE."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def open_mailbox(
    *, municipality: Municipality, address: str, service_id: int, by_user_id: int | None, now: datetime
) -> Account:
    """Let a town be written to at an address; what joins no case opens one of the service.

    A mailbox there is already leads to that service from now on, and is used again if it was retired.
    Raises UnableToChangeAccount.
    """
    named = address.strip().casefold()
    local, _, domain = named.rpartition("@")
    if not (local and domain) or "+" in local or any(one.isspace() for one in named):
        raise UnableToChangeAccount("BAD_ADDRESS")
    if not Service.objects.filter(id=service_id, municipality=municipality).exists():
        raise UnableToChangeAccount("UNKNOWN_SERVICE")
    account, _ = Account.objects.update_or_create(
        municipality=municipality,
        channel=Channel.EMAIL,
        address=named,
        defaults={"service_id": service_id, "is_retired": False},
    )
    _record(account, "account.opened", by_user_id, now)
    return account


def _record(account: Account, verb: str, by_user_id: int | None, now: datetime) -> None:
    audit.record(
        municipality_id=account.municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=verb,
        object_kind="account",
        object_id=account.pk,
        after={"address": account.address, "service": account.service_id},
        now=now,
    )


@dataclasses.dataclass(frozen=True)
class Content:
    """What a message says: from whom, under which subject, its whole text and its cleaned HTML."""

    sender: str
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""


@dataclasses.dataclass(frozen=True)
class Kept:
    """A message on the disk and in the database; not `is_new` when it had been kept before."""

    message: InboundMessage
    is_new: bool


def keep_message(*, account: Account, raw: bytes, provider_id: str, media_type: str, now: datetime) -> Kept:
    """Keep a message as it came; once this returns its sender's server may forget it.

    The same bytes under the same id are kept once for each account. Raises files.NotKept when there is no
    room: the sender's server is to try again.
    """
    named, digest = provider_id[:LONGEST_PROVIDER_ID], hashlib.sha256(raw).hexdigest()
    known = InboundMessage.objects.filter(account=account, provider_id=named, sha256=digest)
    if message := known.first():
        return Kept(message, is_new=False)
    town = account.municipality_id
    written = files.write_whole(town, raw)
    try:
        with transaction.atomic():
            message = InboundMessage.objects.create(
                municipality_id=town,
                account=account,
                provider_id=named,
                sha256=digest,
                file=files.add_whole(written, media_type, now),
                received_at=now,
            )
            publish(MessageStored(municipality_id=town, message_id=message.pk), now=now)
    except IntegrityError:
        files.remove_whole(written)
        if message := known.first():
            return Kept(message, is_new=False)
        raise
    return Kept(message, is_new=True)


@transaction.atomic
def settle(
    message: InboundMessage,
    *,
    outcome: Outcome,
    reason: str,
    contact: Contact | None,
    content: Content | None,
    now: datetime,
) -> InboundMessage:
    """Note what a stored message came to, and what it says; one that is settled already stays as it is."""
    state = State.QUARANTINED if outcome == Outcome.QUARANTINE else State.TAKEN
    changed = InboundMessage.objects.filter(pk=message.pk, state=State.STORED).update(
        state=state, outcome=outcome, reason=reason, contact=contact, settled_at=now
    )
    if changed and content:
        MessageContent.objects.create(
            municipality_id=message.municipality_id,
            message=message,
            sender=content.sender[:LONGEST_ADDRESS],
            sender_name=content.sender_name[:LONGEST_NAME],
            subject=content.subject[:LONGEST_SUBJECT],
            text=content.text,
            html=content.html,
        )
    message.refresh_from_db()
    return message


class UnableToChangeMessage(Exception):
    """A message stays where it is; `code` is NOT_FOUND or NOTHING_SAID."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def discard(*, message_id: int, note: str, by: Actor, now: datetime) -> InboundMessage:
    """Throw away a message that was set aside, and say why; it stays on record.

    Raises UnableToChangeMessage.
    """
    found = InboundMessage.objects.select_for_update(of=("self",))
    message = found.filter(id=message_id, municipality_id=by.municipality_id, state=State.QUARANTINED).first()
    if message is None or not by.works_town_wide:
        raise UnableToChangeMessage("NOT_FOUND")
    if not note.strip():
        raise UnableToChangeMessage("NOTHING_SAID")
    return leave_quarantine(message, state=State.DISCARDED, contact=None, note=note, by=by, now=now)


def leave_quarantine(
    message: InboundMessage, *, state: State, contact: Contact | None, note: str, by: Actor, now: datetime
) -> InboundMessage:
    """Note what a person made of a message that was set aside; called with it locked."""
    message.state, message.contact, message.note, message.settled_at = state, contact, note, now
    message.save(update_fields=["state", "contact", "note", "settled_at"])
    _record_message(message, by, now)
    return message


def put_back(message: InboundMessage, *, by: Actor, now: datetime) -> None:
    """Let a message that was set aside be read once more; called with it locked."""
    MessageContent.objects.filter(message=message).delete()
    message.state, message.outcome, message.reason, message.settled_at = State.STORED, "", "", None
    message.save(update_fields=["state", "outcome", "reason", "settled_at"])
    _record_message(message, by, now)


def _record_message(message: InboundMessage, by: Actor, now: datetime) -> None:
    audit.record(
        municipality_id=message.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=f"message.{message.state.lower()}",
        object_kind="message",
        object_id=message.pk,
        now=now,
    )
