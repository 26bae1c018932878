"""Calendars: when the town works, the days that differ, and what that means for promises.

Nothing is kept before it is published: hours can be tried first, on one matter or on the promises now open.
"""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.accounts.models import Department
from moked.accounts.queries import department_by_code
from moked.base.ids import slug_for
from moked.base.labels import Labels, label
from moked.base.sorting import sort_key
from moked.municipalities.models import Municipality
from moked.sla import holidays, queries, trials
from moked.sla import operations as sla
from moked.sla.calendars import BadCalendar, Hours
from moked.sla.calendars import Calendar as Opening
from moked.sla.models import Calendar
from moked.sla.operations.settings import CALENDAR_KIND
from moked.sla.rules import BadTarget, TooFar
from moked.web.desk.settings import history
from moked.web.desk.settings.calendar_forms import PRESETS, CalendarForm, HolidaysForm, ProbeForm, target_text
from moked.web.desk.settings.calendar_words import times_words, week_words
from moked.web.desk.settings.departments import named
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.texts import languages_of
from moked.web.ui.access import access
from moked.web.ui.explanations import Told, told
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "calendars"
RETIRING = {
    "TARGETS": gettext_lazy("Services still count by this calendar. Give them another one first."),
    "COMMITMENTS": gettext_lazy("Open cases still count by this calendar. Close them first."),
}
GIVING = {
    "RETIRED": gettext_lazy("This department is retired. Choose another one for the calendar."),
    "SERVICES": gettext_lazy(
        "Services of other departments count by this calendar. Give them another one first."
    ),
}
TOO_FAR = gettext_lazy("The calendar opens so rarely that what is promised would not be due in ten years.")


@dataclasses.dataclass(frozen=True)
class Day:
    """A day that differs from the week, in words, and whether its box is ticked."""

    on: date
    iso: str
    hours: str
    name: str
    is_ticked: bool


@dataclasses.dataclass(frozen=True)
class Row:
    """A calendar of the list, its week in words; `until` is set where holidays have to be suggested anew."""

    calendar: Calendar
    week: list[str]
    until: date | None


@dataclasses.dataclass(frozen=True)
class Group:
    """The calendars of one department; without a department those for all."""

    department: Department | None
    rows: list[Row]


@access(*MANAGER)
def calendars(request: TownRequest) -> HttpResponse:
    """List the calendars, those for all departments first."""
    town = request.municipality
    groups: dict[int, Group] = {}
    for one in queries.calendars_of(town.pk, with_retired=True):
        group = groups.setdefault(one.department_id or 0, Group(one.department, []))
        group.rows.append(Row(one, week_words(one.hours), _runs_out(one)))
    return show(request, "desk/settings/calendars.html", SETTING, groups=_in_order(groups.values(), town))


def _in_order(groups: Iterable[Group], town: Municipality) -> list[Group]:
    language = get_language() or town.language

    def place(group: Group) -> tuple[str, str]:
        return sort_key(named(group.department, town) if group.department else "", language)

    return sorted(groups, key=place)


def _runs_out(calendar: Calendar) -> date | None:
    """Return until when holidays are known, where that is less than a year ahead."""
    hours = calendar.hours
    is_short = not calendar.is_retired and hours.runs_out(hours.date_of(history.now()))
    return hours.special_until if is_short else None


@access(*MANAGER, methods=BOTH)
def new_calendar(request: TownRequest) -> HttpResponse:
    """Add a calendar; a usual week can be filled in with a click."""
    town = request.municipality
    step, _sep, preset = request.POST.get("step", "").partition(":")
    if step == "week" and preset in PRESETS:
        form = _with_week(request, PRESETS[preset][1])
    else:
        form = CalendarForm(request.POST if request.method == "POST" else None, town=town, hours=None)
        if form.is_valid() and (made := _published(request, form, _new_code(town, form))):
            messages.success(request, _("The calendar is there. Services can count by it now."))
            return see_other(reverse("desk:settings_calendar", args=[made.code]))
    presets = [(code, words) for code, (words, _hours) in PRESETS.items()]
    return show(
        request, "desk/settings/calendar.html", SETTING, form=form, calendar=None, presets=presets, days=[]
    )


def _with_week(request: TownRequest, week: tuple[Hours, ...]) -> CalendarForm:
    """Return the form with a week filled in; what was written already stays."""
    town = request.municipality
    name = {code: request.POST.get(f"name_{code}", "") for code in languages_of(town)}
    owner = department_by_code(town.pk, request.POST.get("department", ""))
    return CalendarForm(town=town, hours=Opening(town.time_zone, week), name=name, owner=owner)


def _new_code(town: Municipality, form: CalendarForm) -> str:
    words = form.texts("name")
    wanted = label(words, town.language, town.language)
    known = queries.calendars_of(town.pk, with_retired=True)
    same = next((one for one in known if one.name_in(town.language, town.language) == wanted), None)
    taken = {"new", *(one.code for one in known)}
    return same.code if same else slug_for(label(words, "en", town.language), taken, longest=40)


@access(*MANAGER, methods=BOTH)
def calendar(request: TownRequest, code: str) -> HttpResponse:
    """Change a calendar, take holidays in, try it, retire or restore it."""
    page = _Page(request, _calendar_or_404(request, code))
    steps: dict[str, Callable[[], HttpResponse]] = {
        "save": page.save,
        "try": page.try_hours,
        "probe": page.show,
        "propose": page.propose,
        "try-days": page.try_days,
        "accept": page.accept,
        "retire": page.retire,
        "restore": page.restore,
    }
    return steps.get(request.POST.get("step", ""), page.show)()


def _calendar_or_404(request: TownRequest, code: str) -> Calendar:
    rows = queries.calendars_of(request.municipality.pk, with_retired=True)
    found = next((one for one in rows if one.code == code), None)
    if found is None:
        raise Http404
    return found


class _Page:
    """The page of one calendar."""

    def __init__(self, request: TownRequest, found: Calendar) -> None:
        self.request, self.found, self.town = request, found, request.municipality
        self.now = history.now()
        self.step = request.POST.get("step", "")
        self.form = CalendarForm(
            request.POST if self.step in {"save", "try", "probe"} else None,
            town=self.town,
            hours=found.hours,
            name=found.name,
            owner=found.department,
        )
        self.holidays = HolidaysForm(
            request.POST if self.step in {"propose", "try-days", "accept"} else None, zone=found.hours.zone
        )

    def save(self) -> HttpResponse:
        """Publish what was filled in."""
        if self.form.is_valid() and _published(self.request, self.form, self.found.code):
            return self._done()
        return self.show()

    def try_hours(self) -> HttpResponse:
        """Show which open promises would move by the hours filled in."""
        if self.form.is_valid() and (hours := _written(self.request, self.form)):
            return self.show(trial=self._trial(hours))
        return self.show()

    def propose(self) -> HttpResponse:
        """Show the days of a country that the calendar does not know."""
        if not self.holidays.is_valid():
            return self.show()
        return self.show(proposals=self._proposals(), until=self._until)

    def try_days(self) -> HttpResponse:
        """Show which open promises the ticked days would move."""
        if not self.holidays.is_valid():
            return self.show()
        proposals = self._proposals()
        return self.show(
            proposals=proposals, until=self._until, trial=self._trial(self._with_ticked(proposals))
        )

    def accept(self) -> HttpResponse:
        """Publish the calendar with the ticked days, and until when it knows them now."""
        if not self.holidays.is_valid():
            return self.show()
        proposals = self._proposals()
        hours = self._with_ticked(proposals)
        made, failed = _keep(self.request, self.found.code, self.found.name, hours, self.found.department)
        if made:
            return self._done()
        return self.show(proposals=proposals, until=self._until, failed=failed)

    def retire(self) -> HttpResponse:
        """Offer the calendar no longer, or say what still counts by it."""
        try:
            sla.retire_calendar(calendar_id=self.found.pk, municipality=self.town, **self._by)
        except sla.UnableToRetire as refusal:
            return self.show(failed=str(RETIRING[refusal.code]))
        return self._done()

    def restore(self) -> HttpResponse:
        """Offer the calendar again."""
        sla.restore_calendar(calendar_id=self.found.pk, municipality=self.town, **self._by)
        return self._done()

    def show(
        self,
        *,
        failed: str = "",
        proposals: list[holidays.Proposal] | None = None,
        until: date | None = None,
        trial: trials.Trial | None = None,
    ) -> HttpResponse:
        """Render the page; `proposals` end with the day `until`."""
        probe = ProbeForm(
            self.request.POST if self.step == "probe" else None,
            now=self.now.astimezone(self.found.hours.civil_time),
        )
        return show(
            self.request,
            "desk/settings/calendar.html",
            SETTING,
            form=self.form,
            failed=failed,
            calendar=self.found,
            days=self._days_ahead(),
            holidays=self.holidays,
            proposals=None if proposals is None else [self._proposed(one) for one in proposals],
            until=until,
            runs_out=_runs_out(self.found),
            trial=trial,
            probe=probe,
            explanation=_explained(self.form, probe) if self.step == "probe" else None,
        )

    @property
    def _by(self) -> dict[str, Any]:
        return {"by_user_id": self.request.actor.user_id, "now": self.now}

    @property
    def _today(self) -> date:
        return self.found.hours.date_of(self.now)

    @property
    def _until(self) -> date:
        return holidays.end_of(self._today, self.holidays.span)

    def _done(self) -> HttpResponse:
        messages.success(self.request, _("Published."))
        return see_other(reverse("desk:settings_calendar", args=[self.found.code]))

    def _proposals(self) -> list[holidays.Proposal]:
        return holidays.propose(
            self.found.hours,
            self.holidays.cleaned_data["country"],
            first=self._today,
            months=self.holidays.span,
            languages=languages_of(self.town),
        )

    def _with_ticked(self, proposals: list[holidays.Proposal]) -> Opening:
        ticked = set(self.request.POST.getlist("take"))
        taken = [one for one in proposals if one.on.isoformat() in ticked]
        return holidays.accept(self.found.hours, taken, until=self._until)

    def _trial(self, hours: Opening) -> trials.Trial:
        return trials.try_hours(self.request.actor, self.found, hours, self.now)

    def _days_ahead(self) -> list[Day]:
        """Return the special days from a month ago on, in order."""
        hours, since = self.found.hours, self._today - timedelta(days=31)
        dropped = set(self.request.POST.getlist("drop"))
        return [
            self._day(on, times, hours.names.get(on, {}), on.isoformat() in dropped)
            for on, times in sorted(hours.days.items())
            if on >= since
        ]

    def _proposed(self, one: holidays.Proposal) -> Day:
        is_ticked = self.step == "propose" or one.on.isoformat() in self.request.POST.getlist("take")
        return self._day(one.on, one.hours, one.name, is_ticked)

    def _day(self, on: date, times: Hours, name: Labels, is_ticked: bool) -> Day:
        words = label(name, get_language() or self.town.language, self.town.language)
        return Day(on, on.isoformat(), times_words(times), words, is_ticked)


def _written(request: TownRequest, form: CalendarForm) -> Opening | None:
    """Return the hours that were filled in, without the days to drop; a reason against goes to the form."""
    dropped = [one for one in form.hours.days if one.isoformat() in request.POST.getlist("drop")]
    try:
        return form.calendar(dropped)
    except BadCalendar as refusal:
        form.add_error(None, str(refusal))
        return None


def _published(request: TownRequest, form: CalendarForm, code: str) -> Calendar | None:
    """Publish what was filled in; when that is refused, add the reason to the form."""
    hours = _written(request, form)
    if hours is None:
        return None
    made, failed = _keep(request, code, form.texts("name"), hours, form.owner)
    if failed:
        form.add_error(None, failed)
    return made


def _keep(
    request: TownRequest, code: str, name: Labels, hours: Opening, owner: Department | None
) -> tuple[Calendar | None, str]:
    """Publish a calendar, unless it says so already; return it, or why not."""
    town = request.municipality
    known = {one.code: one for one in queries.calendars_of(town.pk, with_retired=True)}
    same = known.get(code)
    if (
        same
        and same.hours.as_document() == hours.as_document()
        and (same.name, same.department) == (name, owner)
    ):
        return same, ""
    try:
        made = sla.publish_calendar(
            municipality=town,
            code=code,
            name=name,
            hours=hours,
            department=owner,
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except TooFar:
        return None, str(TOO_FAR)
    except sla.UnableToGive as refusal:
        return None, str(GIVING[refusal.code])
    return made, ""


def _explained(form: CalendarForm, probe: ProbeForm) -> Told | None:
    """Return when something would be due by the hours on the page; reasons against it go to the forms."""
    if not (form.is_valid() and probe.is_valid()):
        return None
    try:
        hours, text = form.calendar(), target_text(probe, "probe")
    except (BadCalendar, BadTarget) as refusal:
        probe.add_error(None, str(refusal))
        return None
    if not text:
        probe.add_error("probe_amount", _("Write what is promised."))
        return None
    on, at = probe.cleaned_data["received_on"], probe.cleaned_data["received_at"]
    start = datetime.combine(on, time(0), hours.civil_time) + timedelta(minutes=at)
    try:
        return told(queries.probe(hours, text, start), form.town.language)
    except TooFar:
        probe.add_error(None, str(TOO_FAR))
        return None


def _find(town: Municipality, code: str) -> history.Thing | None:
    rows = queries.calendars_of(town.pk, with_retired=True)
    found = next((one for one in rows if one.code == code), None)
    if found is None:
        return None
    title = found.name_in(get_language() or town.language, town.language)
    return history.Thing(found.pk, title, reverse("desk:settings_calendar", args=[code]))


def _publish(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    hours = Opening.from_document(document["hours"])
    owner = department_by_code(request.municipality.pk, document.get("department", ""))
    _made, failed = _keep(request, code, document["name"], hours, owner)
    if failed:
        raise history.Refused(failed)


history.register(history.Kind(CALENDAR_KIND, SETTING, MANAGER, _find, _publish))
