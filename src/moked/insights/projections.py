"""Count what happens, from the event log."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

from moked.cases.events import (
    CaseClosed,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CasesRecorded,
    CaseUnmerged,
    ServiceChanged,
)
from moked.cases.models import Case
from moked.events.subscribers import StoredEvent
from moked.insights.models import ServiceMonth, ServiceOpen
from moked.municipalities.models import Municipality

EVENTS = (
    *(CaseOpened, CaseClosed, CaseReopened, CaseMerged, CaseUnmerged, ServiceChanged),
    CasesRecorded,
)
_EFFECT_ON_OPEN = {CaseOpened: 1, CaseReopened: 1, CaseUnmerged: 1, CaseClosed: -1, CaseMerged: -1}


def count_cases(stored: Sequence[StoredEvent]) -> None:
    """Add a batch of events to the counts. A closing counts in the month it happened, each time.

    A case counts as received under the service it was opened for, and as open under the one it has now. One
    that was merged is no longer open, but nothing was closed by it.
    """
    zones = dict(Municipality.objects.values_list("id", "time_zone"))
    months: dict[tuple[int, int, date], Counter[str]] = {}
    openings: Counter[tuple[int, int]] = Counter()
    for item in stored:
        event = item.event
        assert isinstance(event, EVENTS)  # noqa: S101 - the projection asks for these only
        if isinstance(event, CasesRecorded):
            for opened_at, closed_at, service_id in _recorded(event.case_ids):
                key = (event.municipality_id, service_id)
                zone = zones[event.municipality_id]
                months.setdefault((*key, _month(opened_at, zone)), Counter())["received"] += 1
                openings[key] += closed_at is None
                if closed_at:
                    months.setdefault((*key, _month(closed_at, zone)), Counter())["closed"] += 1
            continue
        key = (event.municipality_id, event.service_id)
        if isinstance(event, ServiceChanged):
            openings[key] += 1
            openings[(event.municipality_id, event.before_id)] -= 1
            continue
        openings[key] += _EFFECT_ON_OPEN[type(event)]
        month = _month(item.occurred_at, zones[event.municipality_id])
        counts = months.setdefault((*key, month), Counter())
        counts["received"] += isinstance(event, CaseOpened)
        counts["closed"] += isinstance(event, CaseClosed)
    for (municipality_id, service_id, month), counts in months.items():
        _add_to_month(municipality_id, service_id, month, counts)
    for (municipality_id, service_id), effect in openings.items():
        _add_to_open(municipality_id, service_id, effect, stored[-1].occurred_at)


def _recorded(case_ids: Sequence[int]) -> QuerySet[Case, tuple[datetime, datetime | None, int]]:
    return Case.objects.filter(id__in=case_ids).values_list("opened_at", "closed_at", "service_id")


def _add_to_month(municipality_id: int, service_id: int, month: date, counts: Counter[str]) -> None:
    row, _ = ServiceMonth.objects.get_or_create(
        service_id=service_id, month=month, defaults={"municipality_id": municipality_id}
    )
    ServiceMonth.objects.filter(pk=row.pk).update(
        received=F("received") + counts["received"], closed=F("closed") + counts["closed"]
    )


def _add_to_open(municipality_id: int, service_id: int, effect: int, as_of: datetime) -> None:
    row, _ = ServiceOpen.objects.get_or_create(
        service_id=service_id, defaults={"municipality_id": municipality_id, "as_of": as_of}
    )
    ServiceOpen.objects.filter(pk=row.pk).update(open=F("open") + effect, as_of=as_of)


def _month(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date().replace(day=1)
