"""When a reaction is due: upon a change of a case, or after a time in which nothing changed. No database."""

import dataclasses
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from moked.cases.rules import OPEN, State
from moked.sla.calendars import Calendar
from moked.sla.commitments import Kind
from moked.sla.rules import Target, Unit, due

MOST_JOINED, MOST_HOURS = 100, 24 * 90
MOST_OF = {"h": 24 * 90, "d": 250, "c": 366}
_LASTING = re.compile(r"([1-9]\d{0,3})([hdc])", re.ASCII)


class TriggerKind(StrEnum):
    """What a reaction waits for. The last two are a matter of time."""

    OPENED = "OPENED"
    RESIDENT_WROTE = "RESIDENT_WROTE"
    JOINED = "JOINED"
    MOVED = "MOVED"
    PRIORITY_CHANGED = "PRIORITY_CHANGED"
    CLOSED = "CLOSED"
    SURVEY_ANSWERED = "SURVEY_ANSWERED"
    REOPENED = "REOPENED"
    PROMISE_BROKEN = "PROMISE_BROKEN"
    STATE_LASTS = "STATE_LASTS"
    UNANSWERED = "UNANSWERED"


TIMED = frozenset({TriggerKind.STATE_LASTS, TriggerKind.UNANSWERED})
OF_A_STATE = frozenset({TriggerKind.MOVED, TriggerKind.STATE_LASTS})
ON_CLOSED = frozenset({TriggerKind.CLOSED, TriggerKind.SURVEY_ANSWERED})
MAY_BE_CLOSED = ON_CLOSED | {TriggerKind.RESIDENT_WROTE, TriggerKind.PROMISE_BROKEN}


@dataclasses.dataclass(frozen=True)
class Lasting:
    """How long: `48h` by the clock, `5d` to the end of the fifth working day after, `5c` five times 24 h."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @classmethod
    def read(cls, text: Any) -> "Lasting":
        """Return the time of its short form; raises ValueError, for none at all too."""
        found = _LASTING.fullmatch(text) if isinstance(text, str) else None
        if found is None or int(found[1]) > MOST_OF[found[2]]:
            raise ValueError(text)
        return cls(int(found[1]), found[2])

    def not_before(self, start: datetime) -> datetime:
        """Return a moment before which it cannot be over, whenever anybody works; told without a calendar."""
        if self.unit == "d":
            return start + timedelta(days=self.amount - 2)
        return start + timedelta(hours=self.amount * (24 if self.unit == "c" else 1))

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """Return when so much time has passed. Raises sla.rules.TooFar where nobody works any more."""
        if self.unit == "d":
            found = due(calendar, start, Target(self.amount, Unit.DAYS))
            assert found is not None  # noqa: S101 - without pauses no clock stands still
            return found
        return start + timedelta(hours=self.amount * (24 if self.unit == "c" else 1))


@dataclasses.dataclass(frozen=True)
class Trigger:
    """What has to happen. `state` is for moving into one and staying there, `count` within `hours` for others
    whose case it is too, `lasts` is a Lasting, for what is a matter of time, `promise` which one is broken,
    '' for any.
    """

    kind: TriggerKind
    state: str = ""
    lasts: str = ""
    count: int = 1
    hours: int = 0
    promise: str = ""

    @property
    def is_timed(self) -> bool:
        """Whether it is a matter of time."""
        return self.kind in TIMED

    def answers(self, kind: TriggerKind, state: str = "") -> bool:
        """Tell whether it waits for such a change; how many joined is for who counts them.

        `state` is what the case came into, or which promise was broken.
        """
        if kind == TriggerKind.PROMISE_BROKEN:
            return self.kind == kind and self.promise in {"", state}
        return self.kind == kind and (kind not in OF_A_STATE or self.state == state)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form, with what it needs only."""
        return (
            {"when": str(self.kind)}
            | {name: value for name in ("state", "lasts", "promise") if (value := getattr(self, name))}
            | ({"count": self.count, "hours": self.hours} if self.kind == TriggerKind.JOINED else {})
        )


def read(entry: Any) -> Trigger:
    """Return the trigger of a reaction's document; raises ValueError with the name of what does not fit."""
    when = entry.get("when")
    if when not in list(TriggerKind):
        raise ValueError("when")
    kind = TriggerKind(when)
    state, lasts = "", ""
    if kind in OF_A_STATE:
        state = entry.get("state")
        if state not in OPEN:
            raise ValueError("state")
    if kind in TIMED:
        try:
            lasts = str(Lasting.read(entry.get("lasts")))
        except ValueError:
            raise ValueError("lasts") from None
    if kind == TriggerKind.PROMISE_BROKEN:
        promise = entry.get("promise") or ""
        if promise not in ["", *Kind]:
            raise ValueError("promise")
        return Trigger(kind, promise=str(promise))
    if kind != TriggerKind.JOINED:
        return Trigger(kind, str(State(state)) if state else "", lasts)
    count, hours = entry.get("count", 1), entry.get("hours", 0)
    if not _is_between(count, 1, MOST_JOINED):
        raise ValueError("count")
    if not _is_between(hours, 0 if count == 1 else 1, MOST_HOURS):
        raise ValueError("hours")
    return Trigger(kind, count=count, hours=hours)


def _is_between(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def enough_joined(joined: Sequence[tuple[int, datetime]], count: int, hours: int) -> int:
    """Return the id of whoever made so many join within so many hours (0: ever); 0 when they never were."""
    for first, last in zip(joined, joined[count - 1 :], strict=False):
        if not hours or (last[1] - first[1]).total_seconds() <= hours * 3600:
            return last[0]
    return 0
