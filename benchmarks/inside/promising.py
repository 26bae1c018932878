"""Say when things are due, on an Israeli town's calendar of two years: python -m benchmarks.inside.promising

It has a lunch break, a short Friday, holidays and their eves. Thirty days are asked for as days and as hours,
with and without two pauses, from moments all over a year. The time is the processor's: nothing waits.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from moked.sla.calendars import Calendar
from moked.sla.holidays import accept, propose
from moked.sla.rules import Pause, Target, due

TIMES = 2000
DAY = [["08:00", "12:00"], ["12:30", "16:00"]]
WEEK = dict.fromkeys(("sun", "mon", "tue", "wed", "thu"), DAY) | {"fri": [["08:00", "12:00"]]}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def calendar() -> Calendar:
    """Return the calendar with its special days."""
    plain = Calendar.from_document({"zone": "Asia/Jerusalem", "week": WEEK})
    return accept(plain, propose(plain, "IL", first=date(2026, 1, 1), months=24, languages=["he"]))


def milliseconds(target: Target, pauses: int) -> Iterator[float]:
    """Ask from moments all over a year; yields how long each answer took."""
    hours, chance = calendar(), random.Random(1)
    for _ in range(TIMES):
        start = FIRST + timedelta(minutes=chance.randrange(365 * 1440))
        stopped = [
            Pause(start + timedelta(days=3 * n), start + timedelta(days=3 * n + 1)) for n in range(pauses)
        ]
        began = time.process_time()
        due(hours, start, target, stopped)
        yield (time.process_time() - began) * 1000


def main() -> None:
    """Measure, and tell."""
    asked = {"30 working days": ("30d", 0), "220 hours": ("220h", 0), "220 hours, two pauses": ("220h", 2)}
    told = {name: list(milliseconds(Target.read(text), pauses)) for name, (text, pauses) in asked.items()}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
