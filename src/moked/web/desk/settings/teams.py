"""Teams: who works together, when, and how they share what comes to them."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moked.accounts import operations as accounts
from moked.accounts import queries
from moked.accounts.models import Department, Team
from moked.accounts.operations.teams import TEAM_KIND
from moked.accounts.rosters import Shift
from moked.accounts.rules import Sharing
from moked.base.sorting import sort_key
from moked.municipalities.models import Municipality
from moked.revisions.queries import number_published
from moked.routing.operations import retire_team
from moked.web.desk.settings import drafts, history, refusals
from moked.web.desk.settings.departments import named
from moked.web.desk.settings.frame import BOTH, KEEPS_ROSTERS, MANAGER, show
from moked.web.desk.settings.team_forms import AbsenceForm, MembersForm, RosterForm, TeamForm
from moked.web.desk.settings.team_words import SHARING, duty_words, weeks
from moked.web.ui.access import access
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "teams"


@dataclasses.dataclass(frozen=True)
class Row:
    """A team of the list: how it shares its cases, who is on duty now, in words, and where it is changed."""

    team: Team
    sharing: Words
    duty: str
    address: str


@dataclasses.dataclass(frozen=True)
class Group:
    """The teams of one department; without a department those of the centre."""

    department: Department | None
    rows: list[Row]


@access(*KEEPS_ROSTERS)
def teams(request: TownRequest) -> HttpResponse:
    """List the teams with who is on duty, the centre's first; and what was retired.

    Who manages a department finds those of it, and may change their rosters only.
    """
    town, is_manager = request.municipality, request.actor.has_any(MANAGER)
    groups: dict[int, Group] = {}
    kept = [one for one in queries.teams(town.pk) if request.actor.keeps_rosters_of(one.department_id)]
    for found in queries.rosters_of(kept, history.now()):
        team = found.team
        group = groups.setdefault(team.department_id or 0, Group(team.department, []))
        address = _address(team) if is_manager else _roster_address(team)
        group.rows.append(Row(team, SHARING[Sharing(team.sharing)], duty_words(found), address))
    return show(
        request,
        "desk/settings/teams.html",
        SETTING,
        groups=sorted(groups.values(), key=lambda group: _place(group, town)),
        retired=queries.retired_teams(town.pk) if is_manager else (),
        is_manager=is_manager,
    )


def _place(group: Group, town: Municipality) -> tuple[str, str]:
    language = get_language() or town.language
    return sort_key(named(group.department, town) if group.department else "", language)


@access(*MANAGER, methods=BOTH)
def new_team(request: TownRequest) -> HttpResponse:
    """Add a team; its members come next."""
    sent = request.POST if request.method == "POST" else None
    form = TeamForm(sent, town=request.municipality, team=None)
    if form.is_valid() and (added := _do(form, lambda: _add(request, form))):
        messages.success(request, _("The team is there. Say who works in it."))
        return see_other(_address(added))
    return show(request, "desk/settings/team.html", SETTING, form=form, about=form, team=None)


@access(*MANAGER, methods=BOTH)
def team(request: TownRequest, code: str) -> HttpResponse:
    """Change a team, its members, its roster and who is away; retire or restore it."""
    found = queries.team_by_code(request.municipality.pk, code)
    if found is None:
        raise Http404
    page = _Page(request, found)
    step = page.step.partition(":")[0]
    steps: dict[str, Callable[[], HttpResponse]] = {
        "save": page.save,
        "members": page.set_members,
        "roster": page.set_roster,
        "away": page.add_absence,
        "back": page.remove_absence,
        "retire": page.retire,
        "restore": page.restore,
    }
    return steps.get(step, page.show)()


@access(*KEEPS_ROSTERS, methods=BOTH)
def roster(request: TownRequest, code: str) -> HttpResponse:
    """Change the roster of a team and who is away: what its department's manager sees to."""
    found = queries.team_by_code(request.municipality.pk, code)
    if found is None or found.is_retired or not request.actor.keeps_rosters_of(found.department_id):
        raise Http404
    page = _Page(request, found, template="desk/settings/roster.html", address=_roster_address(found))
    step = page.step.partition(":")[0]
    steps: dict[str, Callable[[], HttpResponse]] = {
        "roster": page.set_roster,
        "away": page.add_absence,
        "back": page.remove_absence,
    }
    return steps.get(step, page.show)()


class _Page:
    """The page of one team, or of its roster alone."""

    def __init__(
        self,
        request: TownRequest,
        found: Team,
        *,
        template: str = "desk/settings/team.html",
        address: str = "",
    ) -> None:
        self.request, self.found, self.town = request, found, request.municipality
        self.template, self.address = template, address or _address(found)
        self.now = history.now()
        self.step = request.POST.get("step", "")
        (self.roster,) = queries.rosters_of([found], self.now)
        self.form = TeamForm(self._sent("save"), town=self.town, team=found)
        self.members = MembersForm(
            self._sent("members"),
            fitting=queries.may_join(self.town.pk, found.department_id),
            roster=self.roster,
        )
        self.shifts = RosterForm(self._sent("roster"), roster=self.roster, town=self.town)
        self.away = AbsenceForm(self._sent("away"), roster=self.roster)

    @property
    def sent_form(self) -> forms.Form:
        """The form that came back, if one did: its mistakes are told on top."""
        return {"members": self.members, "roster": self.shifts, "away": self.away}.get(self.step, self.form)

    def _sent(self, step: str) -> Any:
        return self.request.POST if self.step == step else None

    def save(self) -> HttpResponse:
        """Publish what the team is."""
        if self.form.is_valid() and _do(self.form, self._change):
            return self._done()
        return self.show()

    def _change(self) -> Team:
        form = self.form
        return accounts.change_team(
            name=form.texts("name"),
            department_id=form.owner.pk if form.owner else None,
            sharing=form.sharing_chosen,
            is_on_call=form.cleaned_data["on_call"],
            **self._team,
        )

    def set_members(self) -> HttpResponse:
        """Publish who works in the team."""
        form = self.members
        if form.is_valid() and _do(form, lambda: accounts.set_members(user_ids=form.user_ids, **self._team)):
            return self._done("members")
        return self.show()

    def set_roster(self) -> HttpResponse:
        """Publish who is on duty when."""
        form = self.shifts
        base = drafts.base_sent(self.request)
        if form.is_valid() and _do(
            form, lambda: accounts.set_roster(shifts=form.shifts, base=base, **self._team)
        ):
            return self._done("roster")
        return self.show()

    def add_absence(self) -> HttpResponse:
        """Note that a member is away."""
        form = self.away
        if form.is_valid():
            try:
                accounts.add_absence(
                    user_id=int(form.cleaned_data["person"]),
                    first_day=form.cleaned_data["first_day"],
                    last_day=form.cleaned_data["last_day"],
                    by=self.request.actor,
                    now=self.now,
                )
            except accounts.UnableToChangeAbsence as refusal:
                form.add_error("last_day", refusals.ABSENCES[refusal.code])
            else:
                return self._done("away")
        return self.show()

    def remove_absence(self) -> HttpResponse:
        """Take an absence of a member back; one that is gone already stays gone."""
        chosen = self.step.partition(":")[2]
        ids = {str(one.pk): one.pk for one in self._absences()}
        if chosen in ids:
            with suppress(accounts.UnableToChangeAbsence):
                accounts.remove_absence(absence_id=ids[chosen], by=self.request.actor, now=self.now)
        return self._done("away")

    def retire(self) -> HttpResponse:
        """Offer the team no longer, or say what still leads to it."""
        return self._retire_or_restore(retire_team)

    def restore(self) -> HttpResponse:
        """Offer the team again."""
        return self._retire_or_restore(accounts.restore_team)

    def _retire_or_restore(self, operation: Callable[..., Team]) -> HttpResponse:
        try:
            operation(**self._team)
        except accounts.UnableToChangeTeam as refusal:
            return self.show(failed=refusals.team(refusal))
        return self._done()

    def show(self, failed: str = "") -> HttpResponse:
        """Render the page."""
        return show(
            self.request,
            self.template,
            SETTING,
            team=self.found,
            base=number_published(TEAM_KIND, self.found.pk),
            form=self.sent_form,
            about=self.form,
            failed=failed,
            members=self.members,
            roster=self.shifts,
            away=self.away,
            weeks=weeks(self.roster, self.town.time_zone),
            duty=duty_words(self.roster),
            absences=self._absences(),
        )

    def _absences(self) -> list[Any]:
        people = [user.pk for user in self.roster.members]
        return queries.absences_of(self.town.pk, people, self.now) if people else []

    @property
    def _team(self) -> dict[str, Any]:
        return {"team_id": self.found.pk, "by": self.request.actor, "now": self.now}

    def _done(self, part: str = "") -> HttpResponse:
        messages.success(self.request, _("Published."))
        return see_other(self.address + (f"#{part}" if part else ""))


def _address(found: Team) -> str:
    return reverse("desk:settings_team", args=[found.code])


def _roster_address(found: Team) -> str:
    return reverse("desk:settings_roster", args=[found.code])


def _add(request: TownRequest, form: TeamForm) -> Team:
    return accounts.add_team(
        municipality=request.municipality,
        name=form.texts("name"),
        department=form.owner,
        sharing=form.sharing_chosen,
        is_on_call=form.cleaned_data["on_call"],
        by=request.actor,
        now=history.now(),
    )


def _do(form: forms.Form, change: Callable[[], Team]) -> Team | None:
    """Do it; when it is refused, add the reason to the form."""
    try:
        return change()
    except accounts.UnableToChangeTeam as refusal:
        form.add_error(None, refusals.team(refusal))
        return None


def _find(town: Municipality, code: str) -> history.Thing | None:
    found = queries.team_by_code(town.pk, code)
    if found is None:
        return None
    return history.Thing(
        found.pk, found.name_in(get_language() or town.language, town.language), _address(found)
    )


def _publish(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    """Make a team what it was, with its people and their hours as far as they may still be in it."""
    town = request.municipality
    found = queries.team_by_code(town.pk, code)
    owner = queries.department_by_code(town.pk, document["department"] or "")
    if found is None or (document["department"] and owner is None):
        raise history.Refused(refusals.TEAMS["UNKNOWN_DEPARTMENT"])
    doing: dict[str, Any] = {"team_id": found.pk, "by": request.actor, "now": history.now()}
    try:
        accounts.publish_team(
            **doing,
            name=document["name"],
            department_id=owner.pk if owner else None,
            sharing=Sharing(document["sharing"]),
            is_on_call=document["is_on_call"],
            user_ids=document["members"],
            shifts=[_shift(entry) for entry in document["roster"]],
        )
    except accounts.UnableToChangeTeam as refusal:
        raise history.Refused(refusals.team(refusal)) from refusal


def _shift(entry: dict[str, Any]) -> Shift:
    weekdays = tuple(int(day) for day in entry["weekdays"])
    return Shift(entry["member"], weekdays, entry["begins"], entry["ends"])


history.register(history.Kind(TEAM_KIND, SETTING, MANAGER, _find, _publish))
