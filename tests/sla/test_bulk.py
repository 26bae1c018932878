"""Histories get the promises that the operations would have made."""

import pytest

from moked.accounts.rules import resident, system
from moked.cases import operations
from moked.cases.bulk import (
    PastCase,
    PastClosing,
    PastMessage,
    PastMove,
    PastReopening,
    PastReview,
    PastReviewAnswer,
    open_many,
)
from moked.cases.models import Case, Change
from moked.cases.rules import Channel, Outcome, ReviewReason
from moked.cases.rules import State as CaseState
from moked.sla.bulk import promising
from moked.sla.models import Commitment, Pause
from moked.sla.operations import break_overdue
from tests.factories import make_case, make_service, make_town
from tests.sla.promising import MONDAY, at, make_promising_service, promise

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
    names = ("priority", "promised_at", "promise_state", "queue_at", "queue_for", "follow_up_at")
    return [{name: row[name] for name in names} for row in rows(Case, case)]


def in_bulk(town, one, now):
    ((case,),) = open_many(town, [one], promising(town.pk, now))
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
    assert promises(single) == promises(bulk)


def test_what_waits_in_the_past_is_paused_from_its_beginning(town):
    service = make_promising_service(town)
    single = make_case(town, service=service, now=MONDAY)
    operations.move(case_id=single.pk, target="WAITING_FOR_RESIDENT", by=system(town.pk), now=MONDAY)
    bulk = in_bulk(town, past(service, steps=[PastMove(MONDAY, CaseState.WAITING_FOR_RESIDENT)]), MONDAY)
    assert rows(Pause, single) == rows(Pause, bulk) != []
    assert promises(single) == promises(bulk)
    # A clock that stood still from the first moment never had a date.
    assert [one["due_at"] for one in rows(Commitment, bulk)] == [at(16, 15), None]


HISTORY = (
    (PastMessage, "before the answer?", at(16, 11, 30)),
    (PastMessage, "reply", at(16, 12)),
    (PastMessage, "and now?", at(16, 13)),
    (PastMove, "IN_PROGRESS", at(16, 12)),
    (PastMove, "WAITING_FOR_RESIDENT", at(17, 9)),
    (PastMove, "IN_PROGRESS", at(18, 14)),
    (PastMove, "SCHEDULED", at(18, 15)),
    (PastClosing, "FIXED", at(23, 12)),
    (PastReview, "NOT_FIXED", at(24, 10)),
    (PastReopening, "reopen", at(24, 12)),
    (PastMove, "WITH_EXTERNAL_BODY", at(25, 9)),
    (PastClosing, "NOT_POSSIBLE", at(26, 9)),
    (PastReview, "WROTE_AGAIN", at(26, 10)),
    (PastReviewAnswer, "answer", at(26, 11)),
)
UNTIL = at(22, 9)
PROMISED = (
    {"first_answer": "4h", "resolution": "3d"},
    {"acknowledgement": "1h", "first_answer": "4h", "next_answer": "2h", "resolution": "5c"},
    {
        "priority": "URGENT",
        "next_answer": "3h",
        "resolution": "3d",
        "paused_by": {"next_answer": ["SCHEDULED"]},
    },
)


def by_hand(case, by, steps):
    """Do what `HISTORY` says by the operations."""
    for step, what, moment in steps:
        common = {"case_id": case.pk, "by": by, "now": moment}
        if step is PastMessage and what.endswith("?"):
            operations.add_resident_contact(
                body=what, channel=Channel.WEB, **common | {"by": resident(case.municipality_id)}
            )
        elif step is PastMessage:
            operations.reply(body=what, **common)
        elif step is PastMove:
            case.refresh_from_db()
            if case.state != what:
                until = UNTIL if what == "SCHEDULED" else None
                operations.move(target=what, until=until, **common)
        elif step is PastClosing:
            operations.close_case(outcome=what, message="Closed.", **common)
        elif step is PastReview:
            operations.open_review(reason=what, **common)
        elif step is PastReopening:
            operations.reopen(message=what, **common)
        else:
            operations.answer_review(message=what, **common)


def as_past(step, what, moment):
    """Return a step of `HISTORY` for the bulk form."""
    if step is PastMove:
        return PastMove(moment, CaseState(what), until=UNTIL if what == "SCHEDULED" else None)
    if step is PastClosing:
        return PastClosing(moment, Outcome(what), "Closed.")
    if step is PastReview:
        return PastReview(moment, ReviewReason(what))
    if step is PastMessage:
        return PastMessage(moment, what, is_incoming=what.endswith("?"))
    return step(moment, words=what)


@pytest.mark.parametrize(
    ("kind", "length"),
    [*(("REPORT", length) for length in (2, 3, 5, 6, 7, 8, 9, 11, 14)), ("QUESTION", 14)],
)
@pytest.mark.parametrize("promised", PROMISED)
def test_a_long_history_leaves_the_clocks_as_the_operations_do(town, length, kind, promised):
    service = make_service(town, kind=kind, priority=promised.get("priority", "NORMAL"))
    promise(service, **{name: said for name, said in promised.items() if name != "priority"})
    single = make_case(town, service=service, now=MONDAY)
    steps = HISTORY[:length]
    by_hand(single, system(town.pk), steps)
    now = steps[-1][2]
    bulk = in_bulk(town, past(service, steps=[as_past(*step) for step in steps]), now)
    assert rows(Commitment, bulk) == rows(Commitment, single) != []
    assert rows(Pause, bulk) == rows(Pause, single)
    assert promises(bulk) == promises(single)
    moved = [list(changes_of(case, "PROMISE")) for case in (bulk, single)]
    assert moved[0] == moved[1]


def changes_of(case, kind):
    return Change.objects.filter(case=case, kind=kind).order_by("at").values_list("at", "before", "after")


def test_what_was_closed_nobody_knows_when_neither_kept_nor_broke_a_promise(town):
    step = PastClosing(at(25, 12), Outcome.FIXED, is_dated=False)
    case = in_bulk(town, past(make_promising_service(town), steps=[step]), at(26, 12))
    assert case.promise_state == ""
    assert {one["state"] for one in rows(Commitment, case)} == {"CANCELLED"}


def test_what_nothing_is_promised_for_stays_without_a_promise(town):
    case = in_bulk(town, past(make_service(town)), MONDAY)
    assert (case.promised_at, case.promise_state) == (None, "")
    assert not Commitment.objects.exists()
