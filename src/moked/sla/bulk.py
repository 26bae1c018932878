"""The bulk form of promising, for histories: cases of the past get what was promised for them."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db.models import Model

from moked.base.rows import new
from moked.cases.bulk import (
    Beside,
    PastCase,
    PastClosing,
    PastMessage,
    PastMove,
    PastReopening,
    PastReview,
    PastReviewAnswer,
    PastStep,
    Written,
    promise_moved,
)
from moked.cases.models import Case
from moked.cases.rules import WAITING, Outcome, PromiseState
from moked.cases.rules import State as CaseState
from moked.catalogue.models import Service
from moked.catalogue.rules import Priority
from moked.places.models import Area as TownArea
from moked.sla import queries
from moked.sla.commitments import (
    ANSWERS,
    OWED,
    REVIEW_TARGET,
    SEEN_AT_ONCE,
    WAITING_DAYS,
    Kind,
    State,
    follow_up,
    promise_kind,
    queue_place,
    state_of,
)
from moked.sla.models import Calendar, Commitment, Pause
from moked.sla.operations.clock import round_the_clock
from moked.sla.rules import IN_DAYS, Target, TooFar, due
from moked.sla.targets import PROMISED, Area, Terms
from moked.sla.warnings import Clock, Level, upcoming


def promising(municipality_id: int, now: datetime) -> Beside:
    """Return what lets `cases.bulk.open_many` promise what the services' targets say, as it stands at `now`.

    It follows each case step by step as the operations would have: the first words to the resident or the
    closing were the first answer, the clock stood still while somebody else was waited for, and counted on
    from the start when a case was opened again. What was closed nobody knows when kept and broke nothing.
    The town's targets and calendars are read once.
    """
    promises = _Promises(municipality_id, now)

    def promise(pairs: Sequence[Written]) -> Iterable[Model]:
        for case, one in pairs:
            yield from _Clocks(promises, case, one).over(now)

    return promise


class _Promises:
    """What a town promises, read once."""

    def __init__(self, municipality_id: int, now: datetime) -> None:
        calendars = {one.pk: one for one in queries.calendars_of(municipality_id, with_retired=True)}
        in_use = (one for one in calendars.values() if not one.is_retired)
        self._first = next(iter(sorted(in_use, key=lambda one: one.department_id or 0)), None)
        self._calendars = {one.code: one for one in calendars.values()}
        self._days: dict[int, dict[str, int]] = {}
        self._due: dict[tuple[int, Target, date], datetime | None] = {}
        self._promises = {
            service_id: target.promise_at(now)
            for service_id, target in queries.targets_of(municipality_id).items()
        }
        self._now = now
        self._levels = queries.warnings_of(municipality_id)
        self._slugs = dict(Service.objects.filter(municipality_id=municipality_id).values_list("id", "slug"))
        self._areas: dict[int, Area] = {}
        if any(other.area_kind for one in self._promises.values() for other in one.exceptions):
            found = TownArea.objects.filter(municipality_id=municipality_id)
            self._areas = {pk: (kind, code) for pk, kind, code in found.values_list("id", "kind", "code")}

    def of(self, case: Case, one: PastCase) -> tuple[Terms, Calendar] | None:
        """Return what is promised for a case and by which calendar it counts."""
        promise = self._promises.get(case.service_id)
        if promise is None:
            return None
        area_ids = one.said.place.area_ids
        terms = promise.terms_for(
            case.priority, case.channel, lambda: {self._areas[area_id] for area_id in area_ids}
        )
        if case.priority == Priority.URGENT and terms is promise.usual:
            return terms, round_the_clock(case.municipality, self._now)
        return terms, self._calendars[terms.calendar]

    def levels_for(self, case: Case, kind: str) -> list[Level]:
        """Return the warnings that are meant for a promise of a case."""
        slug = self._slugs[case.service_id]
        return [level for level in self._levels if level.fits(kind, slug, case.priority)]

    def calendar_of(self, service_id: int) -> Calendar | None:
        """Return by which calendar a service's cases usually count."""
        promise = self._promises.get(service_id)
        return self._calendars[promise.usual.calendar] if promise else self._first

    def due(self, calendar: Calendar, start: datetime, target: Target) -> datetime | None:
        """Return when a target without pauses is due; one in days is asked for once a date. Raises TooFar."""
        if target.unit not in IN_DAYS:
            return due(calendar.hours, start, target)
        key = calendar.pk, target, calendar.hours.date_of(start)
        if key not in self._due:
            self._due[key] = due(calendar.hours, start, target)
        return self._due[key]

    def waiting_days(self, service_id: int) -> dict[str, int]:
        """Return how many days a service's cases wait, for whom."""
        if service_id not in self._days:
            self._days[service_id] = queries.waiting_days(service_id)
        return self._days[service_id]


@dataclasses.dataclass
class _Owed:
    """A commitment with what it is counted by."""

    row: Commitment
    target: Target
    calendar: Calendar

    @property
    def is_owed(self) -> bool:
        return self.row.is_current and self.row.met_at is None and self.row.state in OWED

    def set_state(self, at: datetime) -> None:
        """Set how it stands by its dates."""
        if self.row.state != State.CANCELLED:
            self.row.state = state_of(self.row.due_at, self.row.met_at, at)


class _Clocks:
    """The clocks of one case; the parts are those of `operations.clock`, on rows that are not stored yet."""

    def __init__(self, promises: _Promises, case: Case, one: PastCase) -> None:
        self._promises = promises
        self._case = case
        self._one = one
        self._promised = promises.of(case, one)
        self._owed: list[_Owed] = []
        self._pauses: list[Pause] = []
        self._told: list[Model] = []
        self._is_open = True

    def over(self, now: datetime) -> Iterator[Model]:
        """Go through all that happened and yield the rows it left."""
        self._begin()
        before = CaseState.RECEIVED
        for step, after in self._one.states():
            self._go(step, before)
            before = after
        if any(owed.is_owed and owed.row.due_at and owed.row.due_at <= now for owed in self._owed):
            self._recompute(now)
        self._plan_warnings(now)
        yield from (owed.row for owed in self._owed)
        yield from self._pauses
        yield from self._told

    def _plan_warnings(self, now: datetime) -> None:
        """Plan the next warnings of what is owed; those of the past are taken for given."""
        if not self._is_open:
            return
        case = self._case
        for owed in self._owed:
            levels = self._promises.levels_for(case, owed.row.kind) if owed.is_owed else []
            if not levels:
                continue
            row = owed.row
            is_urgent = case.priority == Priority.URGENT
            hours = owed.calendar.hours
            clock = Clock(hours, row.started_at, owed.target, row.stops(self._pauses), is_urgent)
            given: list[str] = []
            while (ahead := upcoming(levels, clock, given)) and ahead[0].at <= now:
                given.append(ahead[0].key)
            row.warned, row.warn_at = ",".join(given), ahead[0].at if ahead else None

    def _begin(self) -> None:
        if self._promised:
            self._promise(self._case.opened_at)
            self._tell(self._case.opened_at, None)

    def _go(self, step: PastStep, before: CaseState) -> None:
        match step:
            case PastMessage(is_incoming=False):
                if self._meet(ANSWERS, step.at):
                    self._recompute(step.at)
            case PastMessage():
                self._ask(step.at)
            case PastMove():
                self._move(step, before)
            case PastClosing():
                self._close(step)
            case PastReview():
                self._start_review(step.at)
            case PastReviewAnswer():
                self._meet({Kind.REVIEW}, step.at)
            case PastReopening():
                self._meet({Kind.REVIEW}, step.at)
                self._reopen(step.at)
                if self._meet(ANSWERS, step.at):
                    self._recompute(step.at)

    def _ask(self, at: datetime) -> None:
        kinds = (Kind.FIRST_ANSWER, Kind.NEXT_ANSWER)
        is_owed = any(owed.is_owed and owed.row.kind in kinds for owed in self._owed)
        if self._promised is None or not self._is_open or is_owed:
            return
        terms, calendar = self._promised
        if Kind.NEXT_ANSWER in terms.targets:
            for owed in self._owed:
                owed.row.is_current = owed.row.is_current and owed.row.kind != Kind.NEXT_ANSWER
            self._add(Kind.NEXT_ANSWER, terms, calendar, at, at)
            self._recompute(at)

    def _move(self, step: PastMove, before: CaseState) -> None:
        case = self._case
        if before in WAITING:
            self._end_pause(step.at)
        if step.state in WAITING:
            self._pauses.append(
                new(
                    Pause,
                    municipality_id=case.municipality_id,
                    case_id=case.pk,
                    reason=step.state,
                    from_at=step.at,
                )
            )
        case.follow_up_at = None
        if step.state in WAITING_DAYS:
            days = self._promises.waiting_days(case.service_id)[WAITING_DAYS[step.state]]
            calendar = self._promises.calendar_of(case.service_id)
            hours = calendar.hours if calendar else None
            case.follow_up_at = follow_up(step.state, days, hours, step.until, step.at)
        self._recompute(step.at)

    def _close(self, step: PastClosing) -> None:
        self._end_pause(step.at)
        self._is_open = False
        self._case.follow_up_at = None
        if step.is_dated and step.outcome != Outcome.WITHDRAWN_BY_RESIDENT:
            self._meet(PROMISED, step.at)
        else:
            self._cancel(PROMISED)
        self._recompute(step.at)

    def _start_review(self, at: datetime) -> None:
        calendar = self._promises.calendar_of(self._case.service_id)
        if calendar:
            self._make_past(owed for owed in self._owed if owed.row.kind == Kind.REVIEW)
            self._add(Kind.REVIEW, Terms(calendar.code, {Kind.REVIEW: REVIEW_TARGET}), calendar, at, at)

    def _reopen(self, at: datetime) -> None:
        self._is_open = True
        before = {
            owed.row.kind: owed for owed in self._owed if owed.row.is_current and owed.row.kind != Kind.REVIEW
        }
        told_at = self._told_at()
        for kind, owed in list(before.items()):
            # An answer once given stays given.
            if owed.row.met_at and kind != Kind.RESOLUTION:
                del before[kind]
        self._make_past(before.values())
        for row in self._promise(at, but=[owed.row.kind for owed in self._owed if owed.row.is_current]):
            row.last_due_at = told_at
        self._recompute(at)

    def _promise(self, at: datetime, but: Sequence[str] = ()) -> list[Commitment]:
        if self._promised is None:
            return []
        terms, calendar = self._promised
        kinds = (Kind.ACKNOWLEDGEMENT, Kind.FIRST_ANSWER, Kind.RESOLUTION)
        opened_at = self._case.opened_at
        rows = [
            self._add(kind, terms, calendar, opened_at, at)
            for kind in kinds
            if kind in terms.targets and kind not in but
        ]
        for row in rows:
            if row.kind == Kind.ACKNOWLEDGEMENT and self._case.channel in SEEN_AT_ONCE:
                row.met_at = opened_at
                row.state = state_of(row.due_at, opened_at, at)
        return rows

    def _add(
        self, kind: Kind, terms: Terms, calendar: Calendar, started_at: datetime, at: datetime
    ) -> Commitment:
        target = terms.targets[kind]
        row = new(
            Commitment,
            municipality_id=self._case.municipality_id,
            case_id=self._case.pk,
            kind=kind,
            target=str(target),
            paused_by=",".join(sorted(terms.pausing(kind))),
            is_legal=kind in terms.legal,
            calendar_id=calendar.pk,
            calendar_revision_id=calendar.revision_id,
            started_at=started_at,
        )
        owed = _Owed(row, target, calendar)
        self._owed.append(owed)
        # Without the pauses, as if it were promised at the start; they count when the clocks are set anew.
        self._count(owed, ())
        owed.set_state(at)
        return row

    def _meet(self, kinds: Collection[Kind], at: datetime) -> bool:
        met = [owed for owed in self._owed if owed.row.kind in kinds and owed.is_owed]
        for owed in met:
            owed.row.met_at = at
            self._restate(owed, at)
        return bool(met)

    def _cancel(self, kinds: Collection[Kind]) -> None:
        for owed in self._owed:
            if owed.row.kind in kinds and owed.is_owed:
                owed.row.state = State.CANCELLED

    def _make_past(self, past: Iterable[_Owed]) -> None:
        for owed in past:
            if owed.row.is_current:
                owed.row.is_current = False
                if owed.row.met_at is None and owed.row.state != State.BROKEN:
                    owed.row.state = State.CANCELLED

    def _end_pause(self, at: datetime) -> None:
        if self._pauses and self._pauses[-1].to_at is None:
            self._pauses[-1].to_at = at

    def _recompute(self, at: datetime) -> None:
        told_at = self._told_at()
        for owed in self._owed:
            if owed.row.is_current and not owed.row.is_settled:
                self._restate(owed, at)
        self._tell(at, told_at)

    def _count(self, owed: _Owed, pauses: Sequence[Pause]) -> None:
        """Set when a commitment is due; nothing is promised that the calendar cannot reach."""
        row = owed.row
        stops = row.stops(pauses)
        try:
            if stops:
                row.due_at = due(owed.calendar.hours, row.started_at, owed.target, stops)
            else:
                row.due_at = self._promises.due(owed.calendar, row.started_at, owed.target)
        except TooFar:
            row.due_at, row.state = None, State.CANCELLED
        row.last_due_at = row.due_at or row.last_due_at

    def _restate(self, owed: _Owed, at: datetime) -> None:
        if self._pauses:
            self._count(owed, self._pauses)
        owed.set_state(at)

    def _tell(self, at: datetime, told_at: datetime | None) -> None:
        case = self._case
        current = [owed.row for owed in self._owed if owed.row.is_current]
        alive = [row for row in current if row.state != State.CANCELLED and row.kind != Kind.REVIEW]
        promise = next((row for row in alive if row.kind == promise_kind(case.kind)), None)
        before, case.promised_at = case.promised_at, promise.due_at if promise else None
        case.promise_state = PromiseState(promise.state) if promise else ""
        if self._is_open:
            owed = [(row.due_at, row.kind) for row in alive if not row.met_at]
            case.queue_at, case.queue_for = queue_place(
                case.priority, owed, case.opened_at, case.follow_up_at
            )
        was_told = told_at is not None and case.promised_at not in (None, told_at)
        if was_told and case.promise_state == PromiseState.RUNNING and case.promised_at != before:
            self._told += promise_moved(case, at)

    def _told_at(self) -> datetime | None:
        kind = promise_kind(self._case.kind)
        current = (owed.row for owed in self._owed if owed.row.is_current)
        last = (row.last_due_at for row in current if row.kind == kind)
        return self._case.promised_at or next(last, None)
