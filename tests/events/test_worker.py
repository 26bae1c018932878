"""Durable work: at least once, never by two at a time, and nothing is dropped silently."""

import contextlib
import dataclasses
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from moked.base.event import DomainEvent
from moked.events import operations, projections, schedule, worker
from moked.events.models import Event, OutboxRow
from moked.events.operations import NotInTransaction, TooDeep, publish, retry_dead
from moked.events.subscribers import Directory, Durable, GiveUp, Immediate, Lane
from tests.factories import NOW


@dataclasses.dataclass(frozen=True, kw_only=True)
class Happened(DomainEvent):
    name: ClassVar[str] = "test.happened"

    step: int = 0
    moment: datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Followed(DomainEvent):
    name: ClassVar[str] = "test.followed"

    step: int


class Failure(Exception):
    reason = "The other side is asleep."


@pytest.fixture
def declare(monkeypatch):
    """Declare reactions for one test."""

    def declare(*, immediate=(), durable=(), events=(Happened, Followed)) -> None:
        directory = Directory()
        directory.declare(
            events=events,
            immediate=[Immediate(*one) for one in immediate],
            durable=[Durable(*one) for one in durable],
            projections=(),
            recurring=(),
        )
        monkeypatch.setattr(operations, "directory", directory)
        for module in (worker, projections, schedule):
            monkeypatch.setattr(module, "directory", directory)

    return declare


def happen(**fields) -> None:
    with transaction.atomic():
        publish(Happened(municipality_id=1, **fields), now=NOW)


def make_due() -> None:
    OutboxRow.objects.filter(is_open=True).update(due_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_a_handler_gets_the_event_as_it_was_published(declare):
    seen = []
    declare(durable=[("one", Happened, lambda work: seen.append(work.event))])
    happen(step=3, moment=NOW)
    worker.run_outbox()
    assert seen == [Happened(municipality_id=1, step=3, moment=NOW)]
    row = OutboxRow.objects.get()
    assert (row.state, row.is_open, row.attempts, row.lease) == ("DONE", False, 1, None)


@pytest.mark.django_db
def test_reactions_to_reactions_come_in_the_order_things_happened(declare):
    order = []

    def first(event: Happened) -> None:
        order.append(("first", event.step))
        if event.step < 2:
            publish(Followed(municipality_id=1, step=event.step), now=NOW)
            publish(Happened(municipality_id=1, step=event.step + 1), now=NOW)

    declare(
        immediate=[
            (Happened, first),
            (Happened, lambda event: order.append(("second", event.step))),
            (Followed, lambda event: order.append(("followed", event.step))),
        ]
    )
    happen(step=0)
    assert order == [
        ("first", 0),
        ("second", 0),
        ("followed", 0),
        ("first", 1),
        ("second", 1),
        ("followed", 1),
        ("first", 2),
        ("second", 2),
    ]


@pytest.mark.django_db
def test_a_loop_of_reactions_is_stopped_and_leaves_nothing(declare):
    declare(immediate=[(Happened, lambda event: publish(event, now=NOW))])
    with pytest.raises(TooDeep):
        happen()
    assert not Event.objects.exists()
    declare()
    happen()
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused(declare):
    declare()
    with pytest.raises(NotInTransaction):
        publish(Happened(municipality_id=1), now=NOW)
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_work_inside_a_transaction_is_refused(declare):
    declare(durable=[("one", Happened, lambda work: None)])
    happen()
    (row,) = worker.claim()
    with pytest.raises(worker.InTransaction), transaction.atomic():
        worker.handle(row)


@pytest.mark.django_db
def test_a_failure_waits_longer_each_time_and_keeps_its_reason(declare):
    def fail(work) -> None:
        raise Failure

    declare(durable=[("one", Happened, fail)])
    happen()
    for attempt, minutes in enumerate([1, 2, 5, 15, 30, 60, 180, 360, 360], 1):
        make_due()
        worker.run_outbox()
        row = OutboxRow.objects.get()
        wait = (row.due_at - datetime.now(UTC)).total_seconds() / 60
        assert (row.state, row.attempts, row.last_error) == ("PENDING", attempt, "The other side is asleep.")
        assert wait == pytest.approx(minutes, abs=0.2)


@pytest.mark.django_db
def test_after_three_days_a_failure_is_a_dead_letter_a_person_can_retry(declare):
    fails = True

    def handle(work) -> None:
        if fails:
            raise Failure

    declare(durable=[("one", Happened, handle)])
    happen()
    OutboxRow.objects.update(created_at=Now() - timedelta(days=3, minutes=1))
    worker.run_outbox()
    row = OutboxRow.objects.get()
    assert (row.state, row.is_open, row.last_error) == ("DEAD", False, "The other side is asleep.")
    assert worker.run_outbox() == 0

    fails = False
    assert not retry_dead(row_id=row.pk, municipality_id=2)
    assert retry_dead(row_id=row.pk, municipality_id=1)
    worker.run_outbox()
    assert OutboxRow.objects.get().state == "DONE"


@pytest.mark.django_db
def test_what_can_never_succeed_is_a_dead_letter_at_once(declare):
    def refuse(work) -> None:
        raise GiveUp("Refused for good.")

    declare(durable=[("one", Happened, refuse)])
    happen()
    worker.run_outbox()
    row = OutboxRow.objects.get()
    assert (row.state, row.last_error) == ("DEAD", "Refused for good.")


@pytest.mark.django_db
def test_what_ends_its_worker_again_and_again_is_a_dead_letter(declare):
    begun = []

    def end_the_worker(work) -> None:
        begun.append(work)
        raise SystemExit

    declare(durable=[("one", Happened, end_the_worker)])
    happen()
    for _ in range(100):
        with pytest.raises(SystemExit):
            worker.run_outbox()
        make_due()
    assert worker.run_outbox() == 1
    row = OutboxRow.objects.get()
    assert (row.state, len(begun)) == ("DEAD", 100)
    assert row.last_error == "It was begun 100 times and never came to an end."
    assert retry_dead(row_id=row.pk, municipality_id=1)
    with pytest.raises(SystemExit):
        worker.run_outbox()


@pytest.mark.django_db
def test_a_version_the_worker_does_not_know_is_left_for_one_that_does(declare):
    seen = []
    declare(durable=[("one", Happened, seen.append)])
    happen()
    Event.objects.update(version=2)
    worker.run_outbox()
    row = OutboxRow.objects.get()
    assert (row.state, row.is_open, row.attempts, seen) == ("PENDING", True, 0, [])


@pytest.mark.django_db
def test_a_leased_row_is_taken_over_only_when_its_lease_has_ended(declare):
    declare(durable=[("one", Happened, lambda work: None)])
    happen()
    (first,) = worker.claim()
    assert worker.claim() == []
    make_due()
    (second,) = worker.claim()
    assert first.pk == second.pk and first.lease != second.lease
    woken = worker.Claimed(first.pk, first.lease, None, first.event_id)
    assert not woken.still_mine()
    assert not woken.settle(OutboxRow.State.DONE)
    current = worker.Claimed(second.pk, second.lease, None, second.event_id)
    assert current.still_mine()
    assert OutboxRow.objects.get().state == "LEASED"


@pytest.mark.django_db
def test_a_handler_whose_lease_was_lost_meanwhile_settles_nothing(declare):
    def slow(work) -> None:
        make_due()
        worker.claim()

    declare(durable=[("one", Happened, slow)])
    happen()
    worker.run_outbox()
    row = OutboxRow.objects.get()
    assert (row.state, row.attempts) == ("LEASED", 2)


@pytest.mark.django_db
def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(declare):
    done = []
    declare(durable=[("one", Happened, done.append)])
    happen(step=1)
    happen(step=2)
    answers = iter([True, False])
    worker.run_outbox(lambda: next(answers))
    assert len(done) == 1
    states = OutboxRow.objects.order_by("id").values_list("state", "attempts", "lease")
    assert list(states) == [("DONE", 1, None), ("PENDING", 0, None)]
    assert worker.run_outbox() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_claim_the_same_row(declare):
    declare(durable=[("one", Happened, lambda work: None)])
    for step in range(30):
        happen(step=step)
    claimed: list[int] = []
    start = threading.Barrier(4)

    def claim_all() -> None:
        start.wait()
        try:
            while rows := worker.claim():
                claimed.extend(row.pk for row in rows)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker may find nothing while another holds the rest; what matters is that none is taken twice.
    assert len(claimed) == len(set(claimed))
    while rows := worker.claim():
        claimed.extend(row.pk for row in rows)
    assert sorted(claimed) == sorted(OutboxRow.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_worker_passes_over_what_another_is_about_to_claim(declare, monkeypatch):
    declare(durable=[("one", Happened, lambda work: None)])
    for step in range(20):
        happen(step=step)
    chosen, go_on, lease_end = threading.Event(), threading.Event(), worker.lease_end
    theirs: list[int] = []

    def wait_the_first_time() -> object:
        if not chosen.is_set():
            chosen.set()
            go_on.wait(2)  # on SQLite the other waits for our transaction to end
        return lease_end()

    def claim() -> None:
        theirs.extend(row.pk for row in worker.claim())
        connection.close()

    monkeypatch.setattr(worker, "lease_end", wait_the_first_time)
    other = threading.Thread(target=claim)
    other.start()
    assert chosen.wait(10)
    ours = [row.pk for row in worker.claim()]
    go_on.set()
    other.join()
    assert len(ours) == len(theirs) == 10 and not set(ours) & set(theirs)


@contextlib.contextmanager
def working(settings, senders):
    """Let a worker run in a thread of its own, with that many senders."""
    settings.SENDERS = senders
    stopped, died = threading.Event(), []

    def work() -> None:
        try:
            worker.run(lambda: not stopped.is_set())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            died.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield died
    finally:
        stopped.set()
        thread.join(20)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_senders_beside_each_other_take_no_row_twice(declare, settings):
    taken, threads = [], set()

    def send(work) -> None:
        taken.append(work.event.step)
        threads.add(threading.current_thread().name)
        time.sleep(0.01)  # as long as a mail server takes: the others go on meanwhile

    declare(durable=[("send", Happened, send, Lane.OUTGOING)])
    for step in range(40):
        happen(step=step)
    with working(settings, senders=4):
        wait_until(lambda: not OutboxRow.objects.filter(is_open=True).exists())
    assert sorted(taken) == list(range(40))
    assert len(threads) > 1
    assert set(OutboxRow.objects.values_list("state", "attempts")) == {("DONE", 1)}


@pytest.mark.django_db(transaction=True)
def test_what_somebody_waits_for_goes_before_all_else_that_goes_out(declare, settings):
    sent = []
    declare(
        durable=[
            ("tell", Happened, lambda work: sent.append("tell"), Lane.OUTGOING),
            ("let in", Followed, lambda work: sent.append("let in"), Lane.AT_ONCE),
        ]
    )
    for step in range(3):
        happen(step=step)
    with transaction.atomic():
        publish(Followed(municipality_id=1, step=1), now=NOW)
    with working(settings, senders=1):
        wait_until(lambda: len(sent) == 4)
    assert sent == ["let in", "tell", "tell", "tell"]


@pytest.mark.django_db(transaction=True)
def test_other_servers_that_hang_hold_up_nothing_inside(declare, settings):
    hanging, done, go_on = [], [], threading.Event()

    def hang(work) -> None:
        hanging.append(work)
        go_on.wait(20)

    declare(
        durable=[
            ("send", Happened, hang, Lane.OUTGOING),
            ("route", Followed, done.append),
        ]
    )
    for step in range(5):
        happen(step=step)
    with working(settings, senders=2):
        wait_until(lambda: len(hanging) == 2)
        with transaction.atomic():
            publish(Followed(municipality_id=1, step=1), now=NOW)
        wait_until(lambda: done)
        assert len(hanging) == 2
        assert OutboxRow.objects.filter(lane=Lane.OUTGOING, state="PENDING").count() == 3
        go_on.set()


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_dies_takes_the_worker_with_it_so_that_both_start_again(declare, settings, monkeypatch):
    declare(durable=[("send", Happened, lambda work: None, Lane.OUTGOING)])
    happen()

    def die(row) -> None:
        raise MemoryError

    monkeypatch.setattr(worker, "handle", die)
    with working(settings, senders=2) as died:
        wait_until(lambda: died)
    assert isinstance(died[0], MemoryError)


def wait_until(is_so) -> None:
    """Wait until something is so; fail when it takes too long."""
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
