"""What a reaction does. Plain values, no database."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from moked.base.labels import Labels, are_labels, say_something
from moked.cases.rules import Outcome
from moked.catalogue.rules import Priority
from moked.sla.warnings import Whom

LONGEST_NOTE = 1_000
RAISE = "RAISE"
ORDER = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)


class ActionKind(StrEnum):
    """What may be done, in the order in which the settings offer it."""

    PRIORITY = "PRIORITY"
    GIVE = "GIVE"
    LABEL = "LABEL"
    NOTE = "NOTE"
    TELL = "TELL"
    REMIND = "REMIND"
    WRITE = "WRITE"
    CLOSE = "CLOSE"
    REVIEW = "REVIEW"


ONLY_OPEN = frozenset({ActionKind.PRIORITY, ActionKind.GIVE, ActionKind.CLOSE})


@dataclasses.dataclass(frozen=True)
class Action:
    """One thing to do.

    `priority` is a code or RAISE; `reply` a reply template's code, for closing together with an `outcome`;
    `person` the id of somebody on the staff; `add_labels` are codes; `words` are for colleagues.
    """

    kind: ActionKind
    priority: str = ""
    department: str = ""
    team: str = ""
    person: int | None = None
    add_labels: tuple[str, ...] = ()
    reply: str = ""
    outcome: str = ""
    whom: tuple[Whom, ...] = ()
    by_mail: bool = False
    words: Labels = dataclasses.field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form, with what it needs only."""
        said: dict[str, Any] = {
            "priority": self.priority,
            "department": self.department,
            "team": self.team,
            "person": self.person,
            "add_labels": list(self.add_labels),
            "reply": self.reply,
            "outcome": self.outcome,
            "whom": [str(one) for one in self.whom],
            "by_mail": self.by_mail,
            "words": dict(self.words),
        }
        return {"do": str(self.kind)} | {name: value for name, value in said.items() if value}


def read(entry: Any) -> Action:
    """Return the action of its document; raises ValueError with the name of what does not fit."""
    kind = entry.get("do") if isinstance(entry, Mapping) else None
    if kind not in list(ActionKind):
        raise ValueError("do")
    match ActionKind(kind):
        case ActionKind.PRIORITY:
            if entry.get("priority") not in [*Priority, RAISE]:
                raise ValueError("priority")
            return Action(ActionKind.PRIORITY, priority=str(entry["priority"]))
        case ActionKind.GIVE:
            return _give(entry)
        case ActionKind.LABEL:
            codes = entry.get("add_labels")
            if not isinstance(codes, list) or not codes or not all(isinstance(one, str) for one in codes):
                raise ValueError("add_labels")
            return Action(ActionKind.LABEL, add_labels=tuple(dict.fromkeys(codes)))
        case ActionKind.TELL:
            whom = entry.get("whom")
            if not isinstance(whom, list) or not whom or any(one not in list(Whom) for one in whom):
                raise ValueError("whom")
            known = tuple(one for one in Whom if one in whom)
            return Action(ActionKind.TELL, whom=known, by_mail=entry.get("by_mail") is True)
        case ActionKind.NOTE:
            words = entry.get("words")
            if not are_labels(words, longest=LONGEST_NOTE) or not say_something(words):
                raise ValueError("words")
            return Action(ActionKind.NOTE, words=dict(words))
        case ActionKind.WRITE:
            return Action(ActionKind.WRITE, reply=_code(entry, "reply"))
        case ActionKind.CLOSE:
            if entry.get("outcome") not in list(Outcome):
                raise ValueError("outcome")
            return Action(ActionKind.CLOSE, reply=_code(entry, "reply"), outcome=str(entry["outcome"]))
    return Action(ActionKind(kind))


def _give(entry: Mapping[str, Any]) -> Action:
    person, team = entry.get("person"), entry.get("team") or ""
    if person is not None and (not isinstance(person, int) or isinstance(person, bool)):
        raise ValueError("person")
    if not isinstance(team, str):
        raise ValueError("team")
    return Action(ActionKind.GIVE, department=_code(entry, "department"), team=team, person=person)


def _code(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def priority_after(action: Action, before: str) -> str:
    """Return the priority that a case gets; one that is raised goes no higher than the highest."""
    if action.priority != RAISE:
        return action.priority
    return ORDER[min(ORDER.index(Priority(before)) + 1, len(ORDER) - 1)]
