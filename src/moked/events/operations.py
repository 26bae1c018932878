"""Publish what happened; settle, retry and clean up durable work."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from moked.base.event import DomainEvent
from moked.base.rows import add, insert, new
from moked.events.models import Event, OutboxRow, Position
from moked.events.subscribers import directory

DEEPEST = 50
KEEP_SETTLED = timedelta(days=30)


class NotInTransaction(RuntimeError):
    """An event was published outside the transaction of the change it tells of."""


class TooDeep(RuntimeError):
    """Reactions to reactions went more than 50 deep, which only a loop does."""


class _Queue(threading.local):
    def __init__(self) -> None:
        self.waiting: deque[tuple[DomainEvent, int]] = deque()
        self.depth = -1
        self.collecting: list[list[int]] = []


_queue = _Queue()


def publish(event: DomainEvent, *, now: datetime) -> None:
    """Store the event with one outbox row per durable subscriber and run the immediate ones.

    The outermost call drains the queue first-in-first-out, so that reactions see events in the order they
    happened. Raises NotInTransaction outside `atomic()`.
    """
    publish_together([event], now=now)


def publish_together(events: Sequence[DomainEvent], *, now: datetime) -> None:
    """Publish events of one moment, in their order, with as few statements as one of them takes."""
    if not events:
        return
    if not connection.in_atomic_block:
        raise NotInTransaction(events[0].name)
    if _queue.depth + 1 > DEEPEST:
        raise TooDeep(events[0].name)
    _store(events, now)
    _queue.waiting.extend((event, _queue.depth + 1) for event in events)
    if _queue.depth < 0:
        _drain()


@contextmanager
def collected() -> Iterator[list[int]]:
    """Collect the ids of the events that are published inside, so that their cause can be told later."""
    ids: list[int] = []
    _queue.collecting.append(ids)
    try:
        yield ids
    finally:
        _queue.collecting.remove(ids)


def publish_history(events: Sequence[tuple[DomainEvent, datetime]]) -> None:
    """Store events of the past, each with its moment, for projections only.

    Neither immediate nor durable subscribers see them, so nobody is told of what happened long ago.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("history")
    insert(_row(event, happened_at) for event, happened_at in events)


def retry_dead(*, row_id: int, municipality_id: int) -> bool:
    """Give a dead letter another full round of tries; False when there is no such dead letter."""
    dead = OutboxRow.objects.filter(id=row_id, municipality_id=municipality_id, state=OutboxRow.State.DEAD)
    fresh = {"due_at": Now(), "created_at": Now(), "attempts": 0, "settled_at": None}
    return bool(dead.update(state=OutboxRow.State.PENDING, is_open=True, **fresh))


@transaction.atomic
def renumber_events() -> int:
    """Put every event before whatever this database server will number next; return how many there are.

    For a dump restored into another PostgreSQL cluster, which counts its transactions anew: without it, new
    events would lie behind the positions. Positions move along, so that nothing is counted twice.
    """
    last = Event.objects.aggregate(last=Max("transaction_number"))["last"]
    if last is None:
        return 0
    Position.objects.update(transaction_number=F("transaction_number") - (last + 1))
    return Event.objects.update(transaction_number=F("transaction_number") - (last + 1))


def forget_settled(now: datetime) -> str:
    """Delete outbox rows settled more than 30 days ago, in small transactions; dead letters stay."""
    deleted = 0
    while True:
        old = OutboxRow.objects.filter(state=OutboxRow.State.DONE, settled_at__lt=now - KEEP_SETTLED)
        # Looked for outside a transaction, so that nobody waits for the search; what is done stays done.
        ids = list(old.values_list("id", flat=True)[:500])
        if not ids:
            return f"{deleted} rows forgotten"
        deleted += OutboxRow.objects.filter(id__in=ids).delete()[0]


def _drain() -> None:
    try:
        while _queue.waiting:
            event, _queue.depth = _queue.waiting.popleft()
            for react in directory.immediate.get(type(event), ()):
                react(event)
    finally:
        _queue.waiting.clear()
        _queue.depth = -1


def _store(events: Sequence[DomainEvent], now: datetime) -> None:
    rows = [_row(event, now) for event in events]
    stored = [add(rows[0])] if len(rows) == 1 else Event.objects.bulk_create(rows)
    for ids in _queue.collecting:
        ids.extend(row.pk for row in stored)
    insert(waiting for event, row in zip(events, stored, strict=True) for waiting in _outbox_rows(event, row))


def _row(event: DomainEvent, now: datetime) -> Event:
    return new(
        Event,
        municipality_id=event.municipality_id,
        name=event.name,
        version=event.version,
        document=event.as_document(),
        occurred_at=now,
    )


def _outbox_rows(event: DomainEvent, stored: Event) -> list[OutboxRow]:
    return [
        new(
            OutboxRow,
            event_id=stored.pk,
            municipality_id=event.municipality_id,
            subscriber=subscriber.name,
            lane=subscriber.lane,
        )
        for subscriber in directory.durable_by_event.get(type(event), ())
    ]
