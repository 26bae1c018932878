"""Opening hours as from–to fields, and a probe that says when something would be due."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from babel import Locale
from babel.core import get_global
from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.accounts import queries as accounts
from moked.accounts.models import Department
from moked.base.civil_time import DAY_MINUTES
from moked.base.sorting import sort_key
from moked.base.values import BadValue, day_from
from moked.sla import holidays
from moked.sla.calendars import WEEKDAYS, Calendar, Hours
from moked.sla.rules import Target, Unit
from moked.web.desk.settings.calendar_words import clock, night_words, week_order
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.fields import ONLY_SHOWN, WholeField
from moked.web.desk.settings.texts import TextsForm
from moked.web.ui.forms import ChoiceField, Form, LineField
from moked.web.ui.labels import Words

FEWEST_SLOTS = 2
WORKDAY = ((8 * 60, 16 * 60),)
PRESETS: dict[str, tuple[Words, tuple[Hours, ...]]] = {
    "round": (_("Round the clock"), (((0, DAY_MINUTES),),) * 7),
    "sunday": (_("Sunday to Thursday, 08:00–16:00"), (*(WORKDAY,) * 4, (), (), WORKDAY)),
    "monday": (_("Monday to Friday, 08:00–16:00"), (*(WORKDAY,) * 5, (), ())),
}
MONTHS = (12, 24, 36)
USUAL_MONTHS = 24
UNITS: dict[Unit, Words] = {
    Unit.HOURS: _("hours of opening"),
    Unit.DAYS: _("working days"),
    Unit.CALENDAR_DAYS: _("days, closed ones too"),
    Unit.MINUTES: _("minutes of opening"),
}
MOST_AMOUNT = 60_000
_TIME = re.compile(r"(\d{1,2})[:.]?(\d{2})?", re.ASCII)
BAD_TIME = _("Write a time like 08:00; one after midnight like 30:00 for six in the morning.")
HALF_PAIR = _("Write both times, or neither.")
BACKWARDS = _("The end lies before the beginning. Write the end of a night shift past 24:00, like 30:00.")
OVERLAP = _("Two times of this day overlap. Join them, or leave time between.")
BAD_DAY = _("Write the day as day, month and year, like 22.9.2026.")
NEVER_OPENS = _("Give at least one day opening hours.")


class TimeField(LineField):
    """A time of day in minutes after midnight, up to 48:00; empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=5, direction="ltr", inputmode="numeric", **kwargs)
        self.widget.attrs["class"] += " st-time"

    def clean(self, value: Any) -> Any:
        """Return the minutes; raises ValidationError for what is no time."""
        text = str(super().clean(value))
        if not text:
            return None
        found = _TIME.fullmatch(text)
        minutes = int(found[1]) * 60 + int(found[2] or 0) if found else -1
        if not 0 <= minutes <= 2 * DAY_MINUTES or (found and int(found[2] or 0) > 59):
            raise ValidationError(BAD_TIME, code="time")
        return minutes


class CalendarForm(TextsForm):
    """A calendar's name, whose it is, its week, and the special days to add or drop."""

    department = ChoiceField(
        label=_("For the services of"),
        hint=_("One department's calendar is also for the departments below it, and for no others."),
        missing="",
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "department"}),
    )

    def __init__(
        self,
        *args: Any,
        hours: Calendar | None,
        name: Any = None,
        owner: Department | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.hours = hours or Calendar(self.town.time_zone, ((),) * 7)
        missing = _("Write the name in the language of the town.")
        self.add_texts("name", label=_("Name"), missing=missing, values=name)
        self._offer_departments(owner)
        self.slots = max(FEWEST_SLOTS, *(len(day) + 1 for day in self.hours.week)) if hours else FEWEST_SLOTS
        for weekday, opening in zip(WEEKDAYS, self.hours.week, strict=True):
            self._add_times(weekday, opening, self.slots)
        self._add_times("day", (), 1)
        self.fields["day_on"] = LineField(max_length=40, label=_("Day"), direction="ltr")
        self.fields["day_name"] = LineField(max_length=100, label=_("What it is"))

    def _offer_departments(self, owner: Department | None) -> None:
        """Offer the departments in use, and the owner even when it is retired."""
        branches = accounts.tree(self.town.pk)
        self.departments = {branch.department.code: branch.department for branch in branches}
        choices = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, self.town))
            for branch in branches
        ]
        if owner and owner.code not in self.departments:
            self.departments[owner.code] = owner
            choices.append((owner.code, f"{named(owner, self.town)} ({_('retired')})"))
        self.fields["department"].choices = [("", _("All departments")), *choices]  # type: ignore[attr-defined]
        self.fields["department"].initial = owner.code if owner else ""

    @property
    def owner(self) -> Department | None:
        """The department it is for, once it is checked; None for all."""
        return self.departments.get(self.cleaned_data.get("department", ""))

    def _add_times(self, prefix: str, opening: Hours, slots: int) -> None:
        for slot in range(slots):
            pair = opening[slot] if slot < len(opening) else (None, None)
            for end, word, minutes in zip(("from", "to"), (_("from"), _("to")), pair, strict=True):
                field = TimeField(label=word)
                field.initial = "" if minutes is None else clock(minutes)
                self.fields[f"{prefix}_{end}_{slot}"] = field

    @property
    def week(self) -> list[tuple[Words, list[tuple[forms.BoundField, forms.BoundField]], str]]:
        """Each day of the week with its pairs of fields, and a night shift of it in words."""
        return [
            (WEEKDAY_NAMES[day], self._fields(WEEKDAYS[day]), night_words(self.hours.week[day]))
            for day in week_order(self.hours.zone)
        ]

    def _fields(self, prefix: str) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"{prefix}_from_{slot}"], self[f"{prefix}_to_{slot}"]) for slot in range(self.slots)]

    def clean(self) -> dict[str, Any]:
        """Check each day's times, and the special day to add."""
        self.read_week = tuple(self._read(weekday, self.slots) for weekday in WEEKDAYS)
        self.new_day: tuple[date, Hours] | None = None
        if typed := self.cleaned_data.get("day_on"):
            try:
                self.new_day = (day_from([typed]), self._read("day", 1))
            except BadValue:
                self._refuse("day_on", BAD_DAY)
        return dict(self.cleaned_data)

    def _read(self, prefix: str, slots: int) -> Hours:
        found = []
        for slot in range(slots):
            names = [f"{prefix}_{end}_{slot}" for end in ("from", "to")]
            opens, closes = (self.cleaned_data.get(name) for name in names)
            if (opens is None) != (closes is None) and not set(names) & self.errors.keys():
                self._refuse(names[1], HALF_PAIR)
            elif opens is not None and closes is not None:
                found.append((opens, closes))
                if closes <= opens or opens >= DAY_MINUTES:
                    self._refuse(names[1], BACKWARDS)
        found.sort()
        if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
            self._refuse(f"{prefix}_from_0", OVERLAP)
        return tuple(found)

    def _refuse(self, name: str, words: Words) -> None:
        self.add_error(name, ValidationError(words, code="refused"))

    def calendar(self, dropped: Sequence[date] = ()) -> Calendar:
        """Return what was filled in, without the days to drop; raises BadCalendar."""
        days = {on: hours for on, hours in self.hours.days.items() if on not in dropped}
        names = {on: dict(name) for on, name in self.hours.names.items() if on not in dropped}
        if self.new_day:
            on, hours = self.new_day
            days[on] = hours
            if self.cleaned_data["day_name"]:
                names[on] = {self.town.language: self.cleaned_data["day_name"]}
        made = Calendar(self.hours.zone, self.read_week, days, names, self.hours.known_until)
        return Calendar.from_document(made.as_document())


class HolidaysForm(Form):
    """Whose holidays to suggest, and how far ahead."""

    country = ChoiceField(
        label=_("Country"),
        missing=_("Nothing is known of this country's holidays. Choose one of the list."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "country"}),
    )
    months = ChoiceField(
        label=_("For the next"), widget=forms.Select(attrs={"class": "form-select", "data-test": "months"})
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries()  # type: ignore[attr-defined]
        self.fields["country"].initial = get_global("zone_territories").get(zone, "")
        self.fields["months"].choices = [  # type: ignore[attr-defined]
            (str(number), _("%(months)d months") % {"months": number}) for number in MONTHS
        ]
        self.fields["months"].initial = str(USUAL_MONTHS)

    @property
    def span(self) -> int:
        """How many months ahead, once it is checked."""
        return int(self.cleaned_data["months"] or USUAL_MONTHS)


def countries() -> list[tuple[str, str]]:
    """Return the countries whose holidays are known, by their names in the reader's language."""
    language = get_language() or "en"
    names = Locale.parse(language).territories
    found = [(code, str(names.get(code, code))) for code in holidays.countries()]
    return sorted(found, key=lambda one: sort_key(one[1], language))


class ProbeForm(Form):
    """When something arrives, and what is promised then."""

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_on"] = LineField(
            max_length=40, label=_("Received on"), direction="ltr", missing=BAD_DAY, test="received-on"
        )
        self.fields["received_on"].initial = now.strftime("%Y-%m-%d")
        self.fields["received_at"] = TimeField(
            label=_("at"), missing=_("Write when it is received, like 14:10."), test="received-at"
        )
        self.fields["received_at"].initial = now.strftime("%H:%M")
        add_target(self, "probe", _("Promised within"), "8h")

    def clean(self) -> dict[str, Any]:
        """Read the day."""
        said = dict(self.cleaned_data)
        try:
            said["received_on"] = day_from([said.get("received_on", "")])
        except BadValue:
            if "received_on" not in self.errors:
                self.add_error("received_on", ValidationError(BAD_DAY, code="day"))
        return said


def add_target(form: forms.Form, prefix: str, word: Words, text: str) -> None:
    """Add amount and unit of a target to a form."""
    target = Target.read(text) if text else None
    amount = WholeField(label=word, least=1, most=MOST_AMOUNT)
    amount.initial = target.amount if target else None
    unit = forms.ChoiceField(
        required=False,
        label=_("counted in"),
        choices=[(unit.value, words) for unit, words in UNITS.items()],
        initial=str(target.unit) if target else Unit.DAYS.value,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": ONLY_SHOWN},
    )
    form.fields[f"{prefix}_amount"], form.fields[f"{prefix}_unit"] = amount, unit


def target_text(form: forms.Form, prefix: str) -> str:
    """Return the target's short form, '' where nothing is promised; raises BadTarget."""
    amount, unit = (form.cleaned_data.get(f"{prefix}_{part}") for part in ("amount", "unit"))
    if amount is None:
        return ""
    return str(Target.read(f"{amount}{unit or Unit.DAYS}"))
