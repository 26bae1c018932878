"""Trials of rules on past cases: on which ones, and how far it is."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.cases.queries.past import Sample
from moked.municipalities.models import Municipality
from moked.web.desk.settings import choices
from moked.web.desk.settings.fields import ONLY_SHOWN, SelectField
from moked.web.ui.forms import DayField, Form
from moked.web.ui.requests import TownRequest

LASTS = (100, 500, 1000)
PART = 200


class TrialForm(Form):
    """Which past cases rules are tried on."""

    last = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=LASTS[1],  # type: ignore[arg-type]
        label=gettext_lazy("How many"),
        choices=[(one, str(one)) for one in LASTS],
        initial=LASTS[1],
        error_messages={"invalid_choice": ONLY_SHOWN},
        widget=forms.Select(attrs={"class": "form-select", "data-test": "last"}),
    )
    of_service = SelectField(gettext_lazy("Service"), test="of-service")
    since = DayField(label=gettext_lazy("Opened from"), test="opened-from")
    until = DayField(label=gettext_lazy("Opened up to"), test="opened-to")

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town = town
        lasts = [(one, _("the last %(count)d") % {"count": one}) for one in LASTS]
        self.fields["last"].choices = lasts  # type: ignore[attr-defined]
        self.fields["of_service"].choices = [  # type: ignore[attr-defined]
            ("", _("Every service")),
            *choices.service_choices(town),
        ]

    @property
    def sample(self) -> Sample:
        """The cases, once it is checked."""
        said = self.cleaned_data
        days = (said["since"], said["until"] + timedelta(days=1) if said["until"] else None)
        since, until = (datetime.combine(day, time(), tzinfo=self.town.zone) if day else None for day in days)
        return Sample(said["last"], said["of_service"], since, until)


def part_of(sample: Sample, typed: str) -> Sample:
    """Return the next part of the cases that are tried, from the place a page named."""
    first = int(typed) if typed.isdecimal() and len(typed) < 7 else 0
    return dataclasses.replace(sample, part=(first, first + PART))


def told(
    request: TownRequest,
    part: Sample,
    *,
    of: int,
    counts: Mapping[str, int],
    template: str,
    rows: Sequence[Any],
) -> JsonResponse:
    """Return what a part of a trial came to, so that trial.js can show how far it is.

    `of` is how many cases there are in all; `counts` are added up by their names, beside how many were tried.
    """
    first, tried = (min(place, of) for place in part.part or (0, 0))
    said = {"tried": tried - first, **counts}
    table = render_to_string(template, {"rows": rows}, request)
    return JsonResponse({"all": of, "tried": tried, "counts": said, "rows": table})


def refused() -> JsonResponse:
    """Return that what was chosen cannot be tried; the page says so."""
    return JsonResponse({}, status=400)
