"""Count anew what is owed: dates and states from the facts of a case, or of many cases, a few at a time.

What several cases have in common is read once for them, inside the transaction that they share.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from moked.base.rows import update
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.operations import PromiseTold
from moked.cases.rules import PromiseState
from moked.events.operations import publish_together
from moked.sla import queries
from moked.sla.commitments import OWED, Kind, State, promise_kind, queue_place, stand
from moked.sla.events import PromiseBroken
from moked.sla.models import Calendar, Commitment, Pause
from moked.sla.rules import Target
from moked.sla.warnings import Level

AT_ONCE = 30
IN_A_ROW = 60
IN_A_SWEEP = 10_000
RESTATED = ("due_at", "last_due_at", "state", "calendar_revision_id", "warn_at", "is_extension_over")


class Calendars:
    """Calendars at hand while many promises are counted; one is read again as soon as it has other hours."""

    def __init__(self) -> None:
        self._known: dict[int, Calendar] = {}

    def lend(self, commitments: Sequence[Commitment]) -> None:
        """Give commitments their calendars as they are published now."""
        ids = {one.calendar_id for one in commitments}
        if not ids:
            return
        rows = Calendar.objects.filter(id__in=ids)
        if ids <= self._known.keys():
            published = dict(rows.values_list("id", "revision_id"))
            stale = {one for one in ids if self._known[one].revision_id != published[one]}
        else:
            stale = ids
        if stale:
            fresh = rows.select_related("revision").filter(id__in=stale)
            self._known.update((one.pk, one) for one in fresh)
        for one in commitments:
            one.calendar = self._known[one.calendar_id]


def case_rows(case_ids: Iterable[int]) -> QuerySet[Case]:
    """Return what clocks have to know of cases, and no more: it is read whenever one is opened."""
    rows = Case.objects.select_related("municipality", "service").filter(id__in=list(case_ids))
    return rows.only(
        "municipality__time_zone",
        "service_id",
        "kind",
        "priority",
        "channel",
        "is_open",
        "awaits_answer",
        "opened_at",
        "queue_at",
        "queue_for",
        "promised_at",
        "promise_state",
        "promise_words",
        "follow_up_at",
        "service__slug",
    )


@transaction.atomic
def recompute(*, case_id: int, now: datetime) -> None:
    """Compute what is owed on a case anew from its facts, and tell the case what its promise came to.

    Called with the case locked.
    """
    _recompute(list(case_rows([case_id])), Calendars(), now)


def recompute_calendar(*, calendar_id: int, now: datetime, may_go_on: Callable[[], bool]) -> bool:
    """Compute anew what is owed by an older revision of a calendar; tells whether nothing is left of it.

    A few cases share a transaction; `may_go_on` is asked between transactions. What is left after many of
    them is for the next call, so that nobody else's work waits for all.
    """
    calendar = Calendar.objects.get(id=calendar_id)
    older = Commitment.objects.filter(
        calendar=calendar, is_current=True, met_at__isnull=True, state__in=OWED
    ).exclude(calendar_revision=calendar.revision_id)
    calendars = Calendars()
    for number, case_ids in enumerate(_by_id(older)):
        if number == IN_A_ROW or not may_go_on():
            return False
        _locked_recompute(case_ids, calendars, now)
    return True


def break_overdue(now: datetime) -> str:
    """Mark as broken what was due by now and is not done, a few cases in each transaction.

    A later time that was told and has passed too leaves the case late.
    """
    overdue = Commitment.objects.filter(state=State.RUNNING, due_at__lte=now).order_by("due_at", "id")
    later = Commitment.objects.filter(extended_to__lte=now, is_extension_over=False)
    later = later.filter(is_current=True, met_at__isnull=True)
    calendars = Calendars()
    broken = sum(
        _locked_recompute({case_id for _, case_id in few}, calendars, now)
        for commitments in (overdue, later.order_by("extended_to", "id"))
        for few in few_at_a_time(commitments)
    )
    return f"{broken} promises broken"


def restate(one: Commitment, pauses: Iterable[Pause], now: datetime) -> None:
    """Set what a commitment comes to now, by the calendar as it is published now."""
    stops = one.stops(pauses)
    standing = stand(Target.read(one.target), one.calendar.hours, one.started_at, stops, one.met_at, now)
    one.due_at, one.state = standing.due_at, standing.state
    one.last_due_at = one.due_at or one.last_due_at
    is_over = one.extended_to is not None and (one.extended_to <= now or one.met_at is not None)
    one.is_extension_over = is_over
    assert one.calendar.revision is not None  # noqa: S101 - a calendar is made with its first revision
    one.calendar_revision = one.calendar.revision


def is_broken_by(one: Commitment, pauses: Iterable[Pause], now: datetime) -> bool:
    """Set what a commitment comes to now; tell whether it was not broken before and is now."""
    before = one.state
    restate(one, pauses, now)
    return one.state == State.BROKEN and before != State.BROKEN


def tell_broken(broken: Iterable[Commitment], now: datetime) -> None:
    """Publish that promises were broken, in the transaction that marks them so."""
    publish_together(
        [
            PromiseBroken(
                municipality_id=one.municipality_id, case_id=one.case_id, commitment_id=one.pk, kind=one.kind
            )
            for one in broken
        ],
        now=now,
    )


def plan_warnings(
    case: Case, commitments: Iterable[Commitment], levels: Sequence[Level], pauses: Sequence[Pause]
) -> None:
    """Set when the next warning about each promise is due."""
    for one in commitments:
        ahead = queries.warnings_ahead(one, case, levels, pauses) if levels and case.is_open else []
        one.warn_at = ahead[0].at if ahead else None


def promise_told(
    case: Case, commitments: Iterable[Commitment], now: datetime, told_at: datetime | None
) -> PromiseTold:
    """Return what the promise of a case came to and where it stands in the queue."""
    alive = [one for one in commitments if one.state != State.CANCELLED and one.kind != Kind.REVIEW]
    promise = next((one for one in alive if one.kind == promise_kind(case.kind)), None)
    promised_at, state = promise.told(now) if promise else (None, "")
    queue_at, queue_for = case.queue_at, case.queue_for
    if case.is_open:
        owed = [(one.due_at, one.kind) for one in alive if not one.met_at]
        queue_at, queue_for = queue_place(case.priority, owed, case.opened_at, case.follow_up_at)
    return PromiseTold(
        promised_at=promised_at,
        state=PromiseState(state) if state else "",
        queue_at=queue_at,
        queue_for=queue_for,
        words=case.promise_words if promise and promise.may_be_extended else "",
        is_moved=told_at is not None and promised_at not in (None, told_at),
    )


def told_before(case: Case, commitments: Iterable[Commitment]) -> datetime | None:
    """Return the moment the resident was told last, which a standing clock has no more."""
    promises = (one.last_told_at for one in commitments if one.kind == promise_kind(case.kind))
    return case.promised_at or next(promises, None)


def pauses_of(case_ids: Iterable[int]) -> dict[int, list[Pause]]:
    """Return the pauses of cases, by case."""
    found: dict[int, list[Pause]] = {}
    for pause in Pause.objects.filter(case_id__in=list(case_ids)):
        found.setdefault(pause.case_id, []).append(pause)
    return found


def levels_of(rows: Iterable[Case]) -> dict[int, tuple[Level, ...]]:
    """Return the warnings of the towns of cases, by town."""
    return {town: queries.warnings_of(town) for town in {case.municipality_id for case in rows}}


def _recompute(rows: Sequence[Case], calendars: Calendars, now: datetime) -> None:
    """Compute what is owed on a few cases anew; what that leaves alone is not written."""
    current = _current([case.pk for case in rows])
    open_ids = [pk for pk, ones in current.items() if not all(one.is_settled for one in ones)]
    pauses = pauses_of(open_ids) if open_ids else {}
    levels = levels_of(case for case in rows if case.pk in open_ids)
    calendars.lend([one for ones in current.values() for one in ones if not one.is_settled])
    told: list[tuple[Case, PromiseTold]] = []
    changed: list[Commitment] = []
    broken: list[Commitment] = []
    for case in rows:
        commitments, stops = current.get(case.pk, []), pauses.get(case.pk, [])
        told_at = told_before(case, commitments)
        before = [_restated(one) for one in commitments]
        broken += [one for one in commitments if not one.is_settled and is_broken_by(one, stops, now)]
        plan_warnings(case, commitments, levels.get(case.municipality_id, ()), stops)
        told.append((case, promise_told(case, commitments, now, told_at)))
        changed += [one for one, was in zip(commitments, before, strict=True) if _restated(one) != was]
    update(changed, RESTATED)
    cases.tell_promises(told, now=now)
    tell_broken(broken, now)


def _restated(one: Commitment) -> list[object]:
    """Return what counting anew may change."""
    return [getattr(one, name) for name in RESTATED]


def _current(case_ids: Iterable[int]) -> dict[int, list[Commitment]]:
    found: dict[int, list[Commitment]] = {}
    for one in Commitment.objects.filter(case_id__in=list(case_ids), is_current=True):
        found.setdefault(one.case_id, []).append(one)
    return found


def few_at_a_time(commitments: QuerySet[Commitment]) -> Iterator[list[tuple[int, int]]]:
    """Yield the first commitments and their cases, by id, a few at a time.

    They are looked for once, in their own order: that of the index by which what is due is found.
    """
    first = list(commitments.values_list("id", "case_id")[:IN_A_SWEEP])
    for start in range(0, len(first), AT_ONCE):
        yield first[start : start + AT_ONCE]


def _by_id(commitments: QuerySet[Commitment]) -> Iterator[set[int]]:
    """Yield the cases of commitments, by id, those of a few commitments at a time."""
    last, rows = 0, commitments.order_by("id").values_list("id", "case_id")
    while few := list(rows.filter(id__gt=last)[:AT_ONCE]):
        last = few[-1][0]
        yield {case_id for _, case_id in few}


@transaction.atomic
def _locked_recompute(case_ids: Iterable[int], calendars: Calendars, now: datetime) -> int:
    """Compute what is owed on a few cases anew; returns how many there still are."""
    # In the order in which whoever changes two cases locks them.
    rows = list(case_rows(case_ids).select_for_update(of=("self",)).order_by("id"))
    _recompute(rows, calendars, now)
    return len(rows)
