"""Every change of a case: lock, ask the rules, change, audit, publish, in one transaction."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from moked.accounts.models import Department, Membership, User
from moked.accounts.rules import WORKS_ON_CASES, Actor
from moked.audit import operations as audit
from moked.base.text import first_words
from moked.cases import events, numbering, rules
from moked.cases.models import Case, Change, Contact, Note, Participant, Review
from moked.catalogue.models import Service
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails

TRACKING_AFTER_CLOSING = timedelta(days=366)


class CaseError(Exception):
    """A change was refused; `code` says why and the front door chooses the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnableToOpenCase(CaseError):
    """Codes: WRONG_TOWN, NOT_OFFERED, NOTHING_SAID."""


class UnableToChangeCase(CaseError):
    """Codes: NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOTHING_SAID, UNKNOWN_HANDLER, NO_OPEN_REVIEW."""


@dataclasses.dataclass(frozen=True)
class Reporter:
    """Who a case is from: the resident as known, and the details given this time."""

    resident: Resident
    details: ContactDetails


@transaction.atomic
def open_case(
    *,
    municipality: Municipality,
    service: Service,
    matter: str,
    channel: rules.Channel,
    language: str,
    reporter: Reporter | None,
    by: Actor,
    now: datetime,
    submission: str | None = None,
) -> Case:
    """Open a case from its first contact, with its tracking link, and give it a number.

    Raises UnableToOpenCase. Two openings with the same `submission` are refused by the database
    (IntegrityError): the caller then finds the first one.
    """
    if service.municipality_id != municipality.pk or by.municipality_id != municipality.pk:
        raise UnableToOpenCase("WRONG_TOWN")
    if not service.is_offered:
        raise UnableToOpenCase("NOT_OFFERED")
    if not matter.strip():
        raise UnableToOpenCase("NOTHING_SAID")
    case = Case.objects.create(
        municipality=municipality,
        kind=service.kind,
        service=service,
        revision_id=service.revision_id,
        department_id=service.department_id,
        title=first_words(matter, rules.LONGEST_TITLE),
        language=language,
        channel=channel,
        opened_at=now,
        queue_at=now,
    )
    Contact.objects.create(
        municipality=municipality,
        case=case,
        resident=reporter.resident if reporter else None,
        author_id=by.user_id,
        direction=Contact.Direction.IN,
        channel=channel,
        body=matter,
        at=now,
        submission=submission,
    )
    if reporter:
        Participant.objects.create(
            municipality=municipality,
            case=case,
            resident=reporter.resident,
            role=Participant.Role.REPORTER,
            name=reporter.details.name,
            email=reporter.details.email,
            phone=reporter.details.phone,
        )
    links.create(municipality_id=municipality.pk, purpose=Link.Purpose.TRACKING, object_id=case.pk)
    _record(case, by, now, rules.ChangeKind.OPENED, after=case.state)
    publish(
        events.CaseOpened(municipality_id=municipality.pk, case_id=case.pk, service_id=service.pk), now=now
    )
    numbering.give_number(case, municipality)
    return case


@transaction.atomic
def add_resident_contact(
    *,
    case_id: int,
    body: str,
    channel: rules.Channel,
    by: Actor,
    now: datetime,
    submission: str | None = None,
) -> Contact:
    """Add what a resident writes to their case.

    A case that waited for them goes on; a closed one gets a review, so that a person sees it.
    Raises UnableToChangeCase (NOT_FOUND, NOTHING_SAID).
    """
    case = _locked(case_id, by)
    if not body.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    contact = Contact.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        resident_id=reporter.resident_id if (reporter := _reporter(case)) else None,
        direction=Contact.Direction.IN,
        channel=channel,
        body=body,
        at=now,
        submission=submission,
    )
    case.awaits_answer = True
    case.save(update_fields=["awaits_answer"])
    if case.state == rules.State.WAITING_FOR_RESIDENT:
        _move(case, rules.Step.RESIDENT_ANSWERS, rules.State.IN_PROGRESS, by, now)
    _audit(case, by, now, "case.resident_wrote", after={"contact": contact.pk})
    publish(
        events.ResidentWrote(municipality_id=case.municipality_id, case_id=case.pk, contact_id=contact.pk),
        now=now,
    )
    if not case.is_open:
        _open_review(case, rules.ReviewReason.WROTE_AGAIN, by, now)
    return contact


@transaction.atomic
def reply(*, case_id: int, body: str, by: Actor, now: datetime, submission: str | None = None) -> Contact:
    """Write to the resident. A received case is in progress from then on.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NOTHING_SAID).
    """
    case = _locked_for_work(case_id, by)
    contact = _write_to_resident(case, body, by, now, submission)
    if case.state == rules.State.RECEIVED:
        _move(case, rules.Step.BY_HAND, rules.State.IN_PROGRESS, by, now)
    _audit(case, by, now, "case.reply_sent", after={"contact": contact.pk})
    publish(
        events.ReplySent(municipality_id=case.municipality_id, case_id=case.pk, contact_id=contact.pk),
        now=now,
    )
    return contact


@transaction.atomic
def add_note(*, case_id: int, body: str, by: Actor, now: datetime, submission: str | None = None) -> Note:
    """Write for colleagues only. Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NOTHING_SAID)."""
    case = _locked_for_work(case_id, by)
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
    _audit(case, by, now, "case.note_added", after={"note": note.pk})
    return note


@transaction.atomic
def assign(
    *, case_id: int, department_id: int | None, assignee_id: int | None, by: Actor, now: datetime
) -> Case:
    """Give an open case to a department and, if named, a person.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, UNKNOWN_HANDLER).
    """
    case = _locked_for_work(case_id, by)
    if not case.is_open:
        raise UnableToChangeCase("WRONG_STATE")
    department, assignee = _handlers(case, department_id, assignee_id)
    before = {"department": case.department_id, "assignee": case.assignee_id}
    after = {"department": department_id, "assignee": assignee_id}
    if before == after:
        return case
    if before["department"] != department_id:
        _change(case, by, now, rules.ChangeKind.DEPARTMENT, before["department"], department_id)
    if before["assignee"] != assignee_id:
        _change(case, by, now, rules.ChangeKind.ASSIGNEE, before["assignee"], assignee_id)
    case.department, case.assignee = department, assignee
    case.save(update_fields=["department", "assignee"])
    _audit(case, by, now, "case.assigned", before=before, after=after)
    publish(
        events.CaseAssigned(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            department_id=department_id,
            assignee_id=assignee_id,
        ),
        now=now,
    )
    return case


@transaction.atomic
def move(*, case_id: int, target: str, by: Actor, now: datetime) -> Case:
    """Set another open state by hand. Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE)."""
    case = _locked_for_work(case_id, by)
    _move(case, rules.Step.BY_HAND, target, by, now)
    return case


@transaction.atomic
def close_case(
    *, case_id: int, outcome: str, message: str, by: Actor, now: datetime, submission: str | None = None
) -> Case:
    """Close a case with an outcome and words to the resident; its tracking link then ends in 12 months.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOTHING_SAID).
    """
    case = _locked_for_work(case_id, by)
    state = rules.STATE_OF_OUTCOME.get(rules.Outcome(outcome)) if outcome in list(rules.Outcome) else None
    if state is None or not rules.may_move(case.state, rules.Step.CLOSE, state):
        raise UnableToChangeCase("WRONG_STATE")
    contact = _write_to_resident(case, message, by, now, submission)
    before = case.state
    case.state, case.is_open, case.closed_at, case.outcome = state, False, now, outcome
    case.closings += 1
    case.save(update_fields=["state", "is_open", "closed_at", "outcome", "closings"])
    links.set_expiry(
        purpose=Link.Purpose.TRACKING, object_id=case.pk, expires_at=now + TRACKING_AFTER_CLOSING
    )
    _record(case, by, now, rules.ChangeKind.CLOSED, before=before, after=outcome)
    publish(
        events.CaseClosed(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            service_id=case.service_id,
            closing=case.closings,
            state=state,
            contact_id=contact.pk,
        ),
        now=now,
    )
    return case


@transaction.atomic
def open_review(*, case_id: int, reason: rules.ReviewReason, by: Actor, now: datetime) -> Review | None:
    """Have a person look at a closed case again; None when the case is open or already under review.

    Raises UnableToChangeCase (NOT_FOUND).
    """
    case = _locked(case_id, by)
    return None if case.is_open else _open_review(case, reason, by, now)


@transaction.atomic
def answer_review(
    *, case_id: int, message: str, by: Actor, now: datetime, submission: str | None = None
) -> Case:
    """Leave a reviewed case closed and tell the resident why.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NO_OPEN_REVIEW, NOTHING_SAID).
    """
    case = _locked_for_work(case_id, by)
    review = _decide_review(case, by, now, reopen=False)
    contact = _write_to_resident(case, message, by, now, submission)
    _record(case, by, now, rules.ChangeKind.REVIEW_ANSWERED)
    publish(
        events.ReviewAnswered(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            review_id=review.pk,
            contact_id=contact.pk,
        ),
        now=now,
    )
    return case


@transaction.atomic
def reopen(*, case_id: int, message: str, by: Actor, now: datetime, submission: str | None = None) -> Case:
    """Open a closed case again and tell the resident; its place in the queue is by its original start.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOTHING_SAID).
    """
    case = _locked_for_work(case_id, by)
    if not rules.may_move(case.state, rules.Step.REOPEN, rules.State.IN_PROGRESS):
        raise UnableToChangeCase("WRONG_STATE")
    if Review.objects.filter(case=case, is_open=True).exists():
        _decide_review(case, by, now, reopen=True)
    contact = _write_to_resident(case, message, by, now, submission)
    before = case.state
    case.state, case.is_open, case.closed_at, case.outcome = rules.State.IN_PROGRESS, True, None, ""
    case.was_reopened = True
    case.save(update_fields=["state", "is_open", "closed_at", "outcome", "was_reopened"])
    links.set_expiry(purpose=Link.Purpose.TRACKING, object_id=case.pk, expires_at=None)
    _record(case, by, now, rules.ChangeKind.REOPENED, before=before, after=case.state)
    publish(
        events.CaseReopened(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            service_id=case.service_id,
            contact_id=contact.pk,
        ),
        now=now,
    )
    return case


def _locked(case_id: int, by: Actor) -> Case:
    """Return the case locked; one of another municipality does not exist."""
    case = (
        Case.objects.select_for_update(of=("self",))
        .filter(id=case_id, municipality_id=by.municipality_id)
        .first()
    )
    if case is None:
        raise UnableToChangeCase("NOT_FOUND")
    return case


def _locked_for_work(case_id: int, by: Actor) -> Case:
    """Return the case locked, if the actor sees it and may change it at this very moment."""
    case = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(id=case_id).first()
    if case is None:
        raise UnableToChangeCase("NOT_FOUND")
    if not by.may_work_on(case.department_id):
        raise UnableToChangeCase("NOT_ALLOWED")
    return case


def _reporter(case: Case) -> Participant | None:
    return Participant.objects.filter(case=case, role=Participant.Role.REPORTER).first()


def _write_to_resident(case: Case, body: str, by: Actor, now: datetime, submission: str | None) -> Contact:
    if not body.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    if case.awaits_answer:
        case.awaits_answer = False
        case.save(update_fields=["awaits_answer"])
    reporter = _reporter(case)
    return Contact.objects.create(
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


def _move(case: Case, step: rules.Step, target: str, by: Actor, now: datetime) -> None:
    if not rules.may_move(case.state, step, target):
        raise UnableToChangeCase("WRONG_STATE")
    before, case.state = case.state, target
    case.save(update_fields=["state"])
    _record(case, by, now, rules.ChangeKind.STATE, before=before, after=target)
    publish(
        events.CaseMoved(municipality_id=case.municipality_id, case_id=case.pk, source=before, target=target),
        now=now,
    )


def _handlers(
    case: Case, department_id: int | None, assignee_id: int | None
) -> tuple[Department | None, User | None]:
    """Return department and person, both of the case's municipality; the person must be able to work here."""
    town = case.municipality_id
    members = Membership.objects.filter(municipality_id=town, role__in=sorted(WORKS_ON_CASES))
    department = assignee = None
    if department_id is not None:
        department = Department.objects.filter(id=department_id, municipality_id=town).first()
    if assignee_id is not None:
        people = User.objects.filter(id__in=members.values("user_id"), is_active=True)
        assignee = people.filter(id=assignee_id).first()
    if (department is None) != (department_id is None) or (assignee is None) != (assignee_id is None):
        raise UnableToChangeCase("UNKNOWN_HANDLER")
    return department, assignee


def _open_review(case: Case, reason: rules.ReviewReason, by: Actor, now: datetime) -> Review | None:
    if Review.objects.filter(case=case, is_open=True).exists():
        return None
    review = Review.objects.create(
        municipality_id=case.municipality_id, case=case, reason=reason, opened_at=now
    )
    _record(case, by, now, rules.ChangeKind.REVIEW_OPENED, after=reason)
    publish(
        events.ReviewOpened(municipality_id=case.municipality_id, case_id=case.pk, review_id=review.pk),
        now=now,
    )
    return review


def _decide_review(case: Case, by: Actor, now: datetime, *, reopen: bool) -> Review:
    review = Review.objects.filter(case=case, is_open=True).first()
    if review is None:
        raise UnableToChangeCase("NO_OPEN_REVIEW")
    review.is_open, review.decided_at, review.decided_by_id = False, now, by.user_id
    review.led_to_reopening = reopen
    review.save()
    return review


def _record(
    case: Case, by: Actor, now: datetime, kind: rules.ChangeKind, before: Any = "", after: Any = ""
) -> None:
    """Add the change to the timeline and to the audit trail."""
    _change(case, by, now, kind, before, after)
    _audit(case, by, now, f"case.{kind.lower()}", before={"code": str(before)}, after={"code": str(after)})


def _change(case: Case, by: Actor, now: datetime, kind: rules.ChangeKind, before: Any, after: Any) -> None:
    Change.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        kind=kind,
        actor_kind=by.kind,
        actor_id=by.user_id,
        at=now,
        before="" if before is None else str(before),
        after="" if after is None else str(after),
    )


def _audit(case: Case, by: Actor, now: datetime, verb: str, **codes: Any) -> None:
    audit.record(
        municipality_id=case.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind="case",
        object_id=case.pk,
        now=now,
        **codes,
    )
