"""Mails in which a mail server says what became of a mail of ours (RFC 3464)."""

from collections.abc import Sequence
from datetime import datetime

from moked.channels.email import addresses
from moked.channels.email.reading.mail import Delivery, Kind, ReadMail
from moked.channels.models import InboundMessage
from moked.handovers import operations as handovers
from moked.handovers.queries import mail_called
from moked.notices.delivery import note_bounce, note_delivered
from moked.notices.queries import notice_called

MOST_RETURNED = 20


def is_bounce(mail: ReadMail) -> bool:
    """Tell whether a server says that a mail did not arrive, or has not yet."""
    return mail.kind in {Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT}


def is_receipt(mail: ReadMail) -> bool:
    """Tell whether a server says that a mail arrived."""
    return mail.kind == Kind.SYSTEM and any(one.action in {"delivered", "relayed"} for one in _reported(mail))


def note_returned(message: InboundMessage, mail: ReadMail, now: datetime) -> bool:
    """Note it on what we had sent; False when that is not known."""
    called = _named(message, mail)
    # Servers give up after days with the last temporary status there was (RFC 3464, 2.3.3).
    is_final = mail.kind == Kind.BOUNCE_HARD or any(one.action == "failed" for one in _reported(mail))
    if notice := notice_called(message.municipality_id, called):
        note_bounce(notice_id=notice.pk, status=_status(mail), is_final=is_final, now=now)
    elif to_body := mail_called(message.municipality_id, called):
        handovers.note_bounce(mail_id=to_body.pk, status=_status(mail), is_final=is_final, now=now)
    else:
        return False
    return True


def note_arrived(message: InboundMessage, mail: ReadMail, now: datetime) -> bool:
    """Note it on what we had sent; False when that is not known.

    What was only passed on to another server may still come back: of a body's address it says nothing.
    """
    called = _named(message, mail)
    if notice := notice_called(message.municipality_id, called):
        note_delivered(notice_id=notice.pk, now=now)
    elif to_body := mail_called(message.municipality_id, called):
        if any(one.action == "delivered" for one in _reported(mail)):
            handovers.note_delivered(mail_id=to_body.pk)
    else:
        return False
    return True


def returned_to(message: InboundMessage, mail: ReadMail) -> list[str]:
    """Return the Message-IDs of ours that stand in the addresses a mail came to, where mails are returned."""
    mailbox, domain = message.account.address, message.municipality.sender.partition("@")[2]
    tagged = (addresses.bounced(addresses.tag_of(one, mailbox), domain) for one in mail.recipients)
    return list(dict.fromkeys(filter(None, tagged)))[:MOST_RETURNED]


def _named(message: InboundMessage, mail: ReadMail) -> list[str]:
    """Return by which Message-IDs a mail server may call the mail of ours that it tells of."""
    named = mail.report.message_id if mail.report else ""
    return [*returned_to(message, mail), *filter(None, [named])]


def _reported(mail: ReadMail) -> Sequence[Delivery]:
    return mail.report.deliveries if mail.report else ()


def _status(mail: ReadMail) -> str:
    """Return the code of the first recipient that a mail did not reach."""
    return next((one.status for one in _reported(mail) if one.status), "")
