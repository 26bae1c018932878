"""Where something is: points, boxes and distances on plain WGS 84 degrees, and positions along a street."""

import dataclasses
import math
from enum import StrEnum

DIGITS = 6
EARTH_RADIUS = 6_371_008.8


class AreaKind(StrEnum):
    """What a division of the town is for. Areas of one kind may overlap; OUTLINE is the town itself."""

    OUTLINE = "OUTLINE"
    DISTRICT = "DISTRICT"
    NEIGHBOURHOOD = "NEIGHBOURHOOD"
    MAINTENANCE = "MAINTENANCE"
    COLLECTION = "COLLECTION"
    ENFORCEMENT = "ENFORCEMENT"


class PositionSource(StrEnum):
    """How a position became known."""

    PIN = "PIN"
    PHOTO = "PHOTO"
    DEVICE = "DEVICE"
    ADDRESS = "ADDRESS"


class Parity(StrEnum):
    """Which house numbers lie on a side of the street."""

    ALL = "ALL"
    ODD = "ODD"
    EVEN = "EVEN"


class BadPoint(ValueError):
    """Two numbers are not a position; `code` is NOT_A_NUMBER, OUT_OF_RANGE or NOWHERE."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclasses.dataclass(frozen=True)
class Point:
    """A position in degrees, WGS 84. `point_at` makes one of numbers that nobody has checked."""

    latitude: float
    longitude: float


@dataclasses.dataclass(frozen=True)
class Box:
    """All positions between two parallels and two meridians, its edges included. Never crosses 180°."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        """Tell whether the point lies inside or on an edge."""
        return self.south <= point.latitude <= self.north and self.west <= point.longitude <= self.east

    def touches(self, other: "Box") -> bool:
        """Tell whether the two have a position in common."""
        return (
            self.south <= other.north
            and other.south <= self.north
            and self.west <= other.east
            and other.west <= self.east
        )


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a matter is, as far as it is known. `source` says how the point became known, or ''.

    `is_outside` means that the point lies outside the town's outline; `area_ids` are the areas it lies in.
    """

    address: str = ""
    point: Point | None = None
    source: str = ""
    is_outside: bool = False
    area_ids: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class HouseRun:
    """The houses `first` to `last` along one side of a street, from `start` to `end`."""

    parity: str
    first: int
    last: int
    start: Point
    end: Point

    def position_of(self, number: int) -> Point | None:
        """Return where a house stands if the numbers are spread evenly; None when it is not one of these."""
        if not self.first <= number <= self.last or not has_parity(number, self.parity):
            return None
        share = (number - self.first) / (self.last - self.first) if self.last > self.first else 0.5
        return Point(
            round(_between(self.start.latitude, self.end.latitude, share), DIGITS),
            round(_between(self.start.longitude, self.end.longitude, share), DIGITS),
        )


def has_parity(number: int, parity: str) -> bool:
    """Tell whether a house number belongs to that side of the street."""
    return parity == Parity.ALL or (number % 2 == 1) == (parity == Parity.ODD)


def point_at(latitude: float, longitude: float) -> Point:
    """Return the point, cut to six digits (0.1 m). Raises BadPoint.

    (0, 0) is refused: it is what a device without a fix says.
    """
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise BadPoint("NOT_A_NUMBER")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise BadPoint("OUT_OF_RANGE")
    point = Point(round(latitude, DIGITS), round(longitude, DIGITS))
    if point == Point(0, 0):
        raise BadPoint("NOWHERE")
    return point


def read_point(latitude: str, longitude: str) -> Point:
    """Return the point that two texts of a form say, in any digits. Raises BadPoint."""
    try:
        numbers = float(latitude), float(longitude)
    except ValueError:
        raise BadPoint("NOT_A_NUMBER") from None
    return point_at(*numbers)


def read_box(text: str) -> Box:
    """Return the box that `west,south,east,north` says. Raises BadPoint."""
    parts = text.split(",")
    if len(parts) != 4:
        raise BadPoint("NOT_A_NUMBER")
    corner, opposite = read_point(parts[1], parts[0]), read_point(parts[3], parts[2])
    if corner.latitude > opposite.latitude or corner.longitude > opposite.longitude:
        raise BadPoint("OUT_OF_RANGE")
    return Box(corner.latitude, corner.longitude, opposite.latitude, opposite.longitude)


def is_swapped(point: Point, box: Box) -> bool:
    """Tell whether the point lies outside the box but would lie inside with its two numbers exchanged."""
    return not box.holds(point) and box.holds(Point(point.longitude, point.latitude))


def distance(one: Point, other: Point) -> float:
    """Return the metres between two points on a sphere, by the haversine formula (within 0.5 %)."""
    latitudes = math.radians(one.latitude), math.radians(other.latitude)
    half_up = (latitudes[1] - latitudes[0]) / 2
    half_along = math.radians(other.longitude - one.longitude) / 2
    haversine = (
        math.sin(half_up) ** 2 + math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(half_along) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, haversine)))


def box_around(point: Point, metres: float) -> Box:
    """Return a box that holds every position within that many metres; cut off at the poles and at 180°."""
    angle = metres / EARTH_RADIUS
    up = math.degrees(angle) * 1.000001
    rim = math.cos(math.radians(min(89.999, abs(point.latitude) + up)))
    along = 180.0 if angle >= rim else math.degrees(math.asin(math.sin(angle) / rim)) * 1.000001
    return Box(
        max(-90.0, point.latitude - up),
        max(-180.0, point.longitude - along),
        min(90.0, point.latitude + up),
        min(180.0, point.longitude + along),
    )


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share
