"""Wait until the worker has settled the outbox: python -m benchmarks.inside.outbox SECONDS"""

from benchmarks.inside import start  # isort: skip

import sys
import time

from django.db.models import Q

from moked.events.models import OutboxRow


def main() -> None:
    """Tell how many rows are left open, how many were not done at the first try, and how long it took."""
    began = time.monotonic()
    left = count_open()
    while left and time.monotonic() - began < float(sys.argv[1]):
        time.sleep(0.5)
        left = count_open()
    troubled = OutboxRow.objects.filter(~Q(last_error="") | Q(state=OutboxRow.State.DEAD))
    start.tell({"left": left, "troubled": troubled.count(), "seconds": time.monotonic() - began})


def count_open() -> int:
    """Return how many rows wait or are being worked on."""
    return OutboxRow.objects.filter(is_open=True).count()


if __name__ == "__main__":
    main()
