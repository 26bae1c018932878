"""What the operations on a case have in common: locking it, noting a change, writing to the resident."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from moked.accounts.rules import Actor
from moked.audit import operations as audit_trail
from moked.base.rows import add, new
from moked.cases import events, rules
from moked.cases.models import Attachment, Case, CaseArea, Change, Contact, Document, Participant
from moked.cases.operations.indexing import index_case
from moked.cases.operations.refusals import UnableToChangeCase
from moked.events.operations import publish
from moked.files import operations as files
from moked.places.rules import Place


def locked(case_id: int, by: Actor) -> Case:
    """Return the case locked; one of another municipality does not exist."""
    case = (
        Case.objects.select_for_update(of=("self",))
        .filter(id=case_id, municipality_id=by.municipality_id)
        .first()
    )
    if case is None:
        raise UnableToChangeCase("NOT_FOUND")
    return case


def locked_for_work(case_id: int, by: Actor) -> Case:
    """Return the case locked, if the actor sees it and may change it at this very moment."""
    case = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(id=case_id).first()
    if case is None:
        raise UnableToChangeCase("NOT_FOUND")
    if not by.may_work_on(case.department_id):
        raise UnableToChangeCase("NOT_ALLOWED")
    return case


def locked_open_for_work(case_id: int, by: Actor) -> Case:
    """Return the case as `locked_for_work` does, if it is open."""
    case = locked_for_work(case_id, by)
    if not case.is_open:
        raise UnableToChangeCase("WRONG_STATE")
    return case


def both_locked_for_work(first_id: int, second_id: int, by: Actor) -> tuple[Case, Case]:
    """Return two cases locked, in the order of their ids so that nobody waits for each other for ever."""
    if first_id == second_id:
        raise UnableToChangeCase("SAME_CASE")
    found = {one: locked_for_work(one, by) for one in sorted((first_id, second_id))}
    return found[first_id], found[second_id]


def where_it_went(case: Case, by: Actor) -> Case:
    """Return the case that is handled in place of a merged one, locked.

    Merging makes no circles; in one that something else made, it ends where it has come round.
    """
    seen = {case.pk}
    while case.merged_into_id and case.merged_into_id not in seen:
        seen.add(case.merged_into_id)
        case = locked(case.merged_into_id, by)
    return case


def reporter_of(case: Case) -> Participant | None:
    """Return whose case it is; None when they left no details."""
    return Participant.objects.filter(case=case, role=Participant.Role.REPORTER).first()


def write_to_resident(case: Case, body: str, by: Actor, now: datetime, submission: str | None) -> Contact:
    """Keep words to the resident; whoever waited for them has their answer."""
    contact = keep_words_to_resident(case, body, by, now, submission)
    if case.awaits_answer:
        case.awaits_answer = False
        case.save(update_fields=["awaits_answer"])
    return contact


def keep_words_to_resident(
    case: Case, body: str, by: Actor, now: datetime, submission: str | None = None
) -> Contact:
    """Keep words to the resident, whether they answer anything or not."""
    if not body.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    reporter = reporter_of(case)
    contact = Contact.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        resident_id=reporter.resident_id if reporter else None,
        author_id=by.user_id,
        direction=Contact.Direction.OUT,
        channel=rules.Channel.EMAIL if reporter and reporter.email else rules.Channel.WEB,
        body=body,
        at=now,
        submission=submission,
    )
    index_case(case)
    return contact


def move(
    case: Case,
    step: rules.Step,
    target: str,
    by: Actor,
    now: datetime,
    *,
    until: datetime | None = None,
    reason: str = "",
) -> None:
    """Bring an open case into another open state; what it waited for is over."""
    if not rules.may_move(case.state, step, target):
        raise UnableToChangeCase("WRONG_STATE")
    before, case.state = case.state, target
    case.follow_up_at = None
    case.scheduled_at = until if target == rules.State.SCHEDULED else None
    case.save(update_fields=["state", "follow_up_at", "scheduled_at"])
    record(case, by, now, rules.ChangeKind.STATE, before=before, after=target, reason=reason)
    publish(
        events.CaseMoved(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            source=before,
            target=target,
            until=until,
            reason=reason,
        ),
        now=now,
    )


def attach(
    case: Case,
    tokens: Sequence[str],
    kind: rules.PhotoKind,
    now: datetime,
    contact: Contact | None = None,
    *,
    is_public: bool | None = None,
) -> int:
    """Hang uploaded photos on a case; return how many there were. Those lost in between are passed over.

    They are as public as the case unless `is_public` says otherwise; those of a mail, whose sender was not
    told who sees them, only once a colleague says so.
    """
    if is_public is None:
        is_public = case.is_public and not (contact and contact.channel == rules.Channel.EMAIL)
    kept = files.claim(case.municipality_id, tokens, now).files if tokens else ()
    Attachment.objects.bulk_create(
        Attachment(
            municipality_id=case.municipality_id,
            case=case,
            contact=contact,
            file=file,
            kind=kind,
            is_public=is_public,
            at=now,
        )
        for file in kept
    )
    return len(kept)


@dataclasses.dataclass(frozen=True)
class NewDocument:
    """A file that was written and is to hang on a case, and what its sender called it."""

    name: str
    media_type: str
    written: files.Written


def attach_documents(
    case: Case, came_with: Contact | Change, documents: Sequence[NewDocument], now: datetime
) -> None:
    """Hang files on a case that came with a contact, or with what a change tells of."""
    for one in documents:
        Document.objects.create(
            municipality_id=case.municipality_id,
            case=case,
            contact=came_with if isinstance(came_with, Contact) else None,
            change=came_with if isinstance(came_with, Change) else None,
            file=files.add_whole(one.written, one.media_type, now),
            name=one.name[-rules.LONGEST_FILE_NAME :],
            at=now,
        )


def put_at(case: Case, place: Place) -> None:
    """Set the columns of where a case is."""
    case.address = place.address
    case.latitude = place.point.latitude if place.point else None
    case.longitude = place.point.longitude if place.point else None
    case.position_source = place.source
    case.is_outside = place.is_outside


def in_areas(case: Case, place: Place) -> list[CaseArea]:
    """Return the rows that say which areas a case lies in."""
    return [
        new(CaseArea, municipality_id=case.municipality_id, case_id=case.pk, area_id=area_id)
        for area_id in place.area_ids
    ]


def record(
    case: Case,
    by: Actor,
    now: datetime,
    kind: rules.ChangeKind,
    before: Any = "",
    after: Any = "",
    reason: str = "",
) -> Change:
    """Add the change to the timeline and to the audit trail."""
    audit(case, by, now, f"case.{kind.lower()}", before=_code(before), after=_code(after))
    return change(case, by, now, kind, before, after, reason)


def change(
    case: Case, by: Actor, now: datetime, kind: rules.ChangeKind, before: Any, after: Any, reason: str = ""
) -> Change:
    """Add the change to the timeline alone."""
    return add(
        new(
            Change,
            municipality_id=case.municipality_id,
            case_id=case.pk,
            kind=kind,
            actor_kind=by.kind,
            actor_id=by.user_id,
            at=now,
            before="" if before is None else str(before),
            after="" if after is None else str(after),
            reason=reason,
        )
    )


def audit(case: Case, by: Actor, now: datetime, verb: str, **codes: Any) -> None:
    """Add a record to the audit trail."""
    audit_trail.record(
        municipality_id=case.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind="case",
        object_id=case.pk,
        now=now,
        **codes,
    )


def _code(value: Any) -> dict[str, str]:
    return {"code": "" if value is None else str(value)}
