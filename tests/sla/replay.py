"""What is owed on a case, replayed from what the town wrote and what happened: plain, and no product code.

Moments are minutes since 1970 in UTC; promises and calendars are their JSON form.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.sla import oracle

KINDS = ("ACKNOWLEDGEMENT", "FIRST_ANSWER", "NEXT_ANSWER", "RESOLUTION")
SEEN_AT_ONCE = ("WEB", "PHONE", "COUNTER", "APP", "API")
WAITING = ("WAITING_FOR_RESIDENT", "SCHEDULED", "WITH_EXTERNAL_BODY")
USUALLY_PAUSED = {"RESOLUTION": {"WAITING_FOR_RESIDENT", "WITH_EXTERNAL_BODY"}}
ALL_DAY = [["00:00", "24:00"]]
ALWAYS = "always"

Stand = tuple[str, int | None, int | None]


@dataclass(frozen=True)
class Town:
    """A promise, the calendars it names by their codes, and the town's own zone."""

    promise: dict[str, Any]
    calendars: dict[str, dict[str, Any]]
    zone: str

    def hours(self, code: str) -> dict[str, Any]:
        if code == ALWAYS:
            return {"zone": self.zone, "week": dict.fromkeys(oracle.NAMES, ALL_DAY), "days": {}}
        return self.calendars[code]


@dataclass
class Owed:
    """One thing that is owed; once it is met, its due date is what it was then."""

    kind: str
    target: str
    calendar: str
    paused_by: frozenset[str]
    start: int
    met: int | None = None
    due: int | None = None
    is_cancelled: bool = False

    def is_same_as(self, other: "Owed") -> bool:
        mine = self.target, self.calendar, self.paused_by, self.start
        return mine == (other.target, other.calendar, other.paused_by, other.start)

    def due_at(self, town: Town, waited: list[tuple[str, int, int | None]]) -> int | None:
        """When it is due by what is known so far; None while its clock stands still."""
        pauses = [(begin, end) for state, begin, end in waited if state in self.paused_by]
        amount, unit = int(self.target[:-1]), self.target[-1]
        hours = town.hours(self.calendar)
        match unit:
            case "d":
                return oracle.due_after_days(hours, self.start, amount, pauses)
            case "c":
                return oracle.due_after_calendar_days(hours, self.start, amount, pauses)
        return oracle.due_after_minutes(hours, self.start, amount * {"m": 1, "h": 60}[unit], pauses)


@dataclass
class Replay:
    """A case as it goes on: `owed` by kind, and how long it has waited for whom."""

    town: Town
    channel: str
    areas: set[tuple[str, str]]
    priority: str
    opened: int
    owed: dict[str, Owed] = field(default_factory=dict)
    waited: list[tuple[str, int, int | None]] = field(default_factory=list)
    state: str = "RECEIVED"
    answered: int | None = None

    def __post_init__(self) -> None:
        self.owed = self.promised(asked=None)

    def promised(self, asked: int | None) -> dict[str, Owed]:
        """What the terms that count for the case promise now."""
        terms, calendar = self.terms()
        starts = dict.fromkeys(KINDS, self.opened) | {"NEXT_ANSWER": asked}
        legal = terms.get("legal", [])
        found = {}
        for kind in KINDS:
            target, start = terms.get(kind.lower()), starts[kind]
            if not target or start is None:
                continue
            said = terms.get("paused_by", {}).get(kind.lower(), USUALLY_PAUSED.get(kind, ()))
            may_pause = kind in ("NEXT_ANSWER", "RESOLUTION") and kind.lower() not in legal
            one = Owed(kind, target, calendar, frozenset(said if may_pause else ()), start)
            if kind == "ACKNOWLEDGEMENT" and self.channel in SEEN_AT_ONCE:
                self.meet(one, self.opened)
            found[kind] = one
        return found

    def terms(self) -> tuple[dict[str, Any], str]:
        for other in self.town.promise.get("exceptions", []):
            if self.is_meant(other):
                return other, other["calendar"]
        usual = self.town.promise
        return usual, ALWAYS if self.priority == "URGENT" else usual["calendar"]

    def is_meant(self, other: dict[str, Any]) -> bool:
        codes = other.get("areas") or [code for _, code in self.areas]
        return (
            self.priority in (other.get("priorities") or [self.priority])
            and self.channel in (other.get("channels") or [self.channel])
            and ("area_kind" not in other or any((other["area_kind"], one) in self.areas for one in codes))
        )

    def meet(self, one: Owed, at: int) -> None:
        one.due, one.met = one.due_at(self.town, self.waited), at

    def open_ones(self, *kinds: str) -> list[Owed]:
        return [one for one in self.owed.values() if one.kind in kinds and one.met is None]

    def reply(self, at: int) -> None:
        self.answered = self.answered or at
        for one in self.open_ones("ACKNOWLEDGEMENT", "FIRST_ANSWER", "NEXT_ANSWER"):
            self.meet(one, at)
        if self.state == "RECEIVED":
            self.state = "IN_PROGRESS"

    def write(self, at: int) -> None:
        if self.state == "WAITING_FOR_RESIDENT":
            self.move("IN_PROGRESS", at)
        if not self.open_ones("FIRST_ANSWER", "NEXT_ANSWER"):
            asked = self.promised(asked=at).get("NEXT_ANSWER")
            if asked:
                self.owed["NEXT_ANSWER"] = asked

    def move(self, state: str, at: int) -> None:
        self.end_waiting(at)
        if state in WAITING:
            self.waited.append((state, at, None))
        self.state = state

    def end_waiting(self, at: int) -> None:
        self.waited = [(state, begin, at if end is None else end) for state, begin, end in self.waited]

    def set_priority(self, priority: str, at: int) -> None:
        self.priority = priority
        asked = next((one.start for one in self.open_ones("NEXT_ANSWER")), None)
        anew, before = self.promised(asked), self.owed
        self.owed = {kind: one for kind, one in before.items() if one.met is not None}
        for kind, one in anew.items():
            former = before.get(kind)
            if kind in self.owed:
                continue
            if former and former.is_same_as(one):
                self.owed[kind] = former
                continue
            self.owed[kind] = one
            if kind in ("ACKNOWLEDGEMENT", "FIRST_ANSWER") and one.met is None and self.answered is not None:
                self.meet(one, self.answered)

    def close(self, at: int, *, is_done: bool) -> None:
        self.end_waiting(at)
        for one in self.open_ones(*KINDS):
            if is_done:
                self.meet(one, at)
            else:
                one.is_cancelled = True
        self.state = "CLOSED"

    def stands(self, now: int) -> dict[str, Stand]:
        """How each that counts stands: its state, when it is or was due, when it was met."""
        return {one.kind: self.stand(one, now) for one in self.owed.values()}

    def stand(self, one: Owed, now: int) -> Stand:
        if one.is_cancelled:
            return "CANCELLED", None, None
        if one.met is not None:
            return "BROKEN" if one.due is not None and one.met > one.due else "KEPT", one.due, one.met
        due = one.due_at(self.town, self.waited)
        if due is None:
            return "PAUSED", None, None
        return "BROKEN" if due <= now else "RUNNING", due, None
