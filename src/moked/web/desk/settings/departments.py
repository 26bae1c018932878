"""Departments: the tree of those who handle cases."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.accounts import operations as accounts
from moked.accounts import queries
from moked.accounts.models import Department
from moked.catalogue.queries import of_department
from moked.municipalities.models import Municipality
from moked.routing.operations import retire_department
from moked.web.desk.settings import history, refusals
from moked.web.desk.settings.frame import ADMINISTRATOR, BOTH, show
from moked.web.desk.settings.texts import TextsForm
from moked.web.ui.access import access
from moked.web.ui.forms import ChoiceField
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "departments"
AT_THE_TOP = ""
INDENT = "\u2003"


class DepartmentForm(TextsForm):
    """A department's names, and the one above it."""

    parent = ChoiceField(
        label=gettext_lazy("Belongs to"),
        hint=gettext_lazy("Managers also see the cases of the departments below theirs."),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "parent"}),
    )

    def __init__(self, *args: Any, department: Department | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_texts(
            "name",
            label=gettext_lazy("Name"),
            missing=gettext_lazy("Write the name in the language of the town."),
            values=department.name if department else None,
        )
        branches = queries.tree(self.town.pk)
        self.departments = {branch.department.code: branch.department for branch in branches}
        choices = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, self.town))
            for branch in branches
            if department is None or branch.department.pk != department.pk
        ]
        self.fields["parent"].choices = [(AT_THE_TOP, _("None: at the top")), *choices]  # type: ignore[attr-defined]
        above = department.parent if department else None
        self.fields["parent"].initial = above.code if above else AT_THE_TOP

    @property
    def above(self) -> Department | None:
        """The department above, once it is checked."""
        return self.departments.get(self.cleaned_data["parent"])


def named(department: Department, town: Municipality) -> str:
    """Return a department's name for who reads the page."""
    return department.name_in(get_language() or town.language, town.language)


@access(*ADMINISTRATOR)
def departments(request: TownRequest) -> HttpResponse:
    """Show the tree, and what was retired."""
    town = request.municipality.pk
    return show(
        request,
        "desk/settings/departments.html",
        SETTING,
        branches=queries.tree(town),
        retired=queries.retired_departments(town),
    )


@access(*ADMINISTRATOR, methods=BOTH)
def new_department(request: TownRequest) -> HttpResponse:
    """Add a department."""
    form = DepartmentForm(_sent(request), town=request.municipality, department=None)
    if form.is_valid() and (added := _do(form, lambda: _add(request, form))):
        messages.success(request, _("The department %(name)s is there.") % _name_of(added, request))
        return see_other(reverse("desk:settings_departments"))
    return show(request, "desk/settings/department.html", SETTING, form=form, department=None)


@access(*ADMINISTRATOR, methods=BOTH)
def department(request: TownRequest, code: str) -> HttpResponse:
    """Rename, move, retire or restore a department."""
    found = queries.department_by_code(request.municipality.pk, code)
    if found is None:
        raise Http404
    step = request.POST.get("step", "")
    sent = request.POST if step == "save" else None
    form = DepartmentForm(sent, town=request.municipality, department=found)
    failed = ""
    if request.method == "POST":
        if step == "save":
            done = form.is_valid() and _do(form, lambda: _change(request, form, found))
        else:
            done, failed = _retire_or_restore(request, found, step)
        if done:
            messages.success(request, _said(step) % _name_of(done, request))
            return see_other(reverse("desk:settings_departments"))
    return show(
        request,
        "desk/settings/department.html",
        SETTING,
        form=form,
        failed=failed,
        department=found,
        services=of_department(found),
    )


def _said(step: str) -> str:
    return {
        "retire": _("The department %(name)s is retired."),
        "restore": _("The department %(name)s handles cases again."),
    }.get(step, _("The department %(name)s is changed."))


def _name_of(department: Department, request: TownRequest) -> dict[str, str]:
    return {"name": named(department, request.municipality)}


def _sent(request: TownRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _add(request: TownRequest, form: DepartmentForm) -> Department:
    return accounts.add_department(
        municipality=request.municipality,
        name=form.texts("name"),
        parent=form.above,
        by=request.actor,
        now=history.now(),
    )


def _change(request: TownRequest, form: DepartmentForm, department: Department) -> Department:
    return accounts.change_department(
        department_id=department.pk,
        name=form.texts("name"),
        parent_id=form.above.pk if form.above else None,
        by=request.actor,
        now=history.now(),
    )


def _do(form: DepartmentForm, change: Callable[[], Department]) -> Department | None:
    """Do it; when it is refused, add the reason to the form."""
    try:
        return change()
    except accounts.UnableToChangeDepartment as refusal:
        form.add_error(None, refusals.DEPARTMENTS[refusal.code])
        return None


def _retire_or_restore(
    request: TownRequest, department: Department, step: str
) -> tuple[Department | None, str]:
    operation = {"retire": retire_department, "restore": accounts.restore_department}.get(step)
    if operation is None:
        return None, ""
    try:
        return operation(department_id=department.pk, by=request.actor, now=history.now()), ""
    except accounts.UnableToChangeDepartment as refusal:
        return None, str(refusals.DEPARTMENTS[refusal.code])


def _find(town: Municipality, code: str) -> history.Thing | None:
    found = queries.department_by_code(town.pk, code)
    if found is None:
        return None
    url = reverse("desk:settings_department", args=[code])
    return history.Thing(found.pk, named(found, town), url)


def _publish(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    town = request.municipality.pk
    found = queries.department_by_code(town, code)
    above = queries.department_by_code(town, document["parent"]) if document["parent"] else None
    if found is None or (document["parent"] and above is None):
        raise history.Refused(refusals.DEPARTMENTS["UNKNOWN_PARENT"])
    try:
        accounts.change_department(
            department_id=found.pk,
            name=document["name"],
            parent_id=above.pk if above else None,
            by=request.actor,
            now=history.now(),
        )
    except accounts.UnableToChangeDepartment as refusal:
        raise history.Refused(refusals.DEPARTMENTS[refusal.code]) from refusal


history.register(history.Kind("department", SETTING, ADMINISTRATOR, _find, _publish))
