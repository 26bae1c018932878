"""Take the answer to a survey."""

from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.cases import operations as cases
from moked.cases.rules import ReviewReason
from moked.events.operations import publish
from moked.surveys.events import SurveyAnswered
from moked.surveys.models import Survey


class UnableToAnswer(Exception):
    """The answer was not taken; `code` is NOT_FOUND, ALREADY_ANSWERED or NOTHING_SAID."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def answer(*, survey_id: int, fixed: str, rating: int | None, words: str, by: Actor, now: datetime) -> Survey:
    """Keep the answer; "not fixed" puts the case before a person. An answer counts once.

    Raises UnableToAnswer.
    """
    survey = (
        Survey.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(id=survey_id, municipality_id=by.municipality_id)
        .first()
    )
    if survey is None:
        raise UnableToAnswer("NOT_FOUND")
    if survey.answered_at:
        raise UnableToAnswer("ALREADY_ANSWERED")
    if fixed not in Survey.Fixed.values:
        raise UnableToAnswer("NOTHING_SAID")
    survey.fixed, survey.rating, survey.words, survey.answered_at = fixed, rating, words, now
    survey.save()
    audit.record(
        municipality_id=survey.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb="survey.answered",
        object_kind="case",
        object_id=survey.case_id,
        after={"fixed": fixed, "rating": rating},
        now=now,
    )
    publish(
        SurveyAnswered(
            municipality_id=survey.municipality_id,
            survey_id=survey.pk,
            case_id=survey.case_id,
            service_id=survey.case.service_id,
            fixed=fixed,
            rating=rating,
        ),
        now=now,
    )
    if fixed == Survey.Fixed.NO:
        cases.open_review(case_id=survey.case_id, reason=ReviewReason.NOT_FIXED, by=by, now=now)
    return survey
