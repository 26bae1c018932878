"""Calendars: when the town works, the days that differ, and a probe of what that means for a promise."""

import dataclasses
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.base.ids import slug_for
from moked.base.labels import label
from moked.municipalities.models import Municipality
from moked.sla import holidays, queries
from moked.sla import operations as sla
from moked.sla.calendars import BadCalendar, Hours
from moked.sla.calendars import Calendar as Opening
from moked.sla.models import Calendar
from moked.sla.operations.settings import CALENDAR_KIND
from moked.sla.rules import BadTarget, TooFar
from moked.web.desk.settings import history
from moked.web.desk.settings.calendar_forms import COUNTRIES, CalendarForm, ProbeForm, clock, target_text
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.texts import languages_of
from moked.web.ui.access import access
from moked.web.ui.explanations import Told, told
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "calendars"
MONTHS = 24
RETIRING = {
    "TARGETS": gettext_lazy("Services still count by this calendar. Give them another one first."),
    "COMMITMENTS": gettext_lazy("Open cases still count by this calendar. Close them first."),
}
TOO_FAR = gettext_lazy("The calendar opens so rarely that what is promised would not be due in ten years.")
UNKNOWN_COUNTRY = gettext_lazy("Nothing is known of this country's holidays. Write two letters, like IL.")


@dataclasses.dataclass(frozen=True)
class Day:
    """A day that differs from the week, in words."""

    on: date
    iso: str
    hours: str
    name: str


@access(*MANAGER)
def calendars(request: TownRequest) -> HttpResponse:
    """List the calendars."""
    rows = queries.calendars_of(request.municipality.pk, with_retired=True)
    return show(request, "desk/settings/calendars.html", SETTING, calendars=rows)


@access(*MANAGER, methods=BOTH)
def new_calendar(request: TownRequest) -> HttpResponse:
    """Add a calendar."""
    town = request.municipality
    form = CalendarForm(request.POST if request.method == "POST" else None, town=town, hours=None)
    if form.is_valid() and (made := _published(request, form, _new_code(town, form))):
        messages.success(request, _("The calendar is there. Services can count by it now."))
        return see_other(reverse("desk:settings_calendar", args=[made.code]))
    return show(request, "desk/settings/calendar.html", SETTING, form=form, calendar=None, **_of_new())


def _of_new() -> dict[str, Any]:
    return {"days": [], "proposals": None, "probe": None, "explanation": None}


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
    found = _calendar_or_404(request, code)
    step = request.POST.get("step", "")
    sent = request.POST if step in {"save", "probe"} else None
    form = CalendarForm(sent, town=request.municipality, hours=found.hours, name=found.name)
    failed, proposals = "", None
    if step == "propose" or step == "accept":
        proposals, failed = _proposals(request, found)
    if request.method == "POST" and not failed:
        done, failed = _do(request, found, form, step, proposals or [])
        if done:
            messages.success(request, _("Published."))
            return see_other(reverse("desk:settings_calendar", args=[code]))
    probe = ProbeForm(
        request.POST if step == "probe" else None, now=history.now().astimezone(found.hours.civil_time)
    )
    return show(
        request,
        "desk/settings/calendar.html",
        SETTING,
        form=form,
        failed=failed,
        calendar=found,
        days=[_day(on, hours, found.hours, request.municipality) for on, hours in _days_ahead(found.hours)],
        proposals=proposals and [_proposed(one, request.municipality) for one in proposals],
        country=_country(request, found),
        probe=probe,
        explanation=_explained(form, probe) if step == "probe" else None,
    )


def _calendar_or_404(request: TownRequest, code: str) -> Calendar:
    rows = queries.calendars_of(request.municipality.pk, with_retired=True)
    found = next((one for one in rows if one.code == code), None)
    if found is None:
        raise Http404
    return found


def _do(
    request: TownRequest,
    found: Calendar,
    form: CalendarForm,
    step: str,
    proposals: list[holidays.Proposal],
) -> tuple[object, str]:
    """Do what a button asks; return what was done, or why not."""
    by: dict[str, Any] = {"by_user_id": request.actor.user_id, "now": history.now()}
    match step:
        case "save" if form.is_valid():
            return _published(request, form, found.code), ""
        case "accept":
            ticked = set(request.POST.getlist("take"))
            taken = [one for one in proposals if one.on.isoformat() in ticked]
            hours = holidays.accept(found.hours, taken)
            return _keep(request, found.code, found.name, hours) if taken else (None, "")
        case "retire":
            try:
                sla.retire_calendar(calendar_id=found.pk, municipality=request.municipality, **by)
            except sla.UnableToRetire as refusal:
                return None, str(RETIRING[refusal.code])
            return found, ""
        case "restore":
            sla.restore_calendar(calendar_id=found.pk, municipality=request.municipality, **by)
            return found, ""
    return None, ""


def _published(request: TownRequest, form: CalendarForm, code: str) -> Calendar | None:
    """Publish what was filled in; when that is refused, add the reason to the form."""
    dropped = [one for one in form.hours.days if one.isoformat() in request.POST.getlist("drop")]
    try:
        hours = form.calendar(dropped)
    except BadCalendar as refusal:
        form.add_error(None, str(refusal))
        return None
    made, failed = _keep(request, code, form.texts("name"), hours)
    if failed:
        form.add_error(None, failed)
    return made


def _keep(request: TownRequest, code: str, name: Any, hours: Opening) -> tuple[Calendar | None, str]:
    """Publish a calendar, unless it says so already; return it, or why not."""
    town = request.municipality
    known = {one.code: one for one in queries.calendars_of(town.pk, with_retired=True)}
    same = known.get(code)
    if same and same.hours.as_document() == hours.as_document() and same.name == name:
        return same, ""
    try:
        made = sla.publish_calendar(
            municipality=town,
            code=code,
            name=name,
            hours=hours,
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except TooFar:
        return None, str(TOO_FAR)
    return made, ""


def _country(request: TownRequest, found: Calendar) -> str:
    typed = request.POST.get("country", "").strip().upper()
    return typed[:2] or COUNTRIES.get(found.hours.zone, "")


def _proposals(request: TownRequest, found: Calendar) -> tuple[list[holidays.Proposal], str]:
    """Return the country's special days of the coming months, or why there are none."""
    today = found.hours.date_of(history.now())
    languages = [code for code in languages_of(request.municipality) if code in {"he", "en", "cs", "hu"}]
    try:
        country = _country(request, found)
        return holidays.propose(found.hours, country, first=today, months=MONTHS, languages=languages), ""
    except holidays.UnknownCountry:
        return [], str(UNKNOWN_COUNTRY)


def _days_ahead(hours: Opening) -> list[tuple[date, Hours]]:
    """Return the special days from a month ago on, in order."""
    since = hours.date_of(history.now()) - timedelta(days=31)
    return [(on, times) for on, times in sorted(hours.days.items()) if on >= since]


def _day(on: date, times: Hours, hours: Opening, town: Municipality) -> Day:
    name = label(hours.names.get(on, {}), get_language() or town.language, town.language)
    return Day(on, on.isoformat(), times_words(times), name)


def _proposed(one: holidays.Proposal, town: Municipality) -> Day:
    name = label(one.name, get_language() or town.language, town.language)
    return Day(one.on, one.on.isoformat(), times_words(one.hours), name)


def times_words(times: Hours) -> str:
    """Return the hours of a day in words, each from–to kept together and left to right."""
    spans = (f"\u2066{clock(opens)}–{clock(closes)}\u2069" for opens, closes in times)
    return ", ".join(spans) or _("closed")


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
    _made, failed = _keep(request, code, document["name"], hours)
    if failed:
        raise history.Refused(failed)


history.register(history.Kind(CALENDAR_KIND, SETTING, MANAGER, _find, _publish))
