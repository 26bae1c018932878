"""Who reacts to what. `moked.config.subscribers` declares it once, at start; nobody else adds to it."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from moked.base.event import DomainEvent

MINUTE, HOUR, DAY = 60, 3600, 86400
BACK_OFF = (MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR)
GIVE_UP_AFTER = 3 * DAY


class Lane(StrEnum):
    """Who does durable work: the worker itself or, where servers of others are waited for, its senders.

    They hand over what stands in AT_ONCE before anything else that goes out.
    """

    INSIDE = "INSIDE"
    AT_ONCE = "AT_ONCE"
    OUTGOING = "OUTGOING"


class Work(Protocol):
    """What a durable handler is given: its event and a way to ask whether it may still act.

    On the last try a failure is for good: it makes the row a dead letter.
    """

    event: Any
    event_id: int
    is_last_try: bool

    def still_mine(self) -> bool:
        """Renew the lease; False when another worker has the row by now and nothing must be sent."""


@dataclasses.dataclass(frozen=True)
class Immediate:
    """Runs in the transaction of the change; it may change more, never veto."""

    event: type[DomainEvent]
    react: Callable[[Any], None]


@dataclasses.dataclass(frozen=True)
class Durable:
    """Runs after the commit, outside any transaction, at least once; `name` is stored and must not change."""

    name: str
    event: type[DomainEvent]
    handle: Callable[[Any], None]
    lane: Lane = Lane.INSIDE


@dataclasses.dataclass(frozen=True)
class StoredEvent:
    """An event as a projection reads it."""

    occurred_at: datetime
    event: DomainEvent


def _one(event: DomainEvent) -> int:
    return 1


@dataclasses.dataclass(frozen=True)
class Projection:
    """Follows events by position in the log; `apply` runs inside the transaction that moves the position.

    `weight` tells how much there is to do for an event, so that no transaction gets long: a hundred at most,
    or one event.
    """

    name: str
    events: tuple[type[DomainEvent], ...]
    apply: Callable[[Sequence[StoredEvent]], None]
    weight: Callable[[Any], int] = _one


@dataclasses.dataclass(frozen=True)
class Recurring:
    """A task the worker runs every `seconds`; it returns a short result for the operations page."""

    name: str
    seconds: int
    run: Callable[[datetime], str]


class Unfinished(Exception):
    """Raised by a handler that has done a part of much work: it is called again once others had a turn."""


class NotBefore(Exception):
    """Raised by a handler whose work must wait until a moment: all its tries begin then."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment.isoformat())
        self.moment = moment


class LeaseLost(Exception):
    """Raised by a handler that is no longer allowed to act: the row is left to whoever claims it next."""


class GiveUp(Exception):
    """The work can never succeed: make the row a dead letter at once. The message names no person."""


class Directory:
    """The declared reactions, looked up by event and by stored name."""

    def __init__(self) -> None:
        self.immediate: dict[type[DomainEvent], list[Callable[[Any], None]]] = {}
        self.durable: dict[str, Durable] = {}
        self.durable_by_event: dict[type[DomainEvent], list[Durable]] = {}
        self.projections: Sequence[Projection] = ()
        self.recurring: Sequence[Recurring] = ()
        self.at_rest: Sequence[Callable[[], None]] = ()
        self.events: dict[tuple[str, int], type[DomainEvent]] = {}

    def declare(
        self,
        *,
        events: Sequence[type[DomainEvent]],
        immediate: Sequence[Immediate],
        durable: Sequence[Durable],
        projections: Sequence[Projection],
        recurring: Sequence[Recurring],
        at_rest: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Replace everything declared so far. Immediate reactions run in the order given.

        `at_rest` is called by whoever looked for durable work and found none, and when it ends.
        """
        self.events = {(event.name, event.version): event for event in events}
        self.immediate, self.durable_by_event = {}, {}
        for reaction in immediate:
            self.immediate.setdefault(reaction.event, []).append(reaction.react)
        for subscriber in durable:
            self.durable_by_event.setdefault(subscriber.event, []).append(subscriber)
        self.durable = {subscriber.name: subscriber for subscriber in durable}
        self.projections = tuple(projections)
        self.recurring = tuple(recurring)
        self.at_rest = tuple(at_rest)


directory = Directory()
