"""The documents of questions, checked: what is wrong is said in a sentence to whoever wrote them."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from moked.base import conditions
from moked.base.conditions import BadCondition, FieldType
from moked.base.labels import are_labels, say_something
from moked.base.questions import LONGEST_BODY, WITH_OPTIONS, Kind, Option, Question

MOST_QUESTIONS = 40
MOST_OPTIONS = 60
LONGEST_LABEL = 600
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OPTION_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_PHONE = re.compile(r"[0-9*#+][0-9 *#()+-]{0,19}")
_NAMES = frozenset(field.name for field in dataclasses.fields(Question))


class BadQuestion(ValueError):
    """A question is not as it must be; the message is a sentence that says what to change."""


def as_documents(questions: tuple[Question, ...]) -> list[dict[str, Any]]:
    """Return the JSON form of questions, which `from_documents` reads back."""
    return [question.as_document() for question in questions]


def from_documents(documents: object) -> tuple[Question, ...]:
    """Return the checked questions of a document; raises BadQuestion in words."""
    if not isinstance(documents, list | tuple):
        raise BadQuestion(_("Write the questions as a list."))
    if len(documents) > MOST_QUESTIONS:
        raise BadQuestion(_("Ask less: up to %(most)d questions fit.") % {"most": MOST_QUESTIONS})
    questions = tuple(_from_document(document) for document in documents)
    codes = [question.code for question in questions]
    fields: dict[str, FieldType] = {}
    for question in questions:
        if codes.count(question.code) > 1:
            raise _bad(question, _("Give each question a code of its own: “%(code)s” stands twice."))
        _check_condition(question, fields)
        if question.has_answer:
            fields[question.code] = question.field_type
    return questions


def _bad(question: Question, sentence: str, **named: object) -> BadQuestion:
    return BadQuestion(sentence % {"code": question.code, **named})


def _check_condition(question: Question, fields: Mapping[str, FieldType]) -> None:
    if question.ask_if is None:
        return
    try:
        conditions.check(question.ask_if, fields)
    except BadCondition as refusal:
        sentence = _("When to ask “%(code)s”: %(reason)s A condition can only name earlier questions.")
        raise _bad(question, sentence, reason=refusal) from None


def _from_document(document: object) -> Question:
    said = document if isinstance(document, Mapping) else {}
    code = said.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise BadQuestion(
            _("Give each question a code of small letters, digits and underscores, not “%(code)s”.")
            % {"code": str(code)[:40]}
        )
    question = Question(code, Kind.TEXT, {})
    if unknown := {str(name) for name in said} - _NAMES:
        raise _bad(question, _("“%(code)s” says “%(name)s”, which no question has."), name=min(unknown))
    question = dataclasses.replace(question, **{**said, "kind": _kind(question, said), "options": ()})
    question = dataclasses.replace(question, options=_options(question, said.get("options", ())))
    _check_words(question)
    _check_phone(question)
    _check_numbers(question)
    _check_flags(question)
    return question


def _kind(question: Question, said: Mapping[str, Any]) -> Kind:
    try:
        return Kind(said.get("kind", ""))
    except ValueError:
        sentence = _("Choose the kind of “%(code)s” from: %(kinds)s.")
        raise _bad(question, sentence, kinds=", ".join(Kind)) from None


def _options(question: Question, documents: object) -> tuple[Option, ...]:
    has_options = question.kind in WITH_OPTIONS
    if not isinstance(documents, list | tuple) or (has_options and not documents):
        raise _bad(question, _("Give “%(code)s” answers to choose from."))
    if documents and not has_options:
        raise _bad(question, _("Only a choice has answers to choose from: look at “%(code)s”."))
    if len(documents) > MOST_OPTIONS:
        raise _bad(question, _("Offer less: up to %(most)d answers to “%(code)s” fit."), most=MOST_OPTIONS)
    options = tuple(_option(question, document) for document in documents)
    if len({option.code for option in options}) < len(options):
        raise _bad(question, _("Give each answer to “%(code)s” a code of its own."))
    return options


def _option(question: Question, document: object) -> Option:
    said = document if isinstance(document, Mapping) else {}
    code, words = said.get("code"), said.get("label")
    if not isinstance(code, str) or not _OPTION_CODE.fullmatch(code):
        raise _bad(question, _("Give each answer to “%(code)s” a code of letters and digits."))
    if not are_labels(words, longest=LONGEST_LABEL) or not say_something(words):
        raise _bad(question, _("Give each answer to “%(code)s” its words."))
    return Option(code, dict(words))


def _check_words(question: Question) -> None:
    said = (question.label, question.hint, question.unit)
    if not all(are_labels(words, longest=LONGEST_LABEL) for words in said):
        sentence = _("Write the words of “%(code)s” for each language, up to %(most)d characters.")
        raise _bad(question, sentence, most=LONGEST_LABEL)
    if not say_something(question.label):
        raise _bad(question, _("Give “%(code)s” its words in at least one language."))
    longest = question.longest
    if longest is None:
        return
    if question.kind not in {Kind.TEXT, Kind.LONG_TEXT} or not _is_whole(longest, LONGEST_BODY):
        sentence = _("Say only of a text, in 1 to %(most)d, how many characters “%(code)s” may have.")
        raise _bad(question, sentence, most=LONGEST_BODY)


def _check_phone(question: Question) -> None:
    phone: object = question.phone
    if phone == "":
        return
    if question.kind != Kind.STOPPER or not isinstance(phone, str) or not _PHONE.fullmatch(phone):
        raise _bad(question, _("Only a stopper names a phone number, in digits: look at “%(code)s”."))


def _check_numbers(question: Question) -> None:
    limits = [one for one in (question.minimum, question.maximum) if one is not None]
    if (limits or question.unit) and question.kind != Kind.NUMBER:
        raise _bad(question, _("Only a number has a unit and limits: look at “%(code)s”."))
    if not all(_is_number(one) for one in limits) or limits != sorted(limits):
        raise _bad(question, _("Give “%(code)s” a smallest number below its largest."))


def _check_flags(question: Question) -> None:
    flags: list[object] = [question.is_required, question.is_public]
    if not all(isinstance(flag, bool) for flag in flags):
        raise _bad(question, _("Say true or false whether “%(code)s” is required and public."))
    if any(flags) and not question.has_answer:
        raise _bad(question, _("“%(code)s” only says something: it is neither required nor public."))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most
