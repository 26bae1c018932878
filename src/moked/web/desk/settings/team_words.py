"""Teams in words, and the picture of their week."""

import dataclasses
from collections.abc import Sequence

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.models import User
from moked.accounts.queries import Roster
from moked.accounts.rosters import Shift
from moked.accounts.rules import Sharing
from moked.base.civil_time import DAY_MINUTES
from moked.base.text import joined
from moked.web.desk.settings.calendar_words import clock, week_order
from moked.web.ui.labels import Words

SHARING: dict[Sharing, Words] = {
    Sharing.NOBODY: gettext_lazy("Nobody yet: somebody of the team takes it"),
    Sharing.IN_TURN: gettext_lazy("One after the other of those on duty"),
    Sharing.LEAST_LOADED: gettext_lazy("Whoever on duty has the fewest open cases"),
}


@dataclasses.dataclass(frozen=True)
class Bar:
    """A stretch of a day in minutes: where it begins, and how long it is."""

    begins: int
    length: int


@dataclasses.dataclass(frozen=True)
class Day:
    """A day of somebody's week: its name, the hours as bars of a picture, in words those that begin on it."""

    name: str
    short: str
    bars: tuple[Bar, ...]
    words: str


@dataclasses.dataclass(frozen=True)
class Week:
    """The week of a member; without shifts they are on duty at all hours."""

    user: User
    days: tuple[Day, ...]
    is_always: bool
    is_on_duty: bool


def weeks(roster: Roster, zone: str) -> list[Week]:
    """Return the weeks of a team's members, the days in the order in which a zone reads them."""
    return [
        Week(
            user=user,
            days=tuple(_day(roster.shifts[user.pk], weekday) for weekday in week_order(zone)),
            is_always=not roster.shifts[user.pk],
            is_on_duty=user.pk in roster.on_duty,
        )
        for user in roster.members
    ]


def _day(shifts: Sequence[Shift], weekday: int) -> Day:
    begun = [one for one in shifts if weekday in one.weekdays]
    still = [one for one in shifts if (weekday - 1) % 7 in one.weekdays and one.ends > DAY_MINUTES]
    bars = [Bar(0, one.ends - DAY_MINUTES) for one in still]
    bars += [Bar(one.begins, min(one.ends, DAY_MINUTES) - one.begins) for one in begun]
    if not shifts:
        bars = [Bar(0, DAY_MINUTES)]
    return Day(
        str(WEEKDAYS[weekday]), str(WEEKDAYS_ABBR[weekday]), tuple(bars), ", ".join(map(shift_words, begun))
    )


def shift_words(shift: Shift) -> str:
    """Return from when to when, kept together, left to right; a night shift ends by its morning's clock."""
    ends = shift.ends if shift.ends <= DAY_MINUTES else shift.ends - DAY_MINUTES
    return f"\u2066{clock(shift.begins)}–{clock(ends)}\u2069"


def duty_words(roster: Roster) -> str:
    """Return who is on duty now, in a sentence."""
    names = [user.name for user in roster.members if user.pk in roster.on_duty]
    if not names:
        return _("nobody is on duty now")
    return _("on duty now: %(names)s") % {"names": joined(names)}
