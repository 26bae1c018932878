"""How durable work, projections and recurring tasks are doing, as those are told who keep them running."""

import dataclasses
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Now

from moked.events.models import Event, OutboxRow, Position, ScheduledTask
from moked.events.schedule import FAILED
from moked.events.subscribers import BACK_OFF, Lane, directory

LATE_AFTER = timedelta(minutes=5)
MOST_DEAD = 100
COUNT_LIMIT = 1000
MOST_WAITING = 10_000
MOST_FAILURES = 20
OUTGOING = (Lane.AT_ONCE, Lane.OUTGOING)


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

    @property
    def has_failed(self) -> bool:
        """Whether its last run ended in an error."""
        return self.result.startswith(FAILED)


@dataclasses.dataclass(frozen=True)
class ProjectionState:
    """How many events a projection has still to read, counted no further than 1,000."""

    name: str
    behind: int


@dataclasses.dataclass(frozen=True)
class Failure:
    """Why something did not go out, and about when."""

    reason: str
    failed_at: datetime


@dataclasses.dataclass(frozen=True)
class Outgoing:
    """What goes out: how much is due, since when, when something last did, and what failed, newest first."""

    waiting: int
    since: datetime | None
    done_at: datetime | None
    failures: tuple[Failure, ...]


def outgoing(municipality_id: int) -> Outgoing:
    """Return how handing over a municipality's mails goes, by the newest of them."""
    rows = OutboxRow.objects.filter(municipality_id=municipality_id).order_by("-id")
    # What waits for a moment of its own is as old as that moment.
    due = rows.filter(is_open=True, lane__in=OUTGOING, created_at__lte=Now()).order_by()
    waiting = due.aggregate(rows=Count("id"), since=Min("created_at"))
    newest = rows.filter(state=OutboxRow.State.DONE).values("id")[:MOST_WAITING]
    done = OutboxRow.objects.filter(id__in=newest, lane__in=OUTGOING).aggregate(at=Max("settled_at"))
    unsettled = [OutboxRow.State.PENDING, OutboxRow.State.LEASED, OutboxRow.State.DEAD]
    failed = rows.filter(state__in=unsettled, lane__in=OUTGOING).exclude(last_error="")[:MOST_FAILURES]
    failures = tuple(Failure(one.last_error, one.settled_at or _tried_at(one)) for one in failed)
    return Outgoing(waiting["rows"], waiting["since"], done["at"], failures)


def _tried_at(row: OutboxRow) -> datetime:
    """Return about when work failed that is tried again."""
    return row.due_at - timedelta(seconds=BACK_OFF[min(max(row.attempts, 1), len(BACK_OFF)) - 1])


def moment_of(event_id: int) -> datetime:
    """Return when something happened."""
    return Event.objects.values_list("occurred_at", flat=True).get(id=event_id)


def outbox_counts(municipality_id: int) -> dict[str, int]:
    """Return how many rows of a municipality's outbox are in each state, those with none as 0."""
    found = OutboxRow.objects.filter(municipality_id=municipality_id).values_list("state")
    counts = dict(found.annotate(rows=Count("id")).order_by())
    return {state: counts.get(state, 0) for state in OutboxRow.State.values}


def waiting_by_subscriber() -> dict[str, int]:
    """Return how many rows of the installation's outbox wait for each subscriber, of the 10,000 due first."""
    first = _open_rows().order_by("due_at", "id").values("id")[:MOST_WAITING]
    rows = OutboxRow.objects.filter(id__in=first).values_list("subscriber")
    return dict(rows.annotate(rows=Count("id")).order_by())


def dead_by_subscriber() -> dict[str, int]:
    """Return how many dead letters of the installation each subscriber has left."""
    rows = OutboxRow.objects.filter(state=OutboxRow.State.DEAD).values_list("subscriber")
    return dict(rows.annotate(rows=Count("id")).order_by())


def oldest_due_age() -> timedelta:
    """Return for how long the oldest work has been due, by the database's clock; nothing when none is."""
    due = _open_rows().filter(due_at__lt=Now()).annotate(read_at=Now())
    found = due.order_by("due_at", "id").values_list("due_at", "read_at").first()
    return found[1] - found[0] if found else timedelta()


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
    return _open_rows().filter(due_at__lt=Now() - LATE_AFTER).exists()


def _open_rows() -> QuerySet[OutboxRow]:
    """Return what is not settled; the lanes are named so that the index of open rows is used."""
    return OutboxRow.objects.filter(is_open=True, lane__in=list(Lane))


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
