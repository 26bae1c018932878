"""Turn a planned mail into one in the body's language, at the moment it is sent."""

import dataclasses
import hashlib
import hmac

from django.conf import settings

from moked.base.placeholders import fill
from moked.channels.email.addresses import bounce_address, with_tag
from moked.channels.email.smtp import Mail
from moked.channels.queries import mailbox_of
from moked.handovers import rules
from moked.handovers.models import BodyMail
from moked.handovers.queries import brief, secret_of
from moked.municipalities.queries import public_url
from moked.notices.rendering import build, day_words
from moked.notices.texts import text_for


def mail_for(mail: BodyMail) -> Mail:
    """Return the mail; address, rights and link are looked up here, so nothing stored can open a case."""
    hand_over = mail.hand_over
    town = hand_over.case.municipality
    text = text_for(mail.kind, hand_over.body.language, fallback=town.language)
    written = build(
        town,
        text,
        values_of(mail, text.language),
        to=hand_over.body.email,
        message_id=message_id(mail.pk, town.sender),
        automatic="auto-generated" if mail.kind == rules.Mail.REMINDER else None,
        answers=_first(mail, town.sender),
        now=mail.planned_at,
    )
    mailbox = mailbox_of(town)
    if not mailbox:
        return written
    return dataclasses.replace(
        written,
        reply_to=with_tag(mailbox, secret_of(hand_over)),
        bounces_to=bounce_address(mailbox, written.message_id),
    )


def values_of(mail: BodyMail, language: str) -> dict[str, str]:
    """Return what the text of a mail is filled in with: what the body may read, and nothing beside it."""
    said = brief(mail.hand_over, language)
    town = mail.hand_over.case.municipality
    details = " · ".join(said.details.values())
    return {
        "number": said.number,
        "service": said.service,
        "where": _line("BODY_WHERE", said.address, language),
        "details": _line("BODY_REPORTER", details, language),
        "words": said.words,
        "message": said.message,
        "answer": mail.statement.words if mail.statement else "",
        "due": day_words(said.due_on, language),
        "link": public_url(town, "portal:hand_over", secret_of(mail.hand_over)),
    }


def message_id(mail_id: int, sender: str) -> str:
    """Return the Message-ID of a mail to a body: always the same for it, and guessed by nobody."""
    key = hmac.new(settings.SECRET_KEY.encode(), b"moked.handovers", "sha256").digest()
    digest = hmac.new(key, str(mail_id).encode(), hashlib.sha256).hexdigest()
    return f"<{digest[:40]}@{sender.partition('@')[2]}>"


def _line(kind: str, value: str, language: str) -> str:
    return fill(text_for(kind, language).body, {"value": value}) if value else ""


def _first(mail: BodyMail, sender: str) -> tuple[str, ...]:
    """Return the Message-ID of the mail by which the case was handed over, for those after it."""
    first = BodyMail.objects.filter(hand_over=mail.hand_over_id, id__lt=mail.pk, state=BodyMail.State.SENT)
    first_id = first.order_by("id").values_list("id", flat=True).first()
    return (message_id(first_id, sender),) if first_id else ()
