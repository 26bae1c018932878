"""What a person reads of a promise: how much is left, how late it is, whether it was kept."""

import dataclasses
from datetime import datetime, timedelta
from typing import Protocol

from django.utils.translation import ngettext, pgettext

RUNNING, PAUSED, KEPT, BROKEN = "RUNNING", "PAUSED", "KEPT", "BROKEN"
SOON = timedelta(hours=4)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Promised(Protocol):
    """What a case says of its promise. `promise_state` is one of the codes above, or "" without a promise."""

    @property
    def promised_at(self) -> datetime | None: ...
    @property
    def promise_state(self) -> str: ...
    @property
    def is_open(self) -> bool: ...


@dataclasses.dataclass(frozen=True)
class Standing:
    """How a promise stands: `kind` is on-time, soon, late, paused, kept or broken; no tone, plain text."""

    kind: str
    word: str
    icon: str
    tone: str


def standing(case: Promised, now: datetime) -> Standing | None:
    """Return how the promise stands now, or None where there is none."""
    if case.promise_state == PAUSED:
        return Standing("paused", pgettext("promise", "Paused"), "pause-circle", "neutral")
    if case.promise_state == KEPT:
        return Standing("kept", pgettext("promise", "Kept"), "check-lg", "green")
    if case.promised_at is None or not case.promise_state:
        return None
    if not case.is_open:
        return Standing("broken", pgettext("promise", "Not kept"), "diamond-fill", "red")
    left = case.promised_at - now
    if left < timedelta(0):
        return Standing("late", left_or_late(left), "diamond-fill", "red")
    if left <= SOON:
        return Standing("soon", left_or_late(left), "exclamation-triangle-fill", "amber")
    return Standing("on-time", left_or_late(left), "clock", "")


def left_or_late(left: timedelta) -> str:
    """Return in words how much time is left; below zero, how late it is."""
    return _late(-left) if left < timedelta(0) else _left(left)


def _left(span: timedelta) -> str:
    if span < HOUR:
        minutes = max(span // MINUTE, 1)
        return ngettext("%(count)d minute left", "%(count)d minutes left", minutes) % {"count": minutes}
    if span < 2 * DAY:
        hours = span // HOUR
        return ngettext("%(count)d hour left", "%(count)d hours left", hours) % {"count": hours}
    return ngettext("%(count)d day left", "%(count)d days left", span.days) % {"count": span.days}


def _late(span: timedelta) -> str:
    if span < HOUR:
        minutes = max(span // MINUTE, 1)
        return ngettext("%(count)d minute late", "%(count)d minutes late", minutes) % {"count": minutes}
    if span < DAY:
        hours = span // HOUR
        return ngettext("%(count)d hour late", "%(count)d hours late", hours) % {"count": hours}
    return ngettext("%(count)d day late", "%(count)d days late", span.days) % {"count": span.days}


def in_words(target: str) -> str:
    """Return a target like `3d`, `30c`, `8h` or `90m` as a person reads it."""
    amount = int(target[:-1])
    match target[-1]:
        case "d":
            words = ngettext("%(count)d working day", "%(count)d working days", amount)
        case "c":
            words = ngettext("%(count)d day", "%(count)d days", amount)
        case "h":
            words = ngettext("%(count)d working hour", "%(count)d working hours", amount)
        case _:
            words = ngettext("%(count)d working minute", "%(count)d working minutes", amount)
    return words % {"count": amount}
