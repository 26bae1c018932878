"""Ask for figures among many cases: python -m benchmarks.inside.figures FACTS"""

from benchmarks.inside import start  # isort: skip

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Actor
from moked.insights import published
from moked.insights.models import Reckoning, Tally
from moked.insights.performance import By, performance
from moked.insights.projections import rebuild
from moked.insights.queries import staff_figures
from moked.insights.rules import months_between
from moked.municipalities.models import Municipality

TIMES = 60
WARM_UP = 3
YEAR = 12
COUNTED = 100_000


def main() -> None:
    """Tell the milliseconds of each question, and how long it takes to count cases anew."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    chance, now = random.Random(106), datetime.now(UTC)
    town = Municipality.objects.get(slug=facts["town"])
    start.take_statistics()
    manager, department = (actor_of(facts, town, role) for role in ("SERVICE_MANAGER", "DEPARTMENT_MANAGER"))
    today = now.date()

    def public(months: int) -> Callable[[], object]:
        return lambda: published.figures(town.pk, *some_months(today, months, chance), today)

    def staff(actor: Actor) -> Callable[[], object]:
        return lambda: staff_figures(actor, *some_months(today, YEAR, chance), now)

    def promises(by: By) -> Callable[[], object]:
        return lambda: performance(manager, by, *some_months(today, YEAR, chance), now)

    asked = {
        "public, one month": timed(public(1)),
        "public, one month, after a change": timed(public(1), lambda: change(town)),
        "public, twelve months": timed(public(YEAR)),
        "public, twelve months, after a change": timed(public(YEAR), lambda: change(town)),
        "staff, twelve months of the town": timed(staff(manager)),
        "staff, twelve months of a department": timed(staff(department)),
        "staff, twelve months of promises by service": timed(promises(By.SERVICE)),
        "staff, twelve months of promises by district": timed(promises(By.AREA)),
    }
    batches: list[float] = []
    started = last = time.perf_counter()
    counted = 0
    for some in rebuild(town.pk):
        counted += some
        batches.append((time.perf_counter() - last) * 1000)
        last = time.perf_counter()
        if counted >= COUNTED:
            break
    start.tell(
        {
            "asked": asked,
            "cases": counted,
            "seconds": last - started,
            "batches": batches[1:],
            "tallies": Tally.objects.filter(municipality=town).count(),
        }
    )


def some_months(today: date, count: int, chance: random.Random) -> tuple[date, date]:
    """Return the first and the last of so many months in a row within the last two years."""
    this_month = today.replace(day=1)
    months = months_between((this_month - timedelta(days=700)).replace(day=1), this_month)
    first = chance.randrange(len(months) - count + 1)
    return months[first], months[first + count - 1]


def change(town: Municipality) -> None:
    """Let the figures be others than they were, as after a case of last month was closed."""
    reckoning = Reckoning.objects.get(municipality=town)
    reckoning.version = str(time.perf_counter_ns())
    this = datetime.now(UTC).date().replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    reckoning.months |= {month.isoformat(): reckoning.version for month in (before, this)}
    reckoning.save()


def actor_of(facts: dict[str, dict[str, str]], town: Municipality, role: str) -> Actor:
    actor = actor_for(User.objects.get(email=facts["logins"][role]), town.pk)
    assert actor is not None
    return actor


def timed(ask: Callable[[], object], before: Callable[[], object] = lambda: None) -> list[float]:
    """Return how long each question took, without the first few."""
    took = []
    for _ in range(TIMES + WARM_UP):
        before()
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    return took[WARM_UP:]


if __name__ == "__main__":
    main()
