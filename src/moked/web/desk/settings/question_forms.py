"""One question of a service, as a form."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from moked.base import conditions
from moked.base.conditions import OPERATORS, Comparison, Operator
from moked.base.ids import slug_for
from moked.base.labels import label
from moked.base.question_documents import LONGEST_LABEL, MOST_OPTIONS
from moked.base.questions import LONGEST_BODY, WITH_OPTIONS, WITHOUT_ANSWER, Kind, Option, Question
from moked.base.values import BadValue, number_from
from moked.municipalities.models import Municipality
from moked.web.desk.settings.fields import ONLY_SHOWN, CheckField, NumberField, WholeField
from moked.web.desk.settings.question_words import KINDS
from moked.web.desk.settings.texts import TextsForm, language_name, language_of_reader, languages_of
from moked.web.ui.forms import Choice, ChoiceField, LineField, Radios
from moked.web.ui.labels import Words

ALWAYS, AS_IT_IS = "", "*"
ANSWERED, NOT_ANSWERED = "is_answered", "is_not_answered"
LONGEST_CODE = 40
_PHONE = re.compile(r"[0-9*#+][0-9 *#()+-]{0,19}")
OPERATOR_WORDS: dict[str, Words] = {
    Operator.IS: _("is"),
    Operator.IS_NOT: _("is not"),
    Operator.INCLUDES: _("includes"),
    Operator.LESS_THAN: _("is less than"),
    Operator.AT_LEAST: _("is at least"),
    Operator.BEFORE: _("is before"),
    Operator.AFTER: _("is after"),
    ANSWERED: _("is answered"),
    NOT_ANSWERED: _("is not answered"),
}


class QuestionForm(TextsForm):
    """What is asked, how it is answered, and when it is asked."""

    kind = ChoiceField(
        label=_("How it is answered"),
        missing=_("Choose how it is answered."),
        choices=[(kind.value, Choice(word, about)) for kind, (word, about) in KINDS.items()],
        widget=Radios(test="kind", test_each=True),
    )

    def __init__(
        self,
        *args: Any,
        town: Municipality,
        question: Question | None,
        earlier: Sequence[Question],
        taken: set[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, town=town, **kwargs)
        self.question, self.taken = question, taken
        self.language = language_of_reader(town)
        self.earlier = {one.code: one for one in earlier if one.has_answer}
        self._add_words(question)
        self._add_limits(question)
        self._add_condition(question)
        if question:
            self.initial = {"kind": question.kind.value, **self.initial}

    def _add_words(self, question: Question | None) -> None:
        said = question or Question("", Kind.TEXT, {})
        missing = _("Write the question in the language of the town.")
        self.add_texts(
            "label",
            label=_("Question"),
            missing=missing,
            values=said.label,
            max_length=LONGEST_LABEL,
            rows=2,
        )
        self.add_texts("hint", label=_("Hint below it"), values=said.hint, max_length=LONGEST_LABEL)
        self.add_texts(
            "options",
            label=_("Answers to choose from"),
            hint=_("One a line, in the same order in every language. Only for a choice."),
            values=_lines(said.options, languages_of(self.town)),
            max_length=LONGEST_LABEL * MOST_OPTIONS,
            rows=4,
        )
        self.add_texts("unit", label=_("Unit"), hint=_("Only for a number: metres, days."), values=said.unit)

    def _add_limits(self, question: Question | None) -> None:
        said = question or Question("", Kind.TEXT, {})
        for name, word in (("minimum", _("Smallest number")), ("maximum", _("Largest number"))):
            self.fields[name] = NumberField(label=word)
            self.fields[name].initial = getattr(said, name)
        self.fields["longest"] = WholeField(label=_("Most characters"), least=1, most=LONGEST_BODY)
        self.fields["longest"].initial = said.longest
        phone = LineField(
            max_length=20, label=_("Phone number to call"), hint=_("Only for a stopper."), direction="ltr"
        )
        phone.initial = said.phone
        self.fields["phone"] = phone
        self.fields["is_required"] = CheckField(label=_("It has to be answered"), test="required")
        self.fields["is_required"].initial = said.is_required
        self.fields["is_public"] = CheckField(
            label=_("The answer may be shown to the public"),
            hint=_("Only where nobody can be known by it."),
        )
        self.fields["is_public"].initial = said.is_public

    def _add_condition(self, question: Question | None) -> None:
        """Add the three parts of "ask only if [question] [is] [answer]"; a longer condition can only stay."""
        simple = _simple(question)
        keeps = question is not None and question.ask_if is not None and simple is None
        choices: list[tuple[str, Words]] = [(ALWAYS, _("Always"))]
        choices += [(AS_IT_IS, _("When all of this holds, as it is now"))] if keeps else []
        choices += [(code, self._word_of(one)) for code, one in self.earlier.items()]
        self.fields["asked_if"] = self._select(
            _("Ask it"), choices, AS_IT_IS if keeps else ALWAYS, "asked-if"
        )
        if simple:
            self.fields["asked_if"].initial = simple.field
        about = self.earlier.get(str(self["asked_if"].value() or ""))
        if about is None:
            return
        operators = [(code, OPERATOR_WORDS[code]) for code in _operators(about)]
        self.fields["operator"] = self._select(_("Compared how"), operators, _operator_of(simple), "operator")
        value = simple.value if simple and simple.operator != Operator.IS_ANSWERED else ""
        self.fields["value"] = self._value_field(about, str(value))

    def _value_field(self, about: Question, value: str) -> forms.Field:
        if about.kind in WITH_OPTIONS:
            options = [
                (one.code, label(one.label, self.language, self.town.language)) for one in about.options
            ]
            return self._select(_("Answer"), [("", _("Choose")), *options], value, "value")
        field = LineField(
            max_length=200, label=_("Answer"), hint=_VALUE_HINTS.get(about.kind, ""), test="value"
        )
        field.initial = value
        return field

    def _select(self, word: Words, choices: Any, initial: str, test: str) -> forms.ChoiceField:
        attrs = {"class": "form-select", "data-test": test}
        return forms.ChoiceField(
            label=word,
            required=False,
            choices=choices,
            initial=initial,
            widget=forms.Select(attrs=attrs),
            error_messages={"invalid_choice": ONLY_SHOWN},
        )

    def _word_of(self, question: Question) -> str:
        return str(_("Only if “%(question)s” …")) % {
            "question": label(question.label, self.language, self.town.language)
        }

    @property
    def has_comparison(self) -> bool:
        """The parts of the sentence behind the question are there to fill in."""
        return "operator" in self.fields

    def clean(self) -> dict[str, Any]:
        """Check what depends on how the question is answered."""
        said = dict(self.cleaned_data)
        kind = said.get("kind", "")
        if kind in WITH_OPTIONS:
            self._check_options()
        if kind == Kind.STOPPER and said.get("phone") and not _PHONE.fullmatch(said["phone"]):
            self._refuse("phone", _("Write the phone number in digits, like 106."))
        least, most = said.get("minimum"), said.get("maximum")
        if kind == Kind.NUMBER and least is not None and most is not None and least > most:
            self._refuse("maximum", _("Write a number that is not below the smallest."))
        self._check_condition(said)
        return said

    def _refuse(self, name: str, words: Words) -> None:
        self.add_error(name, ValidationError(words, code="refused"))

    def _check_options(self) -> None:
        """Ask for as many answers in every language as in the town's own; one may be left out whole."""
        own = self.town.language
        wanted = len(_split(self.cleaned_data.get(f"options_{own}", "")))
        if not wanted:
            self._refuse(f"options_{own}", _("Write at least one answer."))
        if wanted > MOST_OPTIONS:
            words = _("Up to %(most)d answers fit.") % {"most": MOST_OPTIONS}
            self._refuse(f"options_{own}", words)
        for code in languages_of(self.town):
            count = len(_split(self.cleaned_data.get(f"options_{code}", "")))
            if count not in {0, wanted}:
                words = _("Write %(wanted)d answers here, as in %(language)s; there are %(count)d.") % {
                    "wanted": wanted,
                    "language": language_name(own),
                    "count": count,
                }
                self._refuse(f"options_{code}", words)

    def _check_condition(self, said: dict[str, Any]) -> None:
        if not self.has_comparison or said.get("operator") in {ANSWERED, NOT_ANSWERED, None}:
            return
        about = self.earlier[said["asked_if"]]
        try:
            conditions.check(self._condition(said), {about.code: about.field_type})
        except (conditions.BadCondition, BadValue):
            words = _VALUE_MISSING.get(about.kind, _("Write the answer it is compared with."))
            self._refuse("value", words)

    def _condition(self, said: Mapping[str, Any]) -> Any:
        match said["asked_if"]:
            case "":
                return None
            case "*":
                return self.question.ask_if if self.question else None
        about = self.earlier[said["asked_if"]]
        if said["operator"] in {ANSWERED, NOT_ANSWERED}:
            return {"field": about.code, ANSWERED: said["operator"] == ANSWERED}
        value = said.get("value", "")
        return {
            "field": about.code,
            said["operator"]: number_from(value) if about.kind == Kind.NUMBER else value,
        }

    @property
    def said(self) -> dict[str, Any]:
        """The question's document, once it is checked; what its kind has no use for is left out."""
        said = self.cleaned_data
        kind = Kind(said["kind"])
        document: dict[str, Any] = {
            "code": self.question.code if self.question else self._new_code(),
            "kind": str(kind),
            "label": self.texts("label"),
            "hint": self.texts("hint"),
        }
        if kind not in WITHOUT_ANSWER:
            document |= {"is_required": said["is_required"], "is_public": said["is_public"]}
        if kind in WITH_OPTIONS:
            document["options"] = [{"code": one.code, "label": one.label} for one in self._options()]
        if kind == Kind.NUMBER:
            document |= {name: said[name] for name in ("minimum", "maximum")} | {"unit": self.texts("unit")}
        if kind in {Kind.TEXT, Kind.LONG_TEXT}:
            document["longest"] = said["longest"]
        if kind == Kind.STOPPER:
            document["phone"] = said["phone"]
        return document | {"ask_if": self._condition(said)}

    def _new_code(self) -> str:
        """Return a code made of the question's words that no other question has; it begins with a letter."""
        words = label(self.texts("label"), "en", self.town.language)
        taken = {one.replace("_", "-").removeprefix("q-") for one in self.taken}
        slug = slug_for(words, taken, longest=LONGEST_CODE - 2).replace("-", "_")
        return slug if slug[0].isalpha() else f"q_{slug}"

    def _options(self) -> list[Option]:
        """Return the answers; one that is known by its words or its place keeps its code."""
        columns = {code: _split(text) for code, text in self.texts("options").items()}
        own = columns[self.town.language]
        known = list(self.question.options) if self.question else []
        codes = _codes_of(own, [(one.code, one.label.get(self.town.language, "")) for one in known])
        made: list[Option] = []
        for at, code in enumerate(codes):
            words = {language: lines[at] for language, lines in columns.items() if lines}
            taken = {*(one for one in codes if one), *(one.code for one in made)}
            made.append(Option(code or _new_option_code(words, self.town.language, taken), words))
        return made


_VALUE_HINTS: dict[Kind, Words] = {
    Kind.DATE: _("A day like 2026-11-30."),
    Kind.NUMBER: _("A number in digits."),
}
_VALUE_MISSING: dict[Kind, Words] = {
    Kind.CHOICE: _("Choose the answer it is compared with."),
    Kind.CHOICES: _("Choose the answer it is compared with."),
    Kind.NUMBER: _("Write the number it is compared with, in digits."),
    Kind.DATE: _("Write the day it is compared with, like 2026-11-30."),
}


def _simple(question: Question | None) -> Comparison | None:
    """Return a condition of one comparison, which the form can change."""
    if question is None or question.ask_if is None:
        return None
    node = conditions.parse(question.ask_if)
    return node if isinstance(node, Comparison) and node.operator != Operator.ONE_OF else None


def _operators(about: Question) -> list[str]:
    known = OPERATORS[about.field_type.kind] - {Operator.ONE_OF, Operator.MENTIONS, Operator.IS_ANSWERED}
    return [*(str(one) for one in Operator if one in known), ANSWERED, NOT_ANSWERED]


def _operator_of(simple: Comparison | None) -> str:
    if simple is None:
        return ""
    if simple.operator == Operator.IS_ANSWERED:
        return ANSWERED if simple.value else NOT_ANSWERED
    return str(simple.operator)


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _lines(options: Sequence[Option], languages: Sequence[str]) -> dict[str, str]:
    """Return the answers of each language, one a line; a language in which one is missing is left out."""
    columns = {code: [option.label.get(code, "") for option in options] for code in languages}
    return {code: "\n".join(lines) for code, lines in columns.items() if lines and all(lines)}


def _codes_of(lines: Sequence[str], known: Sequence[tuple[str, str]]) -> list[str]:
    """Return the code of each line that is known by its words, else by its place if that one is left over."""
    by_words = {words: code for code, words in known if words}
    found = [by_words.get(line, "") for line in lines]
    if len(lines) == len(known):
        left_over = {code for code, _words in known} - set(found)
        found = [
            code or (place[0] if place[0] in left_over else "")
            for code, place in zip(found, known, strict=True)
        ]
    return found


def _new_option_code(words: Mapping[str, str], fallback: str, taken: set[str]) -> str:
    return slug_for(label(words, "en", fallback), taken, longest=LONGEST_CODE)
