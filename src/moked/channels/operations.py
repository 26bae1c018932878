"""Keep what comes in before anybody reads it."""

import dataclasses
import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from moked.accounts import secrets
from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.base.lengths import LONGEST_EMAIL
from moked.base.text import storable
from moked.cases.models import Contact
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels.events import MessageStored
from moked.channels.models import (
    LONGEST_PROVIDER_ID,
    LONGEST_SENDER_NAME,
    LONGEST_SUBJECT,
    Account,
    InboundMessage,
    MailServer,
    MessageContent,
)
from moked.channels.queries import is_whole, passed_over, waiting_for_a_person
from moked.channels.rules import BadServer, Outcome, Reason, ServerDetails, State, Trouble
from moked.events.operations import publish
from moked.files import operations as files
from moked.municipalities.models import Municipality

SECRET_PURPOSE = "mail_servers"  # noqa: S105 - what the key is for
COMING_IN = timedelta(minutes=10)


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
    key: dict[str, Any] = {"municipality": municipality, "channel": Channel.EMAIL, "address": named}
    wanted = {"service_id": service_id, "is_retired": False}
    if same := Account.objects.filter(**key, **wanted).first():
        return same
    account, _ = Account.objects.update_or_create(**key, defaults=wanted)
    _record(account, "account.opened", by_user_id, now)
    return account


@transaction.atomic
def retire_mailbox(account: Account, *, by_user_id: int | None, now: datetime) -> None:
    """Read a mailbox no more and give its address to nobody; what came is kept."""
    if Account.objects.filter(pk=account.pk, is_retired=False).update(is_retired=True):
        _record(account, "account.retired", by_user_id, now)


@dataclasses.dataclass(frozen=True)
class NewServer:
    """How a mailbox is to be read by IMAP; an empty secret leaves the one that is known."""

    details: ServerDetails
    secret: str = dataclasses.field(repr=False)
    client_secret: str = dataclasses.field(default="", repr=False)
    reads_all: bool = False


@transaction.atomic
def set_mailbox(
    *,
    municipality: Municipality,
    address: str,
    service_id: int,
    server: NewServer | None,
    by_user_id: int | None,
    now: datetime,
    authserv_id: str = "",
    takes_reply_to: bool = False,
) -> Account:
    """Let a town be written to at an address, read by IMAP or, without a server, handed over by its own.

    `authserv_id` is the name under which its mail server vouches for senders; with `takes_reply_to` whoever
    stands in Reply-To wrote. Raises UnableToChangeAccount and BadServer.
    """
    account = open_mailbox(
        municipality=municipality, address=address, service_id=service_id, by_user_id=by_user_id, now=now
    )
    if server is None:
        forget_server(account, by_user_id=by_user_id, now=now)
    else:
        set_server(account, server, by_user_id=by_user_id, now=now)
    if account.authserv_id != authserv_id:
        account.authserv_id = authserv_id
        account.save(update_fields=["authserv_id"])
        _record(account, "account.authserv_id_set", by_user_id, now)
    if account.takes_reply_to != takes_reply_to:
        account.takes_reply_to = takes_reply_to
        account.save(update_fields=["takes_reply_to"])
        verb = "account.reply_to_taken" if takes_reply_to else "account.reply_to_left"
        _record(account, verb, by_user_id, now)
    return account


@transaction.atomic
def set_server(account: Account, new: NewServer, *, by_user_id: int | None, now: datetime) -> MailServer:
    """Have a mailbox read by IMAP; a folder not read before is read from now on, or all of it.

    Raises BadServer.
    """
    details = new.details
    details.check()
    known = MailServer.objects.select_for_update().filter(account=account).first()
    if not (new.secret or (known and known.sign_in == details.sign_in)):
        raise BadServer("NO_SECRET")
    if known and _is_so(known, new):
        return known
    columns: dict[str, Any] = {**dataclasses.asdict(details), "changed_at": now}
    if new.secret:
        columns["secret"] = secrets.encrypt(new.secret, SECRET_PURPOSE)
    if new.client_secret:
        columns["client_secret"] = secrets.encrypt(new.client_secret, SECRET_PURPOSE)
    if known is None or _folder_of(known) != _folder_of(details):
        columns |= {
            "reads_from": None if new.reads_all else now - COMING_IN,
            "uid_validity": None,
            "last_uid": 0,
            "waiting": 0,
            "checked_at": None,
            "failing_since": None,
            "trouble": "",
            "said": "",
        }
    server, _ = MailServer.objects.update_or_create(
        account=account, defaults={"municipality_id": account.municipality_id, **columns}
    )
    _record(account, "account.server_set", by_user_id, now)
    return server


def _is_so(known: MailServer, new: NewServer) -> bool:
    """Tell whether a mailbox is read like that already."""
    details = {name: getattr(known, name) for name in dataclasses.asdict(new.details)}
    pairs = ((new.secret, known.secret), (new.client_secret, known.client_secret))
    return details == dataclasses.asdict(new.details) and all(
        not said or said == _known_secret(kept) for said, kept in pairs
    )


def _known_secret(encrypted: str) -> str:
    try:
        return secrets.decrypt(encrypted, SECRET_PURPOSE) if encrypted else ""
    except secrets.UnableToDecrypt:
        return ""


def _folder_of(place: MailServer | ServerDetails) -> tuple[str, str, str]:
    return place.host, place.user, place.folder


@transaction.atomic
def forget_server(account: Account, *, by_user_id: int | None, now: datetime) -> None:
    """Read a mailbox by IMAP no more: its mails are handed over by a mail server of the town's own."""
    if MailServer.objects.filter(account=account).delete()[0]:
        _record(account, "account.server_forgotten", by_user_id, now)


def keep_secret(server: MailServer, secret: str) -> None:
    """Keep the token that an authority gave in place of the one we had, if that is still the one."""
    encrypted = secrets.encrypt(secret, SECRET_PURPOSE)
    MailServer.objects.filter(pk=server.pk, secret=server.secret).update(secret=encrypted)
    server.secret = encrypted


def begin_folder(server: MailServer, uid_validity: int) -> None:
    """Begin anew where the server has numbered its mails anew; those we have are recognised."""
    if server.uid_validity == uid_validity:
        return
    MailServer.objects.filter(pk=server.pk).update(uid_validity=uid_validity, last_uid=0)
    server.uid_validity, server.last_uid = uid_validity, 0


def note_kept(server: MailServer, last_uid: int) -> None:
    """Note up to which mail all are kept; another process may be further already."""
    mine = MailServer.objects.filter(pk=server.pk, uid_validity=server.uid_validity)
    mine.filter(last_uid__lt=last_uid).update(last_uid=last_uid)
    server.last_uid = max(server.last_uid, last_uid)


def note_read(server: MailServer, *, waiting: int, now: datetime) -> None:
    """Note that a mailbox can be read, and what waits there still."""
    MailServer.objects.filter(pk=server.pk).update(
        checked_at=now, failing_since=None, trouble="", said="", waiting=waiting
    )


def note_trouble(server: MailServer, trouble: Trouble, said: str, now: datetime) -> None:
    """Note why a mailbox cannot be read, and what the other side said to it."""
    MailServer.objects.filter(pk=server.pk).update(
        checked_at=now,
        failing_since=Coalesce("failing_since", Value(now)),
        trouble=trouble,
        said=said,
    )


def note_told(server: MailServer, *, now: datetime | None) -> bool:
    """Note when administrators were told that a mailbox is not read, None: that it is again; once each."""
    known = MailServer.objects.filter(pk=server.pk, told_at__isnull=now is not None)
    return bool(known.update(told_at=now))


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
    _record_message(message, by, now)


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
    _record_message(message, by, now)
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
    _record_message(message, by, now)
    publish(MessageStored(municipality_id=message.municipality_id, message_id=message.pk), now=now)


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
