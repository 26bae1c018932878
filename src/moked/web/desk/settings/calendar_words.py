"""Opening hours in words: a day's, and a whole week's with like days together."""

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from moked.base.civil_time import DAY_MINUTES
from moked.sla.calendars import Calendar, Hours

ALL_DAY: Hours = ((0, DAY_MINUTES),)


def clock(minutes: int) -> str:
    """Return minutes after midnight as a time, 30:00 for six in the morning of the next day."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def times_words(times: Hours) -> str:
    """Return the hours of a day in words, each from–to kept together and left to right."""
    if times == ALL_DAY:
        return _("round the clock")
    return ", ".join(_span(opens, closes) for opens, closes in times) or _("closed")


def night_words(times: Hours) -> str:
    """Return those hours of a day that end on the next one in words, '' for none."""
    return ", ".join(_span(opens, closes) for opens, closes in times if closes > DAY_MINUTES)


def _span(opens: int, closes: int) -> str:
    if closes <= DAY_MINUTES:
        return f"\u2066{clock(opens)}–{clock(closes)}\u2069"
    span = f"\u2066{clock(opens)}–{clock(closes - DAY_MINUTES)}\u2069"
    return _("%(span)s of the next day") % {"span": span}


def week_order(zone: str) -> list[int]:
    """Return the weekdays, Monday being 0, in the order in which the week is read where the zone is."""
    return [6, *range(6)] if zone == "Asia/Jerusalem" else [*range(7)]


def week_words(hours: Calendar) -> list[str]:
    """Return the week in words: "Sunday–Thursday: 08:00–16:00", days alike that follow each other as one."""
    groups: list[list[int]] = []
    for day in week_order(hours.zone):
        if groups and hours.week[groups[-1][0]] == hours.week[day]:
            groups[-1].append(day)
        else:
            groups.append([day])
    if len(groups) == 1:
        return [_("every day: %(hours)s") % {"hours": times_words(hours.week[0])}]
    return [
        f"{_days(group)}: {times_words(hours.week[group[0]])}" for group in groups if hours.week[group[0]]
    ]


def _days(group: list[int]) -> str:
    first, last = WEEKDAYS[group[0]], WEEKDAYS[group[-1]]
    return str(first) if len(group) == 1 else f"{first}–{last}"
