"""Open data of single cases: a day, a service, a place and a state, as far as nobody can be told from them.

A case is given only the values whose published counts are shown: its service when that is shown for its
month, then its district likewise, and whether it is open when the service's open ones are shown. A point
is the middle of a square of a grid, given when at least `DIFFERENT_PLACES` different places of the same month
lie in the square, and never for a service that is not public; where a single square of a district would be
left out, another one is left out too. Cases whose service is not shown are all alike: a day and nothing else,
confidential ones among them.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from datetime import date

from moked.base.labels import Labels
from moked.catalogue.models import Service
from moked.insights.models import CaseFact, Reckoning
from moked.insights.published.edition import Table, edition
from moked.insights.rules import Dimension
from moked.places.models import Area

GRID = 0.005
"""The side of a square in degrees: about 550 metres from south to north."""
DIFFERENT_PLACES = 5
_SAME_PLACE = 4
"""Digits of degrees to which two positions are one place: about eleven metres."""

Square = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class PublicCase:
    """One case. Empty and None values are not given. The point is the middle of its square."""

    day: date
    service: str = ""
    service_name: Labels = dataclasses.field(default_factory=dict)
    district: str = ""
    latitude: float | None = None
    longitude: float | None = None
    state: str = ""


@dataclasses.dataclass(frozen=True)
class _Fact:
    """What a case is published from."""

    opened_on: date
    service_id: int
    area_id: int | None
    latitude: float | None
    longitude: float | None
    standing: str

    @property
    def square(self) -> Square | None:
        if self.latitude is None or self.longitude is None:
            return None
        return math.floor(self.latitude / GRID), math.floor(self.longitude / GRID)

    @property
    def spot(self) -> tuple[float, float]:
        return round(self.latitude or 0, _SAME_PLACE), round(self.longitude or 0, _SAME_PLACE)


def version_of(municipality_id: int) -> str:
    """Return a name for the state of the open data; it changes whenever they may have."""
    reckoning = Reckoning.objects.filter(municipality_id=municipality_id).first() or Reckoning()
    return f"{municipality_id}-{reckoning.generation}-{reckoning.version}"


def cases(municipality_id: int, month: date, today: date) -> Iterator[PublicCase]:
    """Yield the cases received in a month, by day; within a day in no order that means anything."""
    this = edition(municipality_id, today.replace(day=1))
    if month not in this.months:
        return
    services = Service.objects.filter(municipality_id=municipality_id, is_confidential=False).in_bulk()
    districts = dict(Area.objects.filter(municipality_id=municipality_id).values_list("id", "code"))
    facts = _facts(municipality_id, month)
    by_service, by_area = this.tables[Dimension.SERVICE], this.tables[Dimension.AREA]
    shown = {pk for pk in services if _shows(by_service, str(pk), month) and str(pk) in by_service.values}
    placed = {pk for pk in districts if _shows(by_area, str(pk), month) and str(pk) in by_area.values}
    squares = _squares(
        [one for one in facts if one.service_id in shown and services[one.service_id].is_public]
    )
    made = []
    for one in facts:
        if one.service_id not in shown:
            made.append(PublicCase(one.opened_on))
            continue
        service = services[one.service_id]
        square = one.square if service.is_public and one.square in squares else None
        made.append(
            PublicCase(
                day=one.opened_on,
                service=service.slug,
                service_name=service.name,
                district=districts[one.area_id] if one.area_id in placed else "",
                latitude=_middle(square[0]) if square else None,
                longitude=_middle(square[1]) if square else None,
                state=one.standing if (str(service.pk), None, "open") not in by_service.hidden else "",
            )
        )
    # Sorted by what is published alone: the order of arrival would tell who came before whom.
    made.sort(
        key=lambda one: (one.day, one.service, one.district, one.latitude or 0, one.longitude or 0, one.state)
    )
    yield from made


def _shows(table: Table, value: str, month: date) -> bool:
    return table.shows(value, [month], "received")


def _facts(municipality_id: int, month: date) -> list[_Fact]:
    last = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    rows = CaseFact.objects.filter(
        municipality_id=municipality_id, opened_on__gte=month, opened_on__lt=last
    ).values_list("opened_on", "service_id", "area_id", "latitude", "longitude", "standing")
    return [_Fact(*row) for row in rows.iterator(chunk_size=5000)]


def _middle(number: int) -> float:
    return round((number + 0.5) * GRID, 6)


def _squares(facts: Sequence[_Fact]) -> set[Square]:
    """Return the squares that may be given: with places enough, and none left out alone in a district."""
    spots: dict[Square, set[tuple[float, float]]] = {}
    of_area: dict[int | None, set[Square]] = {}
    for one in facts:
        if one.square:
            spots.setdefault(one.square, set()).add(one.spot)
            of_area.setdefault(one.area_id, set()).add(one.square)
    given = {square for square, places in spots.items() if len(places) >= DIFFERENT_PLACES}
    while alone := [squares for squares in of_area.values() if len(squares - given) == 1 and squares & given]:
        given.discard(min(alone[0] & given, key=lambda square: (len(spots[square]), square)))
    return given
