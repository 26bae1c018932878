"""Sweep for what is due, and count anew by another calendar: python -m benchmarks.inside.clocks FACTS"""

from benchmarks.inside import start  # isort: skip

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from moked.municipalities.models import Municipality
from moked.sla.commitments import Kind, State
from moked.sla.models import Calendar, Commitment
from moked.sla.operations import break_overdue, publish_calendar, publish_warnings, recompute_calendar, warn
from moked.sla.warnings import Level, Moment, Whom

DUE = 100
ROUNDS = 5
RECOMPUTED = 3_000


def main() -> None:
    """Tell the milliseconds of each sweep, and how long some thousand cases took to follow a calendar."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    town = Municipality.objects.get(slug=facts["town"])
    level = Level((Kind.RESOLUTION,), Moment("1%"), (Whom.ASSIGNEE, Whom.MANAGER))
    publish_warnings(municipality=town, levels=(level,), by_user_id=None, now=datetime.now(UTC))
    start.take_statistics()
    warn(datetime.now(UTC))
    break_overdue(datetime.now(UTC))
    idle = [timed(lambda: warn(datetime.now(UTC))) for _ in range(ROUNDS)]
    warned, broken = [], []
    for _ in range(ROUNDS):
        make_due("warn_at", warned="")
        warned.append(timed(lambda: warn(datetime.now(UTC))))
        make_due("due_at")
        broken.append(timed(lambda: break_overdue(datetime.now(UTC))))
    start.tell({"idle": idle, "warned": warned, "broken": broken, **recompute(town)})


def make_due(column: str, **more: str) -> None:
    """Let something be due about a hundred promises now."""
    running = Commitment.objects.filter(
        kind=Kind.RESOLUTION, state=State.RUNNING, is_current=True, met_at__isnull=True
    )
    ids = list(running.order_by("-id").values_list("id", flat=True)[:DUE])
    assert len(ids) == DUE, "too few promises are running"
    Commitment.objects.filter(id__in=ids).update(**{column: datetime.now(UTC) - timedelta(minutes=1)}, **more)


def recompute(town: Municipality) -> dict[str, float]:
    """Publish other hours and count some thousand cases anew; tell how many and how long that took."""
    counted = Commitment.objects.filter(municipality=town, is_current=True, met_at__isnull=True)
    calendar = Calendar.objects.select_related("revision").get(
        id=counted.filter(state=State.RUNNING).values_list("calendar_id", flat=True)[:1][0]
    )
    days = {**calendar.hours.days, (datetime.now(UTC) + timedelta(days=400)).date(): ()}
    publish_calendar(
        municipality=town,
        code=calendar.code,
        name=calendar.name,
        hours=dataclasses.replace(calendar.hours, days=days),
        by_user_id=None,
        now=datetime.now(UTC),
    )
    answers = iter([True] * RECOMPUTED)
    started = time.perf_counter()
    done = recompute_calendar(
        calendar_id=calendar.pk, now=datetime.now(UTC), may_go_on=lambda: next(answers, False)
    )
    return {"recomputed": done, "recomputing_seconds": time.perf_counter() - started}


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
