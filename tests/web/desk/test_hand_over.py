"""Handing a case to an external body at the desk, and what comes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.queries import actor_for
from moked.accounts.rules import external_body
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.handovers.models import BodyMail, HandOver, Statement
from moked.handovers.operations import answer, hand_over
from tests.factories import make_body, make_case, make_service
from tests.web.desk.pages import count, text

SUBMISSION = "0f8fad5b-d9cb-469f-a165-70867728950e"


def now():
    return datetime.now(UTC)


def at(case, action=""):
    return f"/desk/cases/{case.number}/{action}"


@pytest.fixture
def case(town):
    return make_case(town)


@pytest.fixture
def body(town):
    return make_body(town)


@pytest.fixture
def handed(town, case, body, agent):
    by = actor_for(agent, town.pk)
    return hand_over(case_id=case.pk, body_id=body.pk, message="Please look.", by=by, now=now())


def say(handed, kind, words="Some words."):
    answer(
        hand_over_id=handed.pk,
        kind=kind,
        words=words,
        photos=(),
        by=external_body(handed.municipality_id),
        now=now(),
    )


def test_an_agent_hands_a_case_to_a_body(desk, case, body):
    said = {"body": str(body.pk), "message": "By the school.", "submission": SUBMISSION}
    response = desk.post(at(case, "hand-over/"), said)
    assert (response.status_code, response.headers["Location"]) == (303, f"{at(case)}#latest")
    handed = HandOver.objects.get()
    assert (handed.body, handed.message, handed.state) == (body, "By the school.", "SENT")
    page = text(desk.get(at(case)))
    for part in (
        "Handed to an external body",
        body.name["en"],
        "By the school.",
        "no answer yet",
        "on its way",
    ):
        assert part in page


def test_the_form_sent_twice_hands_over_once(desk, case, body):
    said = {"body": str(body.pk), "message": "", "submission": SUBMISSION}
    assert [desk.post(at(case, "hand-over/"), said).status_code for _ in range(2)] == [303, 303]
    assert HandOver.objects.count() == BodyMail.objects.count() == 1


def test_bodies_that_fit_stand_first(desk, town, case):
    other, fitting = make_body(town, services=[make_service(town).slug]), make_body(town)
    page = desk.get(at(case)).content.decode()
    assert page.index("For this service and place") < page.index(fitting.name["en"])
    assert page.index(fitting.name["en"]) < page.index("Others") < page.index(other.name["en"])


def test_a_town_without_bodies_has_no_card_for_them(desk, case):
    assert not count(desk.get(at(case)), "hand-over")


def test_a_body_that_was_retired_meanwhile_is_refused_in_words(desk, case, body):
    type(body).objects.update(is_retired=True)
    response = desk.post(at(case, "hand-over/"), {"body": str(body.pk), "message": "x"})
    assert response.status_code == 200 and "Choose who is to get it." in text(response)
    assert not HandOver.objects.exists()


def test_a_case_is_taken_back(desk, case, handed):
    assert desk.post(at(case, "hand-over/back/"), {"sure": "yes"}).status_code == 303
    assert HandOver.objects.get().state == "WITHDRAWN"
    assert Case.objects.get(pk=case.pk).state == "IN_PROGRESS"
    page = text(desk.get(at(case)))
    assert "Taken back from the external body" in page and "taken back" in page


def test_what_a_body_asks_stands_on_top_and_is_answered_there(desk, case, handed):
    say(handed, "ASKED", "Which side of the road?")
    page = desk.get(at(case))
    assert count(page, "body-question") == 1 and "Which side of the road?" in text(page)
    said = {"words": "The left one.", "submission": SUBMISSION}
    assert desk.post(at(case, "hand-over/answer/"), said).status_code == 303
    assert [one.kind for one in Statement.objects.order_by("id")] == ["ASKED", "TOLD"]
    page = desk.get(at(case))
    assert not count(page, "body-question") and "The left one." in text(page)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("ACCEPTED", "The external body takes it on"),
        ("DONE", "The external body says it is done"),
        ("NOT_OURS", "The external body says it is not theirs"),
    ],
)
def test_the_timeline_tells_what_a_body_answered(desk, case, handed, kind, said):
    say(handed, kind, "" if kind == "ACCEPTED" else "Words of the body.")
    page = text(desk.get(at(case)))
    assert said in page and (kind == "ACCEPTED" or "Words of the body." in page)


def test_an_answer_after_closing_stands_on_the_timeline(desk, case, handed, agent, town):
    by = actor_for(agent, town.pk)
    cases.close_case(case_id=case.pk, outcome="FIXED", message="Done.", by=by, now=now())
    say(handed, "DONE", "We were there, too.")
    page = text(desk.get(at(case)))
    assert "The external body wrote late" in page and "We were there, too." in page


def test_a_mail_that_was_refused_is_seen_on_the_case(desk, case, handed):
    BodyMail.objects.update(state="FAILED")
    page = desk.get(at(case))
    assert 'data-state="FAILED"' in page.content.decode()
    assert "refused: check their address" in text(page)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_case_with_a_body_takes_33_queries_however_much_was_said(
    rows, desk, town, agent, django_assert_num_queries
):
    case, by = make_case(town), actor_for(agent, town.pk)
    for number in range(rows):
        found = hand_over(case_id=case.pk, body_id=make_body(town).pk, message="x", by=by, now=now())
        say(found, "NOT_OURS" if number % 2 else "DONE")
    with django_assert_num_queries(34):
        desk.get(at(case))


def test_the_card_says_by_when_they_answer(desk, case, handed):
    due = (handed.handed_at + timedelta(days=14)).astimezone(handed.municipality.zone)
    assert f"They answer by {due.day} {due:%B %Y}" in text(desk.get(at(case)))
