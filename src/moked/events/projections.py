"""Move projections forward along the event log."""

from django.db import connection, transaction
from django.db.models import QuerySet

from moked.events.models import Event, Position
from moked.events.subscribers import Projection, StoredEvent, directory

BATCH = 300


def run() -> int:
    """Apply the next events to every projection; return how many events were read."""
    return sum(_advance(projection) for projection in directory.projections)


def _advance(projection: Projection) -> int:
    position, _ = Position.objects.get_or_create(projection=projection.name)
    if not _next_events(position)[:1]:
        return 0
    with transaction.atomic():
        taken = Position.objects.select_for_update(skip_locked=True).filter(id=position.pk).first()
        if taken is None:
            return 0  # another worker is at it; waiting for it would keep us from the outbox
        position = taken
        rows = list(_next_events(position)[:BATCH])
        if not rows:
            return 0
        read, stored = _taken(projection, rows)
        projection.apply(stored)
        last = rows[read - 1]
        position.transaction_number, position.event_id = last.transaction_number, last.id
        position.save()
    return read


def _taken(projection: Projection, rows: list[Event]) -> tuple[int, list[StoredEvent]]:
    """Return how many of the rows are applied together, at least one, and those the projection asked for."""
    wanted = {(event.name, event.version): event for event in projection.events}
    stored: list[StoredEvent] = []
    weight = 0
    for read, row in enumerate(rows):
        if (row.name, row.version) not in wanted:
            continue
        event = wanted[row.name, row.version].from_document(row.document)
        weight += projection.weight(event)
        if weight > BATCH and read:
            return read, stored
        stored.append(StoredEvent(row.occurred_at, event))
    return len(rows), stored


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
