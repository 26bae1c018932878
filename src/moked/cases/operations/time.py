"""What the clock does to cases: the promise as worked out elsewhere, and waiting that ends by itself."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from moked.accounts.rules import system
from moked.base.rows import update
from moked.cases import events, rules
from moked.cases.models import Case
from moked.cases.operations import steps
from moked.cases.operations.refusals import UnableToChangeCase
from moked.events.operations import publish

BATCH = 50
PROMISE = ("promised_at", "promise_state", "promise_words", "queue_at", "queue_for")


@dataclasses.dataclass(frozen=True)
class PromiseTold:
    """What the promise of a case came to, as its resident is told, and where the case stands in the queue.

    `state` is a rules.PromiseState or ''; `queue_for` the code of what is due at `queue_at`, '' for nothing.
    `words` are why it is later than it was. It `is_moved` when the resident was told another moment before.
    """

    promised_at: datetime | None
    state: str
    words: str
    queue_at: datetime
    queue_for: str
    is_moved: bool


def tell_promises(told: Iterable[tuple[Case, PromiseTold]], *, now: datetime) -> None:
    """Set what the promises of cases came to; called inside the transaction of the change they follow.

    The cases are as they were read in it, locked. Residents are told of a promise that moved and still runs.
    """
    changed, moved = [], []
    for case, one in told:
        if one.is_moved and one.state == rules.PromiseState.RUNNING and case.promised_at != one.promised_at:
            moved.append(case)
        before = [getattr(case, name) for name in PROMISE]
        case.promised_at, case.promise_state, case.promise_words = one.promised_at, one.state, one.words
        case.queue_at, case.queue_for = one.queue_at, one.queue_for
        if before != [getattr(case, name) for name in PROMISE]:
            changed.append(case)
    update(changed, PROMISE)
    for case in moved:
        _tell_of_move(case, now)


def _tell_of_move(case: Case, now: datetime) -> None:
    assert case.promised_at is not None  # noqa: S101 - what is told to have moved has its moment
    steps.record(case, system(case.municipality_id), now, rules.ChangeKind.PROMISE, after=case.promised_at)
    publish(
        events.PromiseMoved(
            municipality_id=case.municipality_id, case_id=case.pk, promised_at=case.promised_at
        ),
        now=now,
    )


def set_promise_words(*, case_id: int, words: str) -> None:
    """Keep why a resident is told a later time; called before the time itself is set."""
    Case.objects.filter(id=case_id).update(promise_words=words)


def record_warning(case: Case, *, what: str, level: str, told: int, now: datetime) -> None:
    """Note on the timeline that colleagues were warned: of which promise, at which level, how many."""
    by = system(case.municipality_id)
    steps.record(case, by, now, rules.ChangeKind.WARNED, before=what, after=told, reason=level)


def record_reaction(*, case: Case, code: str, revision: int, problem: str, now: datetime) -> None:
    """Note on the timeline of a locked case that a rule reacted, or with a `problem` why it did not."""
    by = system(case.municipality_id)
    steps.record(case, by, now, rules.ChangeKind.REACTED, before=problem, after=revision, reason=code)


def set_follow_up(*, case_id: int, at: datetime | None) -> None:
    """Set when a waiting case is to be looked at, should nothing happen before."""
    Case.objects.filter(id=case_id).update(follow_up_at=at)


def time_out_waiting(now: datetime) -> str:
    """Take cases that have waited long enough back into work, each in a transaction of its own."""
    taken = 0
    while ids := list(_waited_enough(now)[:BATCH]):
        taken += sum(_stop_waiting(case_id, now) for case_id in ids)
    return f"{taken} cases waited long enough"


def _waited_enough(now: datetime) -> QuerySet[Case, int]:
    due = Case.objects.filter(is_open=True, follow_up_at__lte=now)
    return due.order_by("follow_up_at", "id").values_list("id", flat=True)


@transaction.atomic
def _stop_waiting(case_id: int, now: datetime) -> int:
    case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    if not case.is_open or case.follow_up_at is None or case.follow_up_at > now:
        return 0
    by = system(case.municipality_id)
    reason = rules.TIME_OUT_REASON.get(rules.State(case.state))
    if reason is None:
        raise UnableToChangeCase("WRONG_STATE")
    steps.move(case, rules.Step.TIMES_OUT, rules.State.IN_PROGRESS, by, now, reason=reason)
    return 1
