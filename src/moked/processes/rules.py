"""Reactions: what is done by itself when something happens on a case, or nothing does. No database.

Unlike routing, all that match are done, in order. A reaction keeps its code when it is moved or changed, so
that what was done before is known.
"""

import dataclasses
import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from moked.base import conditions
from moked.base.labels import Labels, are_labels, label, say_something
from moked.cases import facts as case_facts
from moked.cases.facts import question_of
from moked.processes import actions, triggers
from moked.processes.actions import ONLY_OPEN, Action, ActionKind
from moked.processes.facts import FIELDS, Fact
from moked.processes.triggers import MAY_BE_CLOSED, ON_CLOSED, Trigger

MOST_REACTIONS = 200
MOST_ACTIONS = 8
LONGEST_NAME = 120
DEEPEST = 5
"""How many reactions may follow from one another."""
_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)


class BadReactions(ValueError):
    """Reactions are not as they must be; the message says what to change, `number` which one, from 1."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


@dataclasses.dataclass(frozen=True)
class Reaction:
    """When something happens on a case for which the condition holds, do what the actions say."""

    code: str
    name: Labels
    trigger: Trigger
    actions: tuple[Action, ...]
    condition: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def asks(self) -> conditions.Node | None:
        """The condition as a tree; None where there is none."""
        return conditions.parse(self.condition) if self.condition else None

    @functools.cached_property
    def fields(self) -> frozenset[str]:
        """The facts the condition looks at."""
        return conditions.fields_of(self.condition) if self.condition else frozenset()

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the condition holds."""
        return self.asks is None or conditions.holds_parsed(self.asks, facts)

    def name_in(self, language: str, fallback: str) -> str:
        """What it is called."""
        return label(self.name, language, fallback)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        document = {"code": self.code, "name": dict(self.name)} | self.trigger.as_document()
        if self.condition:
            document["if"] = self.condition
        return document | {"actions": [one.as_document() for one in self.actions]}

    def __hash__(self) -> int:
        return hash(self.code)


@dataclasses.dataclass(frozen=True)
class Named:
    """Something of the town that a reaction names: its kind and its code."""

    kind: str
    code: str


def named_by(reaction: Reaction) -> Iterator[Named]:
    """Yield everything that a reaction names and that the town may retire."""
    for one in conditions.comparisons(reaction.asks) if reaction.asks else ():
        if kind := _NAMING.get(one.field):
            values = one.value if isinstance(one.value, tuple) else (one.value,)
            # Whether it is said at all names nothing.
            yield from (Named(kind, value) for value in values if isinstance(value, str))
    for action in reaction.actions:
        if action.department:
            yield Named("department", action.department)
        if action.team:
            yield Named("team", action.team)
        if action.person is not None:
            yield Named("person", str(action.person))
        if action.reply:
            yield Named("reply", action.reply)
        yield from (Named("label", one) for one in action.add_labels)


_NAMING: dict[str, str] = {
    case_facts.Fact.SERVICE: "service",
    case_facts.Fact.AREAS: "area",
    Fact.DEPARTMENT: "department",
    Fact.TEAM: "team",
    Fact.LABELS: "label",
}


def gone_from(reaction: Reaction, known: Collection[Named]) -> Named | None:
    """Return the first thing a reaction names that is not there any more."""
    return next((one for one in named_by(reaction) if one not in known), None)


def check_names(reactions: Iterable[Reaction], known: Collection[Named]) -> None:
    """Raise BadReactions unless everything the reactions name is there."""
    for number, reaction in enumerate(reactions, 1):
        if gone := gone_from(reaction, known):
            raise BadReactions(
                number,
                _("Reaction %(number)d names “%(name)s”, which is no longer there. Change it.")
                % {"number": number, "name": gone.code},
            )


@dataclasses.dataclass(frozen=True)
class Chain:
    """Which reactions, by code, led to a change one after the other; none where a person made it."""

    codes: tuple[str, ...] = ()

    def allows(self, code: str) -> bool:
        """Tell whether another one may follow: none twice, and five at most."""
        return code not in self.codes and len(self.codes) < DEEPEST

    def with_next(self, code: str) -> "Chain":
        """Return the chain that one more has made longer."""
        return Chain((*self.codes, code))


def read(document: Any) -> tuple[Reaction, ...]:
    """Return the reactions of a document; raises BadReactions in words."""
    if not isinstance(document, list) or not all(isinstance(one, Mapping) for one in document):
        raise BadReactions(0, _("Write the reactions as a list."))
    if len(document) > MOST_REACTIONS:
        raise BadReactions(
            MOST_REACTIONS + 1,
            _("There is room for %(most)d reactions. Join some.") % {"most": MOST_REACTIONS},
        )
    found = tuple(_read_one(entry, number) for number, entry in enumerate(document, 1))
    _check_codes(found)
    return found


def _read_one(entry: Mapping[str, Any], number: int) -> Reaction:
    code, name = entry.get("code"), entry.get("name")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _bad(number, "code")
    if not are_labels(name, longest=LONGEST_NAME) or not say_something(name):
        raise _bad(number, "name")
    done = entry.get("actions")
    if not isinstance(done, list) or not 0 < len(done) <= MOST_ACTIONS:
        raise BadReactions(number, _("Say what reaction %(number)d does.") % {"number": number})
    try:
        reaction = Reaction(
            code=code,
            name=dict(name),
            trigger=triggers.read(entry),
            condition=entry.get("if") or {},
            actions=tuple(actions.read(one) for one in done),
        )
    except ValueError as refusal:
        raise _bad(number, str(refusal)) from None
    _check_condition(reaction, number)
    _check_order(reaction, number)
    return reaction


def _bad(number: int, part: str) -> BadReactions:
    words = _("Reaction %(number)d cannot be read: “%(part)s” does not fit. Change it.")
    return BadReactions(number, words % {"number": number, "part": part})


def _check_condition(reaction: Reaction, number: int) -> None:
    if not reaction.condition:
        return
    try:
        asked = conditions.fields_of(reaction.condition)
        answers = {name: conditions.FieldType(conditions.Kind.CHOICE) for name in asked if question_of(name)}
        conditions.check(reaction.condition, FIELDS | answers)
    except conditions.BadCondition as refusal:
        words = _("Reaction %(number)d: %(problem)s")
        raise BadReactions(number, words % {"number": number, "problem": refusal}) from None


def _check_order(reaction: Reaction, number: int) -> None:
    """Refuse what can never be done: an open case has no review, a closed one is not closed again."""
    kinds = [one.kind for one in reaction.actions]
    if len(set(kinds)) < len(kinds):
        words = _("Reaction %(number)d does the same thing twice. Take one out.")
        raise BadReactions(number, words % {"number": number})
    if reaction.trigger.kind in ON_CLOSED and any(kind in ONLY_OPEN for kind in kinds):
        words = _(
            "Reaction %(number)d changes a case that is closed by then. Let a person look at it instead."
        )
        raise BadReactions(number, words % {"number": number})
    if reaction.trigger.kind not in MAY_BE_CLOSED and ActionKind.REVIEW in kinds:
        words = _(
            "Reaction %(number)d asks for a review of a case that is still open. Tell a colleague instead."
        )
        raise BadReactions(number, words % {"number": number})


def _check_codes(reactions: Sequence[Reaction]) -> None:
    seen: set[str] = set()
    for number, reaction in enumerate(reactions, 1):
        if reaction.code in seen:
            raise _bad(number, "code")
        seen.add(reaction.code)


def fields_asked(reactions: Iterable[Reaction]) -> frozenset[str]:
    """Return the facts that any of the reactions looks at, to ask or to see what there is to do."""
    return frozenset(field for reaction in reactions for field in reaction.fields | _seen_by(reaction))


def _seen_by(reaction: Reaction) -> frozenset[str]:
    return frozenset(Fact.LABELS for action in reaction.actions if action.add_labels)
