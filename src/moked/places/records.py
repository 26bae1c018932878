"""What is written into a town's map: areas, streets and landmarks as plain values."""

import dataclasses
import hashlib
from typing import Any, Self

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

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept with an import."""
        return dataclasses.asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the record that `as_document` described."""
        return cls(**document)


@dataclasses.dataclass(frozen=True)
class StreetRecord:
    """A street as it is to be, with its houses and the lines to draw."""

    code: str
    name: dict[str, str]
    point: Point | None = None
    runs: tuple[HouseRun, ...] = ()
    lines: tuple[Line, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept with an import; points are pairs of latitude and longitude."""
        return {
            "code": self.code,
            "name": self.name,
            "point": _pair(self.point),
            "runs": [
                [run.parity, run.first, run.last, _pair(run.start), _pair(run.end)] for run in self.runs
            ],
            "lines": [[_pair(point) for point in line] for line in self.lines],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the record that `as_document` described."""
        return cls(
            code=document["code"],
            name=document["name"],
            point=Point(*document["point"]) if document["point"] else None,
            runs=tuple(
                HouseRun(parity, first, last, Point(*start), Point(*end))
                for parity, first, last, start, end in document["runs"]
            ),
            lines=tuple(tuple(Point(*point) for point in line) for line in document["lines"]),
        )

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

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept with an import."""
        return {"code": self.code, "name": self.name, "point": _pair(self.point)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the record that `as_document` described."""
        return cls(document["code"], document["name"], Point(*document["point"]))


def code_of(*names: str) -> str:
    """Return a code for something that has only a name: the same for every way to write it."""
    form = "\n".join(normalise(name) for name in names)
    return "n-" + hashlib.sha256(form.encode()).hexdigest()[:20]


def _pair(point: Point | None) -> list[float] | None:
    return [point.latitude, point.longitude] if point else None


def _halfway(one: list[float], other: list[float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
