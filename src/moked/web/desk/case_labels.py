"""The labels of a case: those it has, and the form that puts others on it and takes them off."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.cases import queries
from moked.cases.models import Case, Label
from moked.web.desk.forms import CaseForm
from moked.web.desk.refusals import CHANGES
from moked.web.ui.forms import ChoiceField


@dataclasses.dataclass(frozen=True)
class LabelsOfCase:
    """The labels on a case, and those that may be put on it, each by name."""

    on: Sequence[Label]
    others: Sequence[Label]


def labels_of(case: Case) -> LabelsOfCase:
    """Return the labels of a case and the others of its town; retired ones are put on none."""
    known = queries.labels_of_town(case.municipality_id, get_language() or "en", case.municipality.language)
    on = queries.labels_on([case], known).get(case.pk, [])
    return LabelsOfCase(on, [one for one in known if not one.is_retired and one not in on])


class LabelsForm(CaseForm):
    """A label to put on a case, or one to take off."""

    place = "labels"
    add = ChoiceField(
        label=_("Add a label"),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "label-choice"}),
    )
    remove = ChoiceField(label=_("Remove"), widget=forms.HiddenInput())

    def __init__(
        self, data: QueryDict | None, *, case: Case, labels: LabelsOfCase, has_focus: bool = False
    ) -> None:
        super().__init__(data)
        language, town = get_language() or "en", case.municipality.language
        on, others = (
            [(one.code, one.name_in(language, town)) for one in some] for some in (labels.on, labels.others)
        )
        # A page that was opened before may ask for what is so already.
        offered = [*others, *on] if data else others
        self.fields["add"].choices = [("", _("Choose")), *offered]  # type: ignore[attr-defined]
        self.fields["remove"].choices = [*on, *others]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = CHANGES["UNKNOWN_LABEL"]
        if has_focus:
            self.fields["add"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """Ask for a label."""
        said = dict(self.cleaned_data)
        if not self.errors and not said.get("add") and not said.get("remove"):
            self.add_error("add", ValidationError(_("Choose a label."), code="missing"))
        return said

    @property
    def change(self) -> dict[str, Any]:
        """The codes of what is put on and taken off."""
        return {name: [code] for name in ("add", "remove") if (code := self.cleaned_data[name])}
