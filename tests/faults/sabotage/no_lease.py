"""send-without-lease: whoever has seen a row may work on it, whoever holds it by now."""

from django.db.models.functions import Now


def remove_leases() -> None:
    """Let a lease end at once, nobody ask for it, and everybody settle."""
    from moked.events import worker
    from moked.events.models import OutboxRow

    worker.lease_end = Now
    worker.Claimed.still_mine = lambda claimed: True  # type: ignore[method-assign]
    worker.Claimed._mine = lambda claimed: OutboxRow.objects.filter(id=claimed.row_id)  # type: ignore[method-assign]
