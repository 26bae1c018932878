"""Turn a notice into a mail, in its recipient's language, at the moment it is sent."""

import dataclasses
from datetime import datetime

from django.template.loader import render_to_string

from moked.base.text import clean_line
from moked.channels.email.smtp import Mail
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.municipalities.queries import public_url
from moked.notices.models import Notice
from moked.notices.rules import auto_submitted, fill
from moked.notices.texts import Text, text_for

RIGHT_TO_LEFT = frozenset({"he", "ar"})


@dataclasses.dataclass(frozen=True)
class Paragraph:
    """One paragraph of a mail: plain text, a button with its address, or quoted words."""

    text: str
    address: str = ""
    is_quote: bool = False


def mail_for(notice: Notice, *, to: str, now: datetime) -> Mail:
    """Return the mail of a notice; links are rendered only here, so nothing stored can open a case."""
    case = notice.case
    town = notice.municipality
    text = text_for(notice.kind, case.language, fallback=town.language)
    department = case.department.name_in(text.language, town.language) if case.department else ""
    values = {
        "number": case.number or "",
        "title": case.title,
        "department": department or town.name_in(text.language),
        "words": notice.contact.body if notice.contact else "",
        "link": _address(town, "portal:track", _link(case.pk, Link.Purpose.TRACKING)),
        "survey_link": _address(town, "portal:survey", _link(case.pk, Link.Purpose.SURVEY)),
    }
    return build(
        town,
        text,
        values,
        to=to,
        message_id=notice.message_id,
        automatic=auto_submitted(notice.kind),
        answers=_first_message_id(notice),
        now=now,
    )


def build(
    town: Municipality,
    text: Text,
    values: dict[str, str],
    *,
    to: str,
    message_id: str,
    automatic: str | None,
    answers: str | None,
    now: datetime,
) -> Mail:
    """Return a mail with a text and an HTML part that say the same."""
    values = {**values, "town": town.name_in(text.language), "phone": town.phone}
    footer = fill(text_for("FOOTER", text.language).body, values)
    paragraphs = [_paragraph(part, text, values) for part in text.body.split("\n\n")]
    paragraphs = [paragraph for paragraph in paragraphs if paragraph.text]
    page = {
        "language": text.language,
        "direction": "rtl" if text.language in RIGHT_TO_LEFT else "ltr",
        "town": values["town"],
        "paragraphs": paragraphs,
        "footer": footer,
    }
    return Mail(
        message_id=message_id,
        sender_name=clean_line(values["town"]),
        sender=town.sender,
        to=to,
        subject=clean_line(fill(text.subject, values)),
        text="\n\n".join([*(p.address or p.text for p in paragraphs), f"-- \n{footer}"]) + "\n",
        html=render_to_string("notices/mail.html", page),
        language=text.language,
        written_at=now,
        automatic=automatic,
        answers=answers,
    )


def _paragraph(part: str, text: Text, values: dict[str, str]) -> Paragraph:
    placeholder = part.strip().strip("{}")
    if placeholder in text.labels:
        address = values[placeholder]
        return Paragraph(text.labels[placeholder] if address else "", address)
    return Paragraph(fill(part.strip(), values), is_quote=part.strip() == "{words}")


def _link(case_id: int, purpose: Link.Purpose) -> str:
    link = links.find(purpose=purpose, object_id=case_id)
    return links.render(link) if link else ""


def _address(town: Municipality, route: str, secret: str) -> str:
    return public_url(town, route, secret) if secret else ""


def _first_message_id(notice: Notice) -> str | None:
    earlier = Notice.objects.filter(
        case_id=notice.case_id, recipient_id=notice.recipient_id, id__lt=notice.pk, state=Notice.State.SENT
    )
    return earlier.order_by("id").values_list("message_id", flat=True).first()
