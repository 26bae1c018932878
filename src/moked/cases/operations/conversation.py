"""Words on a case: what a resident adds, what we answer, what colleagues note."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor
from moked.cases import events, rules
from moked.cases.models import Attachment, Case, Contact, Document, Note, Participant
from moked.cases.operations import reviews, steps
from moked.cases.operations.indexing import index_case
from moked.cases.operations.refusals import UnableToChangeCase
from moked.events.operations import publish


@transaction.atomic
def add_resident_contact(
    *,
    case_id: int,
    body: str,
    channel: rules.Channel,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    photos: Sequence[str] = (),
    documents: Sequence[steps.NewDocument] = (),
    follower: Participant | None = None,
    is_automatic: bool = False,
    reopens: bool = False,
) -> Contact:
    """Add what a resident writes to their case; photos or files without words will do.

    A case that waited for them goes on; a closed one gets a review, so that a person sees it, or with
    `reopens` is opened again. On a case that was merged, that happens where the case went. What a follower or
    a program says is kept and does none of this.
    Raises UnableToChangeCase (NOT_FOUND, NOTHING_SAID).
    """
    case = steps.locked(case_id, by)
    if not (body.strip() or photos or documents):
        raise UnableToChangeCase("NOTHING_SAID")
    speaker = follower or steps.reporter_of(case)
    contact = Contact.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        resident_id=speaker.resident_id if speaker else None,
        follower=follower,
        author_id=by.user_id,
        direction=Contact.Direction.IN,
        channel=channel,
        body=body,
        at=now,
        submission=submission,
        is_automatic=is_automatic,
    )
    steps.attach(case, photos, rules.PhotoKind.CONTACT, now, contact)
    steps.attach_documents(case, contact, documents, now)
    index_case(case)
    if is_automatic:
        return contact
    went = steps.where_it_went(case, by)
    if follower is None:
        heard(went, contact, by, now, reopens=reopens)
    else:
        heard_of_follower(went, contact, now)
    return contact


@transaction.atomic
def bring_files(
    *,
    contact_id: int,
    photos: Sequence[str],
    documents: Sequence[steps.NewDocument],
    by: Actor,
    now: datetime,
) -> None:
    """Hang on a case, once, what came with words that are on it already. Raises UnableToChangeCase."""
    contact = Contact.objects.filter(id=contact_id, municipality_id=by.municipality_id).first()
    if contact is None or contact.case_id is None:
        raise UnableToChangeCase("NOT_FOUND")
    case = steps.locked(contact.case_id, by)
    brought = (Document.objects.filter(contact=contact), Attachment.objects.filter(contact=contact))
    if any(one.exists() for one in brought):
        return
    steps.attach(case, photos, rules.PhotoKind.REPORT, now, contact)
    steps.attach_documents(case, contact, documents, now)


def heard(case: Case, contact: Contact, by: Actor, now: datetime, *, reopens: bool = False) -> None:
    """Let a case know that a resident said something."""
    if reopens and not case.is_open:
        reviews.reopen_for_words(case, now)
    case.awaits_answer = True
    case.save(update_fields=["awaits_answer"])
    if case.state == rules.State.WAITING_FOR_RESIDENT:
        steps.move(case, rules.Step.RESIDENT_ANSWERS, rules.State.IN_PROGRESS, by, now)
    steps.audit(case, by, now, "case.resident_wrote", after={"contact": contact.pk})
    publish(
        events.ResidentWrote(municipality_id=case.municipality_id, case_id=case.pk, contact_id=contact.pk),
        now=now,
    )
    if not case.is_open:
        reviews.open_for(case, rules.ReviewReason.WROTE_AGAIN, by, now)


def heard_of_follower(case: Case, contact: Contact, now: datetime) -> None:
    """Let it be known that somebody whose case it is too said something."""
    publish(
        events.FollowerWrote(municipality_id=case.municipality_id, case_id=case.pk, contact_id=contact.pk),
        now=now,
    )


@transaction.atomic
def reply(*, case_id: int, body: str, by: Actor, now: datetime, submission: str | None = None) -> Contact:
    """Write to the resident. A received case is in progress from then on.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NOTHING_SAID).
    """
    case = steps.locked_for_work(case_id, by)
    contact = steps.write_to_resident(case, body, by, now, submission)
    if case.state == rules.State.RECEIVED:
        steps.move(case, rules.Step.BY_HAND, rules.State.IN_PROGRESS, by, now)
    steps.audit(case, by, now, "case.reply_sent", after={"contact": contact.pk})
    publish(
        events.ReplySent(municipality_id=case.municipality_id, case_id=case.pk, contact_id=contact.pk),
        now=now,
    )
    return contact


@transaction.atomic
def write_by_rule(*, case_id: int, body: str, by: Actor, now: datetime) -> Contact:
    """Keep words to the resident that no person wrote: they answer nothing, and begin no work.

    Raises UnableToChangeCase (NOT_FOUND, NOTHING_SAID).
    """
    case = steps.locked(case_id, by)
    contact = steps.keep_words_to_resident(case, body, by, now)
    steps.audit(case, by, now, "case.written_by_rule", after={"contact": contact.pk})
    return contact


def note_call(*, case: Case, by: Actor, now: datetime, submission: str | None = None) -> Contact:
    """Note on a locked case that somebody told the reporter by phone what mails did not."""
    reporter = steps.reporter_of(case)
    contact = Contact.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        resident_id=reporter.resident_id if reporter else None,
        author_id=by.user_id,
        direction=Contact.Direction.OUT,
        channel=rules.Channel.PHONE,
        body="",
        at=now,
        submission=submission,
    )
    steps.audit(case, by, now, "case.told_by_phone", after={"contact": contact.pk})
    return contact


@transaction.atomic
def choose_notices(*, participant_id: int, wants: rules.Wants, by: Actor, now: datetime) -> None:
    """Tell somebody on a case as much by itself as they want. Raises UnableToChangeCase (NOT_FOUND)."""
    parts = Participant.objects.select_for_update(of=("self",)).select_related("case")
    part = parts.filter(id=participant_id, municipality_id=by.municipality_id).first()
    if part is None:
        raise UnableToChangeCase("NOT_FOUND")
    if part.wants == wants:
        return
    before, part.wants = part.wants, wants
    part.save(update_fields=["wants"])
    said = {"participant": part.pk}
    steps.audit(
        part.case, by, now, "case.notices_chosen", before={"wants": before}, after={**said, "wants": wants}
    )


@transaction.atomic
def add_note(*, case_id: int, body: str, by: Actor, now: datetime, submission: str | None = None) -> Note:
    """Write for colleagues only. Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NOTHING_SAID)."""
    return note_on(steps.locked_for_work(case_id, by), body, by, now, submission)


def note_praise(case: Case, user_id: int, by: Actor, now: datetime) -> None:
    """Note on a locked case that its praise was passed on to a colleague."""
    steps.record(case, by, now, rules.ChangeKind.PRAISED, after=user_id)


def note_on(case: Case, body: str, by: Actor, now: datetime, submission: str | None = None) -> Note:
    """Add a note to a locked case."""
    if not body.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    note = Note.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        author_id=by.user_id,
        body=body,
        at=now,
        submission=submission,
    )
    index_case(case)
    steps.audit(case, by, now, "case.note_added", after={"note": note.pk})
    return note
