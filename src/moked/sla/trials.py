"""What other hours would do to the promises that count by a calendar. Nothing is changed."""

import dataclasses
from datetime import datetime
from typing import ClassVar

from moked.accounts.rules import Actor
from moked.cases.models import Case
from moked.sla.calendars import Calendar as Hours
from moked.sla.commitments import OWED, stand
from moked.sla.models import Calendar, Commitment, Pause
from moked.sla.rules import Target

MOST_COUNTED = 10_000
MOST_TRIED = 200


@dataclasses.dataclass(frozen=True)
class Move:
    """One open promise: `was` due and `would_be`; None while its clock stands still or it is out of reach."""

    case: Case
    kind: str
    was: datetime | None
    would_be: datetime | None


@dataclasses.dataclass(frozen=True)
class Trial:
    """How many open promises count by a calendar, no further than 10,000, and what became of those tried.

    `rows` are the first of those that would move, the newest first.
    """

    open: int
    tried: int
    moved: int
    rows: tuple[Move, ...]

    most_tried: ClassVar[int] = MOST_TRIED

    @property
    def is_more_open(self) -> bool:
        """Whether more may be open than were counted."""
        return self.open == MOST_COUNTED

    @property
    def more(self) -> int:
        """How many would move and are not listed."""
        return self.moved - len(self.rows)


def try_hours(actor: Actor, calendar: Calendar, hours: Hours, now: datetime, *, most_rows: int = 20) -> Trial:
    """Count the newest open promises, of cases the actor may see, by other hours."""
    owed = Commitment.objects.filter(calendar=calendar, is_current=True, met_at__isnull=True, state__in=OWED)
    visible = owed.filter(case__in=Case.objects.visible_to(actor))
    tried = list(visible.select_related("case").order_by("-id")[:MOST_TRIED])
    pauses = _pauses_by_case(tried)
    moves = [
        Move(one.case, one.kind, one.due_at, _due(one, hours, pauses.get(one.case_id, []), now))
        for one in tried
    ]
    moved = [one for one in moves if one.was != one.would_be]
    return Trial(owed.order_by()[:MOST_COUNTED].count(), len(moves), len(moved), tuple(moved[:most_rows]))


def _due(one: Commitment, hours: Hours, pauses: list[Pause], now: datetime) -> datetime | None:
    return stand(Target.read(one.target), hours, one.started_at, one.stops(pauses), None, now).due_at


def _pauses_by_case(commitments: list[Commitment]) -> dict[int, list[Pause]]:
    found: dict[int, list[Pause]] = {}
    for pause in Pause.objects.filter(case_id__in={one.case_id for one in commitments}).order_by("id"):
        found.setdefault(pause.case_id, []).append(pause)
    return found
