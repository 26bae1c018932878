"""A closed case that somebody is not content with: a person looks again and decides."""

from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor, system
from moked.cases import events, rules
from moked.cases.models import Case, Change, Review
from moked.cases.operations import steps
from moked.cases.operations.refusals import UnableToChangeCase
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link


@transaction.atomic
def open_review(*, case_id: int, reason: rules.ReviewReason, by: Actor, now: datetime) -> Review | None:
    """Have a person look at a closed case again; None when the case is open or already under review.

    Raises UnableToChangeCase (NOT_FOUND).
    """
    case = steps.locked(case_id, by)
    return None if case.is_open else open_for(case, reason, by, now)


@transaction.atomic
def answer_review(
    *, case_id: int, message: str, by: Actor, now: datetime, submission: str | None = None
) -> Case:
    """Leave a reviewed case closed and tell the resident why.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NO_OPEN_REVIEW, NOTHING_SAID).
    """
    case = steps.locked_for_work(case_id, by)
    review = _decide(case, by, now, reopen=False)
    contact = steps.write_to_resident(case, message, by, now, submission)
    steps.record(case, by, now, rules.ChangeKind.REVIEW_ANSWERED)
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
    case = steps.locked_for_work(case_id, by)
    if not rules.may_move(case.state, rules.Step.REOPEN, rules.State.IN_PROGRESS):
        raise UnableToChangeCase("WRONG_STATE")
    if Review.objects.filter(case=case, is_open=True).exists():
        _decide(case, by, now, reopen=True)
    contact = steps.write_to_resident(case, message, by, now, submission)
    _open_again(case, by, now, contact_id=contact.pk)
    return case


def reopen_for_words(case: Case, now: datetime) -> bool:
    """Open a locked case again because its resident wrote, as the town wishes; tell whether it was.

    Not a merged one, and only a few times: then a person looks.
    """
    by = system(case.municipality_id)
    if not rules.may_move(case.state, rules.Step.REOPEN, rules.State.IN_PROGRESS):
        return False
    why = rules.ReviewReason.WROTE_AGAIN
    former = Change.objects.filter(case=case, kind=rules.ChangeKind.REOPENED, reason=why)
    recent = former.filter(at__gt=now - rules.REOPENED_BY_WORDS_WITHIN)
    if recent.count() >= rules.MOST_REOPENED_BY_WORDS:
        return False
    if Review.objects.filter(case=case, is_open=True).exists():
        _decide(case, by, now, reopen=True)
    _open_again(case, by, now, contact_id=None, reason=why)
    return True


def _open_again(case: Case, by: Actor, now: datetime, *, contact_id: int | None, reason: str = "") -> None:
    before = case.state
    case.state, case.is_open, case.closed_at, case.outcome = rules.State.IN_PROGRESS, True, None, ""
    case.was_reopened, case.closed_at_first_contact = True, False
    case.save(
        update_fields=["state", "is_open", "closed_at", "outcome", "was_reopened", "closed_at_first_contact"]
    )
    links.set_expiry(purpose=Link.Purpose.TRACKING, object_id=case.pk, expires_at=None)
    steps.record(case, by, now, rules.ChangeKind.REOPENED, before=before, after=case.state, reason=reason)
    publish(
        events.CaseReopened(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            service_id=case.service_id,
            contact_id=contact_id,
        ),
        now=now,
    )


def open_for(case: Case, reason: rules.ReviewReason, by: Actor, now: datetime) -> Review | None:
    """Open a review of a locked, closed case; None when there is one already."""
    if Review.objects.filter(case=case, is_open=True).exists():
        return None
    review = Review.objects.create(
        municipality_id=case.municipality_id, case=case, reason=reason, opened_at=now
    )
    steps.record(case, by, now, rules.ChangeKind.REVIEW_OPENED, after=reason)
    publish(
        events.ReviewOpened(municipality_id=case.municipality_id, case_id=case.pk, review_id=review.pk),
        now=now,
    )
    return review


def _decide(case: Case, by: Actor, now: datetime, *, reopen: bool) -> Review:
    review = Review.objects.filter(case=case, is_open=True).first()
    if review is None:
        raise UnableToChangeCase("NO_OPEN_REVIEW")
    review.is_open, review.decided_at, review.decided_by_id = False, now, by.user_id
    review.led_to_reopening = reopen
    review.save()
    return review
