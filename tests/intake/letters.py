"""Mails as residents, robots and mail servers write them, and mailboxes they come to."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from moked.cases.models import Case, Participant
from moked.channels.email.addresses import with_tag
from moked.channels.email.reading.message import read
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import keep_message, open_mailbox
from moked.intake import mails
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from tests.factories import NOW, make_service


def make_mailbox(town: Municipality, address: str = "", **columns: Any) -> Account:
    return open_mailbox(
        municipality=town,
        address=address or town.sender,
        service_id=make_service(town, **columns).pk,
        by_user_id=None,
        now=NOW,
    )


def letter(
    body: str = "The lamp at Oak Street 4 is dark.",
    *,
    sender: str = "Dana Levi <dana@example.org>",
    to: str = "helpdesk@town.example",
    subject: str = "Dark street",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """Return the bytes of a mail; headers with - for _, and files as name, media type and content."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 16 Nov 2026 09:30:00 +0200"
    for name, value in {"Message_ID": f"<{abs(hash((body, subject)))}@example.org>", **headers}.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(body)
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def came(account: Account, raw: bytes) -> InboundMessage:
    """Keep a mail and take it, read in this process."""
    name = next((line for line in raw.decode("latin-1").splitlines() if line.startswith("Message-ID:")), "")
    kept = keep_message(
        account=account,
        raw=raw,
        provider_id=name.partition(":")[2].strip(),
        media_type="message/rfc822",
        now=NOW,
    )
    return mails.take(kept.message.pk, read)


def reply_address(mailbox: Account, case: Case) -> str:
    """Return the address that the reporter of a case answers to."""
    part = Participant.objects.get(case=case, role=Participant.Role.REPORTER)
    link = links.ensure(municipality_id=case.municipality_id, purpose=Link.Purpose.REPLY, object_id=part.pk)
    return with_tag(mailbox.address, links.render(link))


def returned(message_id: str, *, to: str, recipient: str, status: str = "5.1.1", action: str = "") -> bytes:
    """Return what a mail server writes that could not deliver a mail (RFC 3464)."""
    action = action or {"5": "failed", "4": "delayed", "2": "relayed"}[status[0]]
    return (
        f"From: MAILER-DAEMON@example.org\r\nTo: {to}\r\nSubject: Undelivered Mail\r\n"
        "Return-Path: <>\r\nMIME-Version: 1.0\r\nMessage-ID: <dsn-1@example.org>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()
