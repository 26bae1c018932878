"""Mails that come to a town of the demo: a report in HTML, an answer to a mail, an advertisement."""

import html
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from moked.cases.models import Participant
from moked.channels.email.addresses import with_tag
from moked.channels.email.envelope import envelope_of
from moked.channels.email.reading.message import read
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import keep_message
from moked.intake import mails
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality

MAIL = "message/rfc822"
SHOP = "shop@example.com"


def receive_letters(town: Municipality, pack: dict[str, Any], now: datetime) -> None:
    """Let the mails of the pack come and be taken; whoever reported something adds to it."""
    account = Account.objects.filter(municipality=town).order_by("id").first()
    said = pack.get("mails")
    if not (account and said):
        return
    sender = f"{pack['residents'][town.language][1]} <resident2@example.org>"
    reported = _receive(account, _mail(said["report"], sender, account.address, now), now)
    if reported.contact:
        part = Participant.objects.get(case=reported.contact.case, role=Participant.Role.REPORTER)
        link = links.ensure(municipality_id=town.pk, purpose=Link.Purpose.REPLY, object_id=part.pk)
        to = with_tag(account.address, links.render(link))
        _receive(account, _mail(said["answer"], sender, to, now), now)
    _receive(
        account, _mail(said["advertisement"], SHOP, account.address, now, List_Id="<sale.example.com>"), now
    )


def _receive(account: Account, mail: EmailMessage, now: datetime) -> InboundMessage:
    raw = mail.as_bytes()
    name = envelope_of(raw).message_id
    kept = keep_message(account=account, raw=raw, provider_id=name, media_type=MAIL, now=now)
    return mails.take(kept.message.pk, read)  # in this process: it is our own, and a demo is to be there soon


def _mail(said: dict[str, str], sender: str, to: str, now: datetime, **headers: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, said["subject"]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{said['subject'].encode().hex()[:32]}@example.org>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(said["text"])
    paragraphs = (f'<p dir="auto">{html.escape(one)}</p>' for one in said["text"].split("\n\n"))
    message.add_alternative(f"<html><body>{''.join(paragraphs)}</body></html>", subtype="html")
    return message
