"""The areas of a town in memory: which of them hold a point, and how they are drawn."""

import dataclasses
import json
from collections.abc import Sequence

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from moked.places.indexes import Kept
from moked.places.models import Area
from moked.places.rules import AreaKind, Box, Point

TILE = 256
FINEST_ZOOM = 18


@dataclasses.dataclass(frozen=True)
class KeptArea:
    """One area with its geometry ready to be asked."""

    id: int
    kind: str
    code: str
    name: dict[str, str]
    box: Box
    geometry: BaseGeometry


class AreaIndex:
    """The areas of one town that are in use."""

    def __init__(self, areas: list[KeptArea]) -> None:
        self.areas = areas
        self._tree = shapely.STRtree([area.geometry for area in areas])
        for area in areas:
            _prepare(area.geometry)
        self._drawn: dict[tuple[int, int], str] = {}

    def at(self, point: Point) -> list[KeptArea]:
        """Return the areas that hold the point, edges included, the outline among them."""
        place = shapely.Point(point.longitude, point.latitude)
        near = (self.areas[number] for number in sorted(self._tree.query(place)))
        return [area for area in near if area.geometry.intersects(place)]

    def at_each(self, points: Sequence[Point]) -> list[list[KeptArea]]:
        """Return for each of many points what `at` returns, in a fraction of the time."""
        found: list[list[KeptArea]] = [[] for _ in points]
        if points and self.areas:
            places = shapely.points([(point.longitude, point.latitude) for point in points])
            for point, area in sorted(self._tree.query(places, predicate="intersects").T.tolist()):
                found[point].append(self.areas[area])
        return found

    def of_kind(self, kind: str) -> list[KeptArea]:
        """Return the areas of a kind, by code."""
        return [area for area in self.areas if area.kind == kind]

    def drawn(self, area: KeptArea, zoom: int) -> str:
        """Return the geometry as GeoJSON text, as fine as can be seen at a zoom level of the usual tiles."""
        zoom = max(0, min(zoom, FINEST_ZOOM))
        if (area.id, zoom) not in self._drawn:
            self._drawn[area.id, zoom] = _draw(area.geometry, zoom)
        return self._drawn[area.id, zoom]


def _draw(geometry: BaseGeometry, zoom: int) -> str:
    pixel = 360 / (TILE * 2**zoom)
    digits = 6 if zoom > 14 else 5
    return json.dumps(_rounded(mapping(geometry.simplify(pixel / 2)), digits), separators=(",", ":"))


def _prepare(geometry: BaseGeometry) -> None:
    """Make the geometry quick to ask, and ask once: the first question finishes what threads then share."""
    shapely.prepare(geometry)
    geometry.intersects(geometry.representative_point())


def _rounded(part: object, digits: int) -> object:
    if isinstance(part, float):
        return round(part, digits)
    if isinstance(part, list | tuple):
        return [_rounded(one, digits) for one in part]
    if isinstance(part, dict):
        return {key: _rounded(value, digits) for key, value in part.items()}
    return part


def _build(municipality_id: int) -> AreaIndex:
    rows = Area.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("kind", "code")
    return AreaIndex(
        [KeptArea(row.pk, row.kind, row.code, row.name, row.box, shape(row.geometry)) for row in rows]
    )


kept_areas = Kept(_build, AreaIndex([]))


def outline_of(index: AreaIndex) -> list[KeptArea]:
    """Return the parts of the town's outline; none when it has not been told."""
    return index.of_kind(AreaKind.OUTLINE)
