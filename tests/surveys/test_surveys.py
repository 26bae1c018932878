"""Asking whether it is fixed."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.cases import operations as cases
from moked.cases.models import Review
from moked.cases.rules import Outcome, ReviewReason
from moked.links import operations as links
from moked.links.models import Link
from moked.surveys import queries
from moked.surveys.models import Survey
from moked.surveys.operations import UnableToAnswer, answer
from tests.factories import NOW, make_actor, make_case, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def close(case, agent, outcome=Outcome.FIXED):
    cases.close_case(case_id=case.pk, outcome=outcome, message="Done.", by=agent, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [(Outcome.FIXED, 1), (Outcome.NOT_POSSIBLE, 1), (Outcome.WITHDRAWN_BY_RESIDENT, 0)],
)
def test_a_survey_follows_resolved_and_declined_cases_only(town, agent, outcome, asked):
    close(make_case(town), agent, outcome)
    assert Survey.objects.count() == asked


def test_not_fixed_puts_the_case_before_a_person(town, agent):
    case = make_case(town)
    close(case, agent)
    survey = queries.of_link(case.pk)
    answer(survey_id=survey.pk, fixed="NO", rating=2, words="Still there", by=resident(town.pk), now=NOW)
    review = Review.objects.get(case=case)
    assert (review.reason, review.is_open) == (ReviewReason.NOT_FIXED, True)
    survey.refresh_from_db()
    assert (survey.fixed, survey.rating, survey.words, survey.answered_at) == ("NO", 2, "Still there", NOW)


@pytest.mark.parametrize("fixed", ["YES", "CANT_TELL"])
def test_other_answers_are_counted_only(town, agent, fixed):
    case = make_case(town)
    close(case, agent)
    answer(
        survey_id=queries.of_link(case.pk).pk,
        fixed=fixed,
        rating=None,
        words="",
        by=resident(town.pk),
        now=NOW,
    )
    assert not Review.objects.exists()


@pytest.mark.parametrize(("fixed", "code"), [("", "NOTHING_SAID"), ("MAYBE", "NOTHING_SAID")])
def test_an_answer_that_says_nothing_is_refused(town, agent, fixed, code):
    case = make_case(town)
    close(case, agent)
    with pytest.raises(UnableToAnswer) as refusal:
        answer(
            survey_id=queries.of_link(case.pk).pk,
            fixed=fixed,
            rating=5,
            words="",
            by=resident(town.pk),
            now=NOW,
        )
    assert refusal.value.code == code


def test_an_answer_counts_once_and_for_its_own_town_only(town, agent):
    case = make_case(town)
    close(case, agent)
    survey = queries.of_link(case.pk)
    fields = {"survey_id": survey.pk, "fixed": "YES", "rating": 5, "words": "", "now": NOW}
    with pytest.raises(UnableToAnswer) as refusal:
        answer(**fields, by=resident(make_town().pk))
    assert refusal.value.code == "NOT_FOUND"
    answer(**fields, by=resident(town.pk))
    with pytest.raises(UnableToAnswer) as refusal:
        answer(**fields, by=resident(town.pk))
    assert refusal.value.code == "ALREADY_ANSWERED"


def test_each_closing_asks_anew_and_an_old_link_opens_nothing(town, agent):
    case = make_case(town)
    close(case, agent)
    link = links.find(purpose=Link.Purpose.SURVEY, object_id=case.pk)
    old = links.render(link)
    cases.reopen(case_id=case.pk, message="Again.", by=agent, now=NOW)
    ask = {"municipality_id": town.pk, "purpose": Link.Purpose.SURVEY}
    with pytest.raises(links.NoSuchLink):
        links.open_link(old, **ask, now=NOW)
    case.refresh_from_db()
    assert queries.open_survey_link(case) is None
    close(case, agent)
    case.refresh_from_db()
    new = queries.open_survey_link(case)
    assert new is not None
    with pytest.raises(links.NoSuchLink):
        links.open_link(old, **ask, now=NOW)
    assert links.open_link(links.render(new), **ask, now=NOW).object_id == case.pk
    assert queries.of_link(case.pk).closing == 2
    with pytest.raises(links.NoSuchLink):
        links.open_link(links.render(new), **ask, now=NOW + timedelta(days=60))
