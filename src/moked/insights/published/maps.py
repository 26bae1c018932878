"""The town's districts as a picture, shaded by a figure."""

import dataclasses
from collections.abc import Mapping

import shapely

from moked.base.labels import Labels
from moked.insights.facts import FIGURES_AREA
from moked.places import indexes
from moked.places.area_index import kept_areas
from moked.places.indexes import Kept
from moked.places.records import AreaRecord
from moked.places.rules import AreaKind
from moked.places.sketch import Sketch, sketch

STEPS = 5


@dataclasses.dataclass(frozen=True)
class District:
    """One district: its outline as an SVG path, its figure, how dark it is: 1 to 5, 0 without a figure."""

    code: str
    name: Labels
    path: str
    count: int | None
    step: int


@dataclasses.dataclass(frozen=True)
class DistrictMap:
    """The picture, north at the top; `bounds` are the least and the most of each step that is used."""

    width: int
    height: int
    outline: str
    districts: tuple[District, ...]
    bounds: tuple[tuple[int, int, int], ...]


def district_map(municipality_id: int, counts: Mapping[str, int | None]) -> DistrictMap | None:
    """Return the districts shaded by their counts, given by code; None where the town has no districts."""
    name, _ = indexes.editions(municipality_id)
    drawn = _kept.of(municipality_id, name)
    if drawn is None:
        return None
    districts, picture = drawn
    most = max((count for count in counts.values() if count), default=0)
    found = tuple(
        District(code, names, path, counts.get(code), _step(counts.get(code), most))
        for (code, names), path in zip(districts, picture.areas, strict=True)
    )
    used = sorted({one.step for one in found if one.step})
    bounds = tuple(
        (
            step,
            min(one.count for one in found if one.step == step and one.count is not None),
            max(one.count for one in found if one.step == step and one.count is not None),
        )
        for step in used
    )
    return DistrictMap(picture.width, picture.height, picture.outline, found, bounds)


def _step(count: int | None, most: int) -> int:
    return 0 if count is None or not most else 1 + min(STEPS - 1, count * STEPS // (most + 1))


def _drawn(municipality_id: int) -> tuple[list[tuple[str, Labels]], Sketch] | None:
    name, _ = indexes.editions(municipality_id)
    index = kept_areas.of(municipality_id, name)
    areas = index.of_kind(FIGURES_AREA)
    records = [AreaRecord(area.code, area.name, shapely.geometry.mapping(area.geometry)) for area in areas]
    picture = sketch(records, [area.geometry for area in index.of_kind(AreaKind.OUTLINE)])
    return ([(area.code, area.name) for area in areas], picture) if picture else None


_kept: Kept[tuple[list[tuple[str, Labels]], Sketch] | None] = Kept(_drawn, None)
