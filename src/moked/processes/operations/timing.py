"""Reactions that are a matter of time: found when due, decided by the facts, counted anew with the rules."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from moked.base.pace import Pace
from moked.cases.models import Case
from moked.events.subscribers import LeaseLost
from moked.municipalities.models import Municipality
from moked.processes.models import Timer
from moked.processes.operations.planning import plan
from moked.processes.operations.reacting import Matter, keep, locked_cases, matters_of
from moked.processes.queries import Clocks, Due, dues_of, in_force
from moked.processes.rules import Chain
from moked.processes.triggers import TriggerKind

FIRST, FEWEST, BATCH = 10, 5, 50
log = structlog.get_logger("moked.processes")


def react_on_time(now: datetime) -> str:
    """Do the reactions that are due by now, a few cases of a town in each transaction."""
    done, failed, pace = 0, 0, Pace(FIRST, fewest=FEWEST, most=BATCH)
    for municipality_id, case_ids in _due(now, pace):
        began = time.monotonic()
        try:
            done += _react(municipality_id, case_ids, now)
        except Exception:  # noqa: BLE001 - whatever it was, it is told of the case on which it happens
            # One case must not keep the others waiting; it is tried again with the next sweep.
            for case_id in case_ids:
                try:
                    done += _react(municipality_id, [case_id], now)
                except Exception:
                    failed += 1
                    log.exception("reaction_failed", case=case_id)
        pace.learn(len(case_ids), time.monotonic() - began)
    return f"{done} reactions done" + (f", {failed} cases failed" if failed else "")


def _due(now: datetime, pace: Pace) -> Iterator[tuple[int, list[int]]]:
    """Yield the cases on which something is due, each once: those of a town, as many as the pace allows."""
    last, due = 0, Timer.objects.filter(due_at__lte=now).order_by("id")
    seen: set[int] = set()
    while rows := list(due.filter(id__gt=last).values_list("id", "municipality_id", "case_id")[:BATCH]):
        last = rows[-1][0]
        by_town: dict[int, list[int]] = {}
        for _id, municipality_id, case_id in rows:
            if case_id not in seen:
                seen.add(case_id)
                by_town.setdefault(municipality_id, []).append(case_id)
        for municipality_id, case_ids in by_town.items():
            while case_ids:
                few, case_ids = case_ids[: pace.size], case_ids[pace.size :]
                yield municipality_id, few


@transaction.atomic
def _react(municipality_id: int, case_ids: Sequence[int], now: datetime) -> int:
    """Look at the facts again, do what is due, and plan the next."""
    book, cases = in_force(municipality_id), locked_cases(municipality_id, case_ids)
    if left_out := set(case_ids).difference(case.pk for case in cases):
        Timer.objects.filter(case_id__in=left_out).delete()
    if not cases:
        return 0
    clocks = Clocks(cases[0].municipality)
    dues = dues_of(cases, book.timed, clocks)
    matters = matters_of(cases, book, Chain(), now)
    for matter in matters:
        _do(matter, [one for one in dues.get(matter.case.pk, ()) if one.at <= now])
    keep(matters)
    if any(matter.firings for matter in matters):
        cases = locked_cases(municipality_id, case_ids)
    plan(cases, book.timed, after=now, clocks=clocks)
    return sum(matter.done for matter in matters)


def _do(matter: Matter, due: Sequence[Due]) -> None:
    """Do what is due on a case, the earliest first."""
    waiting = [one for one in due if not matter.was_done(one.reaction.code, one.key)]
    matching = [one for one in waiting if matter.holds(one.reaction)]
    for one in matching:
        # After a long stop the resident is not reminded and told of the closing in one breath.
        if one.at < matching[-1].at and _same_wait(one, matching[-1]):
            matter.pass_over(one.reaction, one.key)
        elif matter.holds(one.reaction) and _goes_on(matter.case, one):
            matter.fire(one.reaction, one.key)


def _same_wait(one: Due, other: Due) -> bool:
    return one.key == other.key


def _goes_on(case: Case, due: Due) -> bool:
    """Tell whether the case is still waiting, after what other reactions have done."""
    trigger = due.reaction.trigger
    return case.is_open and (trigger.kind == TriggerKind.UNANSWERED or trigger.state == case.state)


def replan_town(*, municipality_id: int, may_go_on: Callable[[], bool]) -> int:
    """Count anew when reactions are due on a town's open cases; return on how many there is anything.

    In small transactions, so that others can write in between. Raises LeaseLost when another worker does it.
    """
    timed = in_force(municipality_id).timed
    Timer.objects.filter(municipality_id=municipality_id).exclude(
        code__in=[one.code for one in timed]
    ).delete()
    if not timed:
        return 0
    clocks = Clocks(Municipality.objects.get(id=municipality_id))
    states = [one.trigger.state for one in timed if one.trigger.kind == TriggerKind.STATE_LASTS]
    concerned = Q(state__in=states)
    if any(one.trigger.kind == TriggerKind.UNANSWERED for one in timed):
        concerned |= Q(awaits_answer=True)
    planned, last, pace = 0, 0, Pace(100)
    while True:
        if not may_go_on():
            raise LeaseLost
        began = time.monotonic()
        with transaction.atomic():
            open_cases = Case.objects.filter(
                concerned, municipality_id=municipality_id, is_open=True, is_spam=False, id__gt=last
            )
            ordered = open_cases.select_for_update(of=("self",)).select_related("municipality").order_by("id")
            batch = list(ordered[: pace.size])
            planned += plan(batch, timed, clocks=clocks)
        if not batch:
            return planned
        last = batch[-1].pk
        pace.learn(len(batch), time.monotonic() - began)
