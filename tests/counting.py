"""Wait until the figures have been counted.

On PostgreSQL no event is counted while any older transaction of the server runs, and tests run beside others.
"""

import time

from moked.events import projections
from moked.events.models import Event, Position

WAIT = 60


def catch_up() -> None:
    """Count until every projection has read the last event."""
    count_until(lambda: not Position.objects.exclude(event_id=Event.objects.latest("id").pk).exists())


def await_log() -> None:
    """Wait until the whole log may be read: then every projection reads as far as any other."""
    deadline = time.monotonic() + WAIT
    while projections._next_events(Position()).count() < Event.objects.count():
        assert time.monotonic() < deadline, "the log cannot be read yet"
        time.sleep(0.05)


def count_until(is_enough) -> int:
    """Count until it is enough; return how many events were read."""
    read, deadline = projections.run(), time.monotonic() + WAIT
    while not is_enough():
        assert time.monotonic() < deadline, "the figures have not been counted"
        read += projections.run() or time.sleep(0.05) or 0
    return read
