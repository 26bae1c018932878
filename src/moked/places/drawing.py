"""What a map shows of a town without any tiles: its outline, areas, streets and landmarks as GeoJSON text."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping

import shapely
from django.db.models import TextField
from django.db.models.functions import Cast

from moked.base.labels import label
from moked.places.area_index import AreaIndex
from moked.places.indexes import Kept
from moked.places.models import Landmark, Street
from moked.places.rules import EARTH_RADIUS, AreaKind, Box, Point, box_around

MOST_LANDMARKS = 300
MOST_STREETS = {10: 100, 11: 250, 12: 500, 13: 1000}
MOST_STREETS_NEAR = 2000


@dataclasses.dataclass(frozen=True)
class MapView:
    """What a map looks at: which areas, which part of the earth (all of the town without a box), how near.

    `zoom` is the level of the usual web maps; names come in `language`, else in `fallback`.
    """

    kind: str = AreaKind.DISTRICT
    box: Box | None = None
    zoom: int = 13
    language: str = ""
    fallback: str = ""

    def most_streets(self) -> int:
        """Return how many streets are drawn at most, the longest first."""
        return MOST_STREETS.get(max(10, self.zoom), MOST_STREETS_NEAR)


@dataclasses.dataclass(frozen=True)
class MapData:
    """The answer to a map. `body` is a JSON object of the GeoJSON collections `outline`, `areas`, `streets`
    and `landmarks`; `etag` stays the same as long as the body does."""

    etag: str
    body: str


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """A street or landmark as it is drawn: its names and its geometry as GeoJSON text."""

    id: int
    name: dict[str, str]
    geometry: str


class DrawnIndex:
    """What is drawn of a town's addresses, the longest first, found by box."""

    def __init__(self, drawn: list[Drawn]) -> None:
        geometries = shapely.from_geojson([one.geometry for one in drawn])
        order = shapely.length(geometries).argsort(kind="stable")[::-1]
        self._drawn = [drawn[number] for number in order]
        self._tree = shapely.STRtree(geometries[order])

    def within(self, box: Box | None, most: int) -> list[Drawn]:
        """Return up to `most` whose surroundings touch the box, the longest first."""
        if box is None:
            return self._drawn[:most]
        found = self._tree.query(shapely.box(box.west, box.south, box.east, box.north))
        found.sort()
        return [self._drawn[number] for number in found[:most]]

    def nearest(self, point: Point, metres: float) -> Drawn | None:
        """Return what is nearest to the point and at most about that far, measured to its line, or None."""
        around = box_around(point, metres)
        found = self._tree.query(shapely.box(around.west, around.south, around.east, around.north))
        if not len(found):
            return None
        shrink = math.cos(math.radians(point.latitude))
        lines = shapely.transform(self._tree.geometries[found], lambda at: at * [shrink, 1])
        away = shapely.distance(lines, shapely.Point(point.longitude * shrink, point.latitude))
        first = int(away.argmin())
        is_near = math.radians(float(away[first])) * EARTH_RADIUS <= metres
        return self._drawn[int(found[first])] if is_near else None


@dataclasses.dataclass(frozen=True)
class DrawnAddresses:
    """The drawn streets and landmarks of one town."""

    streets: DrawnIndex
    landmarks: DrawnIndex


def etag_of(view: MapView, editions: tuple[str, str]) -> str:
    """Return a name for what the map shows, the same in every process."""
    said = repr((dataclasses.astuple(view), editions))
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def draw(view: MapView, areas: AreaIndex, addresses: DrawnAddresses) -> str:
    """Return the body of the map's data."""
    streets = addresses.streets.within(view.box, view.most_streets())
    landmarks = addresses.landmarks.within(view.box, MOST_LANDMARKS)
    parts = {
        "outline": _areas(view, areas, AreaKind.OUTLINE),
        "areas": _areas(view, areas, view.kind) if view.kind != AreaKind.OUTLINE else [],
        "streets": _named(view, streets),
        "landmarks": _named(view, landmarks),
    }
    collections = (f'"{name}":{_collection(features)}' for name, features in parts.items())
    return "{" + ",".join(collections) + "}"


def _areas(view: MapView, index: AreaIndex, kind: str) -> Iterator[str]:
    for area in index.of_kind(kind):
        if view.box is None or area.box.touches(view.box):
            properties = {"code": area.code, "name": label(area.name, view.language, view.fallback)}
            yield _feature(area.id, properties, index.drawn(area, view.zoom))


def _named(view: MapView, drawn: Iterable[Drawn]) -> Iterator[str]:
    for one in drawn:
        yield _feature(one.id, {"name": label(one.name, view.language, view.fallback)}, one.geometry)


def _feature(object_id: int, properties: Mapping[str, str], geometry: str) -> str:
    said = json.dumps(properties, ensure_ascii=False)
    return f'{{"type":"Feature","id":{object_id},"properties":{said},"geometry":{geometry}}}'


def _collection(features: Iterable[str]) -> str:
    return '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}"


def _build(municipality_id: int) -> DrawnAddresses:
    streets = Street.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("id")
    landmarks = Landmark.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("id")
    drawn = streets.annotate(drawn=Cast("lines", TextField())).values_list(
        "id", "name", "drawn", "latitude", "longitude"
    )
    return DrawnAddresses(
        DrawnIndex(
            [
                Drawn(street_id, name, _street(lines, latitude, longitude))
                for street_id, name, lines, latitude, longitude in drawn.iterator(chunk_size=2000)
                if latitude is not None and longitude is not None
            ]
        ),
        DrawnIndex([Drawn(one.pk, one.name, _point(one.latitude, one.longitude)) for one in landmarks]),
    )


def _street(lines: str, latitude: float, longitude: float) -> str:
    if lines == "[]":
        return _point(latitude, longitude)
    return f'{{"type":"MultiLineString","coordinates":{lines}}}'


def _point(latitude: float, longitude: float) -> str:
    return f'{{"type":"Point","coordinates":[{longitude},{latitude}]}}'


kept_drawings = Kept(_build, DrawnAddresses(DrawnIndex([]), DrawnIndex([])))
