"""What is dangerous: words, answers and services that make a case urgent at once, and what to do meanwhile.

No database.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from moked.base.conditions import MOST_COMPARISONS, Node, comparisons, holds_parsed, parse
from moked.base.labels import Labels, are_labels, label
from moked.base.text import has_hidden_controls, has_unstorable, searched_words
from moked.cases.facts import Fact, answer_field

MOST_DANGERS = 50
LONGEST_CODE = 40
LONGEST_NAME = 80
LONGEST_ADVICE = 600
LONGEST_WORDS = 200
Options = tuple[str, ...]


class BadDangers(ValueError):
    """Dangers are not as they must be.

    `code` is NOT_A_LIST, TOO_MANY, NO_NAME, BAD_WORDS, BAD_ADVICE, SAME_CODE, NO_SIGN, UNKNOWN_SERVICE or
    UNKNOWN_QUESTION; `number` is the danger's, from 1, `name` what is wrong in it.
    """

    def __init__(self, code: str, number: int = 0, name: str = "") -> None:
        super().__init__(f"{code} in danger {number}: {name}")
        self.code, self.number, self.name = code, number, name


@dataclasses.dataclass(frozen=True)
class Danger:
    """One danger: any of its signs is enough. `words` are phrases by language, looked for in every text
    whatever its language; `answers` are questions, each with the options that mean it.

    `advice` is what a resident is told to do until somebody comes; `{phone}` in it is the emergency number.
    """

    code: str
    name: Labels
    words: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    services: tuple[str, ...] = ()
    answers: tuple[tuple[str, Options], ...] = ()
    advice: Labels = dataclasses.field(default_factory=dict)

    @property
    def condition(self) -> dict[str, Any]:
        """When a case is this danger."""
        parts: list[dict[str, Any]] = [
            {"field": str(Fact.WORDS), "mentions": list(some)} for some in self.words.values() if some
        ]
        if self.services:
            parts.append({"field": str(Fact.SERVICE), "one_of": list(self.services)})
        parts += [{"field": answer_field(code), "one_of": list(options)} for code, options in self.answers]
        return {"any": parts}

    def name_in(self, language: str, fallback: str) -> str:
        """Return the danger's name for colleagues."""
        return label(self.name, language, fallback)

    def advice_in(self, language: str, fallback: str, phone: str) -> str:
        """Return what to do until somebody comes, with the emergency number in its place; '' for nothing."""
        return label(self.advice, language, fallback).replace("{phone}", phone)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return {
            "code": self.code,
            "name": dict(self.name),
            "words": {language: list(some) for language, some in self.words.items()},
            "services": list(self.services),
            "answers": {code: list(options) for code, options in self.answers},
            "advice": dict(self.advice),
        }


@dataclasses.dataclass(frozen=True)
class Signs:
    """The dangers of a town, their conditions parsed once."""

    dangers: tuple[Danger, ...]
    conditions: tuple[Node, ...]
    fields: frozenset[str]

    def first(self, facts: Mapping[str, Any]) -> Danger | None:
        """Return the first danger a case shows a sign of."""
        pairs = zip(self.dangers, self.conditions, strict=True)
        return next((danger for danger, condition in pairs if holds_parsed(condition, facts)), None)


NO_SIGNS = Signs((), (), frozenset())


def signs_of(dangers: Sequence[Danger]) -> Signs:
    """Return the dangers, ready to be looked for in many cases."""
    conditions = tuple(parse(one.condition) for one in dangers)
    asked = frozenset(one.field for condition in conditions for one in comparisons(condition))
    return Signs(tuple(dangers), conditions, asked)


def read(document: Any) -> tuple[Danger, ...]:
    """Return the dangers of a document; raises BadDangers for one of another shape."""
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise BadDangers("NOT_A_LIST")
    if len(document) > MOST_DANGERS:
        raise BadDangers("TOO_MANY", MOST_DANGERS + 1)
    found = tuple(_read_one(entry, number) for number, entry in enumerate(document, 1))
    codes: set[str] = set()
    for number, one in enumerate(found, 1):
        if one.code in codes:
            raise BadDangers("SAME_CODE", number, one.code)
        codes.add(one.code)
    return found


def _read_one(entry: Mapping[str, Any], number: int) -> Danger:
    code, name, advice = entry.get("code"), entry.get("name"), entry.get("advice", {})
    words, services = entry.get("words", {}), entry.get("services", [])
    answers = entry.get("answers", {})
    if not isinstance(code, str) or not 0 < len(code) <= LONGEST_CODE or has_unstorable(code):
        raise BadDangers("NO_NAME", number)
    if not are_labels(name, longest=LONGEST_NAME) or not any(name.values()) or _hide(name.values()):
        raise BadDangers("NO_NAME", number)
    if not are_labels(advice, longest=LONGEST_ADVICE) or _hide(advice.values()):
        raise BadDangers("BAD_ADVICE", number)
    lists = [*(words.values() if isinstance(words, dict) else [None])]
    if not all(_are_phrases(some) for some in lists) or not _are_texts(services):
        raise BadDangers("BAD_WORDS", number)
    if not isinstance(answers, dict) or not all(map(_are_texts, answers.values())):
        raise BadDangers("BAD_WORDS", number)
    found = Danger(
        code=code,
        name=dict(name),
        words={language: tuple(some) for language, some in words.items() if some},
        services=tuple(services),
        answers=tuple((question, tuple(options)) for question, options in answers.items() if options),
        advice={language: text for language, text in advice.items() if text},
    )
    if not (found.words or found.services or found.answers):
        raise BadDangers("NO_SIGN", number)
    return found


def _hide(texts: Iterable[str]) -> bool:
    """Tell whether one of the texts holds what no keyboard types; lines may be several."""
    return any(has_hidden_controls(text.replace("\n", " ").replace("\r", " ")) for text in texts)


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(one, str) and 0 < len(one) <= LONGEST_WORDS and not has_unstorable(one) for one in value
    )


def _are_phrases(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and _are_texts(value)
        and len(value) <= MOST_COMPARISONS
        and not _hide(value)
        and all(searched_words(one) for one in value)
    )


def check(
    dangers: Iterable[Danger], *, services: Collection[str], questions: Mapping[str, Collection[str]]
) -> None:
    """Raise BadDangers unless the services and answers that are named exist."""
    for number, one in enumerate(dangers, 1):
        if gone := next((slug for slug in one.services if slug not in services), None):
            raise BadDangers("UNKNOWN_SERVICE", number, gone)
        for code, options in one.answers:
            if not set(options) <= set(questions.get(code, ())):
                raise BadDangers("UNKNOWN_QUESTION", number, code)
