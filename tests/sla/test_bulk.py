"""Histories get the promises that the operations would have made."""

import pytest

from moked.accounts.rules import system
from moked.cases import operations
from moked.cases.bulk import PastCase, PastClosing, PastMove, open_many
from moked.cases.models import Case
from moked.cases.rules import Channel, Outcome
from moked.cases.rules import State as CaseState
from moked.sla.bulk import promise_many
from moked.sla.models import Commitment, Pause
from moked.sla.operations import break_overdue
from tests.factories import make_case, make_service, make_town
from tests.sla.promising import MONDAY, at, make_promising_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


def past(service, **more):
    return PastCase(service=service, matter="m", opened_at=MONDAY, channel=Channel.WEB, language="en", **more)


def rows(model, case):
    left_out = {"id", "case_id", "number"}
    found = model.objects.filter(**{"pk" if model is Case else "case": case.pk}).order_by("id").values()
    return [{key: value for key, value in row.items() if key not in left_out} for row in found]


def promises(case):
    names = ("promised_at", "promise_state", "queue_at", "follow_up_at")
    return [{name: row[name] for name in names} for row in rows(Case, case)]


def in_bulk(town, one, now):
    ((case,),) = open_many(town, [one])
    promise_many(town.pk, [case], now)
    return case


@pytest.mark.parametrize("now", [at(16, 13), at(18, 12), at(25, 12)])
def test_open_cases_of_the_past_stand_as_if_they_had_been_opened_then(town, now):
    service = make_promising_service(town)
    single = make_case(town, service=service, now=MONDAY)
    break_overdue(now)
    bulk = in_bulk(town, past(service), now)
    assert rows(Commitment, single) == rows(Commitment, bulk)
    assert promises(single) == promises(bulk)


@pytest.mark.parametrize("closed_at", [at(16, 12), at(18, 12), at(25, 12)])
@pytest.mark.parametrize("outcome", [Outcome.FIXED, Outcome.WITHDRAWN_BY_RESIDENT])
def test_closed_cases_of_the_past_kept_or_broke_what_was_promised(town, closed_at, outcome):
    service = make_promising_service(town)
    single = make_case(town, service=service, now=MONDAY)
    operations.close_case(
        case_id=single.pk, outcome=outcome, message="Done.", by=system(town.pk), now=closed_at
    )
    bulk = in_bulk(town, past(service, steps=[PastClosing(closed_at, outcome, "Done.")]), at(26, 12))
    assert rows(Commitment, single) == rows(Commitment, bulk)
    assert [one["promise_state"] for one in promises(single)] == [
        one["promise_state"] for one in promises(bulk)
    ]


def test_what_waits_in_the_past_is_paused_from_its_beginning(town):
    service = make_promising_service(town)
    single = make_case(town, service=service, now=MONDAY)
    operations.move(case_id=single.pk, target="WAITING_FOR_RESIDENT", by=system(town.pk), now=MONDAY)
    bulk = in_bulk(town, past(service, steps=[PastMove(MONDAY, CaseState.WAITING_FOR_RESIDENT)]), MONDAY)
    assert rows(Pause, single) == rows(Pause, bulk) != []
    assert promises(single) == promises(bulk)
    # A clock that stood still from the first moment never had a date.
    assert [one["due_at"] for one in rows(Commitment, bulk)] == [at(16, 15), None]


def test_what_nothing_is_promised_for_stays_without_a_promise(town):
    case = in_bulk(town, past(make_service(town)), MONDAY)
    assert (case.promised_at, case.promise_state) == (None, "")
    assert not Commitment.objects.exists()
