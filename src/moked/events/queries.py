"""How durable work, projections and recurring tasks are doing, as the operations page and /health tell it."""

import dataclasses
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Now

from moked.events.models import Event, OutboxRow, Position, ScheduledTask
from moked.events.subscribers import directory

LATE_AFTER = timedelta(minutes=5)
MOST_DEAD = 100
COUNT_LIMIT = 1000


@dataclasses.dataclass(frozen=True)
class DeadLetter:
    """Durable work given up on: what should have happened, why it did not, since when."""

    id: int
    subscriber: str
    event: str
    reason: str
    attempts: int
    created_at: datetime
    died_at: datetime | None


@dataclasses.dataclass(frozen=True)
class TaskState:
    """A recurring task, when it runs next and how its last run ended; None where it never ran."""

    name: str
    next_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    result: str


@dataclasses.dataclass(frozen=True)
class ProjectionState:
    """How many events a projection has still to read, counted no further than 1,000."""

    name: str
    behind: int


def outbox_counts(municipality_id: int) -> dict[str, int]:
    """Return how many rows of a municipality's outbox are in each state, those with none as 0."""
    found = OutboxRow.objects.filter(municipality_id=municipality_id).values_list("state")
    counts = dict(found.annotate(rows=Count("id")).order_by())
    return {state: counts.get(state, 0) for state in OutboxRow.State.values}


def dead_letters(municipality_id: int) -> list[DeadLetter]:
    """Return a municipality's dead letters, the newest first, at most a hundred."""
    rows = OutboxRow.objects.filter(municipality_id=municipality_id, state=OutboxRow.State.DEAD)
    return [
        DeadLetter(
            row.pk,
            row.subscriber,
            row.event.name,
            row.last_error,
            row.attempts,
            row.created_at,
            row.settled_at,
        )
        for row in rows.select_related("event").order_by("-id")[:MOST_DEAD]
    ]


def tasks() -> list[TaskState]:
    """Return the installation's recurring tasks in the order they are declared in."""
    known = {task.name: task for task in ScheduledTask.objects.all()}
    return [_task_state(name, known.get(name)) for name in (task.name for task in directory.recurring)]


def projections() -> list[ProjectionState]:
    """Return how far the installation's projections are."""
    positions = {position.projection: position for position in Position.objects.all()}
    return [
        ProjectionState(projection.name, _behind(positions.get(projection.name) or Position()))
        for projection in directory.projections
    ]


def is_worker_late() -> bool:
    """Tell whether something has been due for more than five minutes, by the database's clock."""
    return OutboxRow.objects.filter(is_open=True, due_at__lt=Now() - LATE_AFTER).exists()


def _task_state(name: str, task: ScheduledTask | None) -> TaskState:
    if task is None:
        return TaskState(name, None, None, None, "")
    return TaskState(name, task.next_at, task.last_started_at, task.last_finished_at, task.last_result)


def _behind(position: Position) -> int:
    later = Event.objects.filter(
        Q(transaction_number__gt=position.transaction_number)
        | Q(transaction_number=position.transaction_number, id__gt=position.event_id)
    )
    return later.order_by()[:COUNT_LIMIT].count()
