"""Asking whether it is fixed."""

import re
from typing import Any

import pytest
from django.test import Client

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, Review
from moked.links.models import Link
from moked.surveys.models import Survey
from tests.factories import NOW, make_actor, make_case, make_town
from tests.web.portal.conftest import secret_of

pytestmark = pytest.mark.django_db

ANSWER = {"fixed": "NO", "rating": "2", "words": "It is still dark."}


@pytest.fixture
def case() -> Case:
    town = make_town()
    case = make_case(town, matter="The lamp is dark.")
    agent = make_actor(town, Role.AGENT)
    return cases.close_case(case_id=case.pk, outcome="FIXED", message="Done.", by=agent, now=NOW)


@pytest.fixture(autouse=True)
def today_is_the_day_it_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links end by the clock of the person who opens them; these tests are not about that."""
    monkeypatch.setattr("moked.surveys.receivers.OPEN_FOR", NOW - NOW.replace(year=1926))


def path(case: Case) -> str:
    return f"/survey/{secret_of(case, Link.Purpose.SURVEY)}/"


def text(response: Any) -> str:
    return response.content.decode()


def test_opening_the_survey_changes_nothing_and_presets_nothing(client: Client, case: Case) -> None:
    page = text(client.get(path(case)))

    assert Survey.objects.get().answered_at is None
    tests = re.findall(r'<input type="radio"[^>]*data-test="([^"]+)"', page)
    assert tests[:3] == ["fixed-yes", "fixed-no", "fixed-cant-tell"]
    assert tests[3:] == ["rating-5", "rating-4", "rating-3", "rating-2", "rating-1"]
    assert "checked" not in page


def test_not_fixed_puts_the_case_before_a_person_and_says_so(client: Client, case: Case) -> None:
    response = client.post(path(case), ANSWER)

    assert response.status_code == 303
    survey = Survey.objects.get()
    assert (survey.fixed, survey.rating, survey.words) == ("NO", 2, "It is still dark.")
    assert Review.objects.get(case=case).reason == "NOT_FIXED"
    assert "A person will look at it again" in text(client.get(response.headers["Location"]))


@pytest.mark.parametrize(("fixed", "said"), [("YES", "We are glad."), ("CANT_TELL", "you can&#x27;t tell")])
def test_other_answers_thank_and_open_no_review(client: Client, case: Case, fixed: str, said: str) -> None:
    response = client.post(path(case), {"fixed": fixed})

    assert Survey.objects.get().rating is None
    assert Review.objects.count() == 0
    assert said in text(client.get(response.headers["Location"])).replace("can't", "can&#x27;t")


def test_answering_again_keeps_the_first_answer(client: Client, case: Case) -> None:
    client.post(path(case), ANSWER)
    again = client.post(path(case), {"fixed": "YES", "rating": "5"})

    assert "An answer counts once" in text(again)
    assert Survey.objects.get().fixed == "NO"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fixed": ""}, "Choose whether it is fixed."),
        ({"fixed": "MAYBE"}, "Choose whether it is fixed."),
        ({"rating": "9"}, "Choose one of the answers shown."),
        ({"words": "x\x00"}, "This text holds a character that cannot be kept."),
        ({"words": "x" * 10_001}, "Shorten this by at least 1 character"),
    ],
)
def test_mistake_is_explained_and_nothing_is_kept(
    client: Client, case: Case, changes: dict[str, str], sentence: str
) -> None:
    response = client.post(path(case), ANSWER | changes)

    assert response.status_code == 200
    assert text(response).count(sentence) == 2
    assert Survey.objects.get().answered_at is None


def test_survey_of_a_reopened_case_is_gone(client: Client, case: Case) -> None:
    agent = make_actor(case.municipality, Role.AGENT)
    asked = path(case)
    cases.reopen(case_id=case.pk, message="We go on.", by=agent, now=NOW)

    assert client.get(asked).status_code == 404
