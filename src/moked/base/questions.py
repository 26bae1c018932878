"""Questions as a town writes them: which of them are asked, and what was answered.

A notice only says something. A stopper ends the matter as soon as it is asked ("call the fire brigade").
Their documents are checked in `question_documents`.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from moked.base import conditions
from moked.base.conditions import Condition, FieldType
from moked.base.labels import Labels, label
from moked.base.text import clean_body, clean_line, has_unstorable
from moked.base.values import BadValue, day_from, number_from

LONGEST_LINE, LONGEST_BODY = 200, 2_000
LONGEST_ANSWER = 5_000


class Kind(StrEnum):
    """What is asked for."""

    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    CHOICE = "CHOICE"
    CHOICES = "CHOICES"
    NOTICE = "NOTICE"
    STOPPER = "STOPPER"


WITH_OPTIONS = frozenset({Kind.CHOICE, Kind.CHOICES})
WITHOUT_ANSWER = frozenset({Kind.NOTICE, Kind.STOPPER})
_TYPES = {
    Kind.TEXT: conditions.Kind.TEXT,
    Kind.LONG_TEXT: conditions.Kind.TEXT,
    Kind.NUMBER: conditions.Kind.NUMBER,
    Kind.DATE: conditions.Kind.DATE,
    Kind.CHOICE: conditions.Kind.CHOICE,
    Kind.CHOICES: conditions.Kind.CHOICES,
}


class Problem(StrEnum):
    """What is wrong with an answer; STOPPED ends everything."""

    MISSING = "MISSING"
    UNSTORABLE = "UNSTORABLE"
    TOO_LONG = "TOO_LONG"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    UNCLEAR_NUMBER = "UNCLEAR_NUMBER"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    NOT_A_DATE = "NOT_A_DATE"
    UNKNOWN_OPTION = "UNKNOWN_OPTION"
    STOPPED = "STOPPED"


@dataclasses.dataclass(frozen=True)
class Option:
    """One answer to choose."""

    code: str
    label: Labels


@dataclasses.dataclass(frozen=True)
class Question:
    """One question; `ask_if` looks at earlier ones. `phone` is whom a stopper tells to call.

    `unit`, `minimum` and `maximum` belong to numbers, `longest` (characters) to texts.
    """

    code: str
    kind: Kind
    label: Labels
    hint: Labels = dataclasses.field(default_factory=dict)
    options: tuple[Option, ...] = ()
    is_required: bool = False
    is_public: bool = False
    ask_if: Condition | None = None
    unit: Labels = dataclasses.field(default_factory=dict)
    minimum: int | float | None = None
    maximum: int | float | None = None
    longest: int | None = None
    phone: str = ""

    @property
    def has_answer(self) -> bool:
        """It waits for an answer, rather than only saying something."""
        return self.kind not in WITHOUT_ANSWER

    @property
    def most_characters(self) -> int:
        """How long an answer in words may be."""
        return self.longest or (LONGEST_BODY if self.kind == Kind.LONG_TEXT else LONGEST_LINE)

    @property
    def field_type(self) -> FieldType:
        """What later conditions may compare it with; only for one that has an answer."""
        codes = frozenset(option.code for option in self.options)
        return FieldType(_TYPES[self.kind], codes if self.kind in WITH_OPTIONS else None)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form, without what is left at its default."""
        said = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        said["kind"] = str(self.kind)
        said["options"] = [dataclasses.asdict(option) for option in self.options]
        return {name: value for name, value in said.items() if value or (value == 0 and value is not False)}


def _is_zero(value: object) -> bool:
    return value == 0 and value is not False


@dataclasses.dataclass(frozen=True)
class Answers:
    """What was said: the questions that were asked, a JSON value of each answered one, and problems by code.

    Numbers are numbers, days ISO texts, several options a list of codes in the order of the question.
    """

    asked: tuple[Question, ...]
    values: dict[str, Any]
    problems: dict[str, Problem]

    @property
    def is_stopped(self) -> bool:
        """A stopper was reached, so nothing can be sent."""
        return Problem.STOPPED in self.problems.values()

    @property
    def is_complete(self) -> bool:
        """Nothing is missing or wrong."""
        return not self.problems


def asked(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[Question]:
    """Return the questions that are asked given the answers so far, in order.

    An answer to a question that is not asked counts for nothing.
    """
    found: list[Question] = []
    counted: dict[str, Any] = {}
    for question in questions:
        if question.ask_if is None or conditions.holds(question.ask_if, counted):
            found.append(question)
            if question.code in answers:
                counted[question.code] = answers[question.code]
    return found


def read(questions: Iterable[Question], raw: Mapping[str, Sequence[str]]) -> Answers:
    """Read what was sent for each question, by code: one text, the codes chosen, or day, month and year.

    Whatever was sent for a question that is not asked is dropped.
    """
    found: list[Question] = []
    values: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for question in questions:
        if question.ask_if is not None and not conditions.holds(question.ask_if, values):
            continue
        found.append(question)
        try:
            value = _read_one(question, raw.get(question.code, ()))
        except _NotRead as refusal:
            problems[question.code] = refusal.problem
            continue
        if value is not None:
            values[question.code] = value
    return Answers(tuple(found), values, problems)


class _NotRead(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def _read_one(question: Question, sent: Sequence[str]) -> Any:
    if question.kind == Kind.STOPPER:
        raise _NotRead(Problem.STOPPED)
    if question.kind == Kind.NOTICE:
        return None
    if any(has_unstorable(text) for text in sent):
        raise _NotRead(Problem.UNSTORABLE)
    if sum(map(len, sent)) > LONGEST_ANSWER:
        raise _NotRead(Problem.TOO_LONG)
    said = [clean for text in sent if (clean := _tidy(question, text))]
    if not said:
        if question.is_required:
            raise _NotRead(Problem.MISSING)
        return None
    try:
        return _READERS[question.kind](question, said)
    except BadValue as refusal:
        raise _NotRead(Problem(refusal.code)) from None


def _tidy(question: Question, text: str) -> str:
    return clean_body(text) if question.kind == Kind.LONG_TEXT else clean_line(text)


def _read_text(question: Question, said: list[str]) -> str:
    if len(said[0]) > question.most_characters:
        raise _NotRead(Problem.TOO_LONG)
    return said[0]


def _read_number(question: Question, said: list[str]) -> int | float:
    number = number_from(said[0])
    if question.minimum is not None and number < question.minimum:
        raise _NotRead(Problem.TOO_SMALL)
    if question.maximum is not None and number > question.maximum:
        raise _NotRead(Problem.TOO_LARGE)
    return number


def _read_date(_question: Question, said: list[str]) -> str:
    return day_from(said).isoformat()


def _read_choice(question: Question, said: list[str]) -> str:
    chosen = _read_choices(question, said)
    if len(chosen) != 1:
        raise _NotRead(Problem.UNKNOWN_OPTION)
    return chosen[0]


def _read_choices(question: Question, said: list[str]) -> list[str]:
    offered = [option.code for option in question.options]
    if not set(said) <= set(offered):
        raise _NotRead(Problem.UNKNOWN_OPTION)
    return [code for code in offered if code in said]


_READERS = {
    Kind.TEXT: _read_text,
    Kind.LONG_TEXT: _read_text,
    Kind.NUMBER: _read_number,
    Kind.DATE: _read_date,
    Kind.CHOICE: _read_choice,
    Kind.CHOICES: _read_choices,
}


def option_words(question: Question, codes: Iterable[str], language: str, fallback: str) -> list[str]:
    """Return the words of chosen options; a code that is no longer offered stands for itself."""
    words = {option.code: label(option.label, language, fallback) for option in question.options}
    return [words.get(code, code) for code in codes]
