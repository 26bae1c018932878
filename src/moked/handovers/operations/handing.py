"""Hand a case to a body, answer what it asks, and take the case back."""

from datetime import datetime, timedelta

from django.db import transaction

from moked.accounts.rules import Actor
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.rules import ChangeKind
from moked.cases.rules import State as CaseState
from moked.events.operations import publish
from moked.handovers.events import CaseCameBack, CaseHandedOver
from moked.handovers.models import ExternalBody, HandOver, Statement
from moked.handovers.operations.mails import plan_mail
from moked.handovers.rules import AWAITED, LINK_AFTER_END, OPEN, Kind, Mail, State
from moked.links import operations as links
from moked.links.models import Link


class UnableToHandOver(cases.UnableToChangeCase):
    """Codes, besides those of UnableToChangeCase: UNKNOWN_BODY, HANDED_OVER_ALREADY, NOT_HANDED_OVER,
    NOTHING_ASKED.
    """


@transaction.atomic
def hand_over(
    *, case_id: int, body_id: int, message: str, by: Actor, now: datetime, submission: str | None = None
) -> HandOver:
    """Hand an open case to a body, which is told by mail; the case is with it until it is to have answered.

    Raises UnableToHandOver and what cases raise (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    case = cases.locked_open_for_work(case_id, by)
    bodies = ExternalBody.objects.select_related("revision")
    body = bodies.filter(id=body_id, municipality_id=case.municipality_id, is_retired=False).first()
    if body is None:
        raise UnableToHandOver("UNKNOWN_BODY")
    if HandOver.objects.filter(case=case, state__in=OPEN).exists():
        raise UnableToHandOver("HANDED_OVER_ALREADY")
    said = body.document
    due = now + timedelta(days=said.answer_days)
    _wait(case, due, by, now)
    found = HandOver.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        body=body,
        message=message,
        by_id=by.user_id,
        handed_at=now,
        answer_due_at=due,
        remind_at=now + timedelta(days=said.reminder_days),
        submission=submission,
    )
    links.create(municipality_id=case.municipality_id, purpose=Link.Purpose.HAND_OVER, object_id=found.pk)
    _let_link_end(found)
    cases.note_hand_over(case, ChangeKind.HANDED_OVER, found.pk, by, now)
    plan_mail(found, Mail.HAND_OVER, now)
    publish(
        CaseHandedOver(
            municipality_id=case.municipality_id, hand_over_id=found.pk, case_id=case.pk, body_id=body.pk
        ),
        now=now,
    )
    return found


@transaction.atomic
def tell(*, case_id: int, words: str, by: Actor, now: datetime, submission: str | None = None) -> Statement:
    """Answer what a body asked; the case waits for it anew.

    Raises UnableToHandOver (NOTHING_ASKED) and what cases raise (NOT_FOUND, NOT_ALLOWED, WRONG_STATE,
    NOTHING_SAID).
    """
    case = cases.locked_open_for_work(case_id, by)
    found = _open_of(case, State.ASKED)
    if found is None:
        raise UnableToHandOver("NOTHING_ASKED")
    if not words.strip():
        raise cases.UnableToChangeCase("NOTHING_SAID")
    told = Statement.objects.create(
        municipality_id=case.municipality_id,
        hand_over=found,
        kind=Kind.TOLD,
        words=words,
        author_id=by.user_id,
        at=now,
        submission=submission,
    )
    said = found.body.document
    due = now + timedelta(days=said.answer_days)
    _wait(case, due, by, now)
    found.state, found.answer_due_at = State.SENT, due
    found.remind_at = now + timedelta(days=said.reminder_days)
    found.save(update_fields=["state", "answer_due_at", "remind_at"])
    _let_link_end(found)
    cases.note_hand_over(case, ChangeKind.BODY_TOLD, told.pk, by, now)
    plan_mail(found, Mail.REPLY, now, told)
    return told


@transaction.atomic
def withdraw(*, case_id: int, by: Actor, now: datetime) -> HandOver:
    """Take a case back from a body; its link says so from then on.

    Raises UnableToHandOver (NOT_HANDED_OVER) and what cases raise (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    case = cases.locked_open_for_work(case_id, by)
    found = _open_of(case, *OPEN)
    if found is None:
        raise UnableToHandOver("NOT_HANDED_OVER")
    come_back(found, State.WITHDRAWN, now)
    cases.note_hand_over(case, ChangeKind.TAKEN_BACK, found.pk, by, now)
    if case.state == CaseState.WITH_EXTERNAL_BODY:
        cases.move(case_id=case.pk, target=CaseState.IN_PROGRESS, by=by, now=now)
    return found


def leave_body(*, case_id: int, state: State, now: datetime) -> None:
    """End the hand-over of a case that is not with its body any more, as GIVEN_UP or WITHDRAWN.

    For reactions, in the transaction of the change. What a body asked stays open.
    """
    found = HandOver.objects.select_for_update().filter(case_id=case_id, state__in=AWAITED).first()
    if found:
        come_back(found, state, now)


def end_hand_over(*, case_id: int) -> None:
    """End the hand-over of a case that was closed; for reactions, in the transaction of the change."""
    found = HandOver.objects.select_for_update().filter(case_id=case_id, state__in=OPEN).first()
    if found:
        found.state = State.WITHDRAWN
        found.save(update_fields=["state"])


def come_back(found: HandOver, state: State, now: datetime) -> None:
    """End a hand-over whose case is still to be seen to."""
    found.state, found.came_back_at = state, now
    found.save(update_fields=["state", "came_back_at"])
    publish(
        CaseCameBack(
            municipality_id=found.municipality_id, hand_over_id=found.pk, case_id=found.case_id, state=state
        ),
        now=now,
    )


def _open_of(case: Case, *states: State) -> HandOver | None:
    rows = HandOver.objects.select_for_update(of=("self",)).select_related("body__revision")
    return rows.filter(case=case, state__in=states).first()


def _wait(case: Case, until: datetime, by: Actor, now: datetime) -> None:
    """Let the case be with the body from now on, also one that somebody set so by hand before."""
    if case.state == CaseState.WITH_EXTERNAL_BODY:
        cases.move(case_id=case.pk, target=CaseState.IN_PROGRESS, by=by, now=now)
    cases.move(case_id=case.pk, target=CaseState.WITH_EXTERNAL_BODY, by=by, now=now, until=until)


def _let_link_end(found: HandOver) -> None:
    links.set_expiry(
        purpose=Link.Purpose.HAND_OVER,
        object_id=found.pk,
        expires_at=found.answer_due_at + LINK_AFTER_END,
    )
