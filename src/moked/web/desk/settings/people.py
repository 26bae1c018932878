"""People: who may sign in, with which roles."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from moked.accounts import operations as accounts
from moked.accounts import queries
from moked.accounts.queries import Colleague
from moked.accounts.rules import DEPARTMENTAL, Role
from moked.base.lengths import LONGEST_NAME
from moked.municipalities.models import Municipality
from moked.web.desk.settings import history, refusals
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.frame import ADMINISTRATOR, BOTH, show
from moked.web.ui import labels
from moked.web.ui.access import access
from moked.web.ui.forms import Choice, ChoiceField, EmailField, Form, LineField, Radios
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "people"
NO_DEPARTMENT = ""
MAY = {
    Role.AGENT: gettext_lazy("Takes reports and works on every case of the town."),
    Role.DEPARTMENT_WORKER: gettext_lazy("Works on the cases of one department."),
    Role.DEPARTMENT_MANAGER: gettext_lazy("Works on the cases of a department and of all below it."),
    Role.SERVICE_MANAGER: gettext_lazy("Sets up services, texts and rules, and sees every case."),
    Role.ADMINISTRATOR: gettext_lazy("Gives and takes roles; sees no cases."),
    Role.AUDITOR: gettext_lazy("Reads every case and changes nothing."),
}


class RoleForm(Form):
    """A role, and the department in which it holds."""

    role = ChoiceField(
        label=gettext_lazy("Role"),
        missing=gettext_lazy("Choose a role."),
        choices=[(role.value, Choice(labels.ROLES[role], words)) for role, words in MAY.items()],
        widget=Radios(test="role", test_each=True),
    )
    department = ChoiceField(
        label=gettext_lazy("Department"),
        hint=gettext_lazy("Only for the two roles of departments."),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "department"}),
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches = queries.tree(town.pk)
        self.ids = {branch.department.code: branch.department.pk for branch in branches}
        choices = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, town))
            for branch in branches
        ]
        self.fields["department"].choices = [(NO_DEPARTMENT, _("None")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the department of a departmental role."""
        said = dict(self.cleaned_data)
        if said.get("role") in DEPARTMENTAL and said.get("department") == NO_DEPARTMENT:
            words = ValidationError(refusals.PEOPLE["DEPARTMENT_NEEDED"], code="DEPARTMENT_NEEDED")
            self.add_error("department", words)
        return said

    @property
    def change(self) -> dict[str, Any]:
        """Role and department, once they are checked."""
        said = self.cleaned_data
        return {"role": Role(said["role"]), "department_id": self.ids.get(said["department"])}


class InvitationForm(RoleForm):
    """Whom to invite, and as what."""

    field_order = ("name", "email", "language", "role", "department")
    name = LineField(
        max_length=LONGEST_NAME,
        label=pgettext_lazy("person", "Name"),
        missing=gettext_lazy("Write the person's name."),
        test="name",
    )
    email = EmailField(
        label=gettext_lazy("E-mail address"),
        missing=gettext_lazy("Write the person's e-mail address."),
        autocomplete="off",
        hint=gettext_lazy("A mail goes there, to choose a password with."),
        test="email",
    )
    language = ChoiceField(
        label=gettext_lazy("Language of the mail"),
        missing=gettext_lazy("Choose a language."),
        choices=settings.LANGUAGES,
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "language"}),
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, town=town, **kwargs)
        self.fields["language"].initial = town.language

    @property
    def change(self) -> dict[str, Any]:
        """Everything, once it is checked."""
        said = self.cleaned_data
        return {**super().change, **{key: said[key] for key in ("name", "email", "language")}}


@access(*ADMINISTRATOR)
def people(request: TownRequest) -> HttpResponse:
    """List everybody with a role here."""
    return show(
        request, "desk/settings/people.html", SETTING, colleagues=queries.staff(request.municipality.pk)
    )


@access(*ADMINISTRATOR, methods=BOTH)
def new_person(request: TownRequest) -> HttpResponse:
    """Invite somebody."""
    form = InvitationForm(request.POST if request.method == "POST" else None, town=request.municipality)
    if form.is_valid() and not (refused := _refusal(lambda: _invite(request, form))):
        messages.success(request, _("%(name)s is invited.") % {"name": form.cleaned_data["name"]})
        return see_other(reverse("desk:settings_people"))
    if form.is_bound and form.is_valid():
        form.add_error(None, refused)
    return show(request, "desk/settings/person_new.html", SETTING, form=form)


@access(*ADMINISTRATOR, methods=BOTH)
def person(request: TownRequest, user_id: int) -> HttpResponse:
    """Give and take roles, switch a person off and on, invite them again, reset their second factor."""
    found = _colleague_or_404(request, user_id)
    step = request.POST.get("step", "")
    form = RoleForm(request.POST if step == "give" else None, town=request.municipality)
    failed = ""
    if request.method == "POST" and (step != "give" or form.is_valid()):
        failed = _refusal(lambda: _change(request, found, step, form))
        if not failed:
            messages.success(request, _said(step) % {"name": found.user.name})
            return see_other(_after(request, user_id))
    return show(
        request,
        "desk/settings/person.html",
        SETTING,
        form=form,
        failed=failed,
        colleague=found,
        is_oneself=user_id == request.actor.user_id,
        has_factor=queries.has_second_factor(user_id),
    )


def _colleague_or_404(request: TownRequest, user_id: int) -> Colleague:
    found = queries.colleague(request.municipality.pk, user_id)
    if found is None:
        raise Http404
    return found


def _after(request: TownRequest, user_id: int) -> str:
    """Return the person's page, or the list for somebody whose last role here was taken."""
    if queries.colleague(request.municipality.pk, user_id) is None:
        return reverse("desk:settings_people")
    return reverse("desk:settings_person", args=[user_id])


def _invite(request: TownRequest, form: InvitationForm) -> None:
    accounts.invite(**form.change, by=request.actor, now=history.now())


def _change(request: TownRequest, colleague: Colleague, step: str, form: RoleForm) -> None:
    whom: dict[str, Any] = {"user_id": colleague.user.pk, "by": request.actor, "now": history.now()}
    match step:
        case "give":
            accounts.give_role(**whom, **form.change)
        case "take":
            typed = request.POST.get("membership", "")
            accounts.take_role(**whom, membership_id=int(typed) if typed in _held(colleague) else 0)
        case "off":
            accounts.switch_off(**whom)
        case "on":
            accounts.switch_on(**whom)
        case "invite":
            accounts.invite_again(**whom)
        case "reset":
            accounts.remove_second_factors(**whom)
        case _:
            raise Http404


def _held(colleague: Colleague) -> set[str]:
    return {str(membership.pk) for membership in colleague.memberships}


def _refusal(change: Callable[[], object]) -> str:
    """Do it; return why it was refused, or ''."""
    try:
        change()
    except accounts.UnableToChangePeople as refusal:
        if refusal.code == "NOT_FOUND":
            raise Http404 from refusal
        return str(refusals.PEOPLE[refusal.code])
    except accounts.UnableToRemoveFactors:
        return str(refusals.FACTORS)
    return ""


def _said(step: str) -> str:
    return {
        "give": _("%(name)s has the role from now on."),
        "take": _("The role of %(name)s is taken."),
        "off": _("%(name)s is switched off and can do nothing any more."),
        "on": _("%(name)s can work again."),
        "reset": _("The second step of %(name)s is reset."),
        "invite": _("Another invitation is on its way to %(name)s."),
    }[step]
