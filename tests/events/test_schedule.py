"""Recurring tasks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moked.events import operations, schedule
from moked.events.models import Event, OutboxRow, ScheduledTask
from moked.events.subscribers import Directory, Recurring
from tests.factories import NOW, make_case, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def runs(monkeypatch):
    runs: list[str] = []

    def good(now) -> str:
        runs.append("good")
        return "3 things done"

    def bad(now) -> str:
        runs.append("bad")
        raise RuntimeError("with personal words")

    directory = Directory()
    directory.declare(
        events=(),
        immediate=(),
        durable=(),
        projections=(),
        recurring=[Recurring("bad", 60, bad), Recurring("good", 3600, good)],
    )
    monkeypatch.setattr(schedule, "directory", directory)
    return runs


def test_a_task_runs_when_due_once_and_one_that_fails_stops_no_other(runs):
    schedule.run_due(now=timezone.now())
    schedule.run_due(now=timezone.now())
    assert runs == ["bad", "good"]
    results = dict(ScheduledTask.objects.values_list("name", "last_result"))
    assert results == {"bad": "failed: RuntimeError", "good": "3 things done"}


def test_a_task_missed_many_times_runs_once(runs):
    schedule.run_due(now=timezone.now())
    ScheduledTask.objects.update(next_at=timezone.now() - timedelta(days=30))
    schedule.run_due(now=timezone.now())
    schedule.run_due(now=timezone.now())
    assert runs == ["bad", "good"] * 2


def test_settled_work_is_forgotten_after_thirty_days_and_dead_letters_never():
    town = make_town()
    for _ in range(3):
        make_case(town)
    OutboxRow.objects.filter(subscriber__startswith="processes.").delete()
    done, dead, fresh = OutboxRow.objects.order_by("id")
    long_ago = NOW - timedelta(days=31)
    OutboxRow.objects.filter(pk=done.pk).update(state="DONE", is_open=False, settled_at=long_ago)
    OutboxRow.objects.filter(pk=dead.pk).update(state="DEAD", is_open=False, settled_at=long_ago)
    OutboxRow.objects.filter(pk=fresh.pk).update(state="DONE", is_open=False, settled_at=NOW)
    assert operations.forget_settled(NOW) == "1 rows forgotten"
    assert set(OutboxRow.objects.values_list("pk", flat=True)) == {dead.pk, fresh.pk}
    assert Event.objects.filter(name="case.opened").count() == 3
