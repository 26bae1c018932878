"""Turn a notice into a mail, in its recipient's language, at the moment it is sent."""

import dataclasses
import re
from datetime import date, datetime

from babel.dates import format_date

from moked.base.labels import label
from moked.base.placeholders import fill
from moked.base.text import clean_line
from moked.cases.models import Case, Participant
from moked.cases.rules import PromiseState
from moked.channels.base.letters import Letter, Outgoing, Paragraph
from moked.channels.email.rendering import mail_of
from moked.channels.email.smtp import Mail
from moked.channels.models import InboundMessage
from moked.channels.registry import channel_of
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.municipalities.queries import public_url
from moked.notices.models import Notice
from moked.notices.queries import ARRIVED, text_of_town
from moked.notices.rules import Kind, auto_submitted
from moked.notices.texts import Text, text_for

MESSAGE_ID = re.compile(r"<(?!.*=\?)[!-;=?-~]{1,240}>")  # no encoded words, which could hide a line break
# Babel's plain "en" writes dates the American way.
LOCALES = {"en": "en_GB"}


def outgoing_for(notice: Notice, part: Participant, *, now: datetime) -> Outgoing:
    """Return what a notice says; links are rendered only here, so nothing stored can open a case."""
    is_follower = part.role == Participant.Role.FOLLOWER
    language = part.language if is_follower else notice.case.language
    text = text_of_town(notice.municipality, notice.kind, language)
    if notice.kind == Kind.CASE_OPENED and notice.case.is_open and notice.case.advice:
        # What to do until somebody comes is read first, whatever the town's own words are.
        text = dataclasses.replace(text, body=f"{{advice}}\n\n{text.body}")
    choices = _choices(notice, part) if auto_submitted(notice.kind) else ""
    answers_to = channel_of(notice.channel).answers_to(notice.municipality)
    return Outgoing(
        town=notice.municipality,
        id=notice.message_id,
        to=part.email,
        letter=compose(notice.municipality, text, values_of(notice, part, text.language), choices),
        written_at=now,
        automatic=auto_submitted(notice.kind),
        answers=_thread_of(notice),
        answers_to=answers_to,
        tag=_reply_tag(part) if answers_to else "",
    )


def _reply_tag(part: Participant) -> str:
    reply = links.ensure(municipality_id=part.municipality_id, purpose=Link.Purpose.REPLY, object_id=part.pk)
    return links.render(reply)


def _choices(notice: Notice, part: Participant) -> str:
    """Return where its recipient chooses what they are told; the link opens nothing else."""
    link = links.ensure(
        municipality_id=notice.municipality_id, purpose=Link.Purpose.NOTICES, object_id=part.pk
    )
    return public_url(notice.municipality, "portal:notices", links.render(link))


def values_of(notice: Notice, part: Participant, language: str) -> dict[str, str]:
    """Return what a notice's text is filled in with, for one recipient."""
    case, town = notice.case, notice.municipality
    is_follower = part.role == Participant.Role.FOLLOWER
    department = case.department.name_in(language, town.language) if case.department else ""
    public = case.public_title or case.service.name_in(language, town.language)
    return {
        "number": case.number or "",
        "other_number": (case.merged_into.number or "") if case.merged_into else "",
        "title": public if is_follower else case.title,
        "service": case.service.name_in(language, town.language),
        "department": department or town.name_in(language),
        "words": _words(notice),
        "advice": case.advice,
        "promise": _promise(case, language),
        **_about(notice, language),
        "link": _way_back(town, case, part),
        "survey_link": _address(town, "portal:survey", _link(case.pk, Link.Purpose.SURVEY)),
    }


def _words(notice: Notice) -> str:
    """Return what a colleague wrote: for this notice, or why the case takes longer."""
    if notice.kind == Kind.PROMISE_MOVED:
        return notice.case.promise_words
    return notice.contact.body if notice.contact else ""


def _about(notice: Notice, language: str) -> dict[str, str]:
    """Return what a notice of a hand-over tells: to whom, until when, and why the case came back."""
    about, town = notice.about or {}, notice.municipality
    due, reason = about.get("due"), about.get("reason")
    return {
        "body": label(about.get("body", {}), language, town.language),
        "due": day_words(date.fromisoformat(due), language) if due else "",
        "reason": text_for(f"{notice.kind}_{reason}", language).body if reason else "",
    }


def _promise(case: Case, language: str) -> str:
    """Return the sentence that says by when it is to be done; '' without a promise that runs."""
    if case.promised_at is None or case.promise_state != PromiseState.RUNNING:
        return ""
    return promise_words(case.promised_at.astimezone(case.municipality.zone).date(), language)


def promise_words(on: date, language: str) -> str:
    """Return the sentence with the day by which something is to be done."""
    return fill(text_for("PROMISE", language).body, {"date": day_words(on, language)})


def day_words(on: date, language: str) -> str:
    """Return a day in full, with its weekday."""
    return str(format_date(on, format="full", locale=LOCALES.get(language, language)))


def _way_back(town: Municipality, case: Case, part: Participant) -> str:
    if part.role == Participant.Role.FOLLOWER:
        return _address(town, "portal:follow", _link(part.pk, Link.Purpose.FOLLOWING))
    return _address(town, "portal:track", _link(case.pk, Link.Purpose.TRACKING))


def build(
    town: Municipality,
    text: Text,
    values: dict[str, str],
    *,
    to: str,
    message_id: str,
    automatic: str | None,
    answers: tuple[str, ...] = (),
    now: datetime,
) -> Mail:
    """Return a mail with a text and an HTML part that say the same."""
    letter = compose(town, text, values)
    return mail_of(Outgoing(town, message_id, to, letter, now, automatic, answers))


def compose(town: Municipality, text: Text, values: dict[str, str], choices: str = "") -> Letter:
    """Return a text filled in; a paragraph with nothing in it is left out.

    `choices` is the address at which its recipient says what they want to be told, '' without such a choice.
    """
    values = {**values, "town": town.name_in(text.language), "phone": town.phone}
    paragraphs = (_paragraph(part, text, values) for part in text.body.split("\n\n"))
    return Letter(
        language=text.language,
        town=values["town"],
        subject=clean_line(fill(text.subject, values)),
        paragraphs=tuple(paragraph for paragraph in paragraphs if paragraph.text),
        footer=fill(text_for("FOOTER", text.language).body, values),
        choices=Paragraph(text_for("CHOICES", text.language).body, choices) if choices else None,
    )


def _paragraph(part: str, text: Text, values: dict[str, str]) -> Paragraph:
    placeholder = part.strip().strip("{}")
    if placeholder in text.labels:
        address = values[placeholder]
        return Paragraph(text.labels[placeholder] if address else "", address)
    return Paragraph(fill(part.strip(), values), is_quote=part.strip() == "{words}")


def _link(object_id: int, purpose: Link.Purpose) -> str:
    link = links.find(purpose=purpose, object_id=object_id)
    return links.render(link) if link else ""


def _address(town: Municipality, route: str, secret: str) -> str:
    return public_url(town, route, secret) if secret else ""


def _thread_of(notice: Notice) -> tuple[str, ...]:
    """Return the Message-ID of the first notice its recipient got on the case, and of their last mail."""
    earlier = Notice.objects.filter(
        case_id=notice.case_id, recipient_id=notice.recipient_id, id__lt=notice.pk, state__in=ARRIVED
    )
    theirs = InboundMessage.objects.filter(
        contact__case=notice.case_id,
        contact__resident=notice.recipient_id,
        received_at__lte=notice.planned_at,
    )
    ids = [
        earlier.order_by("id").values_list("message_id", flat=True).first(),
        theirs.order_by("-id").values_list("provider_id", flat=True).first(),
    ]
    # Theirs is as they wrote it, and stands in a header.
    return tuple(one for one in ids if one and MESSAGE_ID.fullmatch(one))
