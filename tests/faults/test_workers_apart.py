"""A worker that stands still costs others nothing: what the kill rig found, each as a test of its own."""

import dataclasses
import threading
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from moked.base.event import DomainEvent
from moked.channels.email.smtp import NoLongerMine
from moked.events import operations, projections, worker
from moked.events.models import OutboxRow, Position
from moked.events.operations import publish
from moked.events.subscribers import Directory, Durable, Projection
from tests.counting import count_until
from tests.factories import NOW


@dataclasses.dataclass(frozen=True, kw_only=True)
class Happened(DomainEvent):
    name: ClassVar[str] = "rig.happened"


@pytest.fixture
def declare(monkeypatch):
    """Declare reactions for one test."""

    def declare(*, durable=(), projections_=()) -> None:
        directory = Directory()
        directory.declare(
            events=[Happened], immediate=(), durable=durable, projections=projections_, recurring=()
        )
        for module in (operations, worker, projections):
            monkeypatch.setattr(module, "directory", directory)

    return declare


def happen() -> None:
    with transaction.atomic():
        publish(Happened(municipality_id=1), now=NOW)


@pytest.mark.django_db
def test_handle_when_the_lease_ran_out_then_the_row_is_due_at_once_and_not_as_after_a_failure(declare):
    def send(work) -> None:
        OutboxRow.objects.update(due_at=Now() - timedelta(seconds=1))  # a worker that stood still
        if not work.still_mine():
            raise NoLongerMine("Another worker has taken this over.")

    declare(durable=[Durable("send", Happened, send)])
    happen()
    assert worker.run_outbox() == 1
    row = OutboxRow.objects.get()
    assert (row.state, row.is_open, row.last_error) == ("LEASED", True, "")
    assert OutboxRow.objects.filter(due_at__lte=Now()).exists()


@pytest.mark.django_db(transaction=True)
def test_run_when_another_worker_moves_the_projection_then_nobody_waits_for_it(declare):
    counted = []
    declare(projections_=[Projection("count", (Happened,), counted.extend)])
    Position.objects.create(projection="count")
    happen()
    held, done = threading.Event(), threading.Event()

    def stand_still() -> None:
        with transaction.atomic():
            Position.objects.select_for_update().get(projection="count")
            held.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=stand_still)
    other.start()
    try:
        assert held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        assert (projections.run(), counted) == (0, [])
    finally:
        done.set()
        other.join()
    assert count_until(lambda: counted) == 1
    assert len(counted) == 1
