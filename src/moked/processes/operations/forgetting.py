"""Forget what can matter to no reaction any more, a few rows in each transaction."""

from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q

from moked.events.models import OutboxRow
from moked.processes.models import Echo, Firing

KEEP = timedelta(days=30)
AT_ONCE = 500


def forget_reactions(now: datetime) -> str:
    """Forget what events came of once nobody can handle them again, and what was done on cases long closed.

    Timers need no sweep: each is looked at when it is due, and is gone then or counted anew.
    """
    return f"{_forget_echoes()} causes and {_forget_firings(now)} reactions forgotten"


def _forget_echoes() -> int:
    """Forget what those events came of that no row of the outbox is left of, not even a dead letter."""
    waiting = Exists(OutboxRow.objects.filter(event_id=OuterRef("event_id")))
    forgotten = last = 0
    while ids := list(
        Echo.objects.filter(~waiting, event_id__gt=last)
        .order_by("event_id")
        .values_list("event_id", flat=True)[:AT_ONCE]
    ):
        last = ids[-1]
        forgotten += Echo.objects.filter(event_id__in=ids).delete()[0]
    return forgotten


def _forget_firings(now: datetime) -> int:
    """Forget what was done on cases closed for so long that no event of then is handled again.

    Opened again, such a case begins other stays and other promises. Who joined is counted on from the last
    who was, and one that was merged may be taken out again as it was: of those all is kept.
    """
    before = min(now - KEEP, _oldest_unhandled() or now)
    of_closed = Firing.objects.filter(
        at__lt=before, case__is_open=False, case__closed_at__lt=before, case__merged_into__isnull=True
    ).exclude(key__startswith="joined:")
    forgotten = last = 0
    while ids := list(of_closed.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:AT_ONCE]):
        last = ids[-1]
        forgotten += Firing.objects.filter(id__in=ids).delete()[0]
    return forgotten


def _oldest_unhandled() -> datetime | None:
    """Return when that happened first which is to be reacted to yet, or once somebody tries it again."""
    unhandled = OutboxRow.objects.filter(
        Q(is_open=True) | Q(state=OutboxRow.State.DEAD), subscriber__startswith="processes."
    )
    found: datetime | None = unhandled.aggregate(at=Min("event__occurred_at"))["at"]
    return found
