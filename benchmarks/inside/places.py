"""Ask the map of a large town: python -m benchmarks.inside.places FACTS"""

from benchmarks.inside import start  # isort: skip

import json
import math
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from moked.cases.models import Case
from moked.cases.queries import likely_duplicates
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.places import operations, queries
from moked.places.drawing import MapView
from moked.places.records import AreaRecord, StreetRecord
from moked.places.rules import AreaKind, Box, HouseRun, Parity, Point, PositionSource

STREETS = 50_000
AREAS_ALONG, AREAS_UP = 25, 20
POINTS_A_SIDE = 15
SOUTH, WEST, SIZE = 31.9, 34.7, 0.2
SYLLABLES = {
    "he": "בן בר גל דו הר זי חן טל יר כר לו מי נו סי עמ פר צו קד רו שי תל אר בו גן",
    "en": "bar cam dor el fen gal hol ir jan kel lo mar nor os pen rul sto tam ul ver win yor zan bre",
}
KINDS = ("Street", "Road", "Lane", "Avenue")
PLACED_AT_ONCE = 1_000
BUSY_SHARE, BUSY_STREETS = 0.5, 50


def main() -> None:
    """Make the map, then ask it a thousand times."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    town = Municipality.objects.get(slug=facts["town"])
    chance = random.Random(106)
    records = list(streets(chance))
    batches = list(write(town, records))
    points = place_cases(town, records, chance)
    services = list(Service.objects.filter(municipality=town, is_public=True, duplicate_radius__gt=0))
    before = peak()
    asked = {
        "areas": lambda: queries.areas_at(town.pk, somewhere(chance)),
        "suggestions": lambda: queries.suggest_addresses(town.pk, typed(chance.choice(records), chance)),
        "maps": lambda: queries.map_data(town.pk, city_view(chance)).body,
        "duplicates": lambda: likely_duplicates(chance.choice(services), chance.choice(points)),
    }
    first = {name: milliseconds(ask) for name, ask in asked.items()}
    taken = peak() - before
    start.tell(
        {
            "first": first,
            "areas": [milliseconds(asked["areas"]) for _ in range(2000)],
            "suggestions": [milliseconds(asked["suggestions"]) for _ in range(1000)],
            "maps": [milliseconds(asked["maps"]) for _ in range(200)],
            "duplicates": [milliseconds(asked["duplicates"]) for _ in range(1000)],
            "largest": max(len(queries.map_data(town.pk, city_view(chance)).body) for _ in range(50)),
            "batches": batches,
            "memory": taken,
        }
    )


def write(town: Municipality, records: list[StreetRecord]) -> Iterator[float]:
    """Write areas and streets; yields the milliseconds from one batch of streets to the next."""
    by: dict[str, Any] = {"municipality": town, "by_user_id": None, "now": datetime.now(UTC)}
    operations.set_areas(kind=AreaKind.NEIGHBOURHOOD, records=list(areas()), source="", **by)
    moments: list[float] = []

    def pulled() -> Iterator[StreetRecord]:
        for number, record in enumerate(records):
            if number % operations.BATCH == 0:
                moments.append(time.perf_counter())
            yield record

    operations.set_streets(records=pulled(), is_whole=True, **by)
    for earlier, later in pairwise(moments):
        yield (later - earlier) * 1000


def place_cases(town: Municipality, records: list[StreetRecord], chance: random.Random) -> list[Point]:
    """Put every case at a house, half of them in a few busy streets; return where they are."""
    cases = list(Case.objects.filter(municipality=town).only("id").order_by("id"))
    points = []
    for case in cases:
        near = records[:BUSY_STREETS] if chance.random() < BUSY_SHARE else records
        run = chance.choice(chance.choice(near).runs)
        points.append(run.position_of(chance.randrange(run.first, run.last + 1, 2)))
        case.latitude, case.longitude = points[-1].latitude, points[-1].longitude
        case.position_source = PositionSource.ADDRESS
    for first in range(0, len(cases), PLACED_AT_ONCE):
        columns = ["latitude", "longitude", "position_source"]
        Case.objects.bulk_update(cases[first : first + PLACED_AT_ONCE], columns)
    start.take_statistics()
    return points


def areas() -> Iterator[AreaRecord]:
    """Yield neighbourhoods side by side, their borders as crooked as real ones."""
    for column in range(AREAS_ALONG):
        for row in range(AREAS_UP):
            corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
            ring = [
                bent(x + (to_x - x) * step / POINTS_A_SIDE, y + (to_y - y) * step / POINTS_A_SIDE)
                for (x, y), (to_x, to_y) in zip(corners, [*corners[1:], corners[0]], strict=True)
                for step in range(POINTS_A_SIDE)
            ]
            code = f"{column}-{row}"
            yield AreaRecord(code, {"en": code}, {"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def bent(x: float, y: float) -> list[float]:
    """Return where a corner of the plan lies; neighbours agree on their common border."""
    x += 0.1 * math.sin(9 * y)
    y += 0.1 * math.sin(7 * x)
    return [round(WEST + SIZE * x / AREAS_ALONG, 6), round(SOUTH + SIZE * y / AREAS_UP, 6)]


def streets(chance: random.Random) -> Iterator[StreetRecord]:
    """Yield streets with names in two languages, three blocks each with houses on both sides."""
    for number in range(STREETS):
        begin, heading = somewhere(chance), chance.uniform(0, 2 * math.pi)
        corners = [moved(begin, heading, step * chance.uniform(80, 120)) for step in range(4)]
        runs = tuple(
            HouseRun(parity, first, first + 18, corners[block], corners[block + 1])
            for block in range(3)
            for first, parity in ((20 * block + 1, Parity.ODD), (20 * block + 2, Parity.EVEN))
        )
        names = {"he": word("he", chance), "en": f"{word('en', chance).title()} {chance.choice(KINDS)}"}
        yield StreetRecord(str(number), names, runs=runs, lines=(tuple(corners),))


def word(language: str, chance: random.Random) -> str:
    """Return an invented name of one or two words."""
    return " ".join(
        "".join(chance.choices(SYLLABLES[language].split(), k=chance.randint(2, 3)))
        for _ in range(chance.randint(1, 2))
    )


def moved(point: Point, heading: float, metres: float) -> Point:
    """Return the point so many metres on."""
    degrees = metres / 111_195
    along = degrees * math.sin(heading) / math.cos(math.radians(point.latitude))
    return Point(round(point.latitude + degrees * math.cos(heading), 6), round(point.longitude + along, 6))


def somewhere(chance: random.Random) -> Point:
    """Return any point of the town."""
    return Point(SOUTH + SIZE * chance.random(), WEST + SIZE * chance.random())


def typed(record: StreetRecord, chance: random.Random) -> str:
    """Return what somebody has typed of an address: a part of it, an error, a house number."""
    name = record.name[chance.choice(["he", "en"])]
    text = list(name[: chance.randint(1, len(name))])
    if len(text) > 3 and chance.random() < 0.5:
        text[chance.randrange(len(text))] = chance.choice(text)
    return "".join(text) + (f" {chance.randint(1, 60)}" if chance.random() < 0.5 else "")


def city_view(chance: random.Random) -> MapView:
    """Return a part of the town as a screen shows it, from all of it to a few streets."""
    zoom = chance.choice([12, 13, 14, 15, 16])
    half = SIZE / 2 ** (zoom - 11)
    middle = somewhere(chance)
    box = Box(
        middle.latitude - half, middle.longitude - half, middle.latitude + half, middle.longitude + half
    )
    return MapView(kind=AreaKind.NEIGHBOURHOOD, box=box, zoom=zoom, language="he", fallback="en")


def milliseconds(ask: Callable[[], object]) -> float:
    """Return how long a question takes."""
    started = time.perf_counter()
    ask()
    return (time.perf_counter() - started) * 1000


def peak() -> int:
    """Return the most memory this process has had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
