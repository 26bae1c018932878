"""A case ends: with an outcome and words, and where it is asked for with proof and the centre's check."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from moked.accounts.rules import Actor
from moked.cases import events, rules
from moked.cases.models import Attachment, Case, Check
from moked.cases.operations import conversation, steps
from moked.cases.operations.refusals import UnableToChangeCase
from moked.cases.queries.case import with_merged
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link

TRACKING_AFTER_CLOSING = timedelta(days=366)


@transaction.atomic
def close_case(
    *,
    case_id: int,
    outcome: str,
    message: str,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    proof: Sequence[str] = (),
    at_first_contact: bool = False,
) -> Case:
    """Close a case with an outcome and words to the resident; its tracking link then ends in 12 months.

    `proof` are tokens of uploaded photos of the finished work. Where the service wants the centre to check, a
    department's closing only asks for that check: the case stays open and nobody is told yet.
    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOTHING_SAID, PROOF_NEEDED).
    """
    case = steps.locked_for_work(case_id, by)
    state = rules.STATE_OF_OUTCOME.get(rules.Outcome(outcome)) if outcome in list(rules.Outcome) else None
    if state is None or not rules.may_move(case.state, rules.Step.CLOSE, state):
        raise UnableToChangeCase("WRONG_STATE")
    if not message.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    steps.attach(case, proof, rules.PhotoKind.PROOF, now)
    if _lacks_proof(case, outcome):
        raise UnableToChangeCase("PROOF_NEEDED")
    if case.service.centre_checks and state == rules.State.RESOLVED and not by.works_town_wide:
        return _ask_for_check(case, outcome, message, by, now, submission)
    _decide_check(case, by, now, confirmed=True)
    return _close(case, outcome, message, by, now, submission=submission, at_first_contact=at_first_contact)


@transaction.atomic
def confirm_check(*, case_id: int, by: Actor, now: datetime) -> Case:
    """Close a case as its department proposed, and tell the resident.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED: only the centre checks, NO_OPEN_CHECK).
    """
    case = _locked_for_check(case_id, by)
    check = _decide_check(case, by, now, confirmed=True)
    if check is None:
        raise UnableToChangeCase("NO_OPEN_CHECK")
    steps.record(case, by, now, rules.ChangeKind.CHECK_PASSED)
    return _close(case, check.outcome, check.message, by, now)


@transaction.atomic
def send_back(*, case_id: int, body: str, by: Actor, now: datetime, submission: str | None = None) -> Case:
    """Tell the department in a note what is still missing; the case goes on.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NO_OPEN_CHECK, NOTHING_SAID).
    """
    case = _locked_for_check(case_id, by)
    if _decide_check(case, by, now, confirmed=False) is None:
        raise UnableToChangeCase("NO_OPEN_CHECK")
    conversation.note_on(case, body, by, now, submission)
    steps.record(case, by, now, rules.ChangeKind.CHECK_SENT_BACK)
    publish(
        events.CheckDecided(municipality_id=case.municipality_id, case_id=case.pk, confirmed=False), now=now
    )
    return case


def end_links(case_ids: Iterable[int], expires_at: datetime | None) -> None:
    """Let the tracking links of cases end at a moment, or never."""
    for case_id in case_ids:
        links.set_expiry(purpose=Link.Purpose.TRACKING, object_id=case_id, expires_at=expires_at)


def _close(
    case: Case,
    outcome: str,
    message: str,
    by: Actor,
    now: datetime,
    *,
    submission: str | None = None,
    at_first_contact: bool = False,
) -> Case:
    state = rules.STATE_OF_OUTCOME[rules.Outcome(outcome)]
    contact = steps.write_to_resident(case, message, by, now, submission)
    before = case.state
    case.state, case.is_open, case.closed_at, case.outcome = state, False, now, outcome
    case.closings += 1
    case.closed_at_first_contact = at_first_contact
    case.follow_up_at = None
    case.save(
        update_fields=[
            "state",
            "is_open",
            "closed_at",
            "outcome",
            "closings",
            "closed_at_first_contact",
            "follow_up_at",
        ]
    )
    end_links(with_merged(case), now + TRACKING_AFTER_CLOSING)
    steps.record(case, by, now, rules.ChangeKind.CLOSED, before=before, after=outcome)
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


def _lacks_proof(case: Case, outcome: str) -> bool:
    """Tell whether the service wants a photo of the finished work and there is none."""
    wants = outcome == rules.Outcome.FIXED and case.service.needs_proof
    return wants and not Attachment.objects.filter(case=case, kind=rules.PhotoKind.PROOF).exists()


def _ask_for_check(
    case: Case, outcome: str, message: str, by: Actor, now: datetime, submission: str | None
) -> Case:
    if case.awaits_check:
        raise UnableToChangeCase("WRONG_STATE")
    check = Check.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        outcome=outcome,
        message=message,
        asked_by_id=by.user_id,
        asked_at=now,
        submission=submission,
    )
    if case.state != rules.State.IN_PROGRESS:
        steps.move(case, rules.Step.BY_HAND, rules.State.IN_PROGRESS, by, now)
    case.awaits_check = True
    case.save(update_fields=["awaits_check"])
    steps.record(case, by, now, rules.ChangeKind.CHECK_ASKED, after=outcome)
    publish(
        events.CheckAsked(municipality_id=case.municipality_id, case_id=case.pk, check_id=check.pk), now=now
    )
    return case


def _locked_for_check(case_id: int, by: Actor) -> Case:
    case = steps.locked_for_work(case_id, by)
    if not by.works_town_wide:
        raise UnableToChangeCase("NOT_ALLOWED")
    return case


def _decide_check(case: Case, by: Actor, now: datetime, *, confirmed: bool) -> Check | None:
    """Settle the open check of a case, if there is one."""
    if not case.awaits_check:
        return None
    check = Check.objects.get(case=case, confirmed__isnull=True)
    check.confirmed, check.decided_at, check.decided_by_id = confirmed, now, by.user_id
    check.save()
    case.awaits_check = False
    case.save(update_fields=["awaits_check"])
    return check
