"""Set up mailboxes and how they are read, and note how reading them goes."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from moked.accounts import secrets
from moked.audit import operations as audit
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels.models import Account, MailServer
from moked.channels.rules import BadServer, ServerDetails, Trouble
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
