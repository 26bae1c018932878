"""What a map shows without tiles."""

import json

import pytest

from moked.places import queries
from moked.places.drawing import MOST_STREETS_NEAR, MapView
from moked.places.operations import set_areas
from moked.places.records import AreaRecord, LandmarkRecord
from moked.places.rules import BadPoint, Box, HouseRun, Point, read_box
from tests.factories import make_town
from tests.places.maps import (
    BY_NOBODY,
    HERZL,
    MIDDLE,
    add_landmarks,
    add_streets,
    make_map,
    outline,
    quarters,
    street,
)

pytestmark = pytest.mark.django_db


def shown(town, **view) -> dict[str, list]:
    body = json.loads(queries.map_data(town.pk, MapView(**view)).body)
    assert {part["type"] for part in body.values()} == {"FeatureCollection"}
    return {name: part["features"] for name, part in body.items()}


def names(features) -> list[str]:
    return [one["properties"]["name"] for one in features]


def test_a_map_shows_outline_areas_streets_and_landmarks_by_name():
    town = make_map()
    add_streets(town, HERZL, street("2", en="Park Road", point=Point(32.02, 34.82)))
    add_landmarks(town, LandmarkRecord("hall", {"en": 'The "Hall"'}, MIDDLE))
    seen = shown(town, language="en")
    assert {name: names(features) for name, features in seen.items()} == {
        "outline": ["Town"],
        "areas": ["NE", "NW", "SE", "SW"],
        "streets": ["Herzl Street", "Park Road"],
        "landmarks": ['The "Hall"'],
    }
    assert seen["streets"][0]["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[34.8, 32.01], [34.8, 32.03]], [[34.81, 32.01], [34.81, 32.03]]],
    }
    assert seen["streets"][1]["geometry"] == {"type": "Point", "coordinates": [34.82, 32.02]}
    assert seen["landmarks"][0]["geometry"] == {"type": "Point", "coordinates": [34.8, 32.0]}
    assert seen["outline"][0]["geometry"]["type"] == "Polygon"


def test_names_come_in_the_language_asked_for_or_the_towns():
    town = make_map()
    add_streets(town, HERZL, street("2", en="Park Road", point=Point(32.02, 34.82)))
    assert names(shown(town, language="he", fallback="en")["streets"]) == ["רחוב הרצל", "Park Road"]
    assert names(shown(town, language="cs", fallback="he")["streets"]) == ["רחוב הרצל", "Park Road"]


def test_only_what_touches_the_view_is_shown():
    town = make_map()
    add_streets(town, HERZL, street("2", en="Park Road", point=Point(31.97, 34.77)))
    add_landmarks(town, LandmarkRecord("hall", {"en": "Hall"}, Point(32.02, 34.77)))
    seen = shown(town, box=Box(31.96, 34.76, 31.99, 34.79), language="en")
    assert {name: names(features) for name, features in seen.items()} == {
        "outline": ["Town"],
        "areas": ["SW"],
        "streets": ["Park Road"],
        "landmarks": [],
    }


def test_a_wide_view_shows_the_longest_streets_only():
    town = make_town()
    records = [
        street(
            str(n), en=f"Street {n}", runs=(HouseRun("ALL", 1, 9, MIDDLE, Point(32.0, 34.8001 + n / 10_000)),)
        )
        for n in range(300)
    ]
    add_streets(town, *records)
    everything = Box(31, 34, 33, 36)
    assert names(shown(town, zoom=10, language="en", box=everything)["streets"]) == [
        f"Street {n}" for n in range(299, 199, -1)
    ]
    assert len(shown(town, zoom=11)["streets"]) == 250
    assert len(shown(town, zoom=16, box=everything)["streets"]) == 300
    assert MapView(zoom=22).most_streets() == MOST_STREETS_NEAR
    assert MapView(zoom=0).most_streets() == 100


def test_an_outline_is_drawn_as_fine_as_can_be_seen():
    town = make_town()
    fine = outline()
    edge = [[34.75 + step / 10_000, 31.95 + (step % 2) / 10_000] for step in range(1000)]
    ring = [*edge, [34.85, 31.95], [34.85, 32.05], [34.75, 32.05], [34.75, 31.95]]
    record = AreaRecord("town", fine.name, {"type": "Polygon", "coordinates": [ring]})
    set_areas(municipality=town, kind="OUTLINE", records=[record], source="", **BY_NOBODY)
    coarse, exact = (shown(town, zoom=zoom)["outline"][0]["geometry"] for zoom in (10, 22))
    assert len(coarse["coordinates"][0]) < 10
    assert len(exact["coordinates"][0]) > 500


def test_a_town_without_a_map_shows_empty_collections():
    assert shown(make_town()) == {"outline": [], "areas": [], "streets": [], "landmarks": []}


def test_the_etag_changes_with_the_map_and_with_the_view():
    town, view = make_map(), MapView(language="en")
    add_streets(town, HERZL)
    first = queries.map_data(town.pk, view)
    assert queries.map_etag(town.pk, view) == first.etag == queries.map_data(town.pk, view).etag
    assert queries.map_etag(town.pk, MapView(language="he")) != first.etag
    add_streets(town, HERZL)
    streets_changed = queries.map_etag(town.pk, view)
    assert streets_changed != first.etag
    set_areas(municipality=town, kind="DISTRICT", records=quarters(), source="", **BY_NOBODY)
    assert queries.map_etag(town.pk, view) not in {first.etag, streets_changed}


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "34,32,nan,33", "34,32,35,31", "35,32,34,33", "34,32,35,91", "a,b,c,d"]
)
def test_a_box_that_is_none_is_refused(text):
    with pytest.raises(BadPoint):
        read_box(text)


def test_a_box_is_west_south_east_north():
    assert read_box("34.7,31.9,34.9,32.1") == Box(31.9, 34.7, 32.1, 34.9)
