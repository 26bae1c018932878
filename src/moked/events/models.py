"""The event log, the outbox of durable work, positions of projections and the schedule."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from moked.base.labels import ReadableEncoder
from moked.events.subscribers import Lane


class TransactionNumber(models.Func):
    """The number of the running transaction on PostgreSQL, 0 on SQLite where commits follow ids."""

    output_field = models.BigIntegerField()
    arity = 0

    def as_sql(self, *args: Any, **extra: Any) -> Any:
        return "0", []

    def as_postgresql(self, *args: Any, **extra: Any) -> Any:
        return "pg_current_xact_id()::text::bigint", []


class Event(models.Model):
    """One thing that happened. Rows are only ever added, in the transaction of the change itself."""

    municipality_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    document = models.JSONField(encoder=ReadableEncoder)
    occurred_at = models.DateTimeField()
    transaction_number = models.BigIntegerField(db_default=TransactionNumber())

    class Meta:
        indexes = [models.Index(fields=["transaction_number", "id"], name="event_by_commit")]


class OutboxRow(models.Model):
    """One event to be handled by one durable subscriber, at least once.

    `due_at` is when the row may be claimed: for a leased one, when its lease ends. It and all comparisons
    with it use the database's clock.
    """

    class State(models.TextChoices):
        PENDING = "PENDING"
        LEASED = "LEASED"
        DONE = "DONE"
        DEAD = "DEAD"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", db_index=False)
    municipality_id = models.BigIntegerField()
    subscriber = models.CharField(max_length=80)
    lane = models.CharField(
        max_length=8,
        choices=[(one.value, one.value) for one in Lane],
        default=Lane.INSIDE,
        db_default=Lane.INSIDE,
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    is_open = models.BooleanField(default=True)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    last_error = models.CharField(max_length=200, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="outbox_once")]
        indexes = [
            models.Index(fields=["lane", "due_at", "id"], condition=Q(is_open=True), name="outbox_open"),
            models.Index(fields=["municipality_id", "state", "-id"], name="outbox_by_state"),
            models.Index(fields=["subscriber"], condition=Q(state="DEAD"), name="outbox_dead"),
        ]


class Position(models.Model):
    """How far a projection has read the event log, in order of (transaction number, id)."""

    projection = models.CharField(max_length=80, unique=True)
    transaction_number = models.BigIntegerField(default=-(2**62))
    event_id = models.BigIntegerField(default=0)


class ScheduledTask(models.Model):
    """When a recurring task runs next and how its last run ended."""

    name = models.CharField(max_length=80, unique=True)
    next_at = models.DateTimeField(db_default=Now())
    last_started_at = models.DateTimeField(null=True)
    last_finished_at = models.DateTimeField(null=True)
    last_result = models.CharField(max_length=200, default="")
