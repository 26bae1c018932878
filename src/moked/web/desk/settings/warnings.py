"""Warnings: who is told before a promise breaks, and after.

Nothing is kept before it is published: the warnings travel with the page, checked each time they come back.
"""

import dataclasses
import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.catalogue.rules import Priority
from moked.municipalities.models import Municipality
from moked.sla.models import WarningSet
from moked.sla.operations import publish_warnings
from moked.sla.operations.warnings import WARNINGS_KIND
from moked.sla.queries import warnings_of
from moked.sla.rules import IN_DAYS, BadTarget, Target, Unit
from moked.sla.targets import PROMISED
from moked.sla.warnings import LARGEST_SHARE, LONGEST_REASON, BadWarnings, Level, Moment, Whom, read
from moked.web.desk import levels
from moked.web.desk.settings import drafts, history
from moked.web.desk.settings.calendar_forms import MOST_AMOUNT, UNITS, add_target, target_text
from moked.web.desk.settings.choices import service_choices
from moked.web.desk.settings.fields import ONLY_SHOWN, CheckField, ChecksField, WholeField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.routing_words import Words
from moked.web.desk.settings.texts import TextsForm
from moked.web.ui import labels
from moked.web.ui.access import access
from moked.web.ui.labels import Words as Text
from moked.web.ui.promises import in_words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "warnings"
WHEN: dict[str, Text] = {
    "%": gettext_lazy("of the time used up"),
    "-": gettext_lazy("before the time is over"),
    "+": gettext_lazy("after the time is over"),
    "*": gettext_lazy("again and again after the time is over"),
}
CHANGED_MEANWHILE = gettext_lazy(
    "A colleague published other warnings in the meantime. Look at the history, then open this page again."
)
BROKEN = gettext_lazy("The warnings on this page cannot be read any more. Open the page again.")
NO_SHARE = gettext_lazy("Write a share from 1 to 100.")
HOURS_BEFORE = gettext_lazy("Count the time before in hours or minutes of opening.")


class LevelForm(TextsForm):
    """One warning being written."""

    kinds = ChecksField(label=gettext_lazy("Of which promise"), choices=list(levels.PROMISES.items()))
    unit = forms.ChoiceField(
        required=False,
        label=gettext_lazy("counted in"),
        choices=[
            ("%", gettext_lazy("percent")),
            *((unit.value, word) for unit, word in UNITS.items() if unit != Unit.CALENDAR_DAYS),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": ONLY_SHOWN},
    )
    when = forms.ChoiceField(
        required=False,
        label=gettext_lazy("When"),
        choices=list(WHEN.items()),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "when"}),
        error_messages={"invalid_choice": ONLY_SHOWN},
    )
    whom = ChecksField(label=gettext_lazy("Who is told"), choices=list(levels.WHOM.items()))
    services = ChecksField(
        label=gettext_lazy("Services"), hint=gettext_lazy("None chosen: whatever it is about.")
    )
    priorities = ChecksField(
        label=gettext_lazy("Priority"),
        hint=gettext_lazy("None chosen: however urgent it is."),
        choices=[(one.value, labels.PRIORITIES[one]) for one in Priority],
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, town=town, **kwargs)
        level: Level | None = self.initial.get("level")
        self.fields["amount"] = WholeField(
            label=_("How much"), missing=_("Write how much."), least=1, most=MOST_AMOUNT
        )
        self.fields["by_mail"] = CheckField(label=_("By mail too"), test="by-mail")
        self.fields["gives"] = CheckField(
            label=_("The case goes to the department's manager"),
            hint=_("The manager becomes its handler."),
            test="gives",
        )
        add_target(
            self, "later", _("The resident is told a later time: by how much"), level.later if level else ""
        )
        self.add_texts(
            "reason",
            label=_("Why it takes longer"),
            hint=_("The resident reads it word by word. Only where a later time is told."),
            values=level.reason if level else {},
            max_length=LONGEST_REASON,
            rows=2,
        )
        self.fields["services"].choices = service_choices(town)  # type: ignore[attr-defined]

    def clean_kinds(self) -> list[str]:
        """Ask for a promise."""
        if not self.cleaned_data["kinds"]:
            raise ValidationError(_("Choose of which promise it warns."), code="missing")
        return list(self.cleaned_data["kinds"])

    def clean(self) -> dict[str, Any]:
        """Put the moment together, and ask who is told."""
        said = dict(self.cleaned_data)
        self._check_later(said)
        if not said.get("whom") and not said.get("gives") and not said.get("later_amount"):
            self.add_error("whom", ValidationError(_("Choose who is told."), code="missing"))
        amount, when = said.get("amount"), said.get("when") or "%"
        if amount is None:
            return said
        unit = said.get("unit") or "%"
        if when == "%":
            if amount > LARGEST_SHARE:
                self.add_error("amount", ValidationError(NO_SHARE, code="share"))
            said["at"] = f"{amount}%"
            return said
        try:
            target = Target.read(f"{amount}{Unit.HOURS if unit == '%' else unit}")
        except BadTarget as refusal:
            self.add_error("amount", ValidationError(str(refusal), code="target"))
            return said
        if when == "-" and target.unit in IN_DAYS:
            self.add_error("unit", ValidationError(HOURS_BEFORE, code="hours"))
        said["at"] = f"{when}{target}"
        return said

    def _check_later(self, said: dict[str, Any]) -> None:
        """Ask why it takes longer, where a later time is told."""
        if said.get("later_amount") is None:
            return
        try:
            target_text(self, "later")
        except BadTarget as refusal:
            self.add_error("later_amount", ValidationError(str(refusal), code="target"))
        if not said.get(f"reason_{self.town.language}"):
            missing = _("Write why it takes longer.")
            self.add_error(f"reason_{self.town.language}", ValidationError(missing, code="missing"))

    @property
    def level(self) -> Level:
        """The warning, once it is checked."""
        said = self.cleaned_data
        return Level(
            kinds=tuple(kind for kind in PROMISED if kind in said["kinds"]),
            at=Moment(said["at"]),
            whom=tuple(one for one in Whom if one in said["whom"]),
            by_mail=said["by_mail"],
            gives=said["gives"],
            services=tuple(said["services"]),
            priorities=tuple(Priority(one) for one in said["priorities"]),
            later=target_text(self, "later"),
            reason=self.texts("reason") if said["later_amount"] else {},
        )


def initial_of(level: Level) -> dict[str, Any]:
    """Return what the form shows of a warning that is changed."""
    document = level.as_document()
    text = level.at.text
    if level.at.share:
        moment = {"amount": level.at.share, "unit": "%", "when": "%"}
    else:
        target = Target.read(text[1:])
        moment = {"amount": target.amount, "unit": str(target.unit), "when": text[0]}
    return {name: said for name, said in document.items() if name != "at"} | moment | {"level": level}


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A warning in words: when it comes, and who is told."""

    number: int
    title: str
    parts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Draft:
    """The warnings as they stand on the page, and the revision they began from."""

    levels: tuple[Level, ...]
    base: int

    @property
    def as_text(self) -> str:
        """The warnings as the page carries them."""
        return json.dumps([level.as_document() for level in self.levels], ensure_ascii=False)


@access(*MANAGER, methods=BOTH)
def warnings(request: TownRequest) -> HttpResponse:
    """Show the warnings in force; change them on the page, and publish them."""
    town = request.municipality
    if request.method != "POST":
        return _page(request, _draft_in_force(town))
    try:
        draft = _draft_sent(request)
    except BadWarnings:
        return _page(request, _draft_in_force(town), failed=str(BROKEN))
    step, _sep, typed = request.POST.get("step", "").partition(":")
    number = number_in(typed, draft.levels)
    match step:
        case "publish":
            return _publish_or_say_why(request, draft)
        case "put":
            return _put(request, draft, number)
        case "edit" if number:
            form = LevelForm(initial=initial_of(draft.levels[number - 1]), town=town)
            return _page(request, draft, form=form, edited=number)
    return _page(request, dataclasses.replace(draft, levels=moved(draft.levels, step, number)))


def _put(request: TownRequest, draft: Draft, number: int) -> HttpResponse:
    """Put the warning that was written in its place, or at the end."""
    form = LevelForm(request.POST, town=request.municipality)
    if not form.is_valid():
        return _page(request, draft, form=form, edited=number)
    found = list(draft.levels)
    if number:
        found[number - 1] = form.level
    else:
        found.append(form.level)
    return _page(request, dataclasses.replace(draft, levels=tuple(found)))


def _publish_or_say_why(request: TownRequest, draft: Draft) -> HttpResponse:
    town = request.municipality
    if draft.base != _revision_of(town):
        return _page(request, draft, failed=str(CHANGED_MEANWHILE))
    try:
        _publish_levels(request, draft.levels)
    except BadWarnings as refusal:
        return _page(request, draft, failed=_unknown_service(refusal))
    messages.success(request, _("The warnings hold from now on."))
    return see_other(reverse("desk:settings_warnings"))


def _publish_levels(request: TownRequest, found: tuple[Level, ...]) -> None:
    publish_warnings(
        municipality=request.municipality,
        levels=found,
        by_user_id=request.actor.user_id,
        now=history.now(),
    )


def _unknown_service(refusal: BadWarnings) -> str:
    said = {"number": refusal.number, "name": str(refusal)}
    return _("The service “%(name)s” of warning %(number)d is no longer there. Change it.") % said


def _revision_of(town: Municipality) -> int:
    row = WarningSet.objects.filter(municipality=town).select_related("revision").first()
    return row.revision.number if row and row.revision else 0


def _draft_in_force(town: Municipality) -> Draft:
    return Draft(warnings_of(town.pk), _revision_of(town))


def _draft_sent(request: TownRequest) -> Draft:
    """Return the warnings that came back with the page; raises BadWarnings for what it did not send."""
    try:
        document, base = drafts.sent(request, "warnings")
    except ValueError:
        raise BadWarnings(0, str(BROKEN)) from None
    return Draft(read(document), base)


def _page(
    request: TownRequest, draft: Draft, *, form: LevelForm | None = None, edited: int = 0, failed: str = ""
) -> HttpResponse:
    town = request.municipality
    names = Words(town)
    return show(
        request,
        "desk/settings/warnings.html",
        SETTING,
        draft=draft,
        carries="warnings",
        thing="warning",
        history_kind=WARNINGS_KIND,
        history_name=SETTING,
        rows=[_sentence(number, level, names) for number, level in enumerate(draft.levels, 1)],
        is_changed=draft.levels != warnings_of(town.pk),
        form=form or LevelForm(town=town),
        edited=edited,
        failed=failed,
    )


def _sentence(number: int, level: Level, names: Words) -> Sentence:
    whom = ", ".join(str(levels.WHOM[one]) for one in level.whom)
    parts = [
        ", ".join(levels.promise_word(kind) for kind in level.kinds),
        _("Told: %(whom)s") % {"whom": whom} if whom else "",
        _("by mail too") if level.by_mail else "",
        _("goes to the manager") if level.gives else "",
        _("the resident is told: %(time)s later") % {"time": in_words(level.later)} if level.later else "",
        ", ".join(str(labels.PRIORITIES[one]) for one in level.priorities),
        ", ".join(names.service(slug) for slug in level.services),
    ]
    return Sentence(number, levels.words(level.at.text), tuple(filter(None, parts)))


def _find(town: Municipality, name: str) -> history.Thing | None:
    row = WarningSet.objects.filter(municipality=town).first()
    if name != SETTING or row is None:
        return None
    return history.Thing(row.pk, _("Warnings"), reverse("desk:settings_warnings"))


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        _publish_levels(request, read(document["warnings"]))
    except BadWarnings as refusal:
        raise history.Refused(_unknown_service(refusal)) from refusal


history.register(history.Kind(WARNINGS_KIND, SETTING, MANAGER, _find, _publish))
