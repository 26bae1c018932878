"""Questions and their conditions in words, as cards in the settings show them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.base import conditions
from moked.base.conditions import All, AnyOf, Comparison, Node, Not, Operator
from moked.base.labels import label
from moked.base.questions import Kind, Question, option_words
from moked.municipalities.models import Municipality
from moked.web.desk.settings.texts import language_name, languages_of
from moked.web.ui.labels import Words

KINDS: dict[Kind, tuple[Words, Words]] = {
    Kind.TEXT: (_("One line"), _("A short text.")),
    Kind.LONG_TEXT: (_("Several lines"), _("A longer text.")),
    Kind.NUMBER: (_("Number"), _("With a unit and limits, if needed.")),
    Kind.DATE: (_("Day"), _("Day, month and year.")),
    Kind.CHOICE: (_("One of several"), _("Exactly one answer.")),
    Kind.CHOICES: (_("Several of several"), _("As many answers as fit.")),
    Kind.NOTICE: (_("Notice"), _("Something to read; nothing is answered.")),
    Kind.STOPPER: (_("Stopper"), _("The report ends here: somebody else has to be called.")),
}
COMPARED: dict[tuple[Operator, Any], Words] = {
    (Operator.IS, None): _("“%(question)s” is “%(answer)s”"),
    (Operator.IS_NOT, None): _("“%(question)s” is not “%(answer)s”"),
    (Operator.ONE_OF, None): _("“%(question)s” is one of: %(answer)s"),
    (Operator.INCLUDES, None): _("“%(question)s” includes “%(answer)s”"),
    (Operator.MENTIONS, None): _("“%(question)s” mentions one of: %(answer)s"),
    (Operator.LESS_THAN, None): _("“%(question)s” is less than %(answer)s"),
    (Operator.AT_LEAST, None): _("“%(question)s” is at least %(answer)s"),
    (Operator.BEFORE, None): _("“%(question)s” is before %(answer)s"),
    (Operator.AFTER, None): _("“%(question)s” is after %(answer)s"),
    (Operator.IS_ANSWERED, True): _("“%(question)s” is answered"),
    (Operator.IS_ANSWERED, False): _("“%(question)s” is not answered"),
}


@dataclasses.dataclass(frozen=True)
class Card:
    """A question as the settings list it, and as a resident sees it."""

    number: int
    question: Question
    label: str
    hint: str
    unit: str
    kind: Words
    options: tuple[str, ...]
    condition: str
    gaps: tuple[str, ...]


def cards(questions: Sequence[Question], town: Municipality) -> list[Card]:
    """Return the questions as cards, counted from 1."""
    known = {question.code: question for question in questions}
    return [_card(number, one, known, town) for number, one in enumerate(questions, 1)]


def _card(number: int, one: Question, known: Mapping[str, Question], town: Municipality) -> Card:
    language = get_language() or town.language
    texts = [one.label, *(option.label for option in one.options)]
    return Card(
        number=number,
        question=one,
        label=label(one.label, language, town.language),
        hint=label(one.hint, language, town.language),
        unit=label(one.unit, language, town.language),
        kind=KINDS[one.kind][0],
        options=tuple(label(option.label, language, town.language) for option in one.options),
        condition=condition_words(one, known, town),
        gaps=tuple(
            language_name(code) for code in languages_of(town) if any(not text.get(code) for text in texts)
        ),
    )


def condition_words(question: Question, known: Mapping[str, Question], town: Municipality) -> str:
    """Return when a question is asked, in words; '' when it always is."""
    if question.ask_if is None:
        return ""
    return _words(conditions.parse(question.ask_if), known, town)


def _words(node: Node, known: Mapping[str, Question], town: Municipality) -> str:
    match node:
        case Comparison():
            return _compared(node, known, town)
        case All(parts):
            return str(_(" and ")).join(_words(part, known, town) for part in parts)
        case AnyOf(parts):
            return str(_(" or ")).join(_words(part, known, town) for part in parts)
        case Not(part):
            return str(_("it is not so that %(condition)s")) % {"condition": _words(part, known, town)}


def _compared(node: Comparison, known: Mapping[str, Question], town: Municipality) -> str:
    language = get_language() or town.language
    asked = known.get(node.field)
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    codes = [str(value) for value in values]
    named = option_words(asked, codes, language, town.language) if asked else codes
    pattern = COMPARED[node.operator, node.value if node.operator == Operator.IS_ANSWERED else None]
    return str(pattern) % {
        "question": label(asked.label, language, town.language) if asked else node.field,
        "answer": ", ".join(named),
    }
