"""`manage.py receive_mail [FILE…]`: take mails from a mail server of the town's own, or from files."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moked.cases.rules import Channel
from moked.channels.base.receiving import Incoming, receive
from moked.channels.email.envelope import envelope_of
from moked.channels.models import Account, InboundMessage
from moked.channels.queries import mailboxes_among
from moked.files.operations import NotKept
from moked.intake import mails

MAIL = "message/rfc822"
DUPLICATE = "DUPLICATE"


class Command(BaseCommand):
    help = (
        "Take mails, each whole in a file or one from the standard input, and tell on a line of JSON what "
        "each came to: CONTACT, DELIVERY_EVENT, IGNORED_BY_RULE, QUARANTINE or DUPLICATE. What it has told "
        "of is kept. Ends with 75, which makes a mail server try again, when there is no room to keep one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--mailbox", help="the address they came to, instead of those their headers name")

    def handle(self, *args: Any, **options: Any) -> None:
        for raw in _raw(options["files"]):
            for account in _accounts(raw, options["mailbox"]):
                try:
                    said = _take(account, raw)
                except NotKept:
                    self.stderr.write("There is no room on the disk: nothing was taken, try again later.")
                    sys.exit(os.EX_TEMPFAIL)
                self.stdout.write(json.dumps(said, ensure_ascii=False))


def _raw(files: list[Path]) -> Iterator[bytes]:
    if not files:
        yield sys.stdin.buffer.read()
    for file in files:
        try:
            yield file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _accounts(raw: bytes, mailbox: str | None) -> list[Account]:
    """Return the mailboxes a mail is for: those it names, else the first, as it was delivered here."""
    found = mailboxes_among([mailbox] if mailbox else envelope_of(raw).recipients)
    if mailbox and not found:
        raise CommandError(f"There is no mailbox {mailbox}. Add it in the settings, or name another.")
    every = Account.objects.filter(channel=Channel.EMAIL, is_retired=False).select_related("municipality")
    found = found or list(every.order_by("id")[:1])
    if not found:
        raise CommandError("No town has a mailbox yet. Add one in the settings.")
    return found


def _take(account: Account, raw: bytes) -> dict[str, str | None]:
    # Whoever calls us takes the line we print, and how we end, for our acknowledgement.
    kept = receive(account, Incoming(raw, MAIL, envelope_of(raw).message_id, _nothing))
    message = mails.take(kept.message.pk)
    return _said(message, DUPLICATE if not kept.is_new else message.outcome)


def _nothing() -> None:
    """Acknowledge nothing yet."""


def _said(message: InboundMessage, outcome: str) -> dict[str, str | None]:
    contact = message.contact
    return {
        "outcome": outcome,
        "mailbox": message.account.address,
        "case": contact.case.number if contact and contact.case else None,
        "text": contact.body if contact else None,
        "reason": message.reason or None,
    }
