"""Sweep for what is due, or change a calendar: python -m benchmarks.inside.clocks FACTS sweeps|edit|move

An edit is followed by the worker, which runs beside; `move` lets every open case begin anew before.
"""

from benchmarks.inside import start  # isort: skip

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet

from moked.events.models import OutboxRow
from moked.municipalities.models import Municipality
from moked.sla.commitments import OWED, Kind, State
from moked.sla.models import Calendar, Commitment
from moked.sla.operations import break_overdue, publish_calendar, publish_warnings, warn
from moked.sla.warnings import Level, Moment, Whom

DUE = 100
ROUNDS = 5
LONGEST = 120
LOOK_EVERY = 0.5
RESOLUTIONS = Commitment.objects.filter(kind=Kind.RESOLUTION, state__in=OWED, is_current=True, met_at=None)


def main() -> None:
    """Tell the milliseconds of each sweep, or how many cases followed a calendar and how long that took."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    town = Municipality.objects.get(slug=facts["town"])
    start.tell(sweeps(town) if sys.argv[2] == "sweeps" else edit(town, is_anew=sys.argv[2] == "move"))


def sweeps(town: Municipality) -> dict[str, list[float]]:
    """Return the milliseconds of sweeps in which nothing is due, warnings are, promises break."""
    level = Level((Kind.RESOLUTION,), Moment("1%"), (Whom.ASSIGNEE, Whom.MANAGER))
    publish_warnings(municipality=town, levels=(level,), by_user_id=None, now=datetime.now(UTC))
    start.take_statistics()
    warn(datetime.now(UTC))
    break_overdue(datetime.now(UTC))
    idle = [timed(lambda: warn(datetime.now(UTC))) for _ in range(ROUNDS)]
    warned, broken = [], []
    for _ in range(ROUNDS):
        make_due(RESOLUTIONS, "warn_at", warned="")
        warned.append(timed(lambda: warn(datetime.now(UTC))))
        make_due(RESOLUTIONS.filter(last_due_at__lt=datetime.now(UTC)), "due_at")
        broken.append(timed(lambda: break_overdue(datetime.now(UTC))))
    return {"idle": idle, "warned": warned, "broken": broken}


def make_due(owed: QuerySet[Commitment], column: str, **more: str) -> None:
    """Let something be due now about a hundred of some promises."""
    ids = list(owed.order_by("-id").values_list("id", flat=True)[:DUE])
    assert len(ids) == DUE, "too few promises are owed"
    Commitment.objects.filter(id__in=ids).update(
        **{column: datetime.now(UTC) - timedelta(minutes=1)}, state=State.RUNNING, **more
    )


def edit(town: Municipality, *, is_anew: bool) -> dict[str, float]:
    """Publish other hours; tell how many cases followed within two minutes, or how soon all had."""
    counted = Commitment.objects.filter(
        municipality=town, is_current=True, met_at__isnull=True, state__in=OWED
    )
    calendar = Calendar.objects.select_related("revision").get(
        id=counted.filter(state=State.RUNNING).values_list("calendar_id", flat=True)[:1][0]
    )
    counted = counted.filter(calendar=calendar)
    if is_anew:
        counted.update(started_at=datetime.now(UTC))
    days, holiday = dict(calendar.hours.days), (datetime.now(UTC) + timedelta(days=400)).date()
    if days.pop(holiday, None) is None:
        days[holiday] = ()
    row = publish_calendar(
        municipality=town,
        code=calendar.code,
        name=calendar.name,
        hours=dataclasses.replace(calendar.hours, days=days),
        by_user_id=None,
        now=datetime.now(UTC),
    )
    older = counted.exclude(calendar_revision=row.revision_id).values("case_id").distinct()
    before, started = older.count(), time.perf_counter()
    while is_being_followed() and time.perf_counter() - started < LONGEST:
        time.sleep(LOOK_EVERY)
    took = time.perf_counter() - started
    return {"cases": before - older.count(), "seconds": took}


def is_being_followed() -> bool:
    """Tell whether the worker has still to do with a calendar."""
    return OutboxRow.objects.filter(is_open=True, subscriber="sla.recompute_calendar").exists()


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
