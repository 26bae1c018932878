"""React to what happened on a case: all that match, in order, each once.

A change is reacted to after it was committed, from the outbox. Whether a condition holds is asked with the
case locked, and again after each reaction that was done. What reactions do may be reacted to in turn; the
events that come of it carry the codes of what led to them, so that such a chain ends.
"""

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from moked.base.rows import insert, new
from moked.cases import operations as cases
from moked.cases.models import Case, Change
from moked.cases.operations import UnableToChangeCase
from moked.cases.rules import ChangeKind
from moked.events.operations import collected
from moked.processes.models import Echo, Firing
from moked.processes.operations.acting import has_effect, perform
from moked.processes.operations.planning import plan
from moked.processes.queries import Book, facts_of, in_force
from moked.processes.rules import Chain, Reaction, gone_from, named_by
from moked.processes.triggers import TriggerKind, enough_joined
from moked.sla.commitments import State
from moked.sla.models import Commitment

RESULT = Firing.Result
Facts = Callable[[], Mapping[int, Mapping[str, Any]]]


@dataclasses.dataclass(frozen=True)
class Occurrence:
    """What happened on a case: `state` is what state or priority it got, or which promise was broken, and
    `commitment_id` its row; no kind only moves what is timed.
    """

    kind: TriggerKind | None
    state: str = ""
    commitment_id: int = 0


def react(*, municipality_id: int, case_id: int, occurrence: Occurrence, event_id: int, now: datetime) -> int:
    """Do what the town's reactions say about an event, and plan those that are a matter of time.

    Doing it again does nothing. Returns how many were done.
    """
    book = in_force(municipality_id)
    kind = occurrence.kind
    answering = [one for one in book.reactions if kind and one.trigger.answers(kind, occurrence.state)]
    if not answering and not book.timed:
        return 0
    with transaction.atomic():
        cases = locked_cases(municipality_id, [case_id])
        if not cases:
            return 0
        (matter,) = matters_of(cases, book, chain_of(event_id), now)
        # A promise that other hours made good and that breaks once more is the same matter.
        promise = occurrence.commitment_id
        key = f"promise:{promise}" if promise else f"event:{event_id}"
        for reaction in answering:
            matter.react(reaction, key, occurrence)
        keep([matter])
        if book.timed:
            plan([matter.case], book.timed)
        return matter.done


def locked_cases(municipality_id: int, case_ids: Collection[int]) -> list[Case]:
    """Return those cases that may be reacted on, locked, with what facts are read from."""
    rows = Case.objects.select_for_update(of=("self",)).select_related(
        "municipality", "service", "department", "team"
    )
    of_town = {"municipality_id": municipality_id, "is_spam": False, "merged_into__isnull": True}
    # In the order in which whoever changes two cases locks them.
    return list(rows.filter(id__in=case_ids, **of_town).order_by("id"))


def chain_of(event_id: int) -> Chain:
    """Return which reactions led to an event; none for what a person did."""
    codes = Echo.objects.filter(event_id=event_id).values_list("codes", flat=True).first()
    return Chain(tuple(codes.split(","))) if codes else Chain()


class Matter:
    """One locked case that reactions look at one after the other; its facts are read again after a change.

    `kept` is what was done on it before, `firings` what is to be kept of what was done now.
    """

    def __init__(
        self, case: Case, book: Book, chain: Chain, now: datetime, kept: set[tuple[str, str]], facts: Facts
    ) -> None:
        self.book, self.chain, self.now = book, chain, now
        self.done = 0
        self.firings: list[Firing] = []
        self._case, self._is_stale = case, False
        self._kept, self._read_facts = kept, facts

    @property
    def case(self) -> Case:
        """The case as the last reaction left it."""
        if self._is_stale:
            # It is locked, and no action hides or merges it.
            (self._case,) = locked_cases(self._case.municipality_id, [self._case.pk])
            self._is_stale, self._read_facts = False, _facts_of([self._case], self.book)
        return self._case

    def react(self, reaction: Reaction, key: str, occurrence: Occurrence) -> None:
        """Do what a reaction says, unless it was done about this already or does not match (any more)."""
        if not _still(self.case, occurrence):
            return
        joined = self._last_who_joined(reaction)
        if joined is not None:
            if not joined:
                return
            key = f"joined:{joined}"
        if self.was_done(reaction.code, key) or not self.holds(reaction):
            return
        self.fire(reaction, key)

    def holds(self, reaction: Reaction) -> bool:
        """Tell whether the condition holds now."""
        case = self.case
        return reaction.asks is None or reaction.holds(self._read_facts()[case.pk])

    def was_done(self, code: str, key: str) -> bool:
        """Tell whether a reaction was done, or not done for a reason, about this already."""
        return (code, key) in self._kept

    def fire(self, reaction: Reaction, key: str) -> None:
        """Do what a matching reaction says; where it cannot be done, say so on the timeline."""
        if not any(has_effect(action, self.case) for action in reaction.actions):
            self._keep(reaction, key, RESULT.NO_EFFECT)
            return
        if not self.chain.allows(reaction.code):
            self._not_done(reaction, key, RESULT.CHAIN_ENDED, RESULT.CHAIN_ENDED)
            return
        if any(named_by(reaction)) and (gone := gone_from(reaction, self.book.known)):
            self._not_done(reaction, key, RESULT.TARGET_GONE, gone.kind.upper())
            return
        try:
            with transaction.atomic(), collected() as event_ids:
                self._say(reaction, "")
                for action in reaction.actions:
                    if has_effect(action, self.case):
                        perform(action, self.case, self.now)
                self._mark(event_ids, self.chain.with_next(reaction.code))
        except UnableToChangeCase as refusal:
            self._is_stale = True
            self._not_done(reaction, key, RESULT.FAILED, refusal.code)
            return
        self._keep(reaction, key)
        self.done += 1
        self._is_stale = True

    def pass_over(self, reaction: Reaction, key: str) -> None:
        """Note that a later reaction was done instead."""
        self._keep(reaction, key, RESULT.PASSED_OVER)

    def _not_done(self, reaction: Reaction, key: str, result: Firing.Result, problem: str) -> None:
        self._keep(reaction, key, result, problem)
        self._say(reaction, problem)

    def _keep(
        self, reaction: Reaction, key: str, result: Firing.Result = RESULT.DONE, problem: str = ""
    ) -> None:
        self._kept.add((reaction.code, key))
        self.firings.append(
            new(
                Firing,
                municipality_id=self._case.municipality_id,
                case_id=self._case.pk,
                code=reaction.code,
                key=key,
                at=self.now,
                revision=self.book.revision,
                result=result,
                problem=problem,
            )
        )

    def _say(self, reaction: Reaction, problem: str) -> None:
        cases.record_reaction(
            case=self.case, code=reaction.code, revision=self.book.revision, problem=problem, now=self.now
        )

    def _mark(self, event_ids: Iterable[int], chain: Chain) -> None:
        """Let what came of a reaction be known as such."""
        insert(
            new(
                Echo,
                event_id=event_id,
                municipality_id=self.case.municipality_id,
                codes=",".join(chain.codes),
            )
            for event_id in event_ids
        )

    def _last_who_joined(self, reaction: Reaction) -> int | None:
        """Return the last of enough people who joined in time and were not counted yet; 0 for too few.

        None for a reaction to anything else.
        """
        trigger = reaction.trigger
        if trigger.kind != TriggerKind.JOINED:
            return None
        keys = (key.partition(":") for code, key in self._kept if code == reaction.code)
        counted = max((int(pk) for what, _sep, pk in keys if what == "joined"), default=0)
        rows = Change.objects.filter(case=self.case, kind=ChangeKind.JOINED, id__gt=counted)
        joined = list(rows.order_by("id").values_list("id", "at"))
        return enough_joined(joined, trigger.count, trigger.hours)


def matters_of(cases: Sequence[Case], book: Book, chain: Chain, now: datetime) -> list[Matter]:
    """Return what reactions look at on locked cases of a town; what all of them need is read once."""
    kept: dict[int, set[tuple[str, str]]] = {case.pk: set() for case in cases}
    for case_id, *done in Firing.objects.filter(case__in=cases).values_list("case_id", "code", "key"):
        kept[case_id].add((done[0], done[1]))
    facts = _facts_of(cases, book)
    return [Matter(case, book, chain, now, kept[case.pk], facts) for case in cases]


def _facts_of(cases: Sequence[Case], book: Book) -> Facts:
    """Return how the facts of cases are read: when they are first asked for, those of all together."""
    return functools.cache(lambda: facts_of(cases, book.fields))


def keep(matters: Iterable[Matter]) -> None:
    """Note what was done on cases, in the transaction in which it was."""
    insert(one for matter in matters for one in matter.firings)


def _still(case: Case, occurrence: Occurrence) -> bool:
    """Tell whether a case is where what happened left it."""
    match occurrence.kind:
        case TriggerKind.MOVED:
            return case.state == occurrence.state
        case TriggerKind.PRIORITY_CHANGED:
            return case.priority == occurrence.state
        case TriggerKind.CLOSED:
            return not case.is_open
        case TriggerKind.REOPENED:
            return case.is_open
        case TriggerKind.PROMISE_BROKEN:
            return Commitment.objects.filter(id=occurrence.commitment_id, state=State.BROKEN).exists()
    return True
