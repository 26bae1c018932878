"""Past cases, on which rules are tried before they hold."""

import dataclasses
from datetime import datetime

from django.db.models import QuerySet

from moked.cases.models import Case


@dataclasses.dataclass(frozen=True)
class Sample:
    """The last cases, of one service or any, opened in a time or ever.

    Of these, `part` may be some only: those from one place in their order to before another.
    """

    last: int = 500
    service: str = ""
    since: datetime | None = None
    until: datetime | None = None
    part: tuple[int, int] | None = None

    def among(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """Return those of some cases that are meant, newest first."""
        if self.service:
            cases = cases.filter(service__slug=self.service)
        if self.since:
            cases = cases.filter(opened_at__gte=self.since)
        if self.until:
            cases = cases.filter(opened_at__lt=self.until)
        first, end = self.part or (0, self.last)
        return cases.order_by("-id")[first : min(end, self.last)]

    def count(self, cases: QuerySet[Case]) -> int:
        """Return how many of some cases are meant in all, whichever part it is."""
        return dataclasses.replace(self, part=None).among(cases).count()
