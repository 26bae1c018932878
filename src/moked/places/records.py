"""What is written into a town's map: areas, streets and landmarks as plain values."""

import dataclasses
import hashlib
from typing import Any

from moked.places.addresses import normalise
from moked.places.rules import HouseRun, Point

LONGEST_CODE = 60
LONGEST_NAME = 200
Line = tuple[Point, ...]


@dataclasses.dataclass(frozen=True)
class AreaRecord:
    """An area as it is to be. `geometry` is a checked GeoJSON Polygon or MultiPolygon."""

    code: str
    name: dict[str, str]
    geometry: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class StreetRecord:
    """A street as it is to be, with its houses and the lines to draw."""

    code: str
    name: dict[str, str]
    point: Point | None = None
    runs: tuple[HouseRun, ...] = ()
    lines: tuple[Line, ...] = ()

    def drawn(self) -> list[list[list[float]]]:
        """Return the GeoJSON MultiLineString coordinates: its lines, else from end to end of its houses."""
        lines = self.lines or tuple(dict.fromkeys((run.start, run.end) for run in self.runs))
        return [[[point.longitude, point.latitude] for point in line] for line in lines]

    def middle(self) -> Point | None:
        """Return where the street is: its own point, else the middle of its middle line."""
        if self.point or not self.drawn():
            return self.point
        lines = self.drawn()
        line = lines[len(lines) // 2]
        longitude, latitude = line[len(line) // 2] if len(line) > 2 else _halfway(line[0], line[-1])
        return Point(round(latitude, 6), round(longitude, 6))


@dataclasses.dataclass(frozen=True)
class LandmarkRecord:
    """A landmark as it is to be."""

    code: str
    name: dict[str, str]
    point: Point


def code_of(*names: str) -> str:
    """Return a code for something that has only a name: the same for every way to write it."""
    form = "\n".join(normalise(name) for name in names)
    return "n-" + hashlib.sha256(form.encode()).hexdigest()[:20]


def _halfway(one: list[float], other: list[float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
