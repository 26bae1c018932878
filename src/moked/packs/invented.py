"""Invent the map of a town that exists nowhere: an outline, districts, a bent grid of streets, landmarks.

The same file makes the same map each time. A plan of flat coordinates, in which the town is about as wide as
from -1 to 1, is bent by a few waves and turned, so that nothing looks drawn with a ruler.
"""

import dataclasses
import math
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from moked.places.records import AreaRecord, LandmarkRecord, Line, StreetRecord
from moked.places.rules import HouseRun, Parity, Point

METRES_A_DEGREE = 111_195
LINES = 17
STEP = 2 / LINES
BLOCKS_A_STREET = 3
HOUSES_A_BLOCK = 20
TO_THE_HOUSE = 9 / METRES_A_DEGREE
CORNERS = 96
INNER = 0.38
Spot = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class InventedMap:
    """All records of one town's map."""

    outline: AreaRecord
    districts: tuple[AreaRecord, ...]
    streets: tuple[StreetRecord, ...]
    landmarks: tuple[LandmarkRecord, ...]


def invent(plan: dict[str, Any], town_name: dict[str, str]) -> InventedMap:
    """Return the map that a pack's file describes."""
    chance = random.Random(plan["seed"])  # noqa: S311 - an invented town, the same each time
    land = _Land(plan, chance)
    languages = plan["languages"]
    names = [_named(text, languages) for text in plan["streets"]]
    return InventedMap(
        outline=AreaRecord("part-1", dict(town_name), _polygon(land.rim(0, 1, 1.0))),
        districts=tuple(_districts(land, [_named(text, languages) for text in plan["districts"]])),
        streets=tuple(_streets(land, names, chance)),
        landmarks=tuple(_landmarks(land, [_named(text, languages) for text in plan["landmarks"]], chance)),
    )


class _Land:
    """How the plan lies on the earth, and how far the town reaches in each direction."""

    def __init__(self, plan: dict[str, Any], chance: random.Random) -> None:
        self._middle = Point(plan["latitude"], plan["longitude"])
        self._up = plan["radius"] / METRES_A_DEGREE
        self._along = self._up / math.cos(math.radians(self._middle.latitude))
        self._waves = [chance.uniform(0, 2 * math.pi) for _ in range(6)]
        self._turn = chance.uniform(0.1, 0.5)

    def at(self, spot: Spot) -> Point:
        """Return where a spot of the plan is."""
        x, y = spot
        waves = self._waves
        bent_x = x + 0.08 * math.sin(2.1 * y + waves[0]) + 0.04 * math.sin(3.7 * x + waves[1])
        bent_y = y + 0.07 * math.sin(2.4 * x + waves[2]) + 0.04 * math.sin(3.3 * y + waves[3])
        turned_x = bent_x * math.cos(self._turn) - bent_y * math.sin(self._turn)
        turned_y = bent_x * math.sin(self._turn) + bent_y * math.cos(self._turn)
        return Point(
            round(self._middle.latitude + turned_y * self._up, 6),
            round(self._middle.longitude + turned_x * self._along, 6),
        )

    def reach(self, angle: float) -> float:
        """Return how far the town reaches on the plan."""
        return 1 + 0.08 * math.sin(2 * angle + self._waves[4]) + 0.05 * math.sin(3 * angle + self._waves[5])

    def holds(self, spot: Spot) -> bool:
        """Tell whether a spot lies in the town, a little inside its rim."""
        return math.hypot(*spot) < 0.96 * self.reach(math.atan2(spot[1], spot[0]))

    def rim(self, start: float, end: float, share: float) -> list[Point]:
        """Return points that far out, anticlockwise over a part of the full turn, both ends included."""
        numbers = range(round(start * CORNERS), round(end * CORNERS) + 1)
        angles = [2 * math.pi * number / CORNERS for number in numbers]
        return [self.at(_spot(angle, share * self.reach(angle))) for angle in angles]


def _spot(angle: float, radius: float) -> Spot:
    return radius * math.cos(angle), radius * math.sin(angle)


def _named(text: str, languages: list[str]) -> dict[str, str]:
    return dict(zip(languages, text.split(" | "), strict=True))


def _polygon(ring: list[Point]) -> dict[str, Any]:
    positions = [[point.longitude, point.latitude] for point in ring]
    closed = positions if positions[0] == positions[-1] else [*positions, positions[0]]
    return {"type": "Polygon", "coordinates": [closed]}


def _districts(land: _Land, names: list[dict[str, str]]) -> Iterator[AreaRecord]:
    """Yield the middle and four parts around it; east begins an eighth of a turn before the x axis."""
    middle, north, east, south, west = names
    yield AreaRecord("centre", middle, _polygon(land.rim(0, 1, INNER)))
    around = {"east": east, "north": north, "west": west, "south": south}
    for number, (code, name) in enumerate(around.items()):
        start = number / 4 - 1 / 8
        outer, inner = (land.rim(start, start + 1 / 4, share) for share in (1.0, INNER))
        yield AreaRecord(code, name, _polygon([*outer, *reversed(inner)]))


def _streets(land: _Land, names: list[dict[str, str]], chance: random.Random) -> Iterator[StreetRecord]:
    """Yield a street for each name: the two main roads, then the longest pieces of the other lines."""
    main, others = [], []
    for number in range(LINES):
        for turned in (False, True):
            spots = _line(land, number, turned)
            if number == LINES // 2:
                main.append(spots)
            elif len(spots) > 1:
                others += _pieces(spots)
    others.sort(key=len, reverse=True)
    chosen = others[: len(names) - len(main)]
    chance.shuffle(chosen)
    for number, (name, spots) in enumerate(zip(names, [*main, *chosen], strict=False), 1):
        line = tuple(land.at(spot) for spot in spots)
        yield StreetRecord(str(100 + number), name, runs=tuple(_runs(line)), lines=(line,))


def _line(land: _Land, number: int, turned: bool) -> list[Spot]:
    """Return the crossings of a line of the grid that lie in town."""
    across = -1 + STEP * (number + 0.5)
    along = [-1.2 + STEP * step for step in range(round(2.4 / STEP) + 1)]
    spots = [(at, across) if turned else (across, at) for at in along]
    return [spot for spot in spots if land.holds(spot)]


def _pieces(spots: list[Spot]) -> list[list[Spot]]:
    """Cut a line at every third crossing; what is left over at its end joins the last piece."""
    cuts = list(range(0, len(spots) - 1, BLOCKS_A_STREET))
    if len(cuts) > 1 and len(spots) - 1 - cuts[-1] < 2:
        cuts.pop()
    ends = [*cuts[1:], len(spots) - 1]
    return [spots[start : end + 1] for start, end in zip(cuts, ends, strict=True)]


def _runs(line: Line) -> Iterator[HouseRun]:
    """Yield the houses of each block: odd numbers on the left, even ones on the right."""
    for block, (start, end) in enumerate(pairwise(line)):
        first = block * HOUSES_A_BLOCK + 1
        for parity, side in ((Parity.ODD, 1), (Parity.EVEN, -1)):
            begin = first if parity == Parity.ODD else first + 1
            ends = _beside(start, end, side)
            yield HouseRun(parity, begin, begin + HOUSES_A_BLOCK - 2, *ends)


def _beside(start: Point, end: Point, side: int) -> tuple[Point, Point]:
    """Return a block's two ends moved from the middle of the street to where its houses stand."""
    narrow = math.cos(math.radians(start.latitude))
    up, along = end.latitude - start.latitude, (end.longitude - start.longitude) * narrow
    length = math.hypot(up, along)
    moved_up, moved_along = side * TO_THE_HOUSE * along / length, -side * TO_THE_HOUSE * up / length / narrow
    inset = 0.08
    return (
        _moved(start, end, inset, moved_up, moved_along),
        _moved(start, end, 1 - inset, moved_up, moved_along),
    )


def _moved(start: Point, end: Point, share: float, up: float, along: float) -> Point:
    return Point(
        round(start.latitude + (end.latitude - start.latitude) * share + up, 6),
        round(start.longitude + (end.longitude - start.longitude) * share + along, 6),
    )


def _landmarks(land: _Land, names: list[dict[str, str]], chance: random.Random) -> Iterator[LandmarkRecord]:
    """Yield the first landmark beside the middle, the others further out, all round."""
    for number, name in enumerate(names):
        share = 0.03 if number == 0 else chance.uniform(0.15, 0.85)
        angle = number * 2.4
        yield LandmarkRecord(f"l{number + 1}", name, land.at(_spot(angle, share * land.reach(angle))))
