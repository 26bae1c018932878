"""The clocks of cases: facts change here, and dates are computed anew from all of them.

Everything is called inside the transaction of the change it follows, with the case locked, or takes both
itself. Each ends by telling the case what its promise came to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from moked.base.rows import insert
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.rules import PromiseState
from moked.cases.rules import State as CaseState
from moked.sla import queries
from moked.sla.commitments import (
    OWED,
    PAUSING,
    REVIEW_TARGET,
    WAITING_DAYS,
    Kind,
    State,
    follow_up,
    promise_kind,
    queue_moment,
    stand,
)
from moked.sla.models import Calendar, Commitment, Pause
from moked.sla.models import Target as TargetRow
from moked.sla.rules import Pause as Stop
from moked.sla.rules import Target

BATCH = 50


def begin(*, case_id: int, service_id: int) -> None:
    """Promise for a new case what its service's target says, and give it its place in the queue."""
    target = queries.target_of(service_id)
    if target is None:
        return
    case = _case(case_id)
    commitments = promised(case, target, case.opened_at)
    insert(commitments)
    _tell(case, commitments, case.opened_at, told_at=None)


def answer(*, case_id: int, at: datetime) -> None:
    """A person has answered; the first time, that is what was promised."""
    if _meet(case_id, {Kind.FIRST_ANSWER}, at):
        recompute(case_id=case_id, now=at)


def move(*, case_id: int, source: str, target: str, until: datetime | None, at: datetime) -> None:
    """A case went from one open state to another: clocks stop or go on, and waiting gets its end."""
    if source in PAUSING:
        _end_pause(case_id, at)
    case = _case(case_id)
    if target in PAUSING:
        Pause.objects.create(municipality_id=case.municipality_id, case=case, reason=target, from_at=at)
    if target in WAITING_DAYS:
        case.follow_up_at = _follow_up(case, CaseState(target), until, at)
        cases.set_follow_up(case_id=case_id, at=case.follow_up_at)
    recompute(case_id=case_id, now=at)


def close(*, case_id: int, is_done: bool, at: datetime) -> None:
    """A case was closed: its pause ends first, then what was promised is met; cancelled where nothing is."""
    _end_pause(case_id, at)
    kinds = {Kind.FIRST_ANSWER, Kind.RESOLUTION}
    if is_done:
        _meet(case_id, kinds, at)
    else:
        _owed(case_id).filter(kind__in=sorted(kinds)).update(state=State.CANCELLED)
    recompute(case_id=case_id, now=at)


def stand_still_again(*, case_id: int, state: str) -> None:
    """What ended the last pause did not happen: the clock of a case that waits has stood still since."""
    last = Pause.objects.filter(case_id=case_id).order_by("-from_at", "-id").first()
    if state in PAUSING and last:
        last.to_at = None
        last.save(update_fields=["to_at"])


def promise_anew(*, case_id: int, service_id: int, at: datetime) -> None:
    """Promise what a service's target says, from the case's original start and with every pause.

    What was promised before stays as a record, and an answer once given stays given.
    """
    current = _current(case_id)
    is_answered = current.filter(kind=Kind.FIRST_ANSWER, met_at__isnull=False).exists()
    kinds = {Kind.RESOLUTION} if is_answered else {Kind.RESOLUTION, Kind.FIRST_ANSWER}
    case = _case(case_id)
    told_at = _told_at(case, current)
    _make_past(case_id, kinds)
    target = queries.target_of(service_id)
    commitments = [one for one in promised(case, target, at) if one.kind in kinds] if target else []
    for one in commitments:
        one.last_due_at = told_at
    insert(commitments)
    recompute(case_id=case_id, now=at)


def start_review(*, case_id: int, at: datetime) -> None:
    """A person is to look at a closed case again, within two working days."""
    case = _case(case_id)
    calendar = queries.calendar_for(case.municipality_id, case.service_id)
    if calendar is None:
        return
    _make_past(case_id, {Kind.REVIEW})
    _commitment(case, Kind.REVIEW, REVIEW_TARGET, calendar, at, at).save(force_insert=True)


def end_review(*, case_id: int, at: datetime) -> None:
    """A person has decided what becomes of a closed case that a resident is not content with."""
    _meet(case_id, {Kind.REVIEW}, at)


@transaction.atomic
def recompute(*, case_id: int, now: datetime) -> None:
    """Compute what is owed on a case anew from its facts, and tell the case what its promise came to."""
    case = _case(case_id)
    commitments = list(_current(case_id).select_related("calendar__revision"))
    told_at = _told_at(case, commitments)
    pauses = _pauses(case_id)
    for one in commitments:
        if not one.is_settled:
            restate(one, pauses, now)
    Commitment.objects.bulk_update(commitments, ["due_at", "last_due_at", "state", "calendar_revision"])
    _tell(case, commitments, now, told_at)


def recompute_calendar(*, calendar_id: int, now: datetime, may_go_on: Callable[[], bool]) -> int:
    """Compute anew what is owed by an older revision of a calendar; returns how many cases that were.

    Each case is a transaction of its own; `may_go_on` is asked between them.
    """
    calendar = Calendar.objects.get(id=calendar_id)
    older = Commitment.objects.filter(
        calendar=calendar, is_current=True, met_at__isnull=True, state__in=OWED
    ).exclude(calendar_revision=calendar.revision_id)
    done = 0
    for case_id in _case_ids(older):
        if not may_go_on():
            break
        done += _locked_recompute(case_id, now)
    return done


def break_overdue(now: datetime) -> str:
    """Mark as broken what was due by now and is not done, each case in a transaction of its own."""
    overdue = Commitment.objects.filter(state=State.RUNNING, due_at__lte=now)
    broken = sum(_locked_recompute(case_id, now) for case_id in _case_ids(overdue))
    return f"{broken} promises broken"


def _case_ids(commitments: QuerySet[Commitment]) -> Iterator[int]:
    """Yield the cases of commitments, a batch at a time, each once in its batch."""
    last = 0
    while rows := list(commitments.filter(id__gt=last).order_by("id").values_list("id", "case_id")[:BATCH]):
        last = rows[-1][0]
        yield from dict.fromkeys(case_id for _, case_id in rows)


@transaction.atomic
def _locked_recompute(case_id: int, now: datetime) -> int:
    if not Case.objects.select_for_update(of=("self",)).filter(id=case_id).exists():
        return 0
    recompute(case_id=case_id, now=now)
    return 1


def _meet(case_id: int, kinds: Iterable[Kind], at: datetime) -> int:
    """Note that what was owed is done; returns how many commitments that met."""
    owed = list(_owed(case_id).filter(kind__in=sorted(kinds)).select_related("calendar__revision"))
    pauses = _pauses(case_id) if owed else []
    for one in owed:
        one.met_at = at
        restate(one, pauses, at)
        one.save()
    return len(owed)


def _make_past(case_id: int, kinds: Iterable[Kind]) -> None:
    """Keep commitments as a record; those not settled are owed no longer."""
    past = _current(case_id).filter(kind__in=sorted(kinds))
    past.filter(met_at__isnull=True).update(state=State.CANCELLED)
    past.update(is_current=False)


def promised(case: Case, target: TargetRow, now: datetime) -> list[Commitment]:
    """Return what a target promises for a case, not stored yet."""
    texts = {Kind.FIRST_ANSWER: target.first_answer, Kind.RESOLUTION: target.resolution}
    return [
        _commitment(case, kind, Target.read(text), target.calendar, case.opened_at, now)
        for kind, text in texts.items()
        if text
    ]


def _commitment(
    case: Case, kind: Kind, target: Target, calendar: Calendar, started_at: datetime, now: datetime
) -> Commitment:
    one = Commitment(
        municipality_id=case.municipality_id,
        case=case,
        kind=kind,
        target=str(target),
        calendar=calendar,
        started_at=started_at,
    )
    restate(one, (), now)
    return one


def restate(one: Commitment, pauses: Sequence[Stop], now: datetime) -> None:
    """Set what a commitment comes to now, by the calendar as it is published now."""
    standing = stand(
        one.kind, Target.read(one.target), one.calendar.hours, one.started_at, pauses, one.met_at, now
    )
    one.due_at, one.state = standing.due_at, standing.state
    one.last_due_at = one.due_at or one.last_due_at
    assert one.calendar.revision is not None  # noqa: S101 - a calendar is made with its first revision
    one.calendar_revision = one.calendar.revision


def _tell(case: Case, commitments: Iterable[Commitment], now: datetime, told_at: datetime | None) -> None:
    """Tell the case what its promise came to and where it stands in the queue."""
    alive = [one for one in commitments if one.state != State.CANCELLED and one.kind != Kind.REVIEW]
    promise = next((one for one in alive if one.kind == promise_kind(case.kind)), None)
    promised_at = promise.due_at if promise else None
    queue_at = case.queue_at
    if case.is_open:
        owed = [one.due_at for one in alive if not one.met_at]
        queue_at = queue_moment(owed, case.opened_at, case.follow_up_at)
    cases.set_promise(
        case_id=case.pk,
        promised_at=promised_at,
        state=PromiseState(promise.state) if promise else "",
        queue_at=queue_at,
        now=now,
        was_told=told_at is not None and promised_at not in (None, told_at),
    )


def _told_at(case: Case, commitments: Iterable[Commitment]) -> datetime | None:
    """Return the moment the resident was told last, which a standing clock has no more."""
    promises = (one.last_due_at for one in commitments if one.kind == promise_kind(case.kind))
    return case.promised_at or next(promises, None)


def _follow_up(case: Case, waiting: CaseState, until: datetime | None, at: datetime) -> datetime | None:
    """Return when a case that waits is to be looked at."""
    days = queries.waiting_days(case.service_id)[WAITING_DAYS[waiting]]
    is_counted = waiting == CaseState.SCHEDULED and until is not None and days
    calendar = queries.calendar_for(case.municipality_id, case.service_id) if is_counted else None
    return follow_up(waiting, days, calendar.hours if calendar else None, until, at)


def _pauses(case_id: int) -> list[Stop]:
    return [row.interval for row in Pause.objects.filter(case_id=case_id)]


def _end_pause(case_id: int, at: datetime) -> None:
    Pause.objects.filter(case_id=case_id, to_at__isnull=True).update(to_at=at)


def _case(case_id: int) -> Case:
    """Return what clocks have to know of a case, and no more: it is read whenever one is opened."""
    return Case.objects.only(
        "municipality_id",
        "service_id",
        "kind",
        "is_open",
        "opened_at",
        "queue_at",
        "promised_at",
        "follow_up_at",
    ).get(id=case_id)


def _current(case_id: int) -> QuerySet[Commitment]:
    return Commitment.objects.filter(case_id=case_id, is_current=True)


def _owed(case_id: int) -> QuerySet[Commitment]:
    return _current(case_id).filter(met_at__isnull=True, state__in=OWED)
