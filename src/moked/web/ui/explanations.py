"""How a date was computed, in words: received, due, and one line for each date in between."""

import dataclasses
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moked.base.labels import label
from moked.sla.calendars import Interval
from moked.sla.rules import Day, Explanation, Step, Unit
from moked.web.ui.templatetags.ui import LOCALES


@dataclasses.dataclass(frozen=True)
class Told:
    """An explanation in the reader's language and the calendar's civil time; `due` is '' without one."""

    received: str
    due: str
    lines: tuple[str, ...]


def told(explanation: Explanation, town_language: str) -> Told:
    """Return an explanation in words; names of days in the town's language where the reader's is missing."""
    zone = ZoneInfo(explanation.zone)
    return Told(
        received=_moment(explanation.start, zone),
        due=_moment(explanation.due, zone) if explanation.due else "",
        lines=tuple(
            _line(step, zone, town_language, in_calendar_days=explanation.target.unit == Unit.CALENDAR_DAYS)
            for step in explanation.steps
        ),
    )


def _line(step: Step, zone: ZoneInfo, town_language: str, *, in_calendar_days: bool) -> str:
    day = _day(step.on)
    name = label(step.name, get_language() or town_language, town_language)
    said = {"day": f"{day} ({name})" if name else day, "hours": _hours(step, zone)}
    if not step.opening and step.number:
        return _("%(day)s: closed, day %(number)d.") % {**said, "number": step.number}
    if not step.opening:
        return _("%(day)s: closed.") % said
    if step.what == Day.NEXT_OPEN:
        return _("%(day)s: %(hours)s, the next working day.") % said
    if step.what == Day.PAUSED:
        return _("%(day)s: %(hours)s, the clock stood still.") % said
    if step.number and in_calendar_days:
        return _("%(day)s: %(hours)s, day %(number)d.") % {**said, "number": step.number}
    if step.number:
        return _("%(day)s: %(hours)s, working day %(number)d.") % {**said, "number": step.number}
    if not step.counted or step.what == Day.NOT_COUNTED:
        return _("%(day)s: %(hours)s, does not count.") % said
    return _("%(day)s: %(hours)s, counts %(counted)s.") % {**said, "counted": _span(step.counted)}


def _hours(step: Step, zone: ZoneInfo) -> str:
    midnight = datetime.combine(step.on, time(0), zone)
    return ", ".join(_interval(one, zone, midnight) for one in step.opening)


def _interval(interval: Interval, zone: ZoneInfo, midnight: datetime) -> str:
    """Return opening and closing as times; one that ends on a later date counts on past 24:00."""
    opens, closes = (moment.astimezone(zone) for moment in interval)
    days = (closes.date() - midnight.date()).days
    return f"{opens:%H:%M}–{closes.hour + 24 * days:02d}:{closes:%M}"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{_day(local.date())}, {local:%H:%M}"


def _day(on: date) -> str:
    language = get_language() or "en"
    return str(format_date(on, format="full", locale=LOCALES.get(language, language)))
