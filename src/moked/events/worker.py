"""Claim, do and settle durable work: at least once, never by two at a time."""

import contextlib
import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from moked.base.event import DomainEvent
from moked.base.transactions import in_transaction
from moked.events import projections, schedule
from moked.events.models import OutboxRow
from moked.events.subscribers import (
    BACK_OFF,
    GIVE_UP_AFTER,
    GiveUp,
    Lane,
    LeaseLost,
    NotBefore,
    Unfinished,
    directory,
)

BATCH = 10
IDLE_SECONDS = 0.25
UNKNOWN_VERSION_SECONDS = 60
MOST_TRIES = 100  # what fails is given up long before; this ends what ends its worker, or loses each lease

log = structlog.get_logger("moked.worker")


class InTransaction(RuntimeError):
    """Slow work was about to run inside a transaction."""


@dataclasses.dataclass(frozen=True)
class Claimed:
    """A row this worker holds until its lease ends; given to handlers as their `Work`."""

    row_id: int
    lease: uuid.UUID
    event: Any
    event_id: int
    is_last_try: bool = False

    def still_mine(self) -> bool:
        """Renew the lease if it has not been lost; ask before each step that cannot be undone."""
        return bool(self._mine().filter(due_at__gt=Now()).update(due_at=lease_end()))

    def settle(self, state: OutboxRow.State, **columns: Any) -> bool:
        """Change the row's state if it is still this worker's; False when the lease went to another."""
        is_open = state == OutboxRow.State.PENDING
        return bool(self._mine().update(state=state, is_open=is_open, lease=None, **columns))

    def _mine(self) -> Any:
        return OutboxRow.objects.filter(id=self.row_id, lease=self.lease, state=OutboxRow.State.LEASED)


def lease_end() -> Any:
    """Return the moment a lease taken now ends, as an expression on the database's clock."""
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def run(keep_going: Callable[[], bool]) -> None:
    """Work until `keep_going` says no: outbox first, then projections and the schedule; senders beside it."""
    with _senders(keep_going) as are_well:
        while keep_going() and are_well():
            busy = run_outbox(keep_going, lanes=(Lane.INSIDE,))
            busy += projections.run()
            schedule.run_due(now=datetime.now(UTC))
            if not busy:
                time.sleep(IDLE_SECONDS)


@contextlib.contextmanager
def _senders(keep_going: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
    """Let senders hand over what goes out, each with its own connections; yields whether all of them do.

    A slow server of others so holds up one sender and nothing else. What a sender dies of is raised here.
    """
    ended, looking = threading.Event(), threading.Lock()
    with ThreadPoolExecutor(settings.SENDERS, "sender") as pool:
        senders = [
            pool.submit(_send, lambda: keep_going() and not ended.is_set(), looking)
            for _ in range(settings.SENDERS)
        ]
        try:
            yield lambda: not any(map(Future.done, senders))
        finally:
            ended.set()
    for sender in senders:
        sender.result()


def _send(keep_going: Callable[[], bool], looking: threading.Lock) -> None:
    """Hand over one thing after the other; only one of the idle senders looks for more at a time."""
    try:
        while keep_going():
            with looking:
                rows = claim((Lane.AT_ONCE,), 1) or claim((Lane.OUTGOING,), 1)
                if not rows:
                    _rest()
                    time.sleep(IDLE_SECONDS)
            _handle_all(rows, keep_going)
    finally:
        _rest()
        connection.close()


def run_outbox(keep_going: Callable[[], bool] = lambda: True, lanes: Sequence[Lane] = tuple(Lane)) -> int:
    """Claim one batch of due rows and handle each; return how many were claimed."""
    rows = claim(lanes)
    if not rows:
        _rest()
    _handle_all(rows, keep_going)
    return len(rows)


def _handle_all(rows: list[OutboxRow], keep_going: Callable[[], bool]) -> None:
    for row in rows:
        if keep_going():
            handle(row)
        else:
            give_back(row)


def _rest() -> None:
    for rest in directory.at_rest:
        rest()


def claim(lanes: Sequence[Lane] = tuple(Lane), most: int = BATCH) -> list[OutboxRow]:
    """Lease up to `most` due rows with one new token; rows another worker is claiming are passed over."""
    due = OutboxRow.objects.filter(is_open=True, due_at__lte=Now(), lane__in=lanes)
    due = due.filter(subscriber__in=list(directory.durable))
    ids = due.order_by("due_at", "id").values_list("id", flat=True)
    # In their order, as PostgreSQL else reads all that waits to find that nothing is due.
    if ids.first() is None:
        return []
    lease = uuid.uuid4()
    with transaction.atomic():
        taken = list(ids.select_for_update(skip_locked=True)[:most])
        OutboxRow.objects.filter(id__in=taken).update(
            state=OutboxRow.State.LEASED, lease=lease, due_at=lease_end(), attempts=F("attempts") + 1
        )
    return list(OutboxRow.objects.filter(id__in=taken, lease=lease).select_related("event").order_by("id"))


def give_back(row: OutboxRow) -> None:
    """Let another worker have a row that this one claimed and did not begin."""
    OutboxRow.objects.filter(pk=row.pk, lease=row.lease).update(
        state=OutboxRow.State.PENDING, lease=None, due_at=Now(), attempts=F("attempts") - 1
    )


def handle(row: OutboxRow) -> None:
    """Run the row's subscriber outside any transaction and settle the row by what came of it."""
    if in_transaction():
        raise InTransaction(row.subscriber)
    event = _decoded(row)
    assert row.lease is not None  # noqa: S101 - claimed rows always carry their lease
    claimed = Claimed(row.pk, row.lease, event, row.event_id, _is_old(row))
    if event is None:
        claimed.settle(
            OutboxRow.State.PENDING,
            due_at=Now() + timedelta(seconds=UNKNOWN_VERSION_SECONDS),
            attempts=F("attempts") - 1,
        )
        return
    if not claimed.still_mine():
        return
    if row.attempts > MOST_TRIES:
        _bury(claimed, row, f"It was begun {MOST_TRIES} times and never came to an end.")
        return
    try:
        directory.durable[row.subscriber].handle(claimed)
    except Unfinished:
        # As old as it is, it comes before whatever it has led to meanwhile.
        claimed.settle(OutboxRow.State.PENDING, due_at=row.created_at, attempts=F("attempts") - 1)
    except NotBefore as wait:
        then = {"due_at": wait.moment, "created_at": wait.moment}
        claimed.settle(OutboxRow.State.PENDING, **then, attempts=F("attempts") - 1)
    except GiveUp as reason:
        _bury(claimed, row, str(reason))
    except LeaseLost:
        log.warning("lease_lost", row=row.pk, subscriber=row.subscriber)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, the row is tried again later
        _fail(claimed, row, error)
    else:
        if not claimed.settle(OutboxRow.State.DONE, settled_at=Now(), last_error=""):
            log.warning("lease_lost", row=row.pk, subscriber=row.subscriber)


def _decoded(row: OutboxRow) -> DomainEvent | None:
    event = directory.events.get((row.event.name, row.event.version))
    return event.from_document(row.event.document) if event else None


def _is_old(row: OutboxRow) -> bool:
    return (datetime.now(UTC) - row.created_at).total_seconds() >= GIVE_UP_AFTER


def _fail(claimed: Claimed, row: OutboxRow, error: Exception) -> None:
    reason = getattr(error, "reason", None) or type(error).__name__
    if claimed.is_last_try:
        _bury(claimed, row, reason)
        return
    delay = BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1]
    claimed.settle(OutboxRow.State.PENDING, due_at=Now() + timedelta(seconds=delay), last_error=reason[:200])
    log.warning(
        "work_failed",
        row=row.pk,
        subscriber=row.subscriber,
        reason=reason,
        attempt=row.attempts,
        exc_info=None if hasattr(error, "reason") else error,
    )


def _bury(claimed: Claimed, row: OutboxRow, reason: str) -> None:
    claimed.settle(OutboxRow.State.DEAD, settled_at=Now(), last_error=reason[:200])
    log.error("dead_letter", row=row.pk, subscriber=row.subscriber, reason=reason)
