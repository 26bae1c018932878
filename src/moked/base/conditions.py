"""Conditions on typed fields, kept as JSON: the one evaluator for questions, routing and processes.

A condition is one comparison, or several joined:

    {"field": "depth", "is": "DEEP"}
    {"all": [CONDITION, …]}   {"any": [CONDITION, …]}   {"not": CONDITION}

Answers are JSON as well. A field without one, or with one of another type, fails every comparison but
`"is_answered": false`; `not` turns round whatever is inside.
"""

import dataclasses
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from moked.base.text import Spoken, has_unstorable, searched_words

Condition: TypeAlias = Mapping[str, Any]

DEEPEST = 5
MOST_COMPARISONS = 50
LONGEST_VALUE = 200
MOST_READ = 20_000
"""In so many characters of a text words are looked for: more than a report holds."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class BadCondition(ValueError):
    """A condition is not as it must be; the message is a sentence that says what to change."""


class Kind(StrEnum):
    """What a field holds: text, a number, a day (ISO), a time of the day (HH:MM), one code, several codes, or
    true and false.
    """

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    TIME = "TIME"
    CHOICE = "CHOICE"
    CHOICES = "CHOICES"
    YES_NO = "YES_NO"


@dataclasses.dataclass(frozen=True)
class FieldType:
    """The type of a field; `options` are the codes of a choice, None when any code may be meant."""

    kind: Kind
    options: frozenset[str] | None = None


class Operator(StrEnum):
    """How a field is compared. Of several codes, `one_of` asks for any; `mentions` looks for words in a text
    as `base.text.Spoken` does.
    """

    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    INCLUDES = "includes"
    MENTIONS = "mentions"
    LESS_THAN = "less_than"
    AT_LEAST = "at_least"
    BEFORE = "before"
    AFTER = "after"
    IS_ANSWERED = "is_answered"


_OPERATORS = frozenset(Operator)
_EQUALITY = frozenset({Operator.IS, Operator.IS_NOT, Operator.ONE_OF, Operator.IS_ANSWERED})
OPERATORS: dict[Kind, frozenset[Operator]] = {
    Kind.TEXT: _EQUALITY | {Operator.MENTIONS},
    Kind.NUMBER: _EQUALITY | {Operator.LESS_THAN, Operator.AT_LEAST},
    Kind.DATE: _EQUALITY | {Operator.BEFORE, Operator.AFTER},
    Kind.CHOICE: _EQUALITY,
    Kind.TIME: frozenset({Operator.LESS_THAN, Operator.AT_LEAST, Operator.IS_ANSWERED}),
    Kind.CHOICES: frozenset({Operator.INCLUDES, Operator.ONE_OF, Operator.IS_ANSWERED}),
    Kind.YES_NO: _EQUALITY - {Operator.ONE_OF},
}


_OF_SEVERAL = frozenset({Operator.ONE_OF, Operator.MENTIONS})


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One field compared with a value; that of `one_of` and `mentions` is a tuple."""

    field: str
    operator: Operator
    value: Any


@dataclasses.dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple["Node", ...]


@dataclasses.dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclasses.dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Node"


Node: TypeAlias = Comparison | All | AnyOf | Not


def check(condition: object, fields: Mapping[str, FieldType]) -> None:
    """Raise BadCondition, in words, unless the condition asks only what its fields can answer."""
    found = list(comparisons(parse(condition)))
    if len(found) > MOST_COMPARISONS:
        raise BadCondition(
            _("Shorten the condition: up to %(most)d comparisons fit.") % {"most": MOST_COMPARISONS}
        )
    for comparison in found:
        _check_comparison(comparison, fields)


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Tell whether a checked condition holds for the answers so far; never raises for one that is checked."""
    return holds_parsed(parse(condition), values)


def holds_parsed(node: Node, values: Mapping[str, Any]) -> bool:
    """Tell as `holds` does, of a condition that is asked again and again and was parsed once."""
    # In the order of how often each is met: hundreds of rules are asked while somebody waits.
    if isinstance(node, Comparison):
        answer = values.get(node.field)
        if node.operator is Operator.IS_ANSWERED:
            return _is_answered(answer) is node.value
        return _is_answered(answer) and _COMPARES[node.operator](answer, node.value)
    if isinstance(node, All):
        for part in node.parts:  # noqa: SIM110 - a generator takes twice as long here
            if not holds_parsed(part, values):
                return False
        return True
    if isinstance(node, AnyOf):
        return any(holds_parsed(part, values) for part in node.parts)
    return not holds_parsed(node.part, values)


def comparisons(node: Node) -> Iterator[Comparison]:
    """Yield every comparison of a condition."""
    match node:
        case Comparison():
            yield node
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part):
            yield from comparisons(part)


def fields_of(condition: Condition) -> frozenset[str]:
    """Return the names of the fields a condition looks at."""
    return frozenset(one.field for one in comparisons(parse(condition)))


def parse(condition: object, *, depth: int = 1) -> Node:
    """Return the condition as a tree, for whoever shows it in words. Raises BadCondition on its shape."""
    if depth > DEEPEST:
        raise BadCondition(
            _("Simplify the condition: at most %(most)d levels may lie within each other.")
            % {"most": DEEPEST}
        )
    if not isinstance(condition, Mapping):
        raise BadCondition(_("Write the condition as a comparison, or as all, any or not."))
    match dict(condition):
        case {"all": parts, **rest} if not rest:
            return All(_parts(parts, depth))
        case {"any": parts, **rest} if not rest:
            return AnyOf(_parts(parts, depth))
        case {"not": part, **rest} if not rest:
            return Not(parse(part, depth=depth + 1))
        case {"field": str(field), **rest} if len(rest) == 1:
            return _comparison(field, *rest.popitem())
    raise BadCondition(_("Write the condition as a comparison, or as all, any or not."))


def _parts(parts: object, depth: int) -> tuple[Node, ...]:
    if not isinstance(parts, list | tuple) or not parts:
        raise BadCondition(_("Put at least one condition into each list of conditions."))
    if len(parts) > MOST_COMPARISONS:
        raise BadCondition(
            _("Shorten the condition: up to %(most)d comparisons fit.") % {"most": MOST_COMPARISONS}
        )
    return tuple(parse(part, depth=depth + 1) for part in parts)


def _comparison(field: str, operator: object, value: object) -> Comparison:
    if operator not in _OPERATORS:
        raise BadCondition(
            _("Compare “%(field)s” in one of these ways: %(operators)s.")
            % {"field": field, "operators": ", ".join(Operator)}
        )
    value = tuple(value) if isinstance(value, list | tuple) else value
    return Comparison(field, Operator(str(operator)), value)


def _check_comparison(comparison: Comparison, fields: Mapping[str, FieldType]) -> None:
    named = {"field": comparison.field, "operator": comparison.operator}
    field = fields.get(comparison.field)
    if field is None:
        raise BadCondition(_("The condition asks for “%(field)s”, which is not known at that point.") % named)
    if comparison.operator not in OPERATORS[field.kind]:
        raise BadCondition(
            _("“%(field)s” cannot be compared by “%(operator)s”. Choose from: %(operators)s.")
            % {**named, "operators": ", ".join(one for one in Operator if one in OPERATORS[field.kind])}
        )
    values = comparison.value if comparison.operator in _OF_SEVERAL else (comparison.value,)
    if not isinstance(values, tuple) or not 0 < len(values) <= MOST_COMPARISONS:
        raise BadCondition(_("Name a few values that “%(field)s” is compared with.") % named)
    for value in values:
        _check_value(comparison, field, value)


def _check_value(comparison: Comparison, field: FieldType, value: object) -> None:
    kind = Kind.YES_NO if comparison.operator == Operator.IS_ANSWERED else field.kind
    named = {"field": comparison.field, "value": str(value)[:LONGEST_VALUE]}
    if not _IS_OF[kind](value):
        raise BadCondition(_WRONG_VALUE[kind]() % named)
    if kind in {Kind.CHOICE, Kind.CHOICES} and field.options is not None and value not in field.options:
        raise BadCondition(_("“%(value)s” is not an answer that “%(field)s” offers.") % named)
    if comparison.operator == Operator.MENTIONS and not searched_words(str(value)):
        raise BadCondition(_("Look for words in “%(field)s”: “%(value)s” holds no letter.") % named)


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and not has_unstorable(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def _is_day(value: object) -> bool:
    return _as_day(value) is not None


_IS_OF: dict[Kind, Callable[[object], bool]] = {
    Kind.TEXT: _is_short_text,
    Kind.NUMBER: _is_number,
    Kind.DATE: _is_day,
    Kind.TIME: _is_time,
    Kind.CHOICE: _is_short_text,
    Kind.CHOICES: _is_short_text,
    Kind.YES_NO: lambda value: isinstance(value, bool),
}
_WRONG_VALUE: dict[Kind, Callable[[], str]] = {
    Kind.TEXT: lambda: _("Compare “%(field)s” with a short text."),
    Kind.NUMBER: lambda: _("Compare “%(field)s” with a number, not with “%(value)s”."),
    Kind.DATE: lambda: _("Compare “%(field)s” with a day like 2026-11-30, not with “%(value)s”."),
    Kind.TIME: lambda: _("Compare “%(field)s” with a time like 16:30, not with “%(value)s”."),
    Kind.CHOICE: lambda: _("Compare “%(field)s” with one of its answers."),
    Kind.CHOICES: lambda: _("Compare “%(field)s” with one of its answers."),
    Kind.YES_NO: lambda: _("Compare “%(field)s” with true or false, not with “%(value)s”."),
}


def _is_answered(answer: object) -> bool:
    return answer is not None and answer != "" and answer != [] and answer != ()


def _same(answer: object, wanted: object) -> bool:
    if _is_number(answer) and _is_number(wanted):
        return Decimal(str(answer)) == Decimal(str(wanted))
    return type(answer) is type(wanted) and answer == wanted


def _differs(answer: object, wanted: object) -> bool:
    is_comparable = type(answer) is type(wanted) or (_is_number(answer) and _is_number(wanted))
    return is_comparable and not _same(answer, wanted)


def _any_of(answer: object, wanted: tuple[object, ...]) -> bool:
    if isinstance(answer, str):
        return answer in wanted
    answers = answer if isinstance(answer, list | tuple) else (answer,)
    return any(_same(one, other) for one in answers for other in wanted)


def _mentions(answer: object, wanted: tuple[str, ...]) -> bool:
    return isinstance(answer, str) and any(map(_spoken(answer).mentions, wanted))


@functools.lru_cache(maxsize=32)
def _spoken(text: str) -> Spoken:
    """Return a text in which many conditions look for words, one after the other."""
    return Spoken(text[:MOST_READ])


def _by_size(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(answer: object, wanted: object) -> bool:
        if _is_number(answer) and _is_number(wanted):
            return compare(Decimal(str(answer)), Decimal(str(wanted)))
        # Times of the day, in hours and minutes of two digits, are in order as texts.
        return _is_time(answer) and _is_time(wanted) and compare(answer, wanted)

    return compared


def _by_day(compare: Callable[[date, date], bool]) -> Callable[[Any, Any], bool]:
    def compared(answer: object, wanted: object) -> bool:
        day, other = _as_day(answer), _as_day(wanted)
        return day is not None and other is not None and compare(day, other)

    return compared


def _as_day(value: object) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


_COMPARES: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.IS: _same,
    Operator.IS_NOT: _differs,
    Operator.ONE_OF: _any_of,
    Operator.INCLUDES: lambda answer, wanted: isinstance(answer, list | tuple) and wanted in answer,
    Operator.MENTIONS: _mentions,
    Operator.LESS_THAN: _by_size(lambda answer, wanted: answer < wanted),
    Operator.AT_LEAST: _by_size(lambda answer, wanted: answer >= wanted),
    Operator.BEFORE: _by_day(lambda answer, wanted: answer < wanted),
    Operator.AFTER: _by_day(lambda answer, wanted: answer > wanted),
}
