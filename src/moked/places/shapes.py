"""Shapes of areas from the numbers of a file: checked, mended where that changes little, made small."""

import json
import math
import re
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from moked.places.rules import DIGITS

AREAS = ("Polygon", "MultiPolygon")
MANY_POINTS = 20_000
ONE_METRE = 0.000_008
LARGEST_MEND = 0.01
EDGES_AT_ONCE = 20
PAIRS_AN_EDGE = 40
LEAST_PAIRS = 100_000
Note = tuple[str, dict[str, object]]


class BadShape(Exception):
    """Something is not the shape of an area; `code` and `values` are those of a Problem."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def shape_of(document: dict[str, Any], *, swap: bool) -> BaseGeometry:
    """Return the shape of a GeoJSON geometry as drawn, its numbers checked. Raises BadShape.

    With `swap` each pair of numbers is read the other way round.
    """
    kind = document.get("type")
    if kind not in AREAS:
        raise BadShape("NOT_AN_AREA", type=str(kind)[:40])
    coordinates = document.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise BadShape("BAD_COORDINATES")
    polygons = [_polygon(part, swap) for part in parts]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _polygon(rings: Any, swap: bool) -> shapely.Polygon:
    if not _is_filled_list(rings):
        raise BadShape("BAD_COORDINATES")
    shell, *holes = [_ring(ring, swap) for ring in rings]
    return shapely.Polygon(shell, holes)


def _ring(positions: Any, swap: bool) -> list[tuple[float, float]]:
    if not isinstance(positions, list):
        raise BadShape("BAD_COORDINATES")
    ring = [_pair(position, swap) for position in positions]
    if len(ring) < 4:
        raise BadShape("TOO_FEW_POINTS")
    return ring


def _pair(position: Any, swap: bool) -> tuple[float, float]:
    if not isinstance(position, list) or len(position) < 2:
        raise BadShape("BAD_COORDINATES")
    longitude, latitude = (position[1], position[0]) if swap else (position[0], position[1])
    if not (_is_number(longitude) and _is_number(latitude)):
        raise BadShape("BAD_COORDINATES")
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise BadShape("OUT_OF_RANGE")
    return float(longitude), float(latitude)


def _is_filled_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def mended(drawn: BaseGeometry) -> tuple[BaseGeometry, list[Note]]:
    """Return a valid geometry of six digits that differs little, and what was done. Raises BadShape."""
    notes: list[Note] = []
    geometry = drawn
    if _is_tangled(geometry):
        raise BadShape("TANGLED")
    reason = shapely.is_valid_reason(geometry)
    if reason != "Valid Geometry":
        geometry = _polygonal(shapely.make_valid(geometry, method="structure"))
        if abs(geometry.area - drawn.area) > LARGEST_MEND * max(geometry.area, drawn.area):
            raise BadShape("SELF_CROSSING", where=_where(reason))
        notes.append(("MENDED", {"where": _where(reason)}))
    count = shapely.get_num_coordinates(geometry)
    if count > MANY_POINTS:
        geometry = geometry.simplify(ONE_METRE)
        notes.append(("SIMPLIFIED", {"count": int(count)}))
    geometry = _polygonal(shapely.set_precision(geometry, 10**-DIGITS))
    if geometry.is_empty:
        raise BadShape("TINY")
    return geometry, notes


def _is_tangled(geometry: BaseGeometry) -> bool:
    """Tell whether too many pairs of edges would have to be compared to look for crossings.

    Of a border each edge lies beside a few others, of a scribble beside as many as there are.
    """
    edges = [edge for ring in shapely.get_rings(geometry) for edge in _edges(ring)]
    tree, most, pairs = shapely.STRtree(edges), max(LEAST_PAIRS, PAIRS_AN_EDGE * len(edges)), 0
    for start in range(0, len(edges), EDGES_AT_ONCE):
        pairs += len(tree.query(edges[start : start + EDGES_AT_ONCE])[0])
        if pairs > most:
            return True
    return False


def _edges(ring: BaseGeometry) -> Any:
    ends = shapely.get_coordinates(ring).repeat(2, axis=0)[1:-1]
    return shapely.linestrings(ends.reshape(-1, 2, 2))


def _polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """Return only the parts that have an inside."""
    if geometry.geom_type in AREAS:
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _where(reason: str) -> str:
    """Return the place in a sentence of the geometry library, `Self-intersection[34.8 32.1]`."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", reason)
    return ", ".join(f"{float(number):.5f}" for number in numbers[-2:][::-1])


def document_of(geometry: BaseGeometry) -> dict[str, Any]:
    """Return the shape as GeoJSON."""
    document: dict[str, Any] = json.loads(json.dumps(mapping(geometry)))
    return {"type": document["type"], "coordinates": _rounded(document["coordinates"])}


def _rounded(part: Any) -> Any:
    return [_rounded(one) for one in part] if isinstance(part, list) else round(part, DIGITS)
