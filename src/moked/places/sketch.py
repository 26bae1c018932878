"""A plain picture of areas for a page: outlines as SVG paths, small however many points they have."""

import dataclasses
import json
import math
from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from moked.places.records import AreaRecord

WIDTH, TALLEST = 600, 600
MARGIN = 8
FINEST = 0.5


@dataclasses.dataclass(frozen=True)
class Sketch:
    """A picture with north at the top: an SVG path for each area, to be filled by the even-odd rule.

    `outline` is the path of the town's present outline, '' without one.
    """

    width: int
    height: int
    areas: tuple[str, ...]
    outline: str


def sketch(records: Sequence[AreaRecord], outline: Sequence[BaseGeometry]) -> Sketch | None:
    """Return the picture of areas, with the town's outline where it has one; None when there are no areas.

    Borders are drawn to half a unit of at most 600 by 600, so that points nobody would see are left out.
    """
    if not records:
        return None
    areas = shapely.from_geojson([json.dumps(record.geometry) for record in records])
    west, south, east, north = shapely.total_bounds([*areas, *outline])
    narrow = math.cos(math.radians((south + north) / 2))
    across, up = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / across, (TALLEST - 2 * MARGIN) / up)

    def path(geometry: BaseGeometry) -> str:
        placed = shapely.transform(
            geometry, lambda at: (at - [west, north]) * [narrow * scale, -scale] + MARGIN
        )
        small = shapely.simplify(placed, FINEST, preserve_topology=False)
        return _path(placed.envelope if small.is_empty else small)

    return Sketch(
        width=math.ceil(across * scale) + 2 * MARGIN,
        height=math.ceil(up * scale) + 2 * MARGIN,
        areas=tuple(map(path, areas)),
        outline="".join(path(part) for part in outline),
    )


def _path(geometry: Any) -> str:
    rings = [
        ring
        for part in shapely.get_parts(geometry)
        for ring in (getattr(part, "exterior", part), *getattr(part, "interiors", ()))
    ]
    return "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in ring.coords)}Z" for ring in rings)
