"""What reactions would do to a case, played through on its facts alone. No database."""

import dataclasses
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from moked.cases import facts as case_facts
from moked.cases.rules import CLOSED, STATE_OF_OUTCOME, Outcome
from moked.processes.actions import Action, ActionKind, priority_after
from moked.processes.facts import Fact
from moked.processes.rules import Chain, Reaction
from moked.processes.triggers import TriggerKind

PRIORITY = case_facts.Fact.PRIORITY
LACKS_PROOF, IS_IN_REVIEW = "lacks_proof", "is_in_review"
"""What the guards of actions ask, besides the facts that conditions know."""


@dataclasses.dataclass(frozen=True)
class Effect:
    """One thing that would be done; `was` and `would_be` are codes, empty for what has no before."""

    action: Action
    was: str = ""
    would_be: str = ""


@dataclasses.dataclass(frozen=True)
class Played:
    """A reaction that would be done, by its number from 1, with its effects; or why it would not."""

    number: int
    effects: tuple[Effect, ...] = ()
    problem: str = ""


class Refused(Exception):
    """A case does not allow what a reaction would do; the code says why."""


@dataclasses.dataclass(frozen=True)
class _Step:
    kind: TriggerKind
    state: str
    chain: Chain
    only: frozenset[int] | None = None

    def concerns(self, number: int, reaction: Reaction) -> bool:
        """Tell whether a reaction waits for this."""
        return reaction.trigger.answers(self.kind, self.state) if self.only is None else number in self.only


class Player:
    """Reactions that are played through on many cases; looked up by what they wait for."""

    def __init__(self, reactions: Sequence[Reaction]) -> None:
        self._by_kind: dict[TriggerKind, list[tuple[int, Reaction]]] = {}
        for number, reaction in enumerate(reactions, 1):
            self._by_kind.setdefault(reaction.trigger.kind, []).append((number, reaction))

    def play(
        self, kind: TriggerKind, state: str, facts: dict[str, Any], only: Iterable[int] | None = None
    ) -> Iterator[Played]:
        """Yield what would be done upon a change, and in turn upon what that changes; `facts` follow along.

        `only` are the numbers of the reactions that are due, where the change alone does not say so.
        """
        waiting = deque([_Step(kind, state, Chain(), None if only is None else frozenset(only))])
        while waiting:
            step = waiting.popleft()
            for number, reaction in self._by_kind.get(step.kind, ()):
                if (
                    not step.concerns(number, reaction)
                    or not _still(step, facts)
                    or not reaction.holds(facts)
                ):
                    continue
                played = _do(number, reaction, step.chain, facts)
                if played is None:
                    continue
                yield played
                for effect in played.effects:
                    if follows := _FOLLOWS.get(effect.action.kind):
                        chain = step.chain.with_next(reaction.code)
                        waiting.append(_Step(follows, effect.would_be, chain))


_FOLLOWS = {ActionKind.PRIORITY: TriggerKind.PRIORITY_CHANGED, ActionKind.CLOSE: TriggerKind.CLOSED}


def _still(step: _Step, facts: dict[str, Any]) -> bool:
    match step.kind:
        case TriggerKind.MOVED | TriggerKind.STATE_LASTS:
            return bool(facts[Fact.STATE] == step.state)
        case TriggerKind.PRIORITY_CHANGED:
            return bool(facts[PRIORITY] == step.state)
        case TriggerKind.CLOSED:
            return facts[Fact.STATE] in CLOSED
        case TriggerKind.REOPENED | TriggerKind.UNANSWERED:
            return facts[Fact.STATE] not in CLOSED
    return True


def _do(number: int, reaction: Reaction, chain: Chain, facts: dict[str, Any]) -> Played | None:
    before = dict(facts)
    try:
        effects = tuple(effect for action in reaction.actions if (effect := effect_of(action, facts)))
    except Refused as refusal:
        facts.update(before)
        return Played(number, problem=str(refusal))
    if not effects:
        return None
    if not chain.allows(reaction.code):
        facts.update(before)
        return Played(number, problem="CHAIN_ENDED")
    return Played(number, effects)


def effect_of(action: Action, facts: dict[str, Any]) -> Effect | None:
    """Return what an action would do, None for nothing, and let the facts follow. Raises Refused."""
    is_closed = facts[Fact.STATE] in CLOSED
    match action.kind:
        case ActionKind.PRIORITY:
            was, after = facts[PRIORITY], priority_after(action, facts[PRIORITY])
            return _changed(action, facts, PRIORITY, was, after, is_closed)
        case ActionKind.GIVE:
            was, after = facts[Fact.DEPARTMENT], action.department
            if was == after and action.team in {"", facts[Fact.TEAM]} and action.person is None:
                return None
            facts[Fact.TEAM] = action.team
            facts[Fact.IS_ASSIGNED] = action.person is not None
            return _changed(action, facts, Fact.DEPARTMENT, was, after, is_closed, always=True)
        case ActionKind.LABEL:
            new = [one for one in action.add_labels if one not in facts[Fact.LABELS]]
            if not new:
                return None
            facts[Fact.LABELS] = [*facts[Fact.LABELS], *new]
        case ActionKind.CLOSE:
            if is_closed:
                raise Refused("WRONG_STATE")
            if action.outcome == Outcome.FIXED and facts.get(LACKS_PROOF):
                raise Refused("PROOF_NEEDED")
            facts[Fact.OUTCOME] = action.outcome
            after = str(STATE_OF_OUTCOME[Outcome(action.outcome)])
            return _changed(action, facts, Fact.STATE, facts[Fact.STATE], after, is_closed)
        case ActionKind.REVIEW:
            if not is_closed or facts.get(IS_IN_REVIEW):
                return None
            facts[IS_IN_REVIEW] = True
    return Effect(action)


def _changed(
    action: Action,
    facts: dict[str, Any],
    field: str,
    was: str,
    after: str,
    is_closed: bool,
    *,
    always: bool = False,
) -> Effect | None:
    if was == after and not always:
        return None
    if is_closed:
        raise Refused("WRONG_STATE")
    facts[field] = after
    return Effect(action, was, after)
