"""Tell administrators by mail, once, that a mailbox cannot be read, and once that it is read again."""

from datetime import UTC, datetime

from babel.dates import format_datetime
from django.db import transaction

from moked.accounts.models import User
from moked.accounts.queries import actor_for, holders_of
from moked.accounts.rules import Role
from moked.channels.email import smtp
from moked.channels.models import MailServer
from moked.channels.operations import note_told
from moked.channels.queries import read_mailboxes
from moked.channels.rules import TOLD_AFTER, Light
from moked.events.operations import publish
from moked.events.subscribers import Work
from moked.municipalities.queries import public_url
from moked.notices import rendering
from moked.notices.events import MailboxMailPlanned
from moked.notices.operations import message_id
from moked.notices.texts import text_for


def tell_of_mailboxes(now: datetime) -> str:
    """Plan a mail to each administrator about each mailbox that fails for long, or does so no more."""
    told = 0
    for server in read_mailboxes():
        if _fails_for_long(server, now):
            told += _tell(server, is_well=False, now=now)
        elif _is_read_again(server, now):
            told += _tell(server, is_well=True, now=now)
    return f"{told} mailboxes told of"


def send(work: Work) -> None:
    """Send one of these mails, unless who is told is no administrator any more or the mailbox has gone."""
    event: MailboxMailPlanned = work.event
    server = MailServer.objects.select_related("account", "municipality").filter(pk=event.server_id).first()
    user = User.objects.filter(id=event.user_id).first()
    actor = actor_for(user, event.municipality_id) if user else None
    if not (server and user and actor and Role.ADMINISTRATOR in actor.roles):
        return
    smtp.carry(_mail(event, work.event_id, server, user), still_mine=work.still_mine)


def _fails_for_long(server: MailServer, now: datetime) -> bool:
    """Whether it fails for long and nobody was told; of one that nobody looks into nothing is known."""
    since = server.failing_since
    is_long = since is not None and since <= now - TOLD_AFTER
    return is_long and server.told_at is None and server.light_at(now) == Light.FAILING


def _is_read_again(server: MailServer, now: datetime) -> bool:
    return server.told_at is not None and server.light_at(now) == Light.WELL


def _tell(server: MailServer, *, is_well: bool, now: datetime) -> bool:
    """Note that administrators are told, unless another worker has, and plan their mails."""
    with transaction.atomic():
        if not note_told(server, now=None if is_well else now):
            return False
        for user_id in holders_of(server.municipality_id, Role.ADMINISTRATOR):
            publish(
                MailboxMailPlanned(
                    municipality_id=server.municipality_id,
                    server_id=server.pk,
                    user_id=user_id,
                    is_well=is_well,
                    since=server.failing_since or now,
                ),
                now=now,
            )
    return True


def _mail(event: MailboxMailPlanned, event_id: int, server: MailServer, user: User) -> smtp.Mail:
    town = server.municipality
    kind = "MAILBOX_READ_AGAIN" if event.is_well else "MAILBOX_NOT_READ"
    text = text_for(kind, user.language, fallback=town.language)
    since = event.since.astimezone(town.zone)
    locale = rendering.LOCALES.get(text.language, text.language)
    return rendering.build(
        town,
        text,
        {
            "mailbox": server.account.address,
            "since": format_datetime(since, "EEEE H:mm", locale=locale),
            "link": public_url(town, "desk:settings_mailbox", str(server.account_id)),
        },
        to=user.email,
        message_id=message_id(event_id, user.pk, town.sender),
        automatic="auto-generated",
        now=datetime.now(UTC),
    )
