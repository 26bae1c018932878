"""The bulk form of asking, for histories: closings of the past get their surveys, some of them answered."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Model

from moked.accounts.rules import ActorKind
from moked.audit.models import AuditRecord
from moked.base.rows import new
from moked.cases.bulk import Beside, PastCase, PastClosing, PastReopening, Written
from moked.cases.models import Case
from moked.cases.rules import STATE_OF_OUTCOME, SURVEYED
from moked.links.models import Link
from moked.surveys.models import Survey
from moked.surveys.receivers import OPEN_FOR


@dataclasses.dataclass(frozen=True)
class PastAnswer:
    """What a resident answered: `fixed` is one of Survey.Fixed, `rating` 1 to 5 or not given.

    Where it is not fixed, the case's steps say what the review that this opened came to.
    """

    at: datetime
    fixed: str
    rating: int | None = None
    words: str = ""


Answers = Callable[[Case, PastCase, PastClosing], PastAnswer | None]


def asking(answer: Answers) -> Beside:
    """Return what lets `cases.bulk.open_many` ask after each closing, as closing by the operations does.

    `answer` says what a resident answered to the survey of a closing, if they did. Nobody is written to.
    """

    def ask(pairs: Sequence[Written]) -> Iterable[Model]:
        for case, one in pairs:
            yield from _asked(case, one, answer)

    return ask


def _asked(case: Case, one: PastCase, answer: Answers) -> Iterator[Model]:
    closing = version = 0
    link: Link | None = None
    for step in one.steps:
        if isinstance(step, PastReopening):
            version += 1
        if not isinstance(step, PastClosing):
            continue
        closing += 1
        if STATE_OF_OUTCOME[step.outcome] not in SURVEYED:
            continue
        version += 1
        link = link or _link(case)
        link.expires_at = step.at + OPEN_FOR
        yield from _survey(case, closing, step, answer(case, one, step))
    if link:
        link.version = version
        yield link


def _link(case: Case) -> Link:
    return new(Link, municipality_id=case.municipality_id, purpose=Link.Purpose.SURVEY, object_id=case.id)


def _survey(case: Case, closing: int, step: PastClosing, answer: PastAnswer | None) -> Iterator[Model]:
    survey = new(
        Survey,
        municipality_id=case.municipality_id,
        case_id=case.id,
        closing=closing,
        asked_at=step.at,
    )
    yield survey
    if answer:
        survey.fixed, survey.rating, survey.words = answer.fixed, answer.rating, answer.words
        survey.answered_at = answer.at
        yield new(
            AuditRecord,
            municipality_id=case.municipality_id,
            at=answer.at,
            actor_kind=ActorKind.RESIDENT,
            verb="survey.answered",
            object_kind="case",
            object_id=case.id,
            after={"fixed": answer.fixed, "rating": answer.rating},
        )
