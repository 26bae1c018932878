"""What is filled in about a team: what it is, who works in it, when, and who is away."""

import dataclasses
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from moked.accounts import queries
from moked.accounts.models import Department, Team, User
from moked.accounts.queries import Roster
from moked.accounts.rosters import MOST_SHIFTS, BadShift, Shift
from moked.accounts.rules import Sharing
from moked.base.civil_time import DAY_MINUTES
from moked.municipalities.models import Municipality
from moked.web.desk.settings.calendar_forms import HALF_PAIR, TimeField
from moked.web.desk.settings.calendar_words import clock, week_order
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.fields import CheckField, ChecksField
from moked.web.desk.settings.refusals import SHIFTS
from moked.web.desk.settings.team_words import SHARING
from moked.web.desk.settings.texts import TextsForm
from moked.web.ui.forms import Choice, ChoiceField, DayField, Form, Radios
from moked.web.ui.labels import Words

CENTRE = ""
NO_DAYS = _("Choose the days of the week on which this shift begins.")
NO_TIMES = _("Write from when to when this shift lasts.")


class TeamForm(TextsForm):
    """A team's names, whose it is, how it shares its cases, and whether it is on call."""

    department = ChoiceField(
        label=_("Belongs to"),
        hint=_("A team of a department has that department's cases. One of the centre may have any."),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "department"}),
    )
    sharing = ChoiceField(
        label=_("Who gets a case that comes to the team"),
        choices=[(one.value, Choice(words)) for one, words in SHARING.items()],
        missing=_("Choose who gets a case that comes to the team."),
        widget=Radios(test="sharing", test_each=True),
    )

    def __init__(self, *args: Any, team: Team | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_texts(
            "name",
            label=_("Name"),
            missing=_("Write the name in the language of the town."),
            values=team.name if team else None,
        )
        branches = queries.tree(self.town.pk)
        self.departments = {branch.department.code: branch.department for branch in branches}
        choices = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, self.town))
            for branch in branches
        ]
        if team and team.department and team.department.code not in self.departments:
            self.departments[team.department.code] = team.department
            choices.append((team.department.code, f"{named(team.department, self.town)} ({_('retired')})"))
        self.fields["department"].choices = [(CENTRE, _("The centre")), *choices]  # type: ignore[attr-defined]
        self.fields["department"].initial = team.department.code if team and team.department else CENTRE
        self.fields["sharing"].initial = team.sharing if team else Sharing.NOBODY
        on_call = CheckField(
            label=_("On call"),
            hint=_("Those on duty are told of urgent cases at once, by mail too, at any hour."),
            test="on-call",
        )
        on_call.initial = team.is_on_call if team else False
        self.fields["on_call"] = on_call

    @property
    def owner(self) -> Department | None:
        """The department it belongs to, once it is checked; None for the centre."""
        return self.departments.get(self.cleaned_data["department"])

    @property
    def sharing_chosen(self) -> Sharing:
        """How it shares its cases, once it is checked."""
        return Sharing(self.cleaned_data["sharing"])


class MembersForm(Form):
    """Who works in a team: of those who may, and those who do already."""

    members = ChecksField(
        label=_("Members"),
        hint=_("Only who works on the team's cases is shown: people of its department and of the centre."),
    )

    def __init__(self, *args: Any, fitting: list[User], roster: Roster, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = {user.pk: user for user in (*fitting, *roster.members)}
        ordered = sorted(people.values(), key=lambda user: (user.name, user.pk))
        self.fields["members"].choices = [(str(user.pk), user.name) for user in ordered]  # type: ignore[attr-defined]
        self.fields["members"].initial = [str(user.pk) for user in roster.members]

    @property
    def user_ids(self) -> list[int]:
        """Their ids, once it is checked."""
        return [int(one) for one in self.cleaned_data["members"]]


@dataclasses.dataclass(frozen=True)
class Slot:
    """The fields of one shift."""

    days: forms.BoundField
    begins: forms.BoundField
    ends: forms.BoundField


class RosterForm(Form):
    """The shifts of a team's members: days of the week, from when to when; one more each time."""

    def __init__(self, *args: Any, roster: Roster, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = roster.members
        self.slots = {
            user.pk: max(len(roster.shifts[user.pk]), self._sent(user)) + 1 for user in self.members
        }
        days = [(str(day), Choice(WEEKDAYS_ABBR[day], WEEKDAYS[day])) for day in week_order(town.time_zone)]
        for user in roster.members:
            for slot in range(self.slots[user.pk]):
                found = roster.shifts[user.pk]
                self._add_slot(user, slot, found[slot] if slot < len(found) else None, days)

    def _sent(self, user: User) -> int:
        """Return how many shifts came back for somebody: a colleague may have taken some out meanwhile."""
        return sum(f"from_{user.pk}_{slot}" in self.data for slot in range(1, MOST_SHIFTS + 1))

    def _add_slot(self, user: User, slot: int, shift: Shift | None, days: list[tuple[str, Choice]]) -> None:
        name = f"{user.pk}_{slot}"
        field = ChecksField(label=_("Days"), choices=days)
        field.initial = [str(day) for day in shift.weekdays] if shift else []
        self.fields[f"days_{name}"] = field
        said = ("", "") if shift is None else (clock(shift.begins), clock(_by_the_clock(shift)))
        for end, word, words in zip(("from", "to"), (_("from"), _("to")), said, strict=True):
            time = TimeField(label=word)
            time.initial = words
            self.fields[f"{end}_{name}"] = time

    @property
    def rows(self) -> list[tuple[User, list[Slot]]]:
        """Each member with the fields of their shifts."""
        return [
            (
                user,
                [
                    Slot(*(self[f"{part}_{user.pk}_{slot}"] for part in ("days", "from", "to")))
                    for slot in range(self.slots[user.pk])
                ],
            )
            for user in self.members
        ]

    def clean(self) -> dict[str, Any]:
        """Read each shift; a row without days and times is none."""
        found = [self._read(user, slot) for user in self.members for slot in range(self.slots[user.pk])]
        self.shifts = [shift for shift in found if shift]
        return dict(self.cleaned_data)

    def _read(self, user: User, slot: int) -> Shift | None:
        names = [f"{part}_{user.pk}_{slot}" for part in ("days", "from", "to")]
        days, begins, ends = (self.cleaned_data.get(name) for name in names)
        if set(names) & self.errors.keys() or not (days or begins is not None or ends is not None):
            return None
        if begins is None or ends is None:
            self._refuse(names[1], NO_TIMES if begins is ends else HALF_PAIR)
            return None
        if not days:
            self._refuse(names[1], NO_DAYS)
            return None
        # By the clock a night shift ends before it begins.
        until = ends + DAY_MINUTES if ends < begins else ends
        try:
            return Shift(user.pk, tuple(sorted(int(day) for day in days)), begins, until)
        except BadShift as refusal:
            self._refuse(names[2], SHIFTS[refusal.code])
            return None

    def _refuse(self, name: str, words: Words) -> None:
        self.add_error(name, ValidationError(words, code="refused"))


def _by_the_clock(shift: Shift) -> int:
    """Return the end of a shift as people write it; one of a whole day ends past 24:00."""
    is_night = DAY_MINUTES < shift.ends < shift.begins + DAY_MINUTES
    return shift.ends - DAY_MINUTES if is_night else shift.ends


class AbsenceForm(Form):
    """Who is away, from when to when."""

    person = ChoiceField(
        label=_("Who"),
        missing=_("Choose who is away."),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "away"}),
    )
    first_day = DayField(label=_("First day"), missing=_("Choose the first day."), test="first-day")
    last_day = DayField(label=_("Last day"), missing=_("Choose the last day."), test="last-day")

    def __init__(self, *args: Any, roster: Roster, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="away_%s", **kwargs)
        people = [(str(user.pk), user.name) for user in roster.members]
        self.fields["person"].choices = [("", _("Choose")), *people]  # type: ignore[attr-defined]
