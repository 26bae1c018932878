"""The picture of a file's areas, before they hold."""

import math

import pytest

from tests.factories import make_town
from tests.places.files import check, collection, feature, polygon
from tests.places.maps import make_map, square

pytestmark = pytest.mark.django_db


def ring(south: float, west: float, north: float, east: float) -> list:
    return square(south, west, north, east)["coordinates"][0]


def corners(path: str) -> list[set[tuple[float, float]]]:
    """Return the corners of each ring of a path."""
    rings = path.removesuffix("Z").split("Z")
    return [{tuple(map(float, pair.split())) for pair in one.removeprefix("M").split("L")} for one in rings]


def test_areas_lie_in_the_picture_as_on_the_earth_with_their_holes():
    town = make_town()
    holed = polygon(ring(0.0, 0.0, 0.4, 0.2), ring(0.1, 0.05, 0.2, 0.1))
    content = collection(feature("Holed", holed), feature("East", square(0.3, 0.3, 0.4, 0.4)))
    picture = check(town, content).sketch
    assert (picture.width, picture.height, picture.outline) == (600, 600, "")
    assert [corners(path) for path in picture.areas] == [
        [
            {(8.0, 8.0), (300.0, 8.0), (300.0, 592.0), (8.0, 592.0)},
            {(81.0, 300.0), (154.0, 300.0), (154.0, 446.0), (81.0, 446.0)},
        ],
        [{(446.0, 8.0), (592.0, 8.0), (592.0, 154.0), (446.0, 154.0)}],
    ]


def test_the_towns_outline_is_drawn_around_other_areas_only():
    town = make_map()
    content = collection(feature("Middle"))
    assert len(corners(check(town, content).sketch.outline)) == 1
    assert check(town, content, kind="OUTLINE").sketch.outline == ""


def test_a_border_that_crosses_itself_is_refused_and_not_drawn():
    bow = [[34.76, 31.96], [34.8, 32.0], [34.8, 31.96], [34.76, 32.0], [34.76, 31.96]]
    content = collection(feature("Bow", polygon(bow)), feature("Square"))
    preview = check(make_town(), content)
    assert preview.import_id is None
    assert len(preview.sketch.areas) == 1


def test_what_lies_the_wrong_way_round_is_not_drawn_until_it_is_exchanged():
    town = make_map()
    content = collection(feature("Round", square(34.76, 31.96, 34.8, 32.0)))
    assert (check(town, content).may_swap, check(town, content).sketch) == (True, None)
    assert len(check(town, content, swap=True).sketch.areas) == 1


def test_a_border_of_a_hundred_thousand_points_becomes_a_small_picture():
    turns = [2 * math.pi * number / 100_000 for number in range(100_000)]
    around = [[34.8 + 0.04 * math.cos(turn), 32.0 + 0.04 * math.sin(turn)] for turn in turns]
    [path] = check(make_town(), collection(feature("Round", polygon([*around, around[0]])))).sketch.areas
    assert 16 < path.count("L") < 200


def test_an_area_too_small_to_see_is_still_a_mark():
    far = square(31.0, 34.0, 33.0, 36.0)
    dot = square(32.0, 34.8, 32.00001, 34.80001)
    picture = check(make_town(), collection(feature("Far", far), feature("Dot", dot))).sketch
    assert all("L" in path for path in picture.areas)


def test_a_file_without_a_single_area_has_no_picture():
    assert check(make_town(), collection({"type": "Feature", "geometry": None})).sketch is None
