"""The questions of a service as a part of a page's form, and their answers as rows to read.

Names of what is sent begin with `q-`, so they stand beside any other form; a day is sent as three fields, or
as one ISO text. `q-seen` lists the questions that stood on the page: one that an answer brings up is shown
before anything is said to be missing. Where only the answers are sent, all questions count as seen.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.base.conditions import fields_of
from moked.base.labels import label
from moked.base.questions import Answers, Kind, Problem, Question, option_words, read
from moked.web.ui.forms import UNSTORABLE, Form, Radios
from moked.web.ui.labels import Words
from moked.web.ui.spoken import marked
from moked.web.ui.templatetags.ui import LOCALES

PREFIX = "q"
SEEN = f"{PREFIX}-seen"
TEST = "question"
DIGITS = {"inputmode": "decimal", "dir": "ltr"}
PARTS_OF_DAY = {"day": _("Day"), "month": _("Month"), "year": _("Year")}

PROBLEMS: dict[Problem, Words] = {
    Problem.MISSING: _("Answer “%(question)s”."),
    Problem.UNSTORABLE: UNSTORABLE,
    Problem.TOO_LONG: _("Shorten this: up to %(longest)d characters fit."),
    Problem.NOT_A_NUMBER: _("Enter a number, like 12 or 2.5."),
    Problem.UNCLEAR_NUMBER: _("Write the number without a mark between thousands, like 1234 or 1.2."),
    Problem.TOO_SMALL: _("Enter %(minimum)s or more."),
    Problem.TOO_LARGE: _("Enter %(maximum)s or less."),
    Problem.NOT_A_DATE: _("Enter day, month and year, like 27 11 2026."),
    Problem.UNKNOWN_OPTION: _("Choose from the answers shown."),
}


@dataclasses.dataclass(frozen=True)
class Part:
    """One question as a page shows it: with its field, or, for a notice and a stopper, only its words."""

    kind: Kind
    words: str
    hint: str
    phone: str
    field: BoundField | None


@dataclasses.dataclass(frozen=True)
class Row:
    """One answer to read."""

    term: str
    text: str
    is_public: bool


class Checkboxes(forms.CheckboxSelectMultiple):
    """Boxes to tick, drawn by components/checkboxes.html."""


class DateFields(forms.MultiWidget):
    """Day, month and year in fields of their own, drawn by components/date_fields.html."""

    def __init__(self, attrs: dict[str, Any]) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            name: forms.TextInput({"maxlength": 20, "autocomplete": "off", "dir": "auto"})
            for name in PARTS_OF_DAY
        }
        super().__init__(boxes, attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Give each box its label."""
        context = super().get_context(name, value, attrs)
        for box, words in zip(context["widget"]["subwidgets"], PARTS_OF_DAY.values(), strict=True):
            box["label"] = words
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return what was typed in the three, else the parts of what was sent as one text."""
        typed = super().value_from_datadict(data, files, name)
        return typed if any(typed) else self.decompress(data.get(name))

    def decompress(self, value: Any) -> list[str]:
        """Return day, month and year of an ISO text."""
        return list(reversed(value.split("-"))) if value else ["", "", ""]


class AnswerField(forms.Field):
    """A question's field; what is sent is read by the questions together, not by the field."""

    def __init__(self, question: Question, words: "InLanguage", attrs: dict[str, Any]) -> None:
        words_of_label = words.marked(question.label)
        if unit := words.marked(question.unit):
            words_of_label = format_html("{} ({})", words_of_label, unit)
        super().__init__(
            required=question.is_required,
            label=words_of_label,
            help_text=_hint(words.marked(question.hint), question.is_public),
            widget=_widget(question, words, {"data-test": TEST, **attrs}),
        )
        self.max_length = question.most_characters if question.kind == Kind.LONG_TEXT else None

    def clean(self, value: Any) -> Any:
        """Return the value as it came."""
        return value


@dataclasses.dataclass(frozen=True)
class InLanguage:
    """Says labels in a language, else in the town's."""

    language: str
    town_language: str

    def __call__(self, labels: Mapping[str, str]) -> str:
        return label(labels, self.language, self.town_language)

    def marked(self, labels: Mapping[str, str]) -> str:
        """Say them in HTML, marked with their language where it is not the reader's."""
        return marked(labels, self.language, self.town_language)


class QuestionsForm(Form):
    """The questions that are asked given what was said so far.

    Without `data` nothing is said yet; with `checks=False` it is shown again as it is, without mistakes.
    `refresh_url` answers with components/questions.html for what was said, so that a script can show the
    question that an answer brings up; the page works without.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        data: QueryDict | None,
        language: str,
        town_language: str,
        *,
        checks: bool = True,
        refresh_url: str = "",
    ) -> None:
        self.answers: Answers = read(questions, _sent(questions, data or QueryDict()))
        self.checks = checks
        self.words = InLanguage(language, town_language)
        super().__init__(data, prefix=PREFIX)
        leading = {name for one in questions if one.ask_if for name in fields_of(one.ask_if)}
        for question in self.answers.asked:
            if question.has_answer:
                attrs = _refreshing(refresh_url) if refresh_url and question.code in leading else {}
                self.fields[question.code] = AnswerField(question, self.words, attrs)

    def clean(self) -> dict[str, Any]:
        """Say what is wrong with the answers to questions that were seen."""
        asked = {question.code: question for question in self.answers.asked}
        unseen = {question.code for question in self.unseen}
        for code, problem in self.answers.problems.items():
            if self.checks and code in self.fields and code not in unseen:
                self.add_error(code, _problem_words(asked[code], problem, self.words))
        return self.cleaned_data

    def is_valid(self) -> bool:
        """Tell whether all was seen and answered, and no stopper was reached."""
        return super().is_valid() and self.answers.is_complete and not self.unseen

    @property
    def is_stopped(self) -> bool:
        """A stopper was reached: nothing can be sent."""
        return self.answers.is_stopped

    @property
    def unseen(self) -> list[Question]:
        """The questions that did not stand on the page that was sent."""
        if not self.is_bound or SEEN not in self.data:
            return []
        seen = str(self.data[SEEN]).split()
        return [question for question in self.answers.asked if question.code not in seen]

    @property
    def asks_more(self) -> bool:
        """Nothing is wrong, but an answer brought up a question that was not seen yet."""
        return bool(self.unseen) and not self.errors and not self.is_stopped

    @property
    def seen(self) -> str:
        """What `q-seen` says on this page."""
        return " ".join(question.code for question in self.answers.asked)

    @property
    def parts(self) -> list[Part]:
        """The questions to show, in order."""
        return [
            Part(
                kind=question.kind,
                words=self.words.marked(question.label),
                hint=self.words.marked(question.hint),
                phone=question.phone,
                field=self[question.code] if question.has_answer else None,
            )
            for question in self.answers.asked
        ]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Names and values of what was sent, for hidden fields on another page."""
        names = [name for question in self.answers.asked for name in _names(question)]
        data = self.data if isinstance(self.data, QueryDict) else QueryDict()
        return [(name, text) for name in [*names, SEEN] for text in data.getlist(name)]

    @property
    def rows(self) -> list[Row]:
        """The answers given, to read them over."""
        return answer_rows(
            self.answers.asked, self.answers.values, self.words.language, self.words.town_language
        )


def answer_rows(
    questions: Iterable[Question], values: Mapping[str, Any], language: str, town_language: str
) -> list[Row]:
    """Return the answers to read, in the order of their questions; one whose question is gone is left out."""
    words = InLanguage(language, town_language)
    return [
        Row(words(question.label), answer_text(question, values[question.code], words), question.is_public)
        for question in questions
        if question.code in values
    ]


def answer_text(question: Question, value: Any, words: InLanguage) -> str:
    """Return one answer as it is read: options by their words, numbers with their unit, days written out."""
    language = get_language() or "en"
    locale = LOCALES.get(language, language)
    if question.kind == Kind.NUMBER:
        return f"{format_decimal(value, locale=locale)} {words(question.unit)}".strip()
    if question.kind == Kind.DATE:
        return str(format_date(date.fromisoformat(value), format="long", locale=locale))
    if question.kind in {Kind.CHOICE, Kind.CHOICES}:
        chosen = [value] if isinstance(value, str) else value
        return ", ".join(option_words(question, chosen, words.language, words.town_language))
    return str(value)


def _names(question: Question) -> list[str]:
    name = f"{PREFIX}-{question.code}"
    parts = [f"{name}_{part}" for part in PARTS_OF_DAY] if question.kind == Kind.DATE else []
    return [*parts, name]


def _sent(questions: Iterable[Question], data: QueryDict) -> dict[str, list[str]]:
    return {
        question.code: [text for name in _names(question) for text in data.getlist(name)]
        for question in questions
    }


def _problem_words(question: Question, problem: Problem, words: InLanguage) -> str:
    return str(PROBLEMS[problem]) % {
        "question": words(question.label),
        "longest": question.most_characters,
        "minimum": question.minimum,
        "maximum": question.maximum,
    }


def _hint(hint: str, is_public: bool) -> SafeString:
    who = _("Everybody can see this answer.") if is_public else _("Only the town sees this answer.")
    return format_html('<span dir="auto">{}</span> <span class="mk-seen-by">{}</span>', hint, who)


def _refreshing(url: str) -> dict[str, str]:
    return {
        "hx-post": url,
        "hx-trigger": "change",
        "hx-target": "#questions",
        "hx-swap": "outerHTML",
        "hx-sync": "#questions:replace",
    }


def _widget(question: Question, words: InLanguage, attrs: dict[str, Any]) -> forms.Widget:
    box = {**attrs, "class": "form-control", "autocomplete": "off"}
    choices = [(option.code, words.marked(option.label)) for option in question.options]
    match question.kind:
        case Kind.CHOICE:
            return Radios(attrs=attrs, choices=choices)
        case Kind.CHOICES:
            return Checkboxes(attrs=attrs, choices=choices)
        case Kind.DATE:
            return DateFields(box)
        case Kind.NUMBER:
            return forms.TextInput({**box, "class": "form-control mk-short", **DIGITS})
        case Kind.LONG_TEXT:
            return forms.Textarea({**box, "rows": 4, "dir": "auto"})
    return forms.TextInput({**box, "dir": "auto"})
