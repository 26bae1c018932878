"""The town's map: areas, streets and landmarks from files, looked at before they hold."""

import dataclasses
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.places import imports
from moked.places.models import Area, Landmark, MapImport, Street
from moked.places.rules import AreaKind
from moked.web.desk.settings import history
from moked.web.desk.settings.fields import ONLY_SHOWN, CheckField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.ui.access import access
from moked.web.ui.forms import Form
from moked.web.ui.labels import AREA_KINDS, Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "map"
STREETS, LANDMARKS = "STREETS", "LANDMARKS"
MOST_APPLIED = 20
REFUSALS: dict[str, Words] = {
    "MISSING": gettext_lazy("This file is no longer there. Upload it again."),
    "STALE": gettext_lazy("The map has changed since the file was looked at. Upload it again."),
}
TABLES: dict[str, Words] = {
    STREETS: gettext_lazy("Streets and house numbers (CSV)"),
    LANDMARKS: gettext_lazy("Landmarks (CSV)"),
}


class MapFileForm(Form):
    """A file, and what it is about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = [(kind.value, _("%(kind)s (GeoJSON)") % {"kind": AREA_KINDS[kind]}) for kind in AreaKind]
        self.fields["subject"] = forms.ChoiceField(
            label=gettext_lazy("What the file holds"),
            choices=[*areas, *TABLES.items()],
            widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "subject"}),
            error_messages={"required": ONLY_SHOWN, "invalid_choice": ONLY_SHOWN},
        )
        missing = gettext_lazy("Choose a file.")
        self.fields["file"] = forms.FileField(
            label=gettext_lazy("File"),
            allow_empty_file=True,
            max_length=200,
            widget=forms.FileInput(attrs={"class": "form-control mk-short", "data-test": "file"}),
            error_messages={"required": missing, "invalid": missing, "missing": missing},
        )
        self.fields["is_partial"] = CheckField(
            label=gettext_lazy("The streets are only some of the town's"),
            hint=gettext_lazy("Streets that the file lacks stay as they are."),
        )
        self.fields["swap"] = CheckField(
            label=gettext_lazy("Longitude and latitude are exchanged in it"),
            hint=gettext_lazy("Tick this when the check says so."),
        )


@dataclasses.dataclass(frozen=True)
class Stock:
    """How many of something the map holds."""

    title: Words
    count: int


@access(*MANAGER, methods=BOTH)
def town_map(request: TownRequest) -> HttpResponse:
    """Show what the map holds; look at a file, apply one that was looked at, or a former one again."""
    step = request.POST.get("step", "")
    if step == "apply":
        return _apply(request)
    form = MapFileForm(request.POST, request.FILES) if step == "check" else MapFileForm()
    preview = _checked(request, form) if form.is_valid() else None
    return _page(request, form=form, preview=preview)


def _page(
    request: TownRequest,
    *,
    form: MapFileForm | None = None,
    preview: imports.Preview | None = None,
    failed: str = "",
) -> HttpResponse:
    return show(
        request,
        "desk/settings/map.html",
        SETTING,
        form=form or MapFileForm(),
        preview=preview,
        parts=_parts(preview) if preview else [],
        failed=failed,
        stocks=_stocks(request.municipality.pk),
        applied=_applied(request.municipality.pk),
    )


def _parts(preview: imports.Preview) -> list[tuple[Words, imports.Named]]:
    return [
        (_("New"), preview.new),
        (_("Changed"), preview.changed),
        (_("The same"), preview.same),
        (_("No longer in it, to be retired"), preview.gone),
    ]


def _stocks(municipality_id: int) -> list[Stock]:
    in_use = {"municipality_id": municipality_id, "is_retired": False}
    areas = [
        Stock(word, Area.objects.filter(**in_use, kind=kind).count()) for kind, word in AREA_KINDS.items()
    ]
    tables = ((_("Streets"), Street), (_("Landmarks"), Landmark))
    return [*areas, *(Stock(word, model.objects.filter(**in_use).count()) for word, model in tables)]


def _applied(municipality_id: int) -> list[tuple[MapImport, Words]]:
    """Return the files that were applied last, newest first, each with what it is about."""
    rows = MapImport.objects.filter(
        municipality_id=municipality_id, state=MapImport.State.APPLIED
    ).select_related("revision")
    newest = rows.defer("records").order_by("-id")[:MOST_APPLIED]
    return [(one, TABLES.get(one.subject) or AREA_KINDS[AreaKind(one.area_kind)]) for one in newest]


def _checked(request: TownRequest, form: MapFileForm) -> imports.Preview:
    said = form.cleaned_data
    subject, file = said["subject"], said["file"]
    of: dict[str, Any] = {
        "municipality": request.municipality,
        "source": file.name,
        "swap": said["swap"],
        "by_user_id": request.actor.user_id,
        "now": history.now(),
    }
    if subject == STREETS:
        return imports.check_streets(file=file.file, is_whole=not said["is_partial"], **of)
    if subject == LANDMARKS:
        return imports.check_landmarks(file=file.file, **of)
    return imports.check_areas(kind=subject, content=file.read(), **of)


def _apply(request: TownRequest) -> HttpResponse:
    typed = request.POST.get("import", "")
    try:
        imports.apply_import(
            municipality=request.municipality,
            import_id=int(typed) if typed.isdecimal() and len(typed) < 19 else 0,
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except imports.UnableToApply as refusal:
        return _page(request, failed=str(REFUSALS[refusal.code]))
    messages.success(request, _("The map is changed."))
    return see_other(reverse("desk:settings_map"))
