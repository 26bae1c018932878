"""The clocks of cases: facts change here, and dates are computed anew from all of them.

Everything is called inside the transaction of the change it follows, with the case locked, or takes both
itself. Each ends by telling the case what its promise came to.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet

from moked.base.rows import insert
from moked.cases import operations as cases
from moked.cases.models import Case, Contact
from moked.cases.rules import WAITING
from moked.cases.rules import State as CaseState
from moked.catalogue.rules import Priority
from moked.municipalities.models import Municipality
from moked.sla import queries
from moked.sla.calendars import never_closes
from moked.sla.commitments import (
    ANSWERS,
    OWED,
    REVIEW_TARGET,
    SEEN_AT_ONCE,
    WAITING_DAYS,
    Kind,
    State,
    follow_up,
)
from moked.sla.models import Calendar, Commitment, Pause
from moked.sla.models import Target as TargetRow
from moked.sla.operations.counting import (
    case_rows,
    is_broken_by,
    plan_warnings,
    promise_told,
    recompute,
    restate,
    tell_broken,
    told_before,
)
from moked.sla.operations.settings import publish_calendar
from moked.sla.targets import PROMISED, Terms

ANSWERED_ONCE = (Kind.ACKNOWLEDGEMENT, Kind.FIRST_ANSWER)
ROUND_THE_CLOCK = "round-the-clock"
NAME_OF_ROUND_THE_CLOCK = {
    "en": "Round the clock",
    "he": "סביב השעון",
    "ar": "على مدار الساعة",
    "cs": "Nepřetržitě",
    "hu": "Éjjel-nappal",
}


def begin(*, case_id: int, service_id: int) -> None:
    """Promise for a new case what its service's target says, and give it its place in the queue."""
    target = queries.target_of(service_id)
    if target is None:
        return
    case = _case(case_id)
    commitments = list(promised(case, target, case.opened_at).values())
    plan_warnings(case, commitments, queries.warnings_of(case.municipality_id), ())
    insert(commitments)
    told = promise_told(case, commitments, case.opened_at, told_at=None)
    cases.tell_promises([(case, told)], now=case.opened_at)


def acknowledge(*, case_id: int, at: datetime) -> None:
    """The resident was told that the matter has arrived."""
    if _meet(case_id, {Kind.ACKNOWLEDGEMENT}, at):
        recompute(case_id=case_id, now=at)


def answer(*, case_id: int, at: datetime) -> None:
    """A person has answered whatever was to be answered."""
    if _meet(case_id, ANSWERS, at):
        recompute(case_id=case_id, now=at)


def ask(*, case_id: int, at: datetime) -> None:
    """A resident wrote on an open case: an answer is owed from the oldest words without one.

    Before the first answer only that one is owed.
    """
    case = _case(case_id)
    target = queries.target_of(case.service_id) if case.is_open else None
    if target is None or _owed(case_id).filter(kind__in=[Kind.FIRST_ANSWER, Kind.NEXT_ANSWER]).exists():
        return
    terms, calendar = terms_of(case, target, at)
    if Kind.NEXT_ANSWER in terms.targets:
        _current(case_id).filter(kind=Kind.NEXT_ANSWER).update(is_current=False)
        insert([_commitment(case, Kind.NEXT_ANSWER, terms, calendar, at, at)])
        recompute(case_id=case_id, now=at)


def move(*, case_id: int, source: str, target: str, until: datetime | None, at: datetime) -> None:
    """A case went from one open state to another: clocks stop or go on, and waiting gets its end."""
    if source in WAITING:
        _end_pause(case_id, at)
    case = _case(case_id)
    if target in WAITING:
        Pause.objects.create(municipality_id=case.municipality_id, case=case, reason=target, from_at=at)
    if target in WAITING_DAYS:
        case.follow_up_at = _follow_up(case, CaseState(target), until, at)
        cases.set_follow_up(case_id=case_id, at=case.follow_up_at)
    recompute(case_id=case_id, now=at)


def close(*, case_id: int, is_done: bool, at: datetime) -> None:
    """A case was closed: its pause ends first, then what was promised is met; cancelled where nothing is."""
    _end_pause(case_id, at)
    if is_done:
        _meet(case_id, PROMISED, at)
    else:
        _owed(case_id).filter(kind__in=PROMISED).update(state=State.CANCELLED, warn_at=None)
    recompute(case_id=case_id, now=at)


def stand_still_again(*, case_id: int, state: str) -> None:
    """What ended the last pause did not happen: the clock of a case that waits has stood still since."""
    last = Pause.objects.filter(case_id=case_id).order_by("-from_at", "-id").first()
    if state in WAITING and last:
        last.to_at = None
        last.save(update_fields=["to_at"])


def promise_anew(*, case_id: int, service_id: int, at: datetime) -> None:
    """Promise what a service's target says, each from its own start and with every pause.

    What was promised before stays as a record, an answer once given stays given, and what is promised the
    same as before goes on.
    """
    case = _case(case_id)
    before = {one.kind: one for one in _current(case_id).exclude(kind=Kind.REVIEW)}
    told_at = told_before(case, before.values())
    target = queries.target_of(service_id)
    anew = promised(case, target, at, next_asked_at=_asked_at(case, before)) if target else {}
    past = {kind: one for kind, one in before.items() if not _goes_on(one, anew.get(kind))}
    fresh = {kind: one for kind, one in anew.items() if kind in past or kind not in before}
    for kind, one in fresh.items():
        if kind in ANSWERED_ONCE and kind not in before and one.met_at is None:
            one.met_at = _first_answered_at(case_id)
            restate(one, (), at)
        one.last_due_at = told_at
        if not one.is_settled:
            # What is over already is found broken, and told of, when all is counted.
            one.state = State.RUNNING
    _make_past(past.values())
    insert(list(fresh.values()))
    recompute(case_id=case_id, now=at)


def _asked_at(case: Case, before: Mapping[str, Commitment]) -> datetime | None:
    """Return since when words of the resident wait for an answer, the first aside.

    One that was owed no longer while the case was merged is owed again.
    """
    one = before.get(Kind.NEXT_ANSWER)
    if one is None or one.met_at:
        return None
    return one.started_at if one.state != State.CANCELLED or case.awaits_answer else None


def _goes_on(former: Commitment, anew: Commitment | None) -> bool:
    """Tell whether a commitment stays as it is: met for good, or owed as before."""
    if former.met_at is not None:
        return former.kind != Kind.RESOLUTION
    return anew is not None and former.state != State.CANCELLED and _said(former) == _said(anew)


def _said(one: Commitment) -> tuple[object, ...]:
    return one.target, one.calendar_id, one.paused_by, one.is_legal, one.started_at


def _first_answered_at(case_id: int) -> datetime | None:
    """Return when a person first wrote to the resident."""
    words = Contact.objects.filter(case_id=case_id, direction=Contact.Direction.OUT, author__isnull=False)
    return words.order_by("at").values_list("at", flat=True).first()


def start_review(*, case_id: int, at: datetime) -> None:
    """A person is to look at a closed case again, within two working days."""
    case = _case(case_id)
    calendar = queries.calendar_for(case.municipality_id, case.service_id)
    if calendar is None:
        return
    _make_past(_current(case_id).filter(kind=Kind.REVIEW))
    terms = Terms(calendar.code, {Kind.REVIEW: REVIEW_TARGET})
    _commitment(case, Kind.REVIEW, terms, calendar, at, at).save(force_insert=True)


def end_review(*, case_id: int, at: datetime) -> None:
    """A person has decided what becomes of a closed case that a resident is not content with."""
    _meet(case_id, {Kind.REVIEW}, at)


def _meet(case_id: int, kinds: Iterable[Kind], at: datetime) -> int:
    """Note that what was owed is done; returns how many commitments that met."""
    owed = list(_owed(case_id).filter(kind__in=list(kinds)).select_related("calendar__revision"))
    pauses = _pauses(case_id) if owed else []
    broken = []
    for one in owed:
        one.met_at, one.warn_at = at, None
        if is_broken_by(one, pauses, at):
            broken.append(one)
        one.save()
    tell_broken(broken, at)
    return len(owed)


def _make_past(past: Iterable[Commitment]) -> None:
    """Keep commitments as a record: those not settled are owed no longer, and what was broken stays so."""
    ids = [one.pk for one in past]
    if ids:
        rows = Commitment.objects.filter(id__in=ids)
        rows.filter(met_at__isnull=True).exclude(state=State.BROKEN).update(state=State.CANCELLED)
        rows.update(is_current=False, warn_at=None)


def promised(
    case: Case, target: TargetRow, now: datetime, *, next_asked_at: datetime | None = None
) -> dict[str, Commitment]:
    """Return what a target promises for a case, by kind, not stored yet.

    A next answer is owed when something was asked since the first.
    """
    terms, calendar = terms_of(case, target, now)
    starts = {
        Kind.ACKNOWLEDGEMENT: case.opened_at,
        Kind.FIRST_ANSWER: case.opened_at,
        Kind.NEXT_ANSWER: next_asked_at,
        Kind.RESOLUTION: case.opened_at,
    }
    rows = {
        kind: _commitment(case, kind, terms, calendar, start, now)
        for kind, start in starts.items()
        if start and kind in terms.targets
    }
    if Kind.ACKNOWLEDGEMENT in rows and case.channel in SEEN_AT_ONCE:
        rows[Kind.ACKNOWLEDGEMENT].met_at = case.opened_at
        restate(rows[Kind.ACKNOWLEDGEMENT], (), now)
    return {str(kind): row for kind, row in rows.items()}


def terms_of(case: Case, target: TargetRow, now: datetime) -> tuple[Terms, Calendar]:
    """Return the terms that count for a case, and their calendar: round the clock for an urgent one.

    Terms that the town wrote for urgent cases keep the calendar they name.
    """
    promise = target.promise_at(now)
    terms = promise.terms_for(case.priority, case.channel, lambda: queries.areas_of(case.pk))
    if case.priority == Priority.URGENT and terms is promise.usual:
        return terms, round_the_clock(case.municipality, now)
    return terms, queries.calendar_of(target, terms)


def round_the_clock(town: Municipality, now: datetime) -> Calendar:
    """Return the town's calendar that never closes, made when it is first needed."""
    found = Calendar.objects.select_related("revision").filter(municipality=town, code=ROUND_THE_CLOCK)
    return found.first() or publish_calendar(
        municipality=town,
        code=ROUND_THE_CLOCK,
        name=dict(NAME_OF_ROUND_THE_CLOCK),
        hours=never_closes(town.time_zone),
        by_user_id=None,
        now=now,
    )


def _commitment(
    case: Case, kind: Kind, terms: Terms, calendar: Calendar, started_at: datetime, now: datetime
) -> Commitment:
    one = Commitment(
        municipality_id=case.municipality_id,
        case=case,
        kind=kind,
        target=str(terms.targets[kind]),
        paused_by=",".join(sorted(terms.pausing(kind))),
        is_legal=kind in terms.legal,
        calendar=calendar,
        started_at=started_at,
    )
    restate(one, (), now)
    return one


def _follow_up(case: Case, waiting: CaseState, until: datetime | None, at: datetime) -> datetime | None:
    """Return when a case that waits is to be looked at."""
    days = queries.waiting_days(case.service_id)[WAITING_DAYS[waiting]]
    is_counted = waiting == CaseState.SCHEDULED and until is not None and days
    calendar = queries.calendar_for(case.municipality_id, case.service_id) if is_counted else None
    return follow_up(waiting, days, calendar.hours if calendar else None, until, at)


def _case(case_id: int) -> Case:
    return case_rows([case_id]).get()


def _pauses(case_id: int) -> list[Pause]:
    return list(Pause.objects.filter(case_id=case_id))


def _end_pause(case_id: int, at: datetime) -> None:
    Pause.objects.filter(case_id=case_id, to_at__isnull=True).update(to_at=at)


def _current(case_id: int) -> QuerySet[Commitment]:
    return Commitment.objects.filter(case_id=case_id, is_current=True)


def _owed(case_id: int) -> QuerySet[Commitment]:
    return _current(case_id).filter(met_at__isnull=True, state__in=OWED)
