"""What a person makes of a mail that waits for one: a case, a note on a case, or another try."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from moked.accounts.rules import Actor, system
from moked.cases import operations as cases
from moked.cases.models import Case, Contact
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels.email.reading.mail import Unreadable
from moked.channels.events import MessageTakenByHand
from moked.channels.models import InboundMessage
from moked.channels.operations import leave_quarantine, locked_in_quarantine, put_back, show_pictures
from moked.channels.rules import State
from moked.events.operations import publish
from moked.events.subscribers import Work
from moked.files import operations as files
from moked.intake import mails
from moked.intake.attachments import keep
from moked.intake.languages import language_of
from moked.intake.operations import report
from moked.residents.operations import ContactDetails


def open_by_hand(*, message_id: int, service_id: int, matter: str, by: Actor, now: datetime) -> Case:
    """Open a case for a mail that was set aside, as a colleague who has read it says.

    Raises cases.UnableToOpenCase, UnableToChangeMessage.
    """
    with transaction.atomic():
        message = locked_in_quarantine(message_id, by)
        content = getattr(message, "content", None)
        sender = content.sender if content else ""
        service = Service.objects.filter(
            id=service_id, municipality_id=by.municipality_id, is_offered=True
        ).first()
        if service is None:
            raise cases.UnableToOpenCase("NOT_OFFERED")
        case = report(
            municipality=message.municipality,
            service=service,
            matter=matter,
            channel=Channel.EMAIL,
            language=language_of(matter, message.municipality),
            details=ContactDetails(name=mails.name_of(content.sender_name) if content else "", email=sender),
            by=by,
            now=now,
            submission=mails.key_of(message),
        )
        contact = Contact.objects.filter(case=case).earliest("id")
        leave_quarantine(message, state=State.TAKEN, contact=contact, note="", by=by, now=now)
        publish(MessageTakenByHand(municipality_id=message.municipality_id, message_id=message.pk), now=now)
    return case


def put_on_case(*, message_id: int, case_id: int, words: str, by: Actor, now: datetime) -> None:
    """Note on a case what a mail says that was set aside; colleagues read it, and the resident does not.

    Raises cases.UnableToChangeCase, UnableToChangeMessage.
    """
    with transaction.atomic():
        message = locked_in_quarantine(message_id, by)
        note = cases.add_note(case_id=case_id, body=words, by=by, now=now, submission=mails.key_of(message))
        number = note.case.number or ""
        leave_quarantine(message, state=State.TAKEN, contact=None, note=number, by=by, now=now)


def bring_along(work: Work) -> None:
    """Hang what was attached to a mail on the case that a person made of it; the worker calls it."""
    bring(work.event.message_id)


def bring(message_id: int, read: mails.Reading = mails.READER.read) -> None:
    """Hang on its case what was attached to a mail, once; of one that cannot be read nothing can follow."""
    message = InboundMessage.objects.select_related("account", "municipality", "file", "contact").get(
        id=message_id
    )
    now = datetime.now(UTC)
    with TemporaryDirectory(prefix="moked-mail-") as folder:
        try:
            mail = read(files.read_whole(message.file), mails.ours_of(message), Path(folder))
        except Unreadable:
            return
        brought = keep(message.municipality_id, mail.attachments, Path(folder), now)
    contact = message.contact
    assert contact is not None  # noqa: S101 - a person made a case of it
    cases.bring_files(
        contact_id=contact.pk,
        photos=brought.photos,
        documents=brought.documents,
        by=system(message.municipality_id),
        now=now,
    )
    show_pictures(message, brought.pictures)


def take_again(*, message_id: int, by: Actor, now: datetime) -> None:
    """Have the worker read a mail that was set aside once more, as if it had just come.

    Raises UnableToChangeMessage.
    """
    with transaction.atomic():
        put_back(locked_in_quarantine(message_id, by), by=by, now=now)
