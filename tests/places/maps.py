"""A small town to find things in: ten by ten kilometres around 32.0° N 34.8° E, four quarters."""

from moked.municipalities.models import Municipality
from moked.places.operations import set_areas, set_landmarks, set_streets
from moked.places.records import AreaRecord, LandmarkRecord, StreetRecord
from moked.places.rules import AreaKind, HouseRun, Point
from tests.factories import NOW, make_town

SOUTH, WEST, NORTH, EAST = 31.95, 34.75, 32.05, 34.85
MIDDLE = Point(32.0, 34.8)
QUARTERS = {
    "nw": ((32.0, 34.75), (32.05, 34.8)),
    "ne": ((32.0, 34.8), (32.05, 34.85)),
    "sw": ((31.95, 34.75), (32.0, 34.8)),
    "se": ((31.95, 34.8), (32.0, 34.85)),
}
BY_NOBODY = {"by_user_id": None, "now": NOW}


def square(south: float, west: float, north: float, east: float) -> dict:
    """Return a GeoJSON polygon with straight edges."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def quarters() -> list[AreaRecord]:
    return [
        AreaRecord(code, {"en": code.upper(), "he": f"רובע {code}"}, square(*corner, *opposite))
        for code, (corner, opposite) in QUARTERS.items()
    ]


def outline() -> AreaRecord:
    return AreaRecord("town", {"en": "Town"}, square(SOUTH, WEST, NORTH, EAST))


def make_map(town: Municipality | None = None) -> Municipality:
    """Give a town its outline and its four quarters as districts."""
    town = town or make_town()
    areas = {AreaKind.OUTLINE: [outline()], AreaKind.DISTRICT: quarters()}
    for kind, records in areas.items():
        set_areas(municipality=town, kind=kind, records=records, source="test", **BY_NOBODY)
    return town


def street(
    code: str, *, point: Point | None = None, runs: tuple[HouseRun, ...] = (), **name: str
) -> StreetRecord:
    return StreetRecord(code, name, point, runs)


def add_streets(town: Municipality, *records: StreetRecord) -> None:
    """Make these the town's streets."""
    set_streets(municipality=town, records=records, is_whole=True, **BY_NOBODY)


def add_landmarks(town: Municipality, *records: LandmarkRecord) -> None:
    """Make these the town's landmarks."""
    set_landmarks(municipality=town, records=records, **BY_NOBODY)


HERZL = street(
    "1",
    en="Herzl Street",
    he="רחוב הרצל",
    runs=(
        HouseRun("ODD", 1, 21, Point(32.01, 34.80), Point(32.03, 34.80)),
        HouseRun("EVEN", 2, 22, Point(32.01, 34.81), Point(32.03, 34.81)),
    ),
)
