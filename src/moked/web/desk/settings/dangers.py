"""What is dangerous: words, answers and services that make a case urgent, and what a resident does meanwhile.

Nothing is kept before it is published: the dangers travel with the page, checked each time they come back.
"""

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.base.conditions import MOST_COMPARISONS
from moked.base.ids import slug_for
from moked.base.labels import label
from moked.base.text import searched_words
from moked.cases.models import Case
from moked.municipalities.models import Municipality
from moked.routing import queries
from moked.routing.dangers import LONGEST_ADVICE, LONGEST_NAME, LONGEST_WORDS, BadDangers, Danger, read
from moked.routing.models import DANGERS_KIND, DangerSet
from moked.routing.operations import RulesChangedMeanwhile, publish_dangers
from moked.web.desk.settings import choices, drafts, history, trials
from moked.web.desk.settings.fields import ChecksField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.routing_words import Part, Words, parts_of_answers
from moked.web.desk.settings.texts import TextsForm, language_name, languages_of
from moked.web.ui.access import access
from moked.web.ui.labels import Words as Text
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "dangers"
CHANGED_MEANWHILE = gettext_lazy(
    "A colleague published other dangers in the meantime. Look at the history, then open this page again."
)
BROKEN = gettext_lazy("The dangers on this page cannot be read any more. Open the page again.")
REFUSALS: dict[str, Text] = {
    "TOO_MANY": gettext_lazy("There is room for 50 dangers. Put more words into one."),
    "UNKNOWN_SERVICE": gettext_lazy(
        "The service “%(name)s” of danger %(number)d is no longer there. Change the danger."
    ),
    "UNKNOWN_QUESTION": gettext_lazy(
        "No service asks “%(name)s” with the answers of danger %(number)d. Change the danger."
    ),
}
MOST_SHOWN = 50


class DangerForm(TextsForm):
    """One danger being written."""

    services = ChecksField(
        label=gettext_lazy("Services"), hint=gettext_lazy("Whatever is reported there is this danger.")
    )
    answers = ChecksField(
        label=gettext_lazy("Answers"), hint=gettext_lazy("Whoever answers one of these is in this danger.")
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, town=town, **kwargs)
        one: Danger | None = self.initial.get("danger")
        self.add_texts(
            "name",
            label=_("Name"),
            missing=_("Write what the danger is."),
            values=one.name if one else {},
            max_length=LONGEST_NAME,
        )
        self.add_texts(
            "words",
            label=_("Words"),
            hint=_("One or several words on each line, found in reports of every language."),
            values={code: "\n".join(some) for code, some in one.words.items()} if one else {},
            max_length=10_000,
            rows=5,
        )
        self.add_texts(
            "advice",
            label=_("What to do until somebody comes"),
            hint=_("The resident reads it at once. {phone} stands for the emergency number."),
            values=one.advice if one else {},
            max_length=LONGEST_ADVICE,
            rows=3,
        )
        self.fields["services"].choices = choices.service_choices(town)  # type: ignore[attr-defined]
        self.fields["answers"].choices = choices.answer_choices(town)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check the words, and ask for a sign."""
        said = dict(self.cleaned_data)
        for code in languages_of(self.town):
            lines = _lines(said.get(f"words_{code}", ""))
            if any(len(line) > LONGEST_WORDS or not searched_words(line) for line in lines):
                self.add_error(
                    f"words_{code}", ValidationError(_("Write letters in each line."), code="line")
                )
            if len(lines) > MOST_COMPARISONS:
                words = _("Up to %(most)d lines fit.") % {"most": MOST_COMPARISONS}
                self.add_error(f"words_{code}", ValidationError(words, code="many"))
        signs = [said.get(f"words_{code}") for code in languages_of(self.town)]
        if not (any(signs) or said.get("services") or said.get("answers")):
            field = f"words_{self.town.language}"
            self.add_error(field, ValidationError(_("Write words, or choose a service."), code="missing"))
        return said

    def danger(self, was: Danger | None, taken: set[str]) -> Danger:
        """Return the danger, once it is checked; words in languages the page does not show stay."""
        said, name = self.cleaned_data, self.texts("name")
        words = dict(was.words) if was else {}
        words |= {code: tuple(_lines(said[f"words_{code}"])) for code in languages_of(self.town)}
        advice = was.advice if was else {}
        answers: dict[str, list[str]] = {}
        for one in said["answers"]:
            question, _sep, option = one.partition("=")
            answers.setdefault(question, []).append(option)
        return Danger(
            code=was.code if was else slug_for(label(name, "en", self.town.language), taken, longest=40),
            name={**(was.name if was else {}), **name},
            words={code: some for code, some in words.items() if some},
            services=tuple(said["services"]),
            answers=tuple((question, tuple(options)) for question, options in answers.items()),
            advice={**advice, **dict.fromkeys(languages_of(self.town), ""), **self.texts("advice")},
        )


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return list(dict.fromkeys(line for line in lines if line))


def initial_of(danger: Danger) -> dict[str, Any]:
    """Return what the form shows of a danger that is changed."""
    answers = [f"{code}={one}" for code, options in danger.answers for one in options]
    return {"danger": danger, "services": list(danger.services), "answers": answers}


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A danger in words."""

    number: int
    name: str
    signs: tuple[Part, ...]
    advice: str


@dataclasses.dataclass(frozen=True)
class Draft:
    """The dangers as they stand on the page, and the revision they began from."""

    dangers: tuple[Danger, ...]
    base: int

    @property
    def as_text(self) -> str:
        """The dangers as the page carries them."""
        return json.dumps([one.as_document() for one in self.dangers], ensure_ascii=False)


@access(*MANAGER, methods=BOTH)
def dangers(request: TownRequest) -> HttpResponse:
    """Show what is dangerous; move, change and try it on the page, and publish it."""
    town = request.municipality
    if request.method != "POST":
        return _page(request, _in_force(town))
    try:
        document, base = drafts.sent(request, "dangers")
        draft = Draft(read(document), base)
    except ValueError:
        return _page(request, _in_force(town), failed=str(BROKEN))
    step, _sep, typed = request.POST.get("step", "").partition(":")
    number = number_in(typed, draft.dangers)
    match step:
        case "publish":
            return _publish_or_say_why(request, draft)
        case "put":
            return _put(request, draft, number)
        case "edit" if number:
            form = DangerForm(initial=initial_of(draft.dangers[number - 1]), town=town)
            return _page(request, draft, form=form, edited=number)
        case "part":
            return _part(request, draft, typed)
        case "try":
            return _page(request, draft, is_tried=True)
    return _page(request, dataclasses.replace(draft, dangers=moved(draft.dangers, step, number)))


def _put(request: TownRequest, draft: Draft, number: int) -> HttpResponse:
    form = DangerForm(request.POST, town=request.municipality)
    if not form.is_valid():
        return _page(request, draft, form=form, edited=number)
    found = list(draft.dangers)
    was = found[number - 1] if number else None
    danger = form.danger(was, {one.code for one in found})
    if number:
        found[number - 1] = danger
    else:
        found.append(danger)
    return _page(request, dataclasses.replace(draft, dangers=tuple(found)))


def _part(request: TownRequest, draft: Draft, typed: str) -> HttpResponse:
    """Return which of some past cases would have been urgent; the page shows how far it is."""
    part = trials.part_of(queries.EVERY, typed)
    found = queries.dangerous(request.actor, draft.dangers, part)
    return trials.told(
        request,
        part,
        of=queries.count_of(request.actor, part),
        counts={"urgent": len(found)},
        template="desk/settings/danger_trial_rows.html",
        rows=_named(found, request.municipality),
    )


def _named(found: Iterable[tuple[Case, Danger]], town: Municipality) -> list[tuple[Case, str]]:
    language = get_language() or town.language
    return [(case, danger.name_in(language, town.language)) for case, danger in found]


def _publish_or_say_why(request: TownRequest, draft: Draft) -> HttpResponse:
    try:
        publish_dangers(
            municipality=request.municipality,
            dangers=read([one.as_document() for one in draft.dangers]),
            by_user_id=request.actor.user_id,
            now=history.now(),
            base=draft.base,
        )
    except BadDangers as refusal:
        return _page(request, draft, failed=_refusal(refusal, Words(request.municipality)))
    except RulesChangedMeanwhile:
        return _page(request, draft, failed=str(CHANGED_MEANWHILE))
    messages.success(request, _("What residents write from now on is looked at for these dangers."))
    return see_other(reverse("desk:settings_dangers"))


def _refusal(refusal: BadDangers, words: Words) -> str:
    name = refusal.name
    if refusal.code == "UNKNOWN_SERVICE":
        name = words.service(name)
    elif refusal.code == "UNKNOWN_QUESTION":
        name = words.question(name)
    return str(REFUSALS.get(refusal.code, BROKEN)) % {"number": refusal.number, "name": name}


def _in_force(town: Municipality) -> Draft:
    row = DangerSet.objects.filter(municipality=town).select_related("revision").first()
    if row is None or row.revision is None:
        return Draft((), 0)
    return Draft(row.signs.dangers, row.revision.number)


def _page(
    request: TownRequest,
    draft: Draft,
    *,
    form: DangerForm | None = None,
    edited: int = 0,
    failed: str = "",
    is_tried: bool = False,
) -> HttpResponse:
    town = request.municipality
    found = queries.dangerous(request.actor, draft.dangers) if is_tried else []
    return show(
        request,
        "desk/settings/dangers.html",
        SETTING,
        draft=draft,
        carries=SETTING,
        thing="danger",
        history_kind=DANGERS_KIND,
        history_name=SETTING,
        rows=_sentences(draft.dangers, Words(town)),
        is_changed=draft.dangers != _in_force(town).dangers,
        form=form or DangerForm(town=town),
        edited=edited,
        failed=failed,
        is_tried=is_tried,
        tried=queries.count_of(request.actor, queries.EVERY) if is_tried else 0,
        found=_named(found[:MOST_SHOWN], town),
        count=len(found),
        more=max(0, len(found) - MOST_SHOWN),
    )


def _sentences(dangers: tuple[Danger, ...], words: Words) -> list[Sentence]:
    town = words.town
    language = get_language() or town.language
    return [
        Sentence(
            number,
            one.name_in(language, town.language),
            tuple(_signs(one, words)),
            one.advice_in(language, town.language, town.emergency_phone),
        )
        for number, one in enumerate(dangers, 1)
    ]


def _signs(one: Danger, words: Words) -> list[Part]:
    found = [
        Part(language_name(code), ", ".join(f"“{phrase}”" for phrase in some))
        for code, some in one.words.items()
    ]
    if one.services:
        found.append(Part(gettext_lazy("Services"), ", ".join(map(words.service, one.services))))
    return [*found, *parts_of_answers(one.answers, words)]


def _find(town: Municipality, name: str) -> history.Thing | None:
    row = DangerSet.objects.filter(municipality=town).first()
    if name != SETTING or row is None:
        return None
    return history.Thing(row.pk, _("Dangers"), reverse("desk:settings_dangers"))


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        publish_dangers(
            municipality=request.municipality,
            dangers=read(document["dangers"]),
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except BadDangers as refusal:
        raise history.Refused(_refusal(refusal, Words(request.municipality))) from refusal


history.register(history.Kind(DANGERS_KIND, SETTING, MANAGER, _find, _publish))
