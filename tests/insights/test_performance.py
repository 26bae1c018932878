"""How well promises are kept: what counts how, and for whom."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moked.accounts.models import Team
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.bulk import PastCase, PastClosing, PastMessage, open_many
from moked.cases.models import Case, Contact
from moked.cases.rules import Channel, Outcome, State
from moked.catalogue.rules import CaseKind, Priority
from moked.insights.models import CaseFact, Tally
from moked.insights.performance import By, performance
from moked.insights.projections import count
from moked.sla.bulk import promising
from moked.sla.models import Commitment, Target
from moked.sla.operations import break_overdue
from tests.counting import catch_up
from tests.factories import make_actor, make_case, make_department, make_service, make_town
from tests.sla.promising import MONDAY, at, make_calendar, make_promising_service, promise

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


@pytest.fixture
def service(town):
    return make_promising_service(town)


def of(actor, by=By.DEPARTMENT, *, now=None, **more):
    count(actor.municipality_id, list(Case.objects.order_by("id").values_list("id", flat=True)))
    return performance(actor, by, NOVEMBER, NOVEMBER, now or at(30, 12), **more)


def close(case, agent, moment, outcome=Outcome.FIXED):
    operations.close_case(case_id=case.pk, outcome=outcome, message="Done.", by=agent, now=moment)


def fact(case):
    count(case.municipality_id, [case.pk])
    return CaseFact.objects.get(case_id=case.pk)


def test_the_clock_of_the_end_stands_still_in_pauses_and_that_of_the_answer_never_does(service, agent, town):
    case = make_case(town, service=service, now=MONDAY)  # Monday 11:00
    operations.move(case_id=case.pk, target=State.WAITING_FOR_RESIDENT, by=agent, now=at(16, 12))
    operations.reply(case_id=case.pk, body="Where?", by=agent, now=at(17, 9))
    operations.move(case_id=case.pk, target=State.IN_PROGRESS, by=agent, now=at(17, 10))
    close(case, agent, at(17, 15))
    said = fact(case)
    # Five hours on Monday and one on Tuesday; of them one, and five on Tuesday, without the pause.
    assert (said.working_to_answer, said.working_to_end) == (6 * 60, 6 * 60)
    assert (said.answer_promise, said.end_promise) == ("BROKEN", "KEPT")


def test_what_was_set_aside_is_in_no_share_and_no_time_of_the_end(service, agent, town):
    def case():
        return make_case(town, service=service, now=MONDAY)

    merged, into = case(), case()
    operations.merge_case(case_id=merged.pk, into_id=into.pk, by=agent, now=at(16, 13))
    close(case(), agent, at(16, 13), Outcome.WITHDRAWN_BY_RESIDENT)
    close(case(), agent, at(16, 13), Outcome.NOT_OURS)
    close(case(), agent, at(16, 14), Outcome.NOT_POSSIBLE)
    spam = case()
    Case.objects.filter(pk=spam.pk).update(is_spam=True)
    total = of(agent).total
    assert (total.received, total.finished, total.set_aside, total.open) == (5, 1, 3, 1)
    assert (total.end_promised, total.finished_in_time) == (1, 100)
    # "Not ours" is an answer; what was withdrawn or merged first was never given one.
    assert (total.answer_promised, total.answered_in_time) == (2, 100)


def test_an_open_case_was_not_finished_before_and_counts_from_its_beginning(service, agent, town):
    case = make_case(town, service=service, now=MONDAY)
    close(case, agent, at(16, 12))
    operations.reopen(case_id=case.pk, message="Again.", by=agent, now=at(17, 9))
    assert of(agent).total.finished == 0
    close(case, agent, at(17, 10))
    total = of(agent).total
    assert (total.finished, fact(case).working_to_end) == (1, 7 * 60)


def test_nothing_that_went_out_by_itself_is_a_first_answer(agent, town):
    case = make_case(town, service=make_service(town, priority=Priority.URGENT), now=MONDAY)
    Contact.objects.create(
        municipality=town,
        case=case,
        direction="OUT",
        channel=Channel.EMAIL,
        body="We have it.",
        at=at(16, 12),
    )
    assert (fact(case).urgent_to_answer, fact(case).minutes_to_answer) == (None, None)
    operations.reply(case_id=case.pk, body="We look.", by=agent, now=at(16, 13))
    assert (fact(case).urgent_to_answer, fact(case).minutes_to_answer) == (120, 120)


def test_urgent_cases_are_those_that_were_when_they_were_answered_and_count_from_then(agent, town):
    def answered(*priorities):
        case = make_case(town, now=MONDAY)
        for hour, priority in priorities:
            operations.set_priority(case_id=case.pk, priority=priority, by=agent, now=at(16, hour))
        operations.reply(case_id=case.pk, body="We look.", by=agent, now=at(17, 11))
        operations.set_priority(case_id=case.pk, priority=Priority.HIGH, by=agent, now=at(17, 12))
        return fact(case).urgent_to_answer

    assert answered() is None
    assert answered((13, Priority.URGENT)) == 22 * 60
    assert answered((13, Priority.URGENT), (14, Priority.NORMAL)) is None
    assert answered((13, Priority.URGENT), (14, Priority.NORMAL), (15, Priority.URGENT)) == 20 * 60
    total = of(agent).total
    assert total.urgent == 2
    assert total.urgent_median == pytest.approx(20 * 60, rel=0.2)


def test_a_handed_over_case_is_open_and_waits_until_it_is_finished(service, agent, town):
    case = make_case(town, service=service, now=MONDAY)
    operations.move(case_id=case.pk, target=State.WITH_EXTERNAL_BODY, by=agent, now=at(16, 12))
    total = of(agent).total
    assert (total.open, total.waiting, total.handed_over) == (1, 1, 0)
    close(case, agent, at(18, 12))
    total = of(agent).total
    assert (total.open, total.waiting, total.finished, total.handed_over) == (0, 0, 1, 1)


def test_a_later_time_that_was_told_keeps_no_promise_but_puts_off_being_late(service, agent, town):
    cases = [make_case(town, service=service, now=MONDAY) for _ in range(2)]
    due = at(19, 16)
    for case in cases:
        Commitment.objects.filter(case=case, kind="RESOLUTION").update(extended_to=at(23, 16))
    close(cases[0], agent, at(22, 12))
    break_overdue(at(22, 12))
    assert Commitment.objects.get(case=cases[1], kind="RESOLUTION", is_current=True).due_at == due
    total = of(agent, now=at(22, 12)).total
    assert (total.end_promised, total.finished_in_time, total.all_overdue) == (1, 0, 0)
    break_overdue(at(25, 15))
    assert of(agent, now=at(25, 15)).total.overdue == (0, 1, 0, 0)


def test_late_ones_are_told_by_age_and_a_question_answered_late_is_none(service, agent, town):
    question = make_service(town, kind=CaseKind.QUESTION)
    promise(question, first_answer="4h", resolution="5d")
    case = make_case(town, service=question, now=MONDAY)
    for days in (0, 0, 5, 20, 90):
        make_case(town, service=service, now=MONDAY - timedelta(days=days))
    now = at(19, 17)
    break_overdue(now)
    assert of(agent, now=now).total.overdue == (2, 2, 1, 1)
    operations.reply(case_id=case.pk, body="It is so.", by=agent, now=now)
    for by in By:
        assert of(agent, by, now=now).total.overdue == (2, 1, 1, 1)


def test_an_imported_case_counts_as_any_other_but_for_what_nobody_knows(agent, service, town):
    def past(*steps):
        return PastCase(
            service=service,
            matter="Long ago",
            opened_at=MONDAY,
            channel=Channel.PHONE,
            language="en",
            steps=steps,
            is_imported=True,
        )

    dated = past(PastMessage(at(16, 12), "There."), PastClosing(at(16, 14), Outcome.FIXED, "Done."))
    undated = past(PastClosing(at(30, 9), Outcome.FIXED, is_dated=False))
    list(open_many(town, [dated, undated], promising(town.pk, at(30, 10))))
    total = of(agent).total
    assert (total.finished, total.end_promised, total.finished_in_time) == (2, 1, 100)
    assert (total.answer_promised, total.answered_in_time) == (1, 100)


def test_a_case_counts_for_the_team_it_is_with(service, agent, town):
    team = Team.objects.create(
        municipality=town, department=service.department, code="night", name={"en": "Night"}
    )
    for number in range(3):
        case = make_case(town, service=service, now=MONDAY)
        if number:
            operations.assign(
                case_id=case.pk,
                department_id=service.department_id,
                team_id=team.pk,
                assignee_id=None,
                by=agent,
                now=at(16, 12),
            )
    rows = of(agent, By.TEAM).rows
    assert [(row.code, row.measures.received, row.measures.open) for row in rows] == [
        ("night", 2, 2),
        ("", 1, 1),
    ]


def test_months_tell_nothing_of_now(service, agent, town):
    make_case(town, service=service, now=MONDAY)
    count(town.pk, list(Case.objects.values_list("id", flat=True)))
    found = performance(agent, By.MONTH, date(2026, 10, 1), NOVEMBER, at(30, 12))
    told = [(row.code, row.measures.received, row.measures.open, row.measures.overdue) for row in found.rows]
    assert told == [("2026-10", 0, None, None), ("2026-11", 1, None, None)]
    assert found.total.open == 1


@pytest.mark.parametrize("by", By)
def test_everybody_counts_exactly_the_cases_they_see(town, by):
    roads, parks = make_department(town), make_department(town)
    open_to_all = make_promising_service(town, department=roads)
    hidden = make_service(town, department=parks, confidential_roles=(Role.SERVICE_MANAGER,))
    promise(
        hidden, first_answer="4h", resolution="3d", calendar=Target.objects.get(service=open_to_all).calendar
    )
    for service in (open_to_all, hidden, hidden):
        make_case(town, service=service, now=MONDAY)
    now = at(25, 12)
    break_overdue(now)
    actors = {
        "agent": (make_actor(town, Role.AGENT), 1),
        "manager": (make_actor(town, Role.SERVICE_MANAGER), 3),
        "roads": (make_actor(town, Role.DEPARTMENT_WORKER, department=roads), 1),
        "parks": (make_actor(town, Role.DEPARTMENT_WORKER, department=parks), 2),
        "administrator": (make_actor(town, Role.ADMINISTRATOR), 0),
        "elsewhere": (make_actor(make_town(), Role.AGENT), 0),
    }
    for name, (actor, seen) in actors.items():
        total = of(actor, by, now=now).total
        assert (total.received, total.open, total.all_overdue) == (seen, seen, seen), name
        rows = of(actor, by, now=now).rows
        assert sum(row.measures.received for row in rows) == seen, name
        if by != By.MONTH:
            assert sum(row.measures.all_overdue for row in rows) == seen, name
    # A department is no way around either.
    assert of(actors["roads"][0], by, now=now, department_ids=[parks.pk]).total.received == 0


def test_one_and_many_cases_take_as_many_queries(service, agent, town):
    taken = {by: [] for by in By}
    for _ in range(2):
        for _ in range(3):
            count(town.pk, [make_case(town, now=MONDAY).pk, make_case(town, service=service, now=MONDAY).pk])
        for by in By:
            with CaptureQueriesContext(connection) as queries:
                performance(agent, by, NOVEMBER, NOVEMBER, at(30, 12))
            taken[by].append(len(queries))
    assert taken == {
        By.DEPARTMENT: [6, 6],
        By.TEAM: [6, 6],
        By.SERVICE: [6, 6],
        By.AREA: [6, 6],
        By.CHANNEL: [5, 5],
        By.MONTH: [5, 5],
    }


def test_a_tally_vanishes_with_all_that_was_counted_in_it(service, agent, town):
    one, other = (make_case(town, service=service, now=MONDAY) for _ in range(2))
    operations.merge_case(case_id=one.pk, into_id=other.pk, by=agent, now=at(16, 13))
    ids = [one.pk, other.pk]
    count(town.pk, ids)
    Case.objects.filter(id__in=ids).update(is_spam=True)
    count(town.pk, ids)
    assert not Tally.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_promised_by_another_priority_only_counts_from_then_on(town, agent):
    service = make_service(town)
    calendar = make_calendar(town)
    urgent = {"calendar": calendar.code, "first_answer": "3h", "priorities": [Priority.URGENT]}
    promise(service, resolution="4d", calendar=calendar, exceptions=[urgent])
    case = make_case(town, service=service, now=MONDAY)
    operations.reply(case_id=case.pk, body="We look.", by=agent, now=at(16, 13))
    catch_up()
    assert CaseFact.objects.get().working_to_answer is None
    operations.set_priority(case_id=case.pk, priority=Priority.URGENT, by=agent, now=at(16, 14))
    catch_up()
    said = CaseFact.objects.get()
    assert (said.working_to_answer, said.answer_promise) == (120, "KEPT")
