"""Keep what comes in before anybody reads it, and note what came of it."""

import dataclasses
import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.base.lengths import LONGEST_EMAIL
from moked.base.text import storable
from moked.cases.models import Contact
from moked.channels.events import MessageStored
from moked.channels.models import (
    LONGEST_PROVIDER_ID,
    LONGEST_SENDER_NAME,
    LONGEST_SUBJECT,
    Account,
    InboundMessage,
    MessageContent,
)
from moked.channels.queries import is_whole, passed_over, waiting_for_a_person
from moked.channels.rules import Outcome, Reason, State
from moked.events.operations import publish
from moked.files import operations as files


@dataclasses.dataclass(frozen=True)
class Content:
    """What a message says: from whom, under which subject, its whole text and its cleaned HTML.

    `pictures` and `attached` as the columns of MessageContent.
    """

    sender: str
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)
    attached: str = ""


@dataclasses.dataclass(frozen=True)
class Kept:
    """A message on the disk and in the database; not `is_new` when it had been kept before."""

    message: InboundMessage
    is_new: bool


def keep_message(
    *,
    account: Account,
    raw: bytes,
    provider_id: str,
    media_type: str,
    now: datetime,
    reason: Reason | None = None,
) -> Kept:
    """Keep a message as it came; once this returns its sender's server may forget it.

    The same bytes under the same id are kept once for each account. With a reason it is set aside at once,
    since `raw` is not all of it. Raises files.NotKept when there is no room: the sender's server is to try
    again.
    """
    named, digest = storable(provider_id)[:LONGEST_PROVIDER_ID], hashlib.sha256(raw).hexdigest()
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
                **_quarantined(reason, now),
            )
            publish(MessageStored(municipality_id=town, message_id=message.pk), now=now)
    except IntegrityError:
        files.remove_whole(written)
        if message := known.first():
            return Kept(message, is_new=False)
        raise
    return Kept(message, is_new=True)


def _quarantined(reason: Reason | None, now: datetime) -> dict[str, Any]:
    if reason is None:
        return {}
    return {
        "state": State.QUARANTINED,
        "outcome": Outcome.QUARANTINE,
        "reason": reason,
        "settled_at": now,
    }


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
        note_content(message, content)
    message.refresh_from_db()
    return message


def note_content(message: InboundMessage, content: Content) -> None:
    """Note what a message says, as far as it was read."""
    MessageContent.objects.get_or_create(
        message=message,
        defaults={
            "municipality_id": message.municipality_id,
            "sender": content.sender[:LONGEST_EMAIL],
            "sender_name": content.sender_name[:LONGEST_SENDER_NAME],
            "subject": content.subject[:LONGEST_SUBJECT],
            "text": content.text,
            "html": content.html,
            "pictures": content.pictures,
            "attached": content.attached,
        },
    )


def show_pictures(message: InboundMessage, pictures: dict[str, str]) -> None:
    """Note which photos the HTML of a message shows, where its files were kept after it was read."""
    MessageContent.objects.filter(message=message).update(pictures=pictures)


class UnableToChangeMessage(Exception):
    """A message stays where it is; `code` is NOT_FOUND, NOTHING_SAID or NOT_WHOLE."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def locked_in_quarantine(message_id: int, by: Actor) -> InboundMessage:
    """Return a message that waits, locked; raises UnableToChangeMessage for who may not see it."""
    waiting = waiting_for_a_person(by).select_for_update(of=("self",)).filter(id=message_id)
    if (message := waiting.select_related("municipality").first()) is None:
        raise UnableToChangeMessage("NOT_FOUND")
    return message


@transaction.atomic
def quarantine(*, message_id: int, by: Actor, now: datetime) -> None:
    """Let a message with which nothing was done wait for a person. Raises UnableToChangeMessage."""
    found = passed_over(by).select_for_update(of=("self",)).filter(id=message_id)
    if (message := found.first()) is None:
        raise UnableToChangeMessage("NOT_FOUND")
    message.state, message.outcome = State.QUARANTINED, Outcome.QUARANTINE
    message.save(update_fields=["state", "outcome"])
    _record(message, by, now)


@transaction.atomic
def discard(*, message_id: int, note: str, by: Actor, now: datetime) -> InboundMessage:
    """Throw away a message that was set aside, and say why; it stays on record.

    Raises UnableToChangeMessage.
    """
    message = locked_in_quarantine(message_id, by)
    if not note.strip():
        raise UnableToChangeMessage("NOTHING_SAID")
    return leave_quarantine(message, state=State.DISCARDED, contact=None, note=note, by=by, now=now)


def leave_quarantine(
    message: InboundMessage, *, state: State, contact: Contact | None, note: str, by: Actor, now: datetime
) -> InboundMessage:
    """Note what a person made of a message that was set aside; called with it locked."""
    message.state, message.contact, message.note, message.settled_at = state, contact, note, now
    message.save(update_fields=["state", "contact", "note", "settled_at"])
    _record(message, by, now)
    return message


def put_back(message: InboundMessage, *, by: Actor, now: datetime) -> None:
    """Let the worker read a message that was set aside once more; called with it locked.

    Until it has, the message is still one that was set aside. Raises UnableToChangeMessage for one of which
    the server of the mailbox has all and we do not: read again, it would seem to say nothing.
    """
    if not is_whole(message):
        raise UnableToChangeMessage("NOT_WHOLE")
    MessageContent.objects.filter(message=message).delete()
    message.state, message.reason, message.settled_at = State.STORED, "", None
    message.save(update_fields=["state", "reason", "settled_at"])
    _record(message, by, now)
    publish(MessageStored(municipality_id=message.municipality_id, message_id=message.pk), now=now)


def _record(message: InboundMessage, by: Actor, now: datetime) -> None:
    audit.record(
        municipality_id=message.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=f"message.{message.state.lower()}",
        object_kind="message",
        object_id=message.pk,
        now=now,
    )
