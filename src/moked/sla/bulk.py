"""The bulk form of promising, for histories: cases of the past get what was promised for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from moked.cases.bulk import set_promises
from moked.cases.models import Case
from moked.cases.rules import PromiseState, State
from moked.sla import queries
from moked.sla.commitments import PAUSING, WAITING_DAYS, promise_kind, queue_moment
from moked.sla.commitments import State as Standing
from moked.sla.models import Commitment, Pause
from moked.sla.operations.clock import promised, restate


@transaction.atomic
def promise_many(municipality_id: int, cases: Sequence[Case], now: datetime) -> None:
    """Promise for cases written by `cases.bulk` what their services' targets say, as it stands at `now`.

    Closing was their first answer; one that waits for somebody has done so from its beginning.
    """
    targets = queries.targets_of(municipality_id)
    pauses = {case.pk: _pause(case) for case in cases if case.is_open and case.state in PAUSING}
    Pause.objects.bulk_create(pauses.values())
    days = {service_id: queries.waiting_days(service_id) for service_id in {one.service_id for one in cases}}
    commitments: list[Commitment] = []
    for case in cases:
        if case.pk in pauses:
            waits = days[case.service_id][WAITING_DAYS[State(case.state)]]
            case.follow_up_at = case.opened_at + timedelta(days=waits)
        target = targets.get(case.service_id)
        of_case = promised(case, target, now) if target else []
        _settle(case, of_case, pauses.get(case.pk), now)
        commitments += of_case
    Commitment.objects.bulk_create(commitments)
    set_promises(cases)


def _pause(case: Case) -> Pause:
    return Pause(municipality_id=case.municipality_id, case=case, reason=case.state, from_at=case.opened_at)


def _settle(case: Case, commitments: list[Commitment], pause: Pause | None, now: datetime) -> None:
    """Set how commitments stand, and what the case shows of them."""
    for one in commitments:
        one.met_at = case.closed_at
        restate(one, [pause.interval] if pause else [], now)
        if case.state in (State.WITHDRAWN, State.MERGED):
            one.state, one.met_at = Standing.CANCELLED, None
    alive = [one for one in commitments if one.state != Standing.CANCELLED]
    promise = next((one for one in alive if one.kind == promise_kind(case.kind)), None)
    case.promised_at = promise.due_at if promise else None
    case.promise_state = PromiseState(promise.state) if promise else ""
    case.queue_at = queue_moment([one.due_at for one in alive], case.opened_at, case.follow_up_at)
