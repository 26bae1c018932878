"""Plain figures the public may see. Whatever leaves here has been suppressed already."""

import dataclasses
from datetime import date, datetime

from moked.base.labels import Labels
from moked.catalogue.models import Service
from moked.insights.models import ServiceMonth, ServiceOpen
from moked.insights.rules import suppress


@dataclasses.dataclass(frozen=True)
class PublishedService:
    """One service's figures; None is a count under 5, or one that would give such a count away."""

    slug: str
    name: Labels
    received: int | None
    closed: int | None
    open: int | None


@dataclasses.dataclass(frozen=True)
class PublishedMonth:
    """A town's figures of one month; `open` is now, not at the month's end. Totals are always shown."""

    month: date
    received: int
    closed: int
    open: int
    services: tuple[PublishedService, ...]
    as_of: datetime | None


def month(municipality_id: int, day: date) -> PublishedMonth:
    """Return the figures of the month `day` lies in. Confidential services count in the totals only."""
    first = day.replace(day=1)
    counts = {
        row.service_id: row
        for row in ServiceMonth.objects.filter(municipality_id=municipality_id, month=first)
    }
    open_now = {row.service_id: row for row in ServiceOpen.objects.filter(municipality_id=municipality_id)}
    services = list(Service.objects.filter(municipality_id=municipality_id).order_by("slug"))
    received = [counts[s.pk].received if s.pk in counts else 0 for s in services]
    closed = [counts[s.pk].closed if s.pk in counts else 0 for s in services]
    still_open = [open_now[s.pk].open if s.pk in open_now else 0 for s in services]
    rows = zip(services, suppress(received), suppress(closed), suppress(still_open), strict=True)
    return PublishedMonth(
        month=first,
        received=sum(received),
        closed=sum(closed),
        open=sum(still_open),
        services=tuple(PublishedService(s.slug, s.name, *shown) for s, *shown in rows),
        as_of=max((row.as_of for row in open_now.values()), default=None),
    )
