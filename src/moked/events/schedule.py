"""Recurring tasks: each is run by one worker at a time, and a missed one runs once, not many times."""

from datetime import datetime, timedelta

import structlog
from django.db.models.functions import Now

from moked.events.models import ScheduledTask
from moked.events.subscribers import Recurring, directory

log = structlog.get_logger("moked.schedule")
FAILED = "failed: "


def run_due(*, now: datetime) -> None:
    """Run every recurring task whose time has come."""
    if not directory.recurring:
        return
    known = dict(ScheduledTask.objects.values_list("name", "next_at"))
    for task in directory.recurring:
        if task.name not in known:
            ScheduledTask.objects.get_or_create(name=task.name)
        elif known[task.name] > now:
            continue
        if _take(task):
            _run(task, now)


def _take(task: Recurring) -> bool:
    """Move the task's next run on; only one worker's update finds it still due."""
    due = ScheduledTask.objects.filter(name=task.name, next_at__lte=Now())
    return bool(due.update(next_at=Now() + timedelta(seconds=task.seconds), last_started_at=Now()))


def _run(task: Recurring, now: datetime) -> None:
    try:
        result = task.run(now)
    except Exception as error:
        result = f"{FAILED}{type(error).__name__}"
        log.exception("task_failed", task=task.name)
    ScheduledTask.objects.filter(name=task.name).update(last_finished_at=Now(), last_result=result[:200])
