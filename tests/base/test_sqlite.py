"""Writers queue; none starves, none fails."""

import threading
import time

import pytest
from django.db import connection, transaction

from moked.municipalities.models import Municipality
from tests.factories import make_town

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(*jobs) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(job) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_connections_run_with_the_strong_settings():
    with connection.cursor() as cursor:
        values = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == ["wal", 2, 1]
    assert connection.transaction_mode == "IMMEDIATE"


def test_writers_in_and_outside_transactions_queue_and_none_fails():
    town = make_town()
    done = []

    def in_transaction() -> None:
        for _ in range(25):
            with transaction.atomic():
                row = Municipality.objects.get(pk=town.pk)
                row.phone = str(int(row.phone) + 1)
                time.sleep(0.001)
                row.save()
                done.append(1)

    def lone() -> None:
        for _ in range(25):
            Municipality.objects.filter(pk=town.pk).update(sender="a@b.example")
            done.append(1)

    before = int(town.phone)
    assert in_threads(in_transaction, in_transaction, in_transaction, lone, lone) == []
    town.refresh_from_db()
    assert len(done) == 125
    assert int(town.phone) == before + 75, "no increment may be lost"


def test_a_reader_never_waits_for_a_writer():
    town = make_town()
    read_at = []
    writing, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            Municipality.objects.filter(pk=town.pk).update(phone="1")
            writing.set()
            may_commit.wait(5)

    def read() -> None:
        writing.wait(5)
        read_at.append(Municipality.objects.get(pk=town.pk).phone)
        may_commit.set()

    assert in_threads(write, read) == []
    assert read_at == ["106"]


def test_a_failed_transaction_lets_the_next_writer_in():
    town = make_town()
    with pytest.raises(RuntimeError), transaction.atomic():
        Municipality.objects.filter(pk=town.pk).update(phone="1")
        raise RuntimeError
    errors = in_threads(lambda: Municipality.objects.filter(pk=town.pk).update(phone="2"))
    town.refresh_from_db()
    assert (errors, town.phone) == ([], "2")


def test_a_row_returning_write_outside_a_transaction_lets_go_when_its_cursor_closes():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_position (projection, transaction_number, event_id)"
            " VALUES ('x', 0, 0) RETURNING id"
        )
        assert cursor.fetchone()
    assert in_threads(make_town) == []
