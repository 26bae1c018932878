"""Move projections forward along the event log."""

import time

from django.db import connection, transaction
from django.db.models import QuerySet

from moked.base.pace import Pace
from moked.events.models import Event, Position
from moked.events.subscribers import Projection, StoredEvent, directory

FIRST = 100
_paces: dict[str, Pace] = {}


def run() -> int:
    """Apply the next events to every projection; return how many events were read."""
    return sum(_advance(projection) for projection in directory.projections)


def _advance(projection: Projection) -> int:
    position, _ = Position.objects.get_or_create(projection=projection.name)
    if not _next_events(position)[:1]:
        return 0
    pace = _paces.setdefault(projection.name, Pace(FIRST))
    with transaction.atomic():
        started = time.monotonic()
        taken = Position.objects.select_for_update(skip_locked=True).filter(id=position.pk).first()
        if taken is None:
            return 0  # another worker is at it; waiting for it would keep us from the outbox
        position = taken
        rows = list(_next_events(position)[: pace.size])
        if not rows:
            return 0
        rows, stored = _bearable(rows, projection, pace.size)
        projection.apply(stored)
        position.transaction_number, position.event_id = rows[-1].transaction_number, rows[-1].id
        position.save()
    pace.learn(sum(projection.weight(item.event) for item in stored), time.monotonic() - started)
    return len(rows)


def _bearable(rows: list[Event], projection: Projection, most: int) -> tuple[list[Event], list[StoredEvent]]:
    """Return the first of the rows, as many as one transaction bears, and the events it asks for in them."""
    wanted = {(event.name, event.version): event for event in projection.events}
    stored: list[StoredEvent] = []
    left = most
    for count, row in enumerate(rows):
        if (row.name, row.version) not in wanted:
            continue
        event = wanted[row.name, row.version].from_document(row.document)
        left -= projection.weight(event)
        if left < 0 and stored:
            return rows[:count], stored
        stored.append(StoredEvent(row.occurred_at, event))
    return rows, stored


def _next_events(position: Position) -> QuerySet[Event]:
    """Events after the position, below the oldest running transaction.

    An event may commit after one with a higher id; in order of (transaction number, id), and below the oldest
    running transaction, nothing can still appear behind the position. On SQLite transactions follow one
    another, so the id alone is that order, and the row comparison would read the log from its beginning.
    """
    if connection.vendor == "sqlite":
        return Event.objects.filter(id__gt=position.event_id).order_by("id")
    events = Event.objects.extra(
        where=[
            "(transaction_number, id) > (%s, %s)",
            "transaction_number < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        ],
        params=[position.transaction_number, position.event_id],
    )
    return events.order_by("transaction_number", "id")
