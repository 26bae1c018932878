"""send-without-lease: whoever saw a row may work on it. send-when-woken: leases hold, nobody asks again."""

from django.db.models.functions import Now


def remove_leases() -> None:
    """Let a lease end at once, nobody ask for it, and everybody settle."""
    from moked.events import worker
    from moked.events.models import OutboxRow

    worker.lease_end = Now
    worker.Claimed._mine = lambda claimed: OutboxRow.objects.filter(id=claimed.row_id)  # type: ignore[method-assign]
    never_ask()


def never_ask() -> None:
    """Let a worker that stood still past its lease go on as if nothing had happened."""
    from moked.events import worker

    worker.Claimed.still_mine = lambda claimed: True  # type: ignore[method-assign]
