"""What each case adds to the figures, read anew from the case as it is now."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from moked.cases.models import Case, CaseArea, Change, Contact, Participant
from moked.cases.rules import ChangeKind, Outcome, State
from moked.catalogue.rules import Priority
from moked.insights import working
from moked.insights.models import CaseFact
from moked.insights.rules import NOT_DONE, REPEAT_WITHIN, Kept, Standing
from moked.places.rules import AreaKind
from moked.sla.commitments import PAUSED_BY_DEFAULT, Kind
from moked.surveys.models import Survey

FIGURES_AREA = AreaKind.DISTRICT
_CASE = (
    *("id", "service_id", "service__is_confidential", "department_id", "channel", "assignee_id"),
    *("latitude", "longitude", "is_outside", "opened_at", "state", "is_open", "closed_at"),
    *("closing_is_dated", "closings", "promise_state", "was_reopened", "closed_at_first_contact"),
    *("team_id", "outcome", "priority", "is_imported"),
)
WAITING = PAUSED_BY_DEFAULT[Kind.RESOLUTION]
"""States in which a case waits for somebody else."""
_MINUTE = timedelta(minutes=1)


def of_cases(
    municipality_id: int, zone: ZoneInfo, generation: int, case_ids: Iterable[int]
) -> dict[int, CaseFact]:
    """Return the facts of those of the cases that exist and are no spam, but for what `link` finds."""
    found = Case.objects.filter(id__in=list(case_ids)).values("municipality_id", "is_spam", *_CASE)
    # Picked here: a planner that does not know the tables yet would read the whole town for them.
    cases = [one for one in found if one["municipality_id"] == municipality_id and not one["is_spam"]]
    ids = [case["id"] for case in cases]
    noted, ratings, residents, areas = _noted(ids), _ratings(ids), _residents(ids), _areas(ids)
    imported = [case["id"] for case in cases if case["is_imported"]]
    answers, took = _first_answers(ids, imported, noted), working.of_cases(ids)
    facts = {}
    for case in cases:
        standing = _standing(case)
        is_dated = standing == Standing.CLOSED and case["closing_is_dated"]
        opened_on = case["opened_at"].astimezone(zone).date()
        closed_at = case["closed_at"] if is_dated else None
        answered_at = min((at for at in (answers.get(case["id"]), closed_at) if at), default=None)
        is_hidden = case["service__is_confidential"] or case["is_outside"]
        kept_by, closed_on = took[case["id"]], _closed_on(standing, closed_at, opened_on, zone)
        facts[case["id"]] = CaseFact(
            case_id=case["id"],
            municipality_id=municipality_id,
            generation=generation,
            service_id=case["service_id"],
            is_confidential=case["service__is_confidential"],
            department_id=case["department_id"],
            team_id=case["team_id"],
            area_id=areas.get(case["id"]),
            channel=case["channel"],
            assignee_id=case["assignee_id"],
            resident_id=residents.get(case["id"]),
            latitude=None if is_hidden else case["latitude"],
            longitude=None if is_hidden else case["longitude"],
            opened_at=case["opened_at"],
            opened_on=opened_on,
            standing=standing,
            closed_on=closed_on,
            minutes_to_answer=_minutes(case["opened_at"], answered_at),
            minutes_to_close=_minutes(case["opened_at"], closed_at),
            promise=Kept(case["promise_state"]) if is_dated and case["promise_state"] in set(Kept) else "",
            rating=ratings.get((case["id"], case["closings"])) if standing == Standing.CLOSED else None,
            was_reopened=case["was_reopened"],
            ended_at_once=standing == Standing.CLOSED and case["closed_at_first_contact"],
            is_first_contact=standing == Standing.CLOSED and case["closed_at_first_contact"],
            is_repeat=False,
            is_waiting=case["state"] in WAITING,
            was_handed_over=case["id"] in noted.handed_over,
            set_aside_on=_set_aside_on(case, standing, closed_on, zone),
            working_to_answer=kept_by.answer.minutes,
            answer_promise=kept_by.answer.promise,
            working_to_end=kept_by.end.minutes if is_dated else None,
            end_promise=kept_by.end.promise if is_dated else "",
            urgent_to_answer=_urgent_to_answer(case, answered_at, noted.priorities.get(case["id"], ())),
        )
    return facts


def link(facts: Sequence[CaseFact]) -> None:
    """Mark which of one resident's facts repeat an earlier one, and thereby cancel its first-contact end."""
    matters: dict[int, list[CaseFact]] = {}
    for fact in sorted(facts, key=lambda one: (one.opened_at, one.case_id)):
        fact.is_repeat, fact.is_first_contact = False, fact.ended_at_once
        matters.setdefault(fact.service_id, []).append(fact)
    for of_service in matters.values():
        for earlier, later in pairwise(of_service):
            if later.opened_at - earlier.opened_at <= REPEAT_WITHIN:
                later.is_repeat, earlier.is_first_contact = True, False


def _standing(case: Mapping[str, Any]) -> Standing:
    if case["is_open"]:
        return Standing.OPEN
    return Standing.MERGED if case["state"] == State.MERGED else Standing.CLOSED


def _closed_on(standing: Standing, closed_at: datetime | None, opened_on: Any, zone: ZoneInfo) -> Any:
    """Return when a case counts as closed: where nobody knows when that was, when it was opened."""
    if standing != Standing.CLOSED:
        return None
    return closed_at.astimezone(zone).date() if closed_at else opened_on


def _set_aside_on(case: Mapping[str, Any], standing: Standing, closed_on: Any, zone: ZoneInfo) -> Any:
    """Return when a case was merged, withdrawn or passed on as not ours; None for every other."""
    if standing == Standing.MERGED:
        return case["closed_at"].astimezone(zone).date()
    return closed_on if standing == Standing.CLOSED and case["outcome"] in NOT_DONE else None


def _urgent_to_answer(
    case: Mapping[str, Any], answered_at: datetime | None, changes: Sequence[tuple[datetime, str, str]]
) -> int | None:
    """Return the minutes by the clock in which a case was answered that was urgent then.

    They count from when it came in or, where it became urgent later, from then. What its resident withdrew
    before anybody said anything was not answered.
    """
    if answered_at is None or (
        case["outcome"] == Outcome.WITHDRAWN_BY_RESIDENT and answered_at == case["closed_at"]
    ):
        return None
    priority, since = changes[0][1] if changes else case["priority"], case["opened_at"]
    for at, _before, after in changes:
        if at <= answered_at:
            since = at if priority != Priority.URGENT else since
            priority = after
    return _minutes(since, answered_at) if priority == Priority.URGENT else None


def _minutes(start: datetime, end: datetime | None) -> int | None:
    return max(0, (end - start) // _MINUTE) if end else None


@dataclasses.dataclass
class _Noted:
    """What timelines tell: when an answer was given whose words nobody has, each change of a priority (when,
    from what and to what, in order), and which cases an external body ever had.
    """

    answers: dict[int, datetime] = dataclasses.field(default_factory=dict)
    priorities: dict[int, list[tuple[datetime, str, str]]] = dataclasses.field(default_factory=dict)
    handed_over: set[int] = dataclasses.field(default_factory=set)


def _noted(case_ids: list[int]) -> _Noted:
    told = Q(kind__in=[ChangeKind.ANSWERED, ChangeKind.PRIORITY])
    told |= Q(kind=ChangeKind.STATE, after=State.WITH_EXTERNAL_BODY)
    rows = Change.objects.filter(told, case_id__in=case_ids).order_by("id")
    found = _Noted()
    for case_id, kind, at, before, after in rows.values_list("case_id", "kind", "at", "before", "after"):
        if kind == ChangeKind.ANSWERED:
            found.answers[case_id] = min(at, found.answers.get(case_id, at))
        elif kind == ChangeKind.PRIORITY:
            found.priorities.setdefault(case_id, []).append((at, before, after))
        else:
            found.handed_over.add(case_id)
    return found


def _first_answers(case_ids: list[int], imported: list[int], noted: _Noted) -> dict[int, datetime]:
    """Return when a person first wrote to the resident; in a history brought here, anybody."""
    said = Contact.objects.filter(case_id__in=case_ids, direction=Contact.Direction.OUT)
    said = said.filter(Q(author__isnull=False) | Q(case_id__in=imported))
    first = dict(noted.answers)
    for case_id, at in said.values_list("case_id").annotate(at=Min("at")):
        if case_id is not None:
            first[case_id] = min(at, first.get(case_id, at))
    return first


def _ratings(case_ids: list[int]) -> dict[tuple[int, int], int]:
    rated = Survey.objects.filter(case_id__in=case_ids, rating__isnull=False)
    return {
        (case_id, closing): rating
        for case_id, closing, rating in rated.values_list("case_id", "closing", "rating")
        if rating is not None
    }


def _residents(case_ids: list[int]) -> dict[int, int]:
    """Return whose each case is; residents merged into one are one."""
    reporters = Participant.objects.filter(
        case_id__in=case_ids, role=Participant.Role.REPORTER, resident__isnull=False
    )
    whose = Coalesce("resident__known_as", "resident_id")
    rows = reporters.order_by("-id").values_list("case_id", whose)
    return {case_id: resident_id for case_id, resident_id in rows if case_id and resident_id}


def _areas(case_ids: list[int]) -> dict[int, int]:
    """Return the area of the figures' kind that each case lies in; of several, the one first made."""
    rows = CaseArea.objects.filter(case_id__in=case_ids, area__kind=FIGURES_AREA)
    return dict(rows.order_by("-area_id").values_list("case_id", "area_id"))
