"""Exports: which cases, how many these are, what the file will hold, and the files one has asked for."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.rules import SEES_CASES
from moked.cases.queries import labels_of_town
from moked.catalogue.models import Service
from moked.catalogue.queries import by_name
from moked.catalogue.queries import offered as offered_by
from moked.exchange.exports import operations, queries
from moked.exchange.exports.rules import (
    ANY,
    AT_ONCE,
    CLOSED,
    MOST_IN_WORKBOOK,
    Format,
    Selection,
    columns_for,
)
from moked.exchange.models import Export
from moked.intake.operations import submission_key
from moked.web.desk.export_words import HEADERS, WORDS
from moked.web.desk.queue import VIEWS
from moked.web.ui.access import access
from moked.web.ui.forms import Choice, ChoiceField, DayField, Form, Radios, SubmissionField
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

CHOICES: dict[str, Words] = {
    **VIEWS,
    CLOSED: gettext_lazy("All closed"),
    ANY: gettext_lazy("Open and closed"),
}
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ZIP: "application/zip",
}
REFUSALS: dict[str, Words] = {
    "TOO_MANY_ROWS": gettext_lazy(
        "A workbook holds up to 50,000 cases. Choose CSV, or narrow down which cases."
    ),
    "TOO_MANY_IN_WORK": gettext_lazy("Three of your exports are being made. Wait until one is ready."),
    "NO_ROOM": gettext_lazy("The server has no room for files at present. Tell the people who run it."),
}


@dataclasses.dataclass(frozen=True)
class Offered:
    """What cases may be narrowed down to: the names of services by slug, of labels by code."""

    services: dict[str, str]
    labels: dict[str, str]


class ExportForm(Form):
    """Which cases, and as what kind of file."""

    which = ChoiceField(
        label=gettext_lazy("Which cases"),
        missing=gettext_lazy("Choose which cases."),
        choices=list(CHOICES.items()),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "which"}),
    )
    service = ChoiceField(
        label=gettext_lazy("Service"),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "service"}),
    )
    label = ChoiceField(
        label=gettext_lazy("Label"),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "label"}),
    )
    opened_from = DayField(label=gettext_lazy("Opened from"), test="opened-from")
    opened_to = DayField(label=gettext_lazy("Opened up to"), test="opened-to")
    kind = ChoiceField(
        label=gettext_lazy("File"),
        missing=gettext_lazy("Choose the kind of file."),
        choices=[
            (Format.XLSX, Choice(gettext_lazy("Workbook (XLSX)"), gettext_lazy("For spreadsheet programs"))),
            (Format.CSV, Choice(gettext_lazy("Plain text (CSV)"), gettext_lazy("For other programs"))),
            (
                Format.ZIP,
                Choice(
                    gettext_lazy("Timeline (ZIP)"),
                    gettext_lazy("All that happened, without names and words, to count figures anew"),
                ),
            ),
        ],
        widget=Radios(test="kind", test_each=True),
    )
    submission = SubmissionField()

    def __init__(self, data: QueryDict | None, *, offered: Offered, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        services = [("", gettext_lazy("Every service")), *offered.services.items()]
        self.fields["service"].choices = services  # type: ignore[attr-defined]
        if offered.labels:
            labels = [("", gettext_lazy("Any label or none")), *offered.labels.items()]
            self.fields["label"].choices = labels  # type: ignore[attr-defined]
        else:
            del self.fields["label"]

    def clean(self) -> dict[str, Any]:
        """Return what was said; complain about days in the wrong order."""
        said = super().clean() or {}
        first, last = said.get("opened_from"), said.get("opened_to")
        if first and last and last < first:
            self.add_error("opened_to", _("Choose a day that is not before the first one."))
        return said

    @property
    def selection(self) -> Selection:
        """What a valid form says."""
        names = ("which", "service", "label", "opened_from", "opened_to")
        return Selection(**{name: self.cleaned_data[name] for name in names if name in self.fields})


@dataclasses.dataclass(frozen=True)
class OwnExport:
    """An export in the list of one's own, and what it holds in words."""

    export: Export
    which: str
    service: str
    label: str


@access(*SEES_CASES, methods=("GET", "POST"))
def exports(request: TownRequest) -> HttpResponse:
    """Say what a file would hold; on "export" hand it over at once or have it made."""
    offered = _offered(request)
    if request.method == "POST":
        form = ExportForm(request.POST, offered=offered)
        if request.POST.get("step") == "export" and form.is_valid() and (done := _ask(request, form)):
            return done
        if is_fragment(request):
            return render(request, "desk/exports_size.html", _size(request, form))
        return _page(request, form, offered)
    if is_fragment(request):
        return render(request, "desk/exports_own.html", _own(request, offered))
    return _page(request, _fresh_form(request, offered), offered)


@access(*SEES_CASES)
def export_file(request: TownRequest, key: str) -> HttpResponseBase:
    """Hand over a finished export to who asked for it, if they may still see what is in it."""
    try:
        found = operations.fetch(key=key, by=request.actor, now=datetime.now(UTC))
    except operations.NoSuchExport:
        raise Http404 from None
    except operations.RightsTaken:
        offered = _offered(request)
        return _page(request, _fresh_form(request, offered), offered, is_refused=True)
    return FileResponse(
        found.file, as_attachment=True, filename=found.name, content_type=MEDIA_TYPES[found.kind]
    )


def is_fragment(request: TownRequest) -> bool:
    """Tell whether a script asks for a part of the page only."""
    return request.headers.get("HX-Request") == "true"


def _ask(request: TownRequest, form: ExportForm) -> HttpResponse | None:
    """Ask for the export; None when it is refused, with the reason on the form."""
    said = form.cleaned_data
    try:
        export = operations.ask(
            town=request.municipality,
            selection=form.selection,
            kind=Format(said["kind"]),
            language=request.LANGUAGE_CODE,
            words=WORDS,
            by=request.actor,
            now=datetime.now(UTC),
            submission=submission_key(said["submission"], said["kind"], *_said(form.selection)),
        )
    except operations.UnableToExport as refusal:
        form.add_error(None, str(REFUSALS[refusal.code]))
        return None
    here = reverse("desk:exports")
    if export.is_ready:
        return see_other(f"{here}?{urlencode({'ready': export.key})}")
    messages.success(request, _("The file is being made. Its link will be below."))
    return see_other(here)


def _said(selection: Selection) -> list[str]:
    return [f"{name}={value}" for name, value in selection.as_document().items()]


def _page(
    request: TownRequest, form: ExportForm, offered: Offered, *, is_refused: bool = False
) -> HttpResponse:
    context = {
        "place": "queue",
        "form": form,
        "columns": [HEADERS[column] for column in columns_for(request.actor)],
        "is_refused": is_refused,
        "ready": None if form.is_bound else _ready(request),
        **_own(request, offered),
        **_size(request, form),
    }
    return render(request, "desk/exports.html", context, status=403 if is_refused else 200)


def _ready(request: TownRequest) -> Export | None:
    """Return the export that was made just now, whose download begins by itself."""
    key = request.GET.get("ready")
    found = queries.exports_of(request.actor, now=datetime.now(UTC)) if key else []
    return next((one for one in found if one.is_ready and one.key == key), None)


def _size(request: TownRequest, form: ExportForm) -> dict[str, Any]:
    """Return how many cases the form means, counted no further than a workbook holds; None while it errs."""
    if form.is_bound:
        selection = form.selection if form.is_valid() else None
    else:
        chosen = {name: value for name, value in form.initial.items() if name != "kind"}
        selection = Selection(**chosen)
    size = None
    if selection:
        size = queries.size(
            request.actor,
            selection,
            town=request.municipality,
            now=datetime.now(UTC),
            most=MOST_IN_WORKBOOK + 1,
        )
    return {
        "size": size,
        "at_once": size is not None and size <= AT_ONCE,
        "is_beyond": size is not None and size > MOST_IN_WORKBOOK,
    }


def _fresh_form(request: TownRequest, offered: Offered) -> ExportForm:
    """Return a form that asks for what the queue was narrowed to, or again for what was made just now."""
    view, service, label = (request.GET.get(name, "") for name in ("view", "service", "label"))
    initial: dict[str, Any] = {
        "which": view if view in CHOICES else "all",
        "service": service if service in offered.services else "",
        "label": label if label in offered.labels else "",
        "kind": Format.XLSX,
    }
    if made := _ready(request):
        initial |= {**dataclasses.asdict(Selection.from_document(made.selection)), "kind": made.format}
    return ExportForm(None, offered=offered, initial=initial)


def _offered(request: TownRequest) -> Offered:
    """Return the names of the town's services and labels, in the order of the alphabet."""
    town, language = request.municipality, request.LANGUAGE_CODE
    services: list[Service] = by_name(offered_by(town.pk), language, town.language)
    labels = labels_of_town(town.pk, language, town.language)
    return Offered(
        {one.slug: one.name_in(language, town.language) for one in services},
        {one.code: one.name_in(language, town.language) for one in labels},
    )


def _own(request: TownRequest, offered: Offered) -> dict[str, Any]:
    """Return the exports of who asks, and whether one is still being made."""
    found = queries.exports_of(request.actor, now=datetime.now(UTC))
    own = [
        OwnExport(
            export,
            which=str(CHOICES.get(export.selection.get("which", ""), CHOICES["all"])),
            service=offered.services.get(slug, slug) if (slug := export.selection.get("service", "")) else "",
            label=offered.labels.get(code, code) if (code := export.selection.get("label", "")) else "",
        )
        for export in found
    ]
    return {"own": own, "is_in_work": any(export.is_in_work for export in found)}
