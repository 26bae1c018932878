"""What staff see of promises, and how a date is explained."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.rules import Channel
from moked.catalogue.rules import CaseKind
from moked.sla import queries
from moked.sla.rules import Day, Target
from tests.factories import make_actor, make_case, make_service, make_town
from tests.sla.calendars import calendar
from tests.sla.promising import MONDAY, at, make_calendar, make_promising_service, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


def test_a_call_taker_can_say_what_would_be_promised(town):
    report, question = make_promising_service(town), make_promising_service(town, kind=CaseKind.QUESTION)
    answer_only = make_service(town)
    promise(answer_only, first_answer="4h")
    expected = [(report, at(19, 16)), (question, at(16, 15)), (answer_only, None), (make_service(town), None)]
    previews = [queries.preview(one, MONDAY, channel=Channel.PHONE) for one, _ in expected]
    assert previews == [due for _, due in expected]


def test_a_probe_says_when_and_why_for_hours_that_are_not_published_yet(town):
    office = make_calendar(town, calendar(days={"2026-11-22": []}))
    told = queries.probe(office.hours, "1d", at(20, 14))
    assert (told.due, told.is_open_at_start) == (at(23, 16), False)
    assert [(step.on.day, step.what, step.is_special) for step in told.steps] == [
        (20, Day.CLOSED, False),
        (21, Day.CLOSED, False),
        (22, Day.CLOSED, True),
        (23, Day.COUNTED, False),
    ]


def test_staff_see_what_counts_first_and_what_was_before_after_it(town):
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, service=make_promising_service(town), now=MONDAY)
    other = make_service(town)
    promise(other, first_answer="2h", resolution="4d")
    cases.reply(case_id=case.pk, body="Soon.", by=agent, now=at(16, 12))
    cases.change_service(case_id=case.pk, service_id=other.pk, by=agent, now=at(17, 12))
    cases.move(case_id=case.pk, target="WAITING_FOR_RESIDENT", by=agent, now=at(18, 12))
    case.refresh_from_db()
    cards = queries.clocks_of(case, at(25, 12)).commitments
    assert [(one.kind, one.state, one.left, one.is_current, one.is_promise) for one in cards] == [
        ("FIRST_ANSWER", "KEPT", None, True, False),
        ("RESOLUTION", "PAUSED", Target.read("3d"), True, True),
        ("RESOLUTION", "CANCELLED", None, False, False),
    ]


def test_the_explanation_of_a_case_tells_its_pauses_and_keeps_the_hours_it_had(town):
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, service=make_promising_service(town), now=MONDAY)
    cases.move(case_id=case.pk, target="WAITING_FOR_RESIDENT", by=agent, now=at(17, 12))
    assert queries.explain_commitment(case).due is None
    cases.move(case_id=case.pk, target="IN_PROGRESS", by=agent, now=at(18, 12))
    told = queries.explain_commitment(case)
    assert told.due == at(22, 16)
    assert [(step.on.day, step.what, step.number) for step in told.steps] == [
        (16, Day.NOT_COUNTED, 0),
        (17, Day.PAUSED, 0),
        (18, Day.COUNTED, 1),
        (19, Day.COUNTED, 2),
        (20, Day.CLOSED, 0),
        (21, Day.CLOSED, 0),
        (22, Day.COUNTED, 3),
    ]
    answer = queries.explain_commitment(case, "FIRST_ANSWER")
    assert (answer.due, answer.pauses, answer.elapsed) == (at(16, 15), (), timedelta(hours=4))
    make_calendar(town, calendar(days={"2026-11-18": []}))
    assert queries.explain_commitment(case).due == at(22, 16), "until the worker counts anew"


def test_a_case_that_nothing_is_promised_for_has_nothing_to_explain(town):
    case = make_case(town, service=make_service(town), now=MONDAY)
    assert queries.explain_commitment(case) is None
    assert queries.clocks_of(case, MONDAY) == queries.Clocks([], None)
