"""How much is open in the whole installation, for those who keep it running: numbers, never a case."""

import dataclasses
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q

from moked.cases.models import Case, Change, Contact
from moked.cases.models.case import CaseQuerySet
from moked.cases.rules import ChangeKind, PromiseState
from moked.catalogue.rules import Priority

MOST_URGENT = 5_000


@dataclasses.dataclass(frozen=True)
class Urgent:
    """Open urgent cases of a town, those nobody has answered yet, and when the oldest of these was opened."""

    cases: int = 0
    unanswered: int = 0
    oldest_at: datetime | None = None


def open_by_state() -> dict[tuple[int, str], int]:
    """Return how many cases are open, by town and state; nothing for those that have none."""
    rows = _open().values("municipality_id", "state").annotate(cases=Count("*")).order_by()
    return {(row["municipality_id"], row["state"]): row["cases"] for row in rows}


def broken_by_town() -> dict[int, int]:
    """Return how many open cases have a broken promise, by town; nothing for those that have none."""
    rows = _open().filter(promise_state=PromiseState.BROKEN).values_list("municipality_id")
    return dict(rows.annotate(cases=Count("*")).order_by())


def urgent_by_town() -> dict[int, Urgent]:
    """Return the open urgent cases by town, the 5,000 oldest at most; nothing for towns without.

    Answered is one that a person has written to the resident about, or noted to have been answered.
    """
    first = _open().filter(priority=Priority.URGENT).order_by("opened_at", "id")
    said = Contact.objects.filter(case=OuterRef("pk"), direction=Contact.Direction.OUT, author__isnull=False)
    noted = Change.objects.filter(case=OuterRef("pk"), kind=ChangeKind.ANSWERED)
    cases = Case.objects.filter(id__in=first.values("id")[:MOST_URGENT])
    waiting = Q(is_answered=False)
    rows = (
        cases.annotate(is_answered=Exists(said) | Exists(noted))
        .values_list("municipality_id")
        .annotate(
            cases=Count("id"),
            unanswered=Count("id", filter=waiting),
            oldest_at=Min("opened_at", filter=waiting),
        )
        .order_by()
    )
    return {town: Urgent(*counted) for town, *counted in rows}


def _open() -> CaseQuerySet:
    return Case.objects.open().filter(is_spam=False)
