"""Where a point lies, which address somebody means, what is near, and what a map shows."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from moked.base.labels import label
from moked.places import indexes
from moked.places.address_index import STREET, AddressIndex, Entry, kept_addresses
from moked.places.addresses import Address, normalise, readings, with_house
from moked.places.area_index import AreaIndex, kept_areas
from moked.places.drawing import MapData, MapView, draw, etag_of, kept_drawings
from moked.places.models import Area, HouseRange, Street
from moked.places.rules import AreaKind, Box, HouseRun, Place, Point, PositionSource, box_around, distance

Row = TypeVar("Row", bound=Model)
HOUSE = "HOUSE"
MOST_NAMESAKES = 50


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """An address somebody may mean. `kind` is STREET, HOUSE (a street with a house number) or LANDMARK.

    `point` is where it is, as exactly as is known: of a house without a known position, its street's.
    """

    text: str
    point: Point | None
    kind: str


def areas_at(municipality_id: int, point: Point) -> list[int]:
    """Return the ids of the town's areas of every kind that hold the point, without its outline."""
    areas, _ = indexes.editions(municipality_id)
    index = kept_areas.of(municipality_id, areas)
    return [area.id for area in index.at(point) if area.kind != AreaKind.OUTLINE]


def areas(municipality_id: int, kind: str) -> QuerySet[Area]:
    """Return the areas of a kind that are in use, by code, without their geometry."""
    found = Area.objects.filter(municipality_id=municipality_id, kind=kind, is_retired=False)
    return found.defer("geometry").order_by("code")


def names_of_areas(municipality_id: int) -> list[tuple[str, str, dict[str, str]]]:
    """Return kind, code and name of each area, without its outline."""
    rows = Area.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("kind", "code")
    return list(rows.values_list("kind", "code", "name"))


def outline_box(municipality_id: int) -> Box | None:
    """Return the smallest box around the town's outline, or None where it is not known."""
    boxes = [area.box for area in areas(municipality_id, AreaKind.OUTLINE)]
    if not boxes:
        return None
    return Box(
        min(box.south for box in boxes),
        min(box.west for box in boxes),
        max(box.north for box in boxes),
        max(box.east for box in boxes),
    )


def locate(municipality_id: int, *, point: Point | None, address: str = "", source: str = "") -> Place:
    """Return the place of a report with its areas, and whether it lies outside the town's outline.

    Without a point, an address that names exactly one street or landmark gives it its position. An unknown
    address is kept as it is. Where the town has told no outline, nothing is outside.
    """
    if point is None:
        found = find_address(municipality_id, address)
        point, source = (found.point, PositionSource.ADDRESS) if found and found.point else (None, "")
    if point is None:
        return Place(address)
    edition, _ = indexes.editions(municipality_id)
    index = kept_areas.of(municipality_id, edition)
    around = index.at(point)
    return Place(
        address=address,
        point=point,
        source=source,
        is_outside=_is_outside(index, point, [area.kind for area in around]),
        area_ids=tuple(area.id for area in around if area.kind != AreaKind.OUTLINE),
    )


def _is_outside(index: AreaIndex, point: Point, kinds: list[str]) -> bool:
    return AreaKind.OUTLINE not in kinds and bool(index.of_kind(AreaKind.OUTLINE))


def suggest_addresses(
    municipality_id: int, text: str, *, most: int = 8, language: str = ""
) -> list[Suggestion]:
    """Return up to `most` addresses that the text may be the beginning of, the likeliest first.

    Typing errors are forgiven, a house number may stand before or after the name. A name comes in the
    language it was typed in; `language` decides between names that fit equally well.
    """
    index = _addresses(municipality_id)
    scored = [pair for reading in readings(text) for pair in _scored(index, reading, language)]
    scored.sort(key=lambda found: (-found[0], len(found[1].form), found[1].name, found[1].id))
    chosen: dict[tuple[str, int], tuple[Entry, Address]] = {}
    for _, entry, reading in scored:
        chosen.setdefault((entry.kind, entry.id), (entry, reading))
    return _suggestions(municipality_id, list(chosen.values())[:most])


def find_address(municipality_id: int, text: str) -> Suggestion | None:
    """Return the one street, house or landmark that the text names exactly, or None.

    Of two streets of one name neither is the answer, unless the district's name is added as suggested.
    """
    index = _addresses(municipality_id)
    for reading in readings(text):
        entries = {(one.kind, one.id): one for one in index.named(normalise(reading.street))}
        found = [(one, reading) for one in entries.values()]
        if len(found) == 1:
            return _suggestions(municipality_id, found)[0]
        if found:
            suggested = _suggestions(municipality_id, found[:MOST_NAMESAKES])
            exact = [one for one in suggested if normalise(one.text) == normalise(text)]
            return exact[0] if len(exact) == 1 else None
    return None


def street_by_text(municipality_id: int, text: str) -> Street | None:
    """Return the one street that an address names exactly, whatever its house number, or None."""
    index = _addresses(municipality_id)
    for reading in readings(text):
        ids = {entry.id for entry in index.named(normalise(reading.street)) if entry.kind == STREET}
        if ids:
            return Street.objects.filter(pk=ids.pop()).first() if len(ids) == 1 else None
    return None


def map_etag(municipality_id: int, view: MapView) -> str:
    """Return the name of what `map_data` would return, at the price of one query."""
    return etag_of(view, indexes.editions(municipality_id))


def map_data(municipality_id: int, view: MapView) -> MapData:
    """Return what a map without tiles shows of the town: only what its view has room for."""
    editions = areas_edition, addresses_edition = indexes.editions(municipality_id)
    index = kept_areas.of(municipality_id, areas_edition)
    drawings = kept_drawings.of(municipality_id, addresses_edition)
    return MapData(etag_of(view, editions), draw(view, index, drawings))


def street_near(municipality_id: int, point: Point, metres: float = 150) -> dict[str, str] | None:
    """Return the name, `{language: text}`, of the street nearest to the point, or None when none is near."""
    _, edition = indexes.editions(municipality_id)
    found = kept_drawings.of(municipality_id, edition).streets.nearest(point, metres)
    return found.name if found else None


def within(rows: QuerySet[Row], box: Box) -> QuerySet[Row]:
    """Return the rows whose columns `latitude` and `longitude` lie in the box; an index on them is used."""
    return rows.filter(
        latitude__gte=box.south,
        latitude__lte=box.north,
        longitude__gte=box.west,
        longitude__lte=box.east,
    )


def near(rows: QuerySet[Row], point: Point, metres: float) -> list[tuple[float, Row]]:
    """Return the rows at most that far from the point, each with its distance in metres, the nearest first.

    Rows have the columns `latitude` and `longitude`; limit them first, since all in the box are read.
    """
    around = within(rows, box_around(point, metres))
    measured = ((_metres(point, row), row) for row in around)
    return sorted((pair for pair in measured if pair[0] <= metres), key=lambda pair: (pair[0], pair[1].pk))


def _metres(point: Point, row: Any) -> float:
    return distance(point, Point(row.latitude, row.longitude))


def _addresses(municipality_id: int) -> AddressIndex:
    _, edition = indexes.editions(municipality_id)
    return kept_addresses.of(municipality_id, edition)


def _scored(index: AddressIndex, reading: Address, language: str) -> Iterator[tuple[float, Entry, Address]]:
    """Yield the entries that one reading may mean, better ones higher; a landmark has no house number."""
    form = normalise(reading.street)
    for score, entry in index.like(form) if form else ():
        if entry.kind == STREET or not reading.house:
            preferred = (entry.language == language) * 0.5 + bool(reading.house) * 0.25
            yield score + preferred, entry, reading


def _suggestions(municipality_id: int, found: list[tuple[Entry, Address]]) -> list[Suggestion]:
    """Return what is shown for the entries; where two read the same, each with its district's name."""
    ids = [entry.id for entry, reading in found if entry.kind == STREET and reading.numbers]
    runs: dict[int, list[HouseRun]] = {}
    for one in HouseRange.objects.filter(street_id__in=ids).order_by("id") if ids else ():
        runs.setdefault(one.street_id, []).append(one.run)
    made = [_suggestion(entry, reading, runs.get(entry.id, [])) for entry, reading in found]
    times = Counter(one.text for one in made)
    if len(times) == len(made):
        return made
    index = kept_areas.of(municipality_id, indexes.editions(municipality_id)[0])
    return [
        one if times[one.text] == 1 else _with_district(index, one, entry.language)
        for one, (entry, _) in zip(made, found, strict=True)
    ]


def _suggestion(entry: Entry, reading: Address, runs: list[HouseRun]) -> Suggestion:
    if entry.kind != STREET or not reading.house:
        return Suggestion(entry.name, entry.point, entry.kind)
    text = with_house(entry.name, reading.house, entry.language)
    return Suggestion(text, _position(reading.numbers, runs) or entry.point, HOUSE)


def _position(numbers: tuple[int, ...], runs: list[HouseRun]) -> Point | None:
    """Return where the first of the numbers stands that any run knows: in 123/45 either may be the house."""
    found = (run.position_of(number) for number in numbers for run in runs)
    return next((point for point in found if point), None)


def _with_district(index: AreaIndex, one: Suggestion, language: str) -> Suggestion:
    if one.point is None:
        return one
    around = index.at(one.point)
    names = (label(area.name, language, "") for area in around if area.kind == AreaKind.DISTRICT)
    district = next(names, "")
    return dataclasses.replace(one, text=f"{one.text}, {district}") if district else one
