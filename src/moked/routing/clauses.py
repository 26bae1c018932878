"""Which cases a rule is about: clauses that all have to hold, as people choose them. No database.

Kept as a condition of `base`, so that there is one evaluator; `read` understands what `Clauses.condition`
says.
"""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from moked.base import conditions
from moked.base.conditions import All, AnyOf, BadCondition, Comparison, FieldType, Kind, Node, Operator
from moked.cases.facts import FIELDS, Fact, answer_field, question_of

Area = tuple[str, str]
Options = tuple[str, ...]


LONGEST_SHOWN = 200


class UnreadableClauses(ValueError):
    """A condition says something that no clauses can say; the message says what, in words."""


@dataclasses.dataclass(frozen=True)
class Clauses:
    """What has to be so; whatever is left empty may be anything.

    `areas` are codes of `area_kind`; a kind without areas means any area of that kind. Times are `HH:MM` of
    the town, from `begins` until before `ends`, over midnight where that is earlier; both or neither.
    `answers` are questions, each with the options that fit.
    """

    services: tuple[str, ...] = ()
    life_events: tuple[str, ...] = ()
    area_kind: str = ""
    areas: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""
    answers: tuple[tuple[str, Options], ...] = ()

    @property
    def condition(self) -> dict[str, Any] | None:
        """The condition all this comes to; None when any case fits."""
        parts = list(self._parts())
        return {"all": parts} if parts else None

    def _parts(self) -> Iterator[dict[str, Any]]:
        for fact, name in _LISTS.items():
            if (values := getattr(self, name)) and fact != Fact.WORDS:
                yield {"field": str(fact), str(Operator.ONE_OF): list(values)}
        if self.area_kind and not self.areas:
            yield {"field": str(Fact.AREA_KINDS), str(Operator.ONE_OF): [self.area_kind]}
        elif self.areas:
            named = [f"{self.area_kind}/{code}" for code in self.areas]
            yield {"field": str(Fact.AREAS), str(Operator.ONE_OF): named}
        if self.begins:
            yield from self._times()
        for code, options in self.answers:
            # Whether one option or several may be chosen, the question says; here any of them will do.
            yield {"field": answer_field(code), str(Operator.ONE_OF): list(options)}
        if self.words:
            # Last, since a text is looked through only where everything else holds.
            yield {"field": str(Fact.WORDS), str(Operator.MENTIONS): list(self.words)}

    def _times(self) -> Iterator[dict[str, Any]]:
        since = {"field": str(Fact.TIME), str(Operator.AT_LEAST): self.begins}
        until = {"field": str(Fact.TIME), str(Operator.LESS_THAN): self.ends}
        if self.begins < self.ends:
            yield since
            yield until
        else:
            yield {"any": [since, until]}

    def area_that_fits(self, areas: Collection[str]) -> str | None:
        """Return the first of a case's areas, as `KIND/code`, that is named here; None when none is."""
        named = {f"{self.area_kind}/{code}" for code in self.areas}
        fitting = (one for one in sorted(areas) if one in named or self._takes_any(one))
        return next(fitting, None)

    def _takes_any(self, area: str) -> bool:
        return not self.areas and bool(self.area_kind) and area.partition("/")[0] == self.area_kind


_LISTS = {
    Fact.SERVICE: "services",
    Fact.LIFE_EVENTS: "life_events",
    Fact.CHANNEL: "channels",
    Fact.LANGUAGE: "languages",
    Fact.PRIORITY: "priorities",
    Fact.WORDS: "words",
    Fact.DOMAIN: "domains",
    Fact.WEEKDAY: "weekdays",
}


def read(condition: Any) -> tuple[Clauses, Node | None]:
    """Return the clauses of a condition and the condition as a tree, which is what is asked.

    Raises UnreadableClauses for another shape, and for what its fields cannot be asked.
    """
    if condition is None:
        return Clauses(), None
    try:
        node = conditions.parse(condition)
        found = Clauses(**_found(node))
        conditions.check(condition, _fields(found))
    except BadCondition as problem:
        raise UnreadableClauses(str(problem)) from problem
    if found.condition is None or conditions.parse(found.condition) != node:
        raise UnreadableClauses(str(condition)[:LONGEST_SHOWN])
    return found, node


def _found(node: Node) -> dict[str, Any]:
    if not isinstance(node, All):
        raise BadCondition(str(node)[:LONGEST_SHOWN])
    found: dict[str, Any] = {}
    for part in _flat(node.parts):
        if not part.value:
            raise BadCondition(part.field)
        code = question_of(part.field)
        if code is not None:
            found["answers"] = (*found.get("answers", ()), (code, part.value))
        elif part.field == Fact.AREA_KINDS:
            found["area_kind"] = next(iter(part.value), "")
        elif part.field == Fact.AREAS:
            pairs = [str(one).partition("/")[::2] for one in part.value]
            found["area_kind"], found["areas"] = pairs[0][0], tuple(code for _kind, code in pairs)
        elif part.field == Fact.TIME:
            found["begins" if part.operator == Operator.AT_LEAST else "ends"] = part.value
        elif part.field in _LISTS:
            found[_LISTS[Fact(part.field)]] = part.value
        else:
            raise BadCondition(part.field)
    return found


def _flat(parts: Sequence[Node]) -> Iterator[Comparison]:
    for part in parts:
        if isinstance(part, Comparison) and isinstance(part.value, tuple | str):
            yield part
        elif isinstance(part, AnyOf):
            yield from _flat(part.parts)
        else:
            raise BadCondition(str(part)[:LONGEST_SHOWN])


def _fields(found: Clauses) -> dict[str, FieldType]:
    """Return the fields that may be asked: those of every case, and the answers that are named."""
    return FIELDS | {answer_field(code): FieldType(Kind.CHOICES) for code, _options in found.answers}
