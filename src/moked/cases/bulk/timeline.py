"""What happened on cases of the past, as rows: step by step what the operations would have left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from moked.accounts.rules import ActorKind
from moked.audit import operations as audit
from moked.audit.models import AuditRecord
from moked.base.rows import insert, new, new_ids
from moked.cases import rules
from moked.cases.bulk.past import (
    PastAssignment,
    PastCase,
    PastClosing,
    PastFollower,
    PastMessage,
    PastMove,
    PastNote,
    PastReopening,
    PastReview,
    PastReviewAnswer,
    PastStep,
)
from moked.cases.models import Case, Change, Contact, Note, Participant, Review
from moked.cases.operations.opening import participant
from moked.links import operations as links
from moked.links.models import Link


class Ids:
    """Where the rows of timelines get their ids from, `first` for so many cases."""

    def __init__(self, first: int) -> None:
        self.contacts = new_ids(Contact, 3 * first)
        self.notes = new_ids(Note, first)
        self.participants = new_ids(Participant, first)


class Timelines:
    """The rows of a batch of cases, not stored yet. Making them sets what the steps left on the cases."""

    def __init__(self, pairs: Sequence[tuple[Case, PastCase]], ids: Ids) -> None:
        self._ids = ids
        self._participants: list[Participant] = []
        self._contacts: list[Contact] = []
        self._notes: list[Note] = []
        self._reviews: list[Review] = []
        self._changes: list[Change] = []
        self._audited: list[AuditRecord] = []
        for case, one in pairs:
            self._open(case, one)
            before = rules.State.RECEIVED
            for step, after in one.states():
                self._go(case, one, step, before)
                before = after

    def store(self) -> None:
        """Store everything, inside the transaction that stores the cases."""
        insert([*self._participants, *self._contacts, *self._notes, *self._reviews, *self._changes])
        audit.record_many(self._audited)
        followers = [one for one in self._participants if one.role == Participant.Role.FOLLOWER]
        if followers:
            links.create_many(
                municipality_id=followers[0].municipality_id,
                purpose=Link.Purpose.FOLLOWING,
                expiry_of={one.pk: None for one in followers},
            )

    def _open(self, case: Case, one: PastCase) -> None:
        if one.reporter:
            part = participant(case, one.reporter)
            part.id = next(self._ids.participants)
            self._participants.append(part)
        self._said(case, one, one.opened_at, one.matter)
        self._record(case, rules.ChangeKind.OPENED, one.opened_at, None, after=rules.State.RECEIVED)

    def _go(self, case: Case, one: PastCase, step: PastStep, before: rules.State) -> None:
        kinds = rules.ChangeKind
        match step:
            case PastMove():
                case.scheduled_at = step.until if step.state == rules.State.SCHEDULED else None
                heard = before == rules.State.WAITING_FOR_RESIDENT and case.awaits_answer
                by = ActorKind.RESIDENT if heard else None
                self._record(case, kinds.STATE, step.at, step.author_id, before, step.state, by)
            case PastMessage(is_incoming=True):
                self._hear(case, one, step)
            case PastMessage(words=""):
                self._record(case, kinds.ANSWERED, step.at, step.author_id)
            case PastMessage():
                contact = self._write(case, one, step.at, step.words, step.author_id)
                self._audit_row(case, "case.reply_sent", step.at, step.author_id, contact)
            case PastAssignment():
                self._assign(case, step)
            case PastNote():
                note = new(
                    Note,
                    id=next(self._ids.notes),
                    municipality_id=case.municipality_id,
                    case_id=case.id,
                    author_id=step.author_id,
                    body=step.words,
                    at=step.at,
                )
                self._notes.append(note)
                self._audit_row(case, "case.note_added", step.at, step.author_id, note)
            case PastFollower():
                self._join(case, step)
            case PastClosing():
                case.closings += 1
                self._write(case, one, step.at, step.words, step.author_id)
                self._record(case, kinds.CLOSED, step.at, step.author_id, before, step.outcome)
            case PastReview():
                self._review(case, step)
            case PastReviewAnswer():
                self._decide(case, step.at, step.author_id, reopen=False)
                self._write(case, one, step.at, step.words, step.author_id)
                self._record(case, kinds.REVIEW_ANSWERED, step.at, step.author_id)
            case PastReopening():
                case.was_reopened = True
                self._decide(case, step.at, step.author_id, reopen=True)
                self._write(case, one, step.at, step.words, step.author_id)
                in_progress = rules.State.IN_PROGRESS
                self._record(case, kinds.REOPENED, step.at, step.author_id, before, in_progress)

    def _hear(self, case: Case, one: PastCase, step: PastMessage) -> None:
        if not step.words:
            return
        case.awaits_answer = True
        contact = self._said(case, one, step.at, step.words, step.author_id)
        self._audit_row(case, "case.resident_wrote", step.at, step.author_id, contact, ActorKind.RESIDENT)

    def _join(self, case: Case, step: PastFollower) -> None:
        case.joined += 1
        details = step.follower.details if step.follower else None
        part = new(
            Participant,
            id=next(self._ids.participants),
            municipality_id=case.municipality_id,
            case_id=case.id,
            resident_id=step.follower.resident.id if step.follower else None,
            role=Participant.Role.FOLLOWER,
            name=details.name if details else "",
            email=details.email if details else "",
            phone=details.phone if details else "",
            language=step.language,
        )
        contact = new(
            Contact,
            id=next(self._ids.contacts),
            municipality_id=case.municipality_id,
            case_id=case.id,
            resident_id=part.resident_id,
            follower_id=part.id,
            direction=Contact.Direction.IN,
            channel=step.channel,
            body=step.words,
            at=step.at,
        )
        self._participants.append(part)
        self._contacts.append(contact)
        self._record(case, rules.ChangeKind.JOINED, step.at, None, by=ActorKind.RESIDENT)

    def _assign(self, case: Case, step: PastAssignment) -> None:
        before, case.assignee_id = case.assignee_id, step.assignee_id
        was = "" if before is None else str(before)
        assigned = rules.ChangeKind.ASSIGNEE
        self._changes.append(_change(case, assigned, step.at, step.author_id, was, str(step.assignee_id)))
        self._audit(
            case,
            "case.assigned",
            step.at,
            step.author_id,
            before={"department": case.department_id, "team": None, "assignee": before},
            after={"department": case.department_id, "team": None, "assignee": step.assignee_id},
        )

    def _review(self, case: Case, step: PastReview) -> None:
        self._reviews.append(
            new(
                Review,
                municipality_id=case.municipality_id,
                case_id=case.id,
                reason=step.reason,
                opened_at=step.at,
            )
        )
        opened = rules.ChangeKind.REVIEW_OPENED
        self._record(case, opened, step.at, None, after=step.reason, by=ActorKind.RESIDENT)

    def _decide(self, case: Case, at: datetime, author_id: int | None, *, reopen: bool) -> None:
        """Settle the case's open review, if there is one: it is the last that was made."""
        review = self._reviews[-1] if self._reviews else None
        if review and review.case_id == case.id and review.is_open:
            review.is_open, review.decided_at, review.decided_by_id = False, at, author_id
            review.led_to_reopening = reopen

    def _said(
        self, case: Case, one: PastCase, at: datetime, words: str, author_id: int | None = None
    ) -> Contact:
        """Keep what the reporter said."""
        contact = new(
            Contact,
            id=next(self._ids.contacts),
            municipality_id=case.municipality_id,
            case_id=case.id,
            resident_id=one.reporter.resident.id if one.reporter else None,
            author_id=author_id,
            direction=Contact.Direction.IN,
            channel=one.channel,
            body=words,
            at=at,
        )
        self._contacts.append(contact)
        return contact

    def _write(self, case: Case, one: PastCase, at: datetime, words: str, author_id: int | None) -> Contact:
        """Keep words to the reporter, where they are known."""
        case.awaits_answer = False
        has_mail = one.reporter and one.reporter.details.email
        contact = new(
            Contact,
            id=next(self._ids.contacts),
            municipality_id=case.municipality_id,
            case_id=case.id,
            resident_id=one.reporter.resident.id if one.reporter else None,
            author_id=author_id,
            direction=Contact.Direction.OUT,
            channel=rules.Channel.EMAIL if has_mail else rules.Channel.WEB,
            body=words,
            at=at,
        )
        if words:
            self._contacts.append(contact)
        return contact

    def _record(
        self,
        case: Case,
        kind: rules.ChangeKind,
        at: datetime,
        author_id: int | None,
        before: str = "",
        after: str = "",
        by: ActorKind | None = None,
    ) -> None:
        """Add a change to the timeline and to the audit trail."""
        self._changes.append(_change(case, kind, at, author_id, before, after, by))
        codes = {"before": {"code": before}, "after": {"code": after}}
        self._audit(case, f"case.{kind.lower()}", at, author_id, by, **codes)

    def _audit_row(
        self,
        case: Case,
        verb: str,
        at: datetime,
        author_id: int | None,
        row: Contact | Note,
        by: ActorKind | None = None,
    ) -> None:
        kind = "note" if isinstance(row, Note) else "contact"
        self._audit(case, verb, at, author_id, by, after={kind: row.id})

    def _audit(
        self,
        case: Case,
        verb: str,
        at: datetime,
        author_id: int | None,
        by: ActorKind | None = None,
        **codes: dict[str, Any],
    ) -> None:
        self._audited.append(_audited(case, verb, at, author_id, by, **codes))


def promise_moved(case: Case, at: datetime) -> tuple[Change, AuditRecord]:
    """Return the rows which say that what a case's resident was promised moved to where it is now."""
    change = _change(case, rules.ChangeKind.PROMISE, at, None, "", str(case.promised_at))
    told = {"code": str(case.promised_at)}
    return change, _audited(case, "case.promise", at, None, before={"code": ""}, after=told)


def _change(
    case: Case,
    kind: rules.ChangeKind,
    at: datetime,
    author_id: int | None,
    before: str,
    after: str,
    by: ActorKind | None = None,
) -> Change:
    return new(
        Change,
        municipality_id=case.municipality_id,
        case_id=case.id,
        kind=kind,
        actor_kind=_actor_kind(author_id, by),
        actor_id=author_id,
        at=at,
        before=before,
        after=after,
    )


def _audited(
    case: Case,
    verb: str,
    at: datetime,
    author_id: int | None,
    by: ActorKind | None = None,
    **codes: dict[str, Any],
) -> AuditRecord:
    return new(
        AuditRecord,
        municipality_id=case.municipality_id,
        at=at,
        actor_kind=_actor_kind(author_id, by),
        actor_id=author_id,
        verb=verb,
        object_kind="case",
        object_id=case.id,
        **codes,
    )


def _actor_kind(author_id: int | None, by: ActorKind | None) -> ActorKind:
    """Return who did something: staff by name, else whoever it must have been, else nobody in particular."""
    if author_id is not None:
        return ActorKind.STAFF
    return by or ActorKind.SYSTEM
