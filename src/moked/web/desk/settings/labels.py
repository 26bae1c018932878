"""Labels: the short words by which colleagues find cases again; residents never see them."""

import dataclasses
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.cases import operations as cases
from moked.cases import queries
from moked.cases.labels import LONGEST_NAME
from moked.cases.models import Label
from moked.cases.operations import LABEL_KIND, UnableToChangeLabel
from moked.municipalities.models import Municipality
from moked.routing.operations import retire_label
from moked.web.desk.settings import history, refusals
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.texts import TextsForm, language_of_reader
from moked.web.ui import labels
from moked.web.ui.access import access
from moked.web.ui.forms import Choice, ChoiceField, Radios
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "labels"
NO_COLOUR = gettext_lazy("No colour")


class LabelForm(TextsForm):
    """What a label is called, and its colour."""

    colour = ChoiceField(
        label=gettext_lazy("Colour"),
        hint=gettext_lazy("It only helps to find the label among others: the word says what it means."),
        widget=Radios(test="colour", test_each=True),
    )

    def __init__(self, *args: Any, label: Label | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_texts(
            "name",
            label=gettext_lazy("Name"),
            hint=gettext_lazy("One word or two: colleagues read it on every row."),
            missing=gettext_lazy("Write the name in the language of the town."),
            values=label.name if label else None,
            max_length=LONGEST_NAME,
        )
        colours = ((one.value, _sample(one.lower(), word)) for one, word in labels.COLOURS.items())
        self.fields["colour"].choices = [("", _sample("neutral", NO_COLOUR)), *colours]  # type: ignore[attr-defined]
        self.fields["colour"].initial = label.colour if label else ""


def _sample(tone: str, word: labels.Words) -> Choice:
    return Choice(format_html('<span class="mk-badge mk-{}">{}</span>', tone, word))


@dataclasses.dataclass(frozen=True)
class Row:
    """A label in the list, and how many open cases have it."""

    label: Label
    cases: int


@access(*MANAGER)
def every_label(request: TownRequest) -> HttpResponse:
    """List the labels with how many open cases have each; and what was retired."""
    town = request.municipality
    counts = queries.open_cases_by_label(request.actor)
    known = queries.labels_of_town(town.pk, language_of_reader(town), town.language)
    rows = [Row(one, counts.get(one.pk, 0)) for one in known]
    return show(
        request,
        "desk/settings/labels.html",
        SETTING,
        rows=[row for row in rows if not row.label.is_retired],
        retired=[row for row in rows if row.label.is_retired],
    )


@access(*MANAGER, methods=BOTH)
def new_label(request: TownRequest) -> HttpResponse:
    """Add a label."""
    town = request.municipality
    form = LabelForm(request.POST if request.method == "POST" else None, town=town, label=None)
    if form.is_valid() and _is_done(request, form, cases.add_label, municipality=town):
        messages.success(request, _("The label is there. Colleagues can add it to cases now."))
        return see_other(reverse("desk:settings_labels"))
    return show(request, "desk/settings/label.html", SETTING, form=form, label=None)


@access(*MANAGER, methods=BOTH)
def label(request: TownRequest, code: str) -> HttpResponse:
    """Rename a label or give it another colour, retire or restore it."""
    found = _label_or_404(request.municipality, code)
    step, failed = request.POST.get("step", ""), ""
    form = LabelForm(request.POST if step == "save" else None, town=request.municipality, label=found)
    if step == "save" and form.is_valid() and _is_done(request, form, cases.change_label, label_id=found.pk):
        return _done(request)
    if operation := {"retire": retire_label, "restore": cases.restore_label}.get(step):
        try:
            operation(label_id=found.pk, by=request.actor, now=history.now())
            return _done(request)
        except UnableToChangeLabel as refusal:
            failed = str(refusals.LABELS[refusal.code])
    return show(request, "desk/settings/label.html", SETTING, form=form, label=found, failed=failed)


def _is_done(request: TownRequest, form: LabelForm, operation: Callable[..., Label], **which: Any) -> bool:
    """Do what was filled in; when it is refused, add the reason to the form."""
    said = {"name": form.texts("name"), "colour": form.cleaned_data["colour"]}
    try:
        operation(**which, **said, by=request.actor, now=history.now())
    except UnableToChangeLabel as refusal:
        form.add_error(f"name_{form.town.language}", str(refusals.LABELS[refusal.code]))
        return False
    return True


def _done(request: TownRequest) -> HttpResponse:
    messages.success(request, _("Published."))
    return see_other(reverse("desk:settings_labels"))


def _label_or_404(town: Municipality, code: str) -> Label:
    found = queries.label_by_code(town.pk, code)
    if found is None:
        raise Http404
    return found


def _find(town: Municipality, code: str) -> history.Thing | None:
    found = queries.label_by_code(town.pk, code)
    if found is None:
        return None
    title = found.name_in(language_of_reader(town), town.language)
    return history.Thing(found.pk, title, reverse("desk:settings_label", args=[code]))


def _publish(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    """Call a label again what it was called, in the colour it had."""
    found = queries.label_by_code(request.municipality.pk, code)
    if found is None:
        raise history.Refused(str(refusals.LABELS["NOT_FOUND"]))
    said = {"name": document["name"], "colour": document["colour"]}
    try:
        cases.change_label(label_id=found.pk, **said, by=request.actor, now=history.now())
    except UnableToChangeLabel as refusal:
        raise history.Refused(str(refusals.LABELS[refusal.code])) from refusal


history.register(history.Kind(LABEL_KIND, SETTING, MANAGER, _find, _publish))
