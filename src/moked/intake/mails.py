"""What becomes of a mail: word of a delivery, words on a case, or a case of its own.

A mail joins a case only by a secret that we gave out, in the address it was written to or in the ids of the
mails it answers, and only from somebody who takes part in that case. Whatever else points to a case, such as
its number in the subject, only suggests to a person that the two may belong together.
"""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from moked.accounts.rules import external_body, resident, system
from moked.base.lengths import LONGEST_EMAIL, LONGEST_NAME
from moked.base.text import clean_body, clean_line
from moked.cases import operations as cases
from moked.cases.models import Case, Contact, Participant
from moked.cases.rules import Channel, numbers_meant
from moked.channels.email import addresses
from moked.channels.email.reading.child import Reader
from moked.channels.email.reading.kinds import UNANSWERED, reads_answers
from moked.channels.email.reading.mail import (
    MOST_HEADER_BYTES,
    Address,
    Kind,
    Ours,
    ReadMail,
    Signal,
    Trouble,
    Unreadable,
)
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import (
    Content,
    note_content,
    settle,
)
from moked.channels.queries import is_whole
from moked.channels.rules import AUTO_REPLY, AWAY, SEEN_BEFORE, Outcome, State
from moked.files import operations as files
from moked.handovers import operations as handovers
from moked.handovers.models import HandOver
from moked.handovers.rules import Kind as SaidKind
from moked.intake import colleagues, deliveries
from moked.intake.attachments import Brought, keep, place_of, that_fits
from moked.intake.languages import language_of
from moked.intake.operations import report, write_again
from moked.links.models import Link
from moked.links.operations import NoSuchLink, open_link
from moked.municipalities.models import Municipality
from moked.notices.models import StaffNotice
from moked.notices.queries import notice_called
from moked.notices.rules import REPLY_LINE
from moked.residents.operations import ContactDetails, mark_deliverable, mark_verified
from moked.residents.queries import one_each, people_at, rows_called
from moked.residents.rules import normalise_email

MOST_NUMBERS = 5
MOST_OF_SENDER = 3
MOST_LOOKED_AT = 100
MOST_TAGS = 20
LATELY = timedelta(days=30)
_NUMBER = re.compile(r"\b(?:20)?\d{2}[-\u2010-\u2015]\d{1,6}(?:[-\u2010-\u2015]\d)?\b")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")

Reading = Callable[[bytes, Ours, Path], ReadMail]
READER = Reader()

log = structlog.get_logger("moked.intake")


@dataclasses.dataclass(frozen=True)
class Taken:
    """What a mail came to: its outcome, why as a code, and the words it became."""

    outcome: Outcome
    reason: str = ""
    contact: Contact | None = None


def take(message_id: int, read: Reading = READER.read) -> InboundMessage:
    """Read a stored mail and do what follows from it; one that was taken already stays as it is.

    What cannot be read stands in quarantine with the code of its reason, and with its sender and subject.
    """
    message = InboundMessage.objects.select_related("account__service", "municipality", "file").get(
        id=message_id
    )
    if message.state == State.QUARANTINED and not is_whole(message):
        if outline := _outline(message, files.read_whole(message.file), read):
            note_content(message, outline)
        return message
    if message.state != State.STORED:
        return message
    raw, now = files.read_whole(message.file), datetime.now(UTC)
    with TemporaryDirectory(prefix="moked-mail-") as folder:
        try:
            mail = _read(message, raw, Path(folder), read)
        except Unreadable as problem:
            return _to_quarantine(message, problem.code, now, _outline(message, raw, read))
        brought = keep(message.municipality_id, mail.attachments, Path(folder), now)
    try:
        return _taken(message, mail, brought, now)
    except (DatabaseError, OSError):
        raise  # the worker tries again
    except Exception:
        log.exception("mail_not_taken", message=message.pk)
        return _to_quarantine(message, Trouble.BROKEN, now, _content(message, mail))


def _read(message: InboundMessage, raw: bytes, folder: Path, read: Reading) -> ReadMail:
    """Read a mail. What a web form writes is none of ours that came back, though in the name of the town."""
    ours = ours_of(message)
    mail = read(raw, ours, folder)
    if mail.kind == Kind.OWN_LOOP and _in_form(message, mail):
        return read(raw, dataclasses.replace(ours, addresses=()), folder)
    return mail


def _to_quarantine(
    message: InboundMessage, reason: str, now: datetime, content: Content | None = None
) -> InboundMessage:
    """Let a person look at what nothing could be made of."""
    return settle(message, outcome=Outcome.QUARANTINE, reason=reason, contact=None, content=content, now=now)


def _outline(message: InboundMessage, raw: bytes, read: Reading) -> Content | None:
    """Return who wrote a mail and about what, by its headers alone; None if not even they can be read."""
    headers = _END_OF_HEADERS.split(raw, maxsplit=1)[0][:MOST_HEADER_BYTES]
    with TemporaryDirectory(prefix="moked-mail-") as folder:
        try:
            return _content(message, read(headers + b"\r\n\r\n", ours_of(message), Path(folder)))
        except Unreadable:
            return None


def _taken(message: InboundMessage, mail: ReadMail, brought: Brought, now: datetime) -> InboundMessage:
    with transaction.atomic():
        locked = _locked(message)
        if locked.state != State.STORED:
            return locked
        try:
            taken = _act(message, mail, brought, now)
        except (cases.CaseError, handovers.UnableToAnswer) as problem:
            taken = Taken(Outcome.QUARANTINE, problem.code)
        return _settle(locked, taken, mail, brought, now)


def _locked(message: InboundMessage) -> InboundMessage:
    """Return a message, locked with all of the same name: the same mail twice is not taken at once."""
    if message.provider_id:
        accounts = [message.account_id, *_accounts_beside(message)]
        same = InboundMessage.objects.filter(account__in=accounts, provider_id=message.provider_id)
        list(same.select_for_update().order_by("id").values_list("id"))
    return InboundMessage.objects.select_for_update().get(pk=message.pk)


def _accounts_beside(message: InboundMessage) -> list[int]:
    """Return the other mailboxes of the town, to which the same mail may have come.

    One of a confidential service stands alone: what comes there is to reach who works on it.
    """
    if message.account.service.is_confidential:
        return []
    beside = Account.objects.filter(municipality=message.municipality_id, service__is_confidential=False)
    return list(beside.exclude(pk=message.account_id).order_by("id").values_list("id", flat=True))


def _act(message: InboundMessage, mail: ReadMail, brought: Brought, now: datetime) -> Taken:
    if mail.kind == Kind.OWN_LOOP:
        return Taken(Outcome.IGNORED_BY_RULE, "OWN_LOOP")
    if deliveries.is_bounce(mail):
        return _reported(mail.kind, is_known=deliveries.note_returned(message, mail, now))
    if deliveries.is_receipt(mail):
        return _reported("DELIVERED", is_known=deliveries.note_arrived(message, mail, now))
    if not 0 < len(_writer(message, mail).address) <= LONGEST_EMAIL:
        return Taken(Outcome.QUARANTINE, "NO_SENDER")
    if again := _seen_before(message, mail, [message.account_id]):
        return Taken(Outcome.IGNORED_BY_RULE, SEEN_BEFORE, again.contact)
    if told := _colleague_told(message, mail, now):
        return _colleague_wrote(message, told, mail, now)
    if answered := _hand_over_answered(message, mail, now):
        return _body_wrote(message, answered, mail, brought, now)
    part = _part_answered(message, mail, now)
    if part and _speaker(part, _only_sender(mail)):
        return _joined(message, part, mail, brought, now)
    if mail.kind == Kind.AUTO_REPLY:
        return Taken(Outcome.IGNORED_BY_RULE, AUTO_REPLY)
    if mail.kind == Kind.LIST_BULK:
        return Taken(Outcome.QUARANTINE, "LIST_BULK")
    if again := _seen_before(message, mail, _accounts_beside(message)):
        return Taken(Outcome.IGNORED_BY_RULE, SEEN_BEFORE, again.contact)
    return _opened(message, mail, brought, [part.case] if part else [], now)


def _reported(reason: str, *, is_known: bool) -> Taken:
    if not is_known:
        return Taken(Outcome.IGNORED_BY_RULE, "UNKNOWN_BOUNCE")
    return Taken(Outcome.DELIVERY_EVENT, reason)


def _seen_before(message: InboundMessage, mail: ReadMail, accounts: list[int]) -> InboundMessage | None:
    """Return the message at mailboxes that is this one and came by another way: only that differs in it.

    From the same sender, with the same words, and with the same files attached.
    """
    if not message.provider_id:
        return None
    content = _content(message, mail)
    same = InboundMessage.objects.filter(account__in=accounts, provider_id=message.provider_id)
    said = same.filter(
        content__sender=content.sender,
        content__subject=content.subject,
        content__text=content.text,
        content__attached=content.attached,
    )
    return said.exclude(pk=message.pk).exclude(reason=SEEN_BEFORE).order_by("id").first()


def _colleague_told(message: InboundMessage, mail: ReadMail, now: datetime) -> StaffNotice | None:
    """Return what a colleague was told by the mail in which they were given the address this one came to."""
    link = _opened_by(Link.Purpose.COLLEAGUE, message, mail, now)
    told = StaffNotice.objects.select_related("user")
    return told.filter(id=link.object_id).first() if link else None


def _colleague_wrote(message: InboundMessage, told: StaffNotice, mail: ReadMail, now: datetime) -> Taken:
    """Take what a colleague answered by mail, if they prove to be who they are; else a person looks first."""
    if mail.kind == Kind.AUTO_REPLY:
        return Taken(Outcome.IGNORED_BY_RULE, AWAY)
    proven_by = message.account.authserv_id
    try:
        contact = colleagues.write(told, mail, authserv_id=proven_by, now=now, submission=key_of(message))
    except colleagues.NotTaken as problem:
        return Taken(Outcome.QUARANTINE, problem.code)
    return Taken(Outcome.CONTACT, "STAFF_REPLIED" if contact else "STAFF_NOTED", contact)


def _hand_over_answered(message: InboundMessage, mail: ReadMail, now: datetime) -> HandOver | None:
    """Return the hand-over in whose mails an external body was given the address this mail came to."""
    link = _opened_by(Link.Purpose.HAND_OVER, message, mail, now)
    hand_overs = HandOver.objects.select_related("body", "case")
    return hand_overs.filter(id=link.object_id).first() if link else None


def _body_wrote(
    message: InboundMessage, hand_over: HandOver, mail: ReadMail, brought: Brought, now: datetime
) -> Taken:
    """Keep what a body wrote; from anywhere else than where the body is, a person looks first."""
    if _domain(_only_sender(mail)) != _domain(hand_over.body.email):
        return Taken(Outcome.QUARANTINE, "STRANGER")
    if mail.kind == Kind.AUTO_REPLY:
        return Taken(Outcome.IGNORED_BY_RULE, AWAY)
    if mail.kind != Kind.HUMAN:
        return Taken(Outcome.QUARANTINE, "BODY_MACHINE")
    brought = that_fits(hand_over.case, brought)
    handovers.answer(
        hand_over_id=hand_over.pk,
        kind=SaidKind.WROTE,
        words=clean_body(mail.visible) or mail.title,
        photos=brought.photos,
        documents=brought.documents,
        by=external_body(message.municipality_id),
        now=now,
        submission=key_of(message),
    )
    return Taken(Outcome.CONTACT, "BODY_WROTE")


def _domain(address: str) -> str:
    return normalise_email(address).rpartition("@")[2]


def _opened_by(purpose: Link.Purpose, message: InboundMessage, mail: ReadMail, now: datetime) -> Link | None:
    """Return the link whose secret stands in one of the addresses a mail came to."""
    mailbox = message.account.address
    tags = dict.fromkeys(addresses.tag_of(one, mailbox) for one in mail.recipients)
    for tag in list(filter(None, tags))[:MOST_TAGS]:
        try:
            return open_link(tag, municipality_id=message.municipality_id, purpose=purpose, now=now)
        except NoSuchLink:
            continue
    return None


def _part_answered(message: InboundMessage, mail: ReadMail, now: datetime) -> Participant | None:
    """Return whose mail from us this one answers: by the address we gave them, or by the id of that mail.

    Programs that say somebody is away write to where mails are returned (RFC 3834, 4), which names it too.
    """
    town = message.municipality_id
    parts = Participant.objects.select_related("case", "resident").filter(municipality_id=town)
    if link := _opened_by(Link.Purpose.REPLY, message, mail, now):
        return parts.filter(id=link.object_id).first()
    notice = notice_called(town, [*mail.answered_ids, *deliveries.returned_to(message, mail)])
    return parts.filter(case=notice.case, resident=notice.recipient_id).first() if notice else None


def _speaker(part: Participant, sender: str) -> Participant | None:
    """Return the part of whoever wrote in the case of the part whose secret came back.

    It is who has their mails about it sent to the sender's address, and of several that part itself; else
    somebody of whom a colleague said that the address is theirs too. By a secret that a follower was sent
    nobody but that follower speaks: anybody may follow, and would speak for the reporter.
    """
    asked = normalise_email(sender)
    found = Participant.objects.filter(case=part.case).select_related("resident").order_by("-role", "id")
    if part.role == Participant.Role.FOLLOWER:
        found = found.filter(pk=part.pk)
    parts = sorted(found, key=lambda one: one.pk != part.pk)
    if told := [one for one in parts if one.email and normalise_email(one.email) == asked]:
        return told[0]
    people = people_at(part.municipality_id, asked)
    return next((one for one in parts if one.resident and one_each([one.resident])[0] in people), None)


def _joined(
    message: InboundMessage, part: Participant, mail: ReadMail, brought: Brought, now: datetime
) -> Taken:
    speaker = _speaker(part, _only_sender(mail))
    brought = that_fits(part.case, brought)
    contact = write_again(
        case_id=part.case_id,
        body=clean_body(mail.visible) or mail.title,
        channel=Channel.EMAIL,
        by=resident(message.municipality_id),
        now=now,
        submission=key_of(message),
        said=cases.Said(
            photos=brought.photos,
            documents=brought.documents,
            title=mail.title,
            is_automatic=mail.kind != Kind.HUMAN,
        ),
        follower=speaker if speaker and speaker.role == Participant.Role.FOLLOWER else None,
    )
    mark_deliverable(message.municipality_id, _sender(mail).address)
    came_back = normalise_email(part.email) == normalise_email(_sender(mail).address)
    if part.resident and came_back and mail.kind == Kind.HUMAN:
        mark_verified(part.resident, part.email, now)
    return Taken(Outcome.CONTACT, "JOINED", contact)


def _opened(
    message: InboundMessage, mail: ReadMail, brought: Brought, suggested: Iterable[Case], now: datetime
) -> Taken:
    town, writer = message.municipality, _writer(message, mail)
    may_be_answered = _may_be_answered(message, mail)
    said = cases.Said(
        place=place_of(town, brought),
        photos=brought.photos,
        documents=brought.documents,
        title=mail.title,
        is_automatic=mail.kind != Kind.HUMAN,
        wants_no_answer=not may_be_answered,
    )
    case = report(
        municipality=town,
        service=message.account.service,
        matter=clean_body(mail.text) or mail.title or _without_words(town, brought),
        channel=Channel.EMAIL,
        language=language_of(f"{mail.title}\n{mail.text}", town),
        details=ContactDetails(name=name_of(writer.name), email=writer.address),
        by=resident(town.pk),
        now=now,
        submission=key_of(message),
        said=said,
    )
    is_person = mail.kind == Kind.HUMAN and (may_be_answered or Signal.NO_REPLY_SENDER not in mail.signals)
    known = _of_sender(case, writer.address, now) if is_person else []
    # In order, as each is locked and two mails may suggest the same.
    for other_id in sorted({one.pk for one in (*suggested, *_pointed_to(town, mail), *known)}):
        cases.suggest_link(case_id=case.pk, other_id=other_id, by=system(town.pk))
    mark_deliverable(town.pk, writer.address)
    return Taken(Outcome.CONTACT, "OPENED", Contact.objects.filter(case=case).earliest("id"))


def _without_words(town: Municipality, brought: Brought) -> str:
    """Return what a mail says that says nothing, in the language of the town."""
    with override(town.language):
        if brought.photos:
            return gettext("A picture without words")
        return gettext("A file without words") if brought.documents else gettext("A mail without words")


def _of_sender(case: Case, sender: str, now: datetime) -> list[Case]:
    """Return the newest cases, open or lately closed, that somebody takes part in from the same address.

    An address proves nobody: nothing is said of them, and a colleague decides.
    """
    people = people_at(case.municipality_id, normalise_email(sender))
    parts = Participant.objects.filter(resident__in=list(rows_called(people).values_list("id", flat=True)))
    ids = parts.order_by("-case_id").values_list("case_id", flat=True)[:MOST_LOOKED_AT]
    recent = Case.objects.filter(Q(is_open=True) | Q(closed_at__gt=now - LATELY), id__in=list(ids))
    found = recent.filter(is_spam=False, merged_into__isnull=True).exclude(pk=case.pk)
    return list(found.order_by("-id")[:MOST_OF_SENDER])


def _pointed_to(town: Municipality, mail: ReadMail) -> list[Case]:
    """Return the cases whose numbers stand in the subject, and those of earlier mails this one answers."""
    said = [number for found in _NUMBER.findall(mail.subject) for number in numbers_meant(found, ())]
    accounts = list(Account.objects.filter(municipality=town).values_list("id", flat=True))
    answered = InboundMessage.objects.filter(
        account__in=accounts, provider_id__in=list(mail.answered_ids), contact__case__isnull=False
    )
    ids = answered.order_by("-id").values_list("contact__case_id", flat=True)[:MOST_NUMBERS]
    numbered = Case.objects.filter(municipality=town, number__in=said[:MOST_NUMBERS])
    return [*numbered, *Case.objects.filter(id__in=list(ids))]


def _settle(
    message: InboundMessage, taken: Taken, mail: ReadMail, brought: Brought, now: datetime
) -> InboundMessage:
    return settle(
        message,
        outcome=taken.outcome,
        reason=taken.reason,
        contact=taken.contact,
        content=dataclasses.replace(_content(message, mail), pictures=brought.pictures),
        now=now,
    )


def _content(message: InboundMessage, mail: ReadMail) -> Content:
    writer = _writer(message, mail)
    text = clean_body(mail.text)
    content = Content(writer.address, writer.name, mail.subject_shown, text, mail.html_clean)
    return dataclasses.replace(content, attached=_attached(mail))


def _attached(mail: ReadMail) -> str:
    """Return a digest of all that is attached, in whatever order; '' for nothing."""
    digests = sorted(one.sha256 for one in mail.attachments)
    return hashlib.sha256("".join(digests).encode()).hexdigest() if digests else ""


def _writer(message: InboundMessage, mail: ReadMail) -> Address:
    """Return who wrote: the sender, or whom the web form names that writes to this mailbox.

    Proves nobody, as anybody can fill in a form: who speaks in a case of theirs is told by the sender.
    """
    return _in_form(message, mail) or _sender(mail)


def _in_form(message: InboundMessage, mail: ReadMail) -> Address | None:
    """Return who filled in a web form; None where a mail is an answer, which no form writes."""
    mailbox = message.account
    is_answer = mail.answered_ids or any(addresses.tag_of(one, mailbox.address) for one in mail.recipients)
    if not mailbox.takes_reply_to or is_answer or len(mail.reply_to) != 1:
        return None
    [named] = mail.reply_to
    return named if "@" in named.address and not ours_of(message).has(named.address) else None


def _may_be_answered(message: InboundMessage, mail: ReadMail) -> bool:
    """Tell whether a machine of ours may answer a mail; a form's own address need not read answers."""
    if (named := _in_form(message, mail)) is None:
        return mail.may_be_answered
    forbidding = UNANSWERED & set(mail.signals) - {Signal.NO_REPLY_SENDER}
    return mail.kind is Kind.HUMAN and not forbidding and reads_answers(named.address)


def _sender(mail: ReadMail) -> Address:
    return mail.authors[0] if mail.authors else Address("", "")


def _only_sender(mail: ReadMail) -> str:
    """Return the address a mail is from, '' when it is from several: nobody vouches for all of them."""
    return mail.authors[0].address if len(mail.authors) == 1 else ""


def ours_of(message: InboundMessage) -> Ours:
    """Return by what we recognise mails of our own."""
    town = message.municipality
    mailboxes = Account.objects.filter(municipality=town, is_retired=False).values_list("address", flat=True)
    domain = town.sender.partition("@")[2]
    return Ours(addresses=(town.sender, *mailboxes), message_id_domain=domain, reply_line=REPLY_LINE)


def name_of(written: str) -> str:
    """Return a name as a name is kept: one short line."""
    return clean_line(written)[:LONGEST_NAME]


def key_of(message: InboundMessage) -> str:
    return f"mail-{message.pk}"
