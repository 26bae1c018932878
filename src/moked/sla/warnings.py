"""Who is told when a promise is about to break, or has: levels, each reached once. No database."""

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from moked.base.labels import Labels, are_labels, say_something
from moked.catalogue.rules import Priority
from moked.sla.calendars import Calendar
from moked.sla.commitments import Kind
from moked.sla.rules import IN_DAYS, BadTarget, Pause, Target, TooFar, due, elapsed, share_used, used_up
from moked.sla.targets import PROMISED

MOST_LEVELS = 40
MOST_REPEATS = 10
LONGEST_REASON = 500
LARGEST_SHARE = 100
_SHARE = re.compile(r"([1-9]\d{0,2})%", re.ASCII)
_OTHER = re.compile(r"([-+*])([1-9]\d{0,4}[mhd])", re.ASCII)


class BadWarnings(ValueError):
    """Warnings are not as they must be; the message says what to change, `number` which one, from 1."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Whom(StrEnum):
    """Who is told: whoever has the case, those on duty in its team, the whole department, its manager, the
    centre, the service managers.
    """

    ASSIGNEE = "ASSIGNEE"
    TEAM = "TEAM"
    DEPARTMENT = "DEPARTMENT"
    MANAGER = "MANAGER"
    CENTRE = "CENTRE"
    SERVICE_MANAGER = "SERVICE_MANAGER"


@dataclasses.dataclass(frozen=True)
class Moment:
    """When a level is reached, counted in working time as the promise is.

    `80%` of it used up; `-2h` so long before it is due; `+1d` so long after; `*4h` after that again and
    again, ten times.
    """

    text: str

    @classmethod
    def read(cls, text: Any) -> "Moment":
        """Return the moment of its short form; raises ValueError."""
        share = _SHARE.fullmatch(text) if isinstance(text, str) else None
        other = _OTHER.fullmatch(text) if isinstance(text, str) else None
        if share and int(share[1]) > LARGEST_SHARE:
            raise ValueError(text)
        if other:
            target = Target.read(other[2])
            if other[1] == "-" and target.unit in IN_DAYS:
                raise ValueError(text)
        if not share and not other:
            raise ValueError(text)
        return cls(text)

    @property
    def repeats(self) -> bool:
        """Whether it comes again and again."""
        return self.text[0] == "*"

    @property
    def share(self) -> int:
        """The share of the promise in percent; 0 where it is counted from the end."""
        return int(self.text[:-1]) if self.text[-1] == "%" else 0


@dataclasses.dataclass(frozen=True)
class Level:
    """One level: for which promises, when, who is told and how, and what else is done.

    No services and no priorities mean any. `gives` hands the case to the department's manager. `later` is by
    how much the promise is moved for the resident, who reads the `reason`; a promise moves by itself only
    once, and never one that the law asks for.
    """

    kinds: tuple[Kind, ...]
    at: Moment
    whom: tuple[Whom, ...]
    by_mail: bool = False
    gives: bool = False
    services: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    later: str = ""
    reason: Labels = dataclasses.field(default_factory=dict)

    def fits(self, kind: str, service: str, priority: str) -> bool:
        """Tell whether it is meant for such a promise."""
        return (
            kind in self.kinds
            and (not self.services or service in self.services)
            and (not self.priorities or priority in self.priorities)
        )

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form."""
        document: dict[str, Any] = {
            "kinds": [str(kind) for kind in self.kinds],
            "at": self.at.text,
            "whom": [str(one) for one in self.whom],
            "by_mail": self.by_mail,
            "gives": self.gives,
            "services": list(self.services),
            "priorities": [str(one) for one in self.priorities],
        }
        return document | ({"later": self.later, "reason": dict(self.reason)} if self.later else {})


@dataclasses.dataclass(frozen=True)
class Clock:
    """What the levels of one promise are counted by."""

    calendar: Calendar
    started_at: datetime
    target: Target
    pauses: Sequence[Pause]
    is_urgent: bool

    def moment(self, key: str) -> datetime | None:
        """Return when a level is reached; None while the clock stands still, or when it never is.

        `key` is a level's moment, with `#n` for the n-th of those that repeat. Who is told works by the
        calendar: what is not urgent waits until it opens.
        """
        try:
            found = self._moment(*key.partition("#")[::2])
        except TooFar:
            return None
        if found is None or self.is_urgent:
            return found
        return self.calendar.next_opening(found)

    def _moment(self, text: str, repeat: str) -> datetime | None:
        moment = Moment(text)
        if moment.share:
            return share_used(self.calendar, self.started_at, self.target, moment.share, self.pauses)
        due_at = due(self.calendar, self.started_at, self.target, self.pauses)
        if due_at is None:
            return None
        span = Target.read(text[1:])
        if text[0] == "-":
            return self._before(due_at, span)
        for _again in range(int(repeat or 1)):
            due_at = due(self.calendar, due_at, span)
            assert due_at is not None  # noqa: S101 - without pauses no clock stands still
        return due_at

    def _before(self, due_at: datetime, span: Target) -> datetime | None:
        """Return when so much working time is left, None where there never was that much."""
        whole = elapsed(self.calendar, self.started_at, due_at, self.pauses)
        left = whole - span.working_time
        return (
            used_up(self.calendar, self.started_at, left, self.pauses) if left.total_seconds() > 0 else None
        )


@dataclasses.dataclass(frozen=True)
class Reached:
    """A level that is to be reached: its key, as kept on the promise, and when."""

    key: str
    at: datetime
    level: Level


def upcoming(levels: Iterable[Level], clock: Clock, reached: Collection[str]) -> list[Reached]:
    """Return the levels of a promise that are yet to be reached, in order; of repeating ones the next.

    `reached` are the keys of those that were: each is reached once, wherever its moment moves to.
    """
    found: dict[str, Reached] = {}
    for level in levels:
        key = _next_key(level.at, reached)
        at = clock.moment(key) if key and key not in reached else None
        if at is not None:
            known = found.get(key)
            found[key] = Reached(key, at, _joined(known.level, level) if known else level)
    return sorted(found.values(), key=lambda one: (one.at, one.key))


def _next_key(at: Moment, reached: Collection[str]) -> str:
    if not at.repeats:
        return at.text
    keys = (f"{at.text}#{number}" for number in range(1, MOST_REPEATS + 1))
    return next((key for key in keys if key not in reached), "")


def _joined(one: Level, other: Level) -> Level:
    """Return two levels of one moment as one."""
    return dataclasses.replace(
        one,
        whom=tuple(dict.fromkeys([*one.whom, *other.whom])),
        by_mail=one.by_mail or other.by_mail,
        gives=one.gives or other.gives,
        later=one.later or other.later,
        reason=one.reason or other.reason,
    )


def read(document: Any) -> tuple[Level, ...]:
    """Return the levels of a document; raises BadWarnings in words."""
    if not isinstance(document, list):
        raise BadWarnings(0, _("Write the warnings as a list."))
    if len(document) > MOST_LEVELS:
        raise BadWarnings(
            MOST_LEVELS + 1, _("There is room for %(most)d warnings. Join some.") % {"most": MOST_LEVELS}
        )
    return tuple(_read_one(entry, number) for number, entry in enumerate(document, 1))


def _read_one(entry: Any, number: int) -> Level:
    if not isinstance(entry, Mapping):
        raise BadWarnings(number, _("Write the warnings as a list."))
    try:
        at = Moment.read(entry.get("at"))
    except ValueError:
        raise BadWarnings(
            number,
            _("Say when warning %(number)d comes, like %(examples)s.")
            % {"number": number, "examples": "80%, -2h, +1d, *4h"},
        ) from None
    level = Level(
        kinds=tuple(Kind(one) for one in _known(entry.get("kinds"), [str(one) for one in PROMISED], number)),
        at=at,
        whom=tuple(Whom(one) for one in _known(entry.get("whom"), list(Whom), number)),
        by_mail=entry.get("by_mail") is True,
        gives=entry.get("gives") is True,
        services=tuple(one for one in _texts(entry.get("services"), number)),
        priorities=tuple(Priority(one) for one in _known(entry.get("priorities"), list(Priority), number)),
    )
    if entry.get("later"):
        level = dataclasses.replace(level, **_later(entry, number))
    if not level.kinds:
        raise BadWarnings(
            number, _("Say for which promise warning %(number)d is meant.") % {"number": number}
        )
    if not level.whom and not level.gives and not level.later:
        raise BadWarnings(number, _("Say who is told by warning %(number)d.") % {"number": number})
    return level


def _later(entry: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return by how much a promise is moved, and why."""
    reason = entry.get("reason")
    try:
        later = str(Target.read(entry["later"]))
    except BadTarget as refusal:
        raise BadWarnings(number, str(refusal)) from None
    if not are_labels(reason, longest=LONGEST_REASON) or not say_something(reason):
        raise BadWarnings(
            number,
            _("Write for warning %(number)d why it takes longer: the resident reads it.")
            % {"number": number},
        )
    return {"later": later, "reason": dict(reason)}


def _known(value: Any, known: Sequence[str], number: int) -> list[str]:
    found = _texts(value, number)
    if any(one not in known for one in found):
        raise BadWarnings(
            number,
            _("Warning %(number)d names something unknown. Choose from: %(known)s.")
            % {"number": number, "known": ", ".join(known)},
        )
    return found


def _texts(value: Any, number: int) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadWarnings(number, _("Write the warnings as a list."))
    return list(dict.fromkeys(value))
