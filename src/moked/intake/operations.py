"""What becomes of a contact: it opens a case or joins one. Every channel comes through here."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from moked.accounts.rules import Actor
from moked.cases import operations as cases
from moked.cases.models import Case, CaseLink, Contact, Participant
from moked.cases.rules import Channel, LinkKind, Origin, Outcome
from moked.catalogue.models import Service
from moked.catalogue.queries import closed_policy_for
from moked.catalogue.rules import AfterClosing
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails, identify


def report(
    *,
    municipality: Municipality,
    service: Service,
    matter: str,
    channel: Channel,
    language: str,
    details: ContactDetails,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    said: cases.Said = cases.NOTHING_MORE,
    origin: Origin = Origin.RESIDENT,
    caller: Resident | None = None,
    is_somebody_else: bool = False,
    note: str = "",
) -> Case:
    """Open a case for what somebody reports, or return the one the same form opened before.

    `caller` is the resident whom staff took it down from; without one the details decide who it is, and
    `is_somebody_else` says that staff saw who has the address and it was none of these. `note` is for
    colleagues, from who may write on the case.
    The same form means the same `submission` with the same content, so that a form sent twice makes one case
    and one that was corrected makes another. Raises cases.UnableToOpenCase, and with a note also
    cases.UnableToChangeCase.
    """
    if known := already_reported(municipality.pk, service, matter, details, submission):
        return known
    key = _report_key(service, matter, details, submission)
    try:
        with transaction.atomic():
            resident = identify(
                municipality_id=municipality.pk,
                details=details,
                language=language,
                now=now,
                known=caller,
                is_somebody_else=is_somebody_else,
            )
            case = cases.open_case(
                municipality=municipality,
                service=service,
                matter=matter,
                channel=channel,
                language=language,
                reporter=cases.Reporter(resident, details) if resident else None,
                by=by,
                now=now,
                submission=key,
                said=said,
                origin=origin,
            )
            if note:
                cases.add_note(case_id=case.pk, body=note, by=by, now=now)
            return case
    except IntegrityError:
        if known := already_reported(municipality.pk, service, matter, details, submission):
            return known
        raise


def already_reported(
    municipality_id: int, service: Service, matter: str, details: ContactDetails, submission: str | None
) -> Case | None:
    """Return the case that the same form with the same content has opened, if it has."""
    key = _report_key(service, matter, details, submission)
    return _case_of(municipality_id, key) if key else None


def answer_at_once(
    *,
    outcome: Outcome,
    message: str,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    **reported: Any,
) -> Case:
    """Open a case and close it with its answer in one transaction: closed at a touch.

    `reported` is what `report` takes. The same form sent twice makes one case. Raises cases.UnableToOpenCase
    and cases.UnableToChangeCase.
    """
    with transaction.atomic():
        case = report(by=by, now=now, submission=submission, **reported)
        if not case.is_open:
            return case
        return cases.close_case(
            case_id=case.pk, outcome=outcome, message=message, by=by, now=now, at_first_contact=True
        )


def join(
    *,
    case_id: int,
    matter: str,
    channel: Channel,
    language: str,
    details: ContactDetails,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    photos: Sequence[str] = (),
    caller: Resident | None = None,
    is_somebody_else: bool = False,
) -> Participant:
    """Let somebody follow a case because it is theirs too; the same form sent twice joins once.

    Raises cases.UnableToChangeCase.
    """
    key = submission_key(submission, "join", str(case_id), matter, details.name, details.email, details.phone)
    if key and (known := _part_of(by.municipality_id, key)):
        return known
    try:
        with transaction.atomic():
            resident = identify(
                municipality_id=by.municipality_id,
                details=details,
                language=language,
                now=now,
                known=caller,
                is_somebody_else=is_somebody_else,
            )
            return cases.join_case(
                case_id=case_id,
                follower=cases.Reporter(resident, details) if resident else None,
                language=language,
                channel=channel,
                body=matter,
                by=by,
                now=now,
                submission=key,
                photos=photos,
            )
    except IntegrityError:
        if key and (known := _part_of(by.municipality_id, key)):
            return known
        raise


def write_again(
    *,
    case_id: int,
    body: str,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    channel: Channel = Channel.WEB,
    said: cases.Said = cases.NOTHING_MORE,
    follower: Participant | None = None,
) -> Contact:
    """Add a resident's words, and what came with them, to the case whose link they hold.

    On a closed case the town's policy decides: a person looks, the case is opened again, or the words become
    a case of their own, which further words then join. What a follower or a program says does none of this.
    Returns the words on the case they came to; the same form sent twice adds them once. Staff who take down
    what a resident says use it too. Raises cases.CaseError.
    """
    key = submission_key(submission, str(case_id), body)
    try:
        with transaction.atomic():
            return _hear(case_id, body, channel, said, follower, by, now, key)
    except IntegrityError:
        known = Contact.objects.filter(municipality_id=by.municipality_id, submission=key).first()
        if not (key and known):
            raise
        return known


def _hear(
    case_id: int,
    body: str,
    channel: Channel,
    said: cases.Said,
    follower: Participant | None,
    by: Actor,
    now: datetime,
    key: str | None,
) -> Contact:
    case = cases.locked(case_id, by)
    lives = cases.where_it_went(case, by)
    policy = AfterClosing.REVIEW
    if not (lives.is_open or follower or said.is_automatic):
        newest = _newest_since(case, lives)
        if newest != lives:
            case = cases.locked(newest.pk, by)
            lives = cases.where_it_went(case, by)
        if not lives.is_open:
            policy = closed_policy_for(lives.service).at(lives.closed_at, now)
    if policy == AfterClosing.NEW_CASE and lives.service.is_offered and body.strip():
        return cases.follow_up(
            case_id=case.pk,
            closed_id=lives.pk,
            matter=body,
            channel=channel,
            by=by,
            now=now,
            submission=key,
            said=said,
        )
    return cases.add_resident_contact(
        case_id=case.pk,
        body=body,
        channel=channel,
        by=by,
        now=now,
        submission=key,
        photos=said.photos,
        documents=said.documents,
        follower=follower,
        is_automatic=said.is_automatic,
        reopens=policy == AfterClosing.REOPEN,
    )


def _newest_since(case: Case, closed: Case) -> Case:
    """Return the newest of the cases that earlier words of the same resident on a closed one became, else it.

    Such a case may have been closed and followed in its turn.
    """
    resident_id, newest = _reporter_id(case), closed
    seen = {closed.pk}
    while True:
        bonds = CaseLink.objects.filter(other=newest, kind=LinkKind.FOLLOWS).exclude(case_id__in=seen)
        found = bonds.select_related("case__service").order_by("-case_id")
        own = next((one.case for one in found if _reporter_id(one.case) == resident_id), None)
        if own is None:
            return newest
        newest = own
        seen.add(own.pk)


def _reporter_id(case: Case) -> int | None:
    parts = Participant.objects.filter(case=case, role=Participant.Role.REPORTER)
    return parts.values_list("resident_id", flat=True).first()


def submission_key(submission: str | None, *content: str) -> str | None:
    """Return what recognises a form sent twice; None when the form carried no submission."""
    if not submission:
        return None
    return hashlib.sha256("\x1f".join([submission, *content]).encode()).hexdigest()


def _report_key(service: Service, matter: str, details: ContactDetails, submission: str | None) -> str | None:
    return submission_key(submission, service.slug, matter, details.name, details.email, details.phone)


def _case_of(municipality_id: int, key: str) -> Case | None:
    contacts = Contact.objects.filter(municipality_id=municipality_id, submission=key)
    case_id = contacts.values_list("case_id", flat=True).first()
    return Case.objects.get(id=case_id) if case_id else None


def _part_of(municipality_id: int, key: str) -> Participant | None:
    contact = Contact.objects.filter(municipality_id=municipality_id, submission=key).first()
    if contact is None:
        return None
    if contact.follower:
        return contact.follower
    return Participant.objects.filter(case=contact.case, resident=contact.resident).first()
