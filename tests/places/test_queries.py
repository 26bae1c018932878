"""Points in areas, addresses and suggestions, distances."""

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from moked.places import queries
from moked.places.address_index import MOST_ALIKE, STREET, AddressIndex, Entry
from moked.places.models import Area, Landmark, Street
from moked.places.operations import set_areas, set_landmarks, set_streets
from moked.places.queries import Suggestion
from moked.places.records import AreaRecord, LandmarkRecord
from moked.places.rules import AreaKind, HouseRun, Place, Point, distance
from tests.factories import make_town
from tests.places.maps import (
    BY_NOBODY,
    HERZL,
    MIDDLE,
    add_landmarks,
    add_streets,
    make_map,
    quarters,
    square,
    street,
)

pytestmark = pytest.mark.django_db


def codes(ids) -> list[str]:
    return sorted(Area.objects.filter(pk__in=ids).values_list("code", flat=True))


def texts(found: list[Suggestion]) -> list[str]:
    return [one.text for one in found]


def test_a_point_lies_in_its_quarter_and_on_an_edge_in_both():
    town = make_map()
    assert codes(queries.areas_at(town.pk, Point(32.01, 34.81))) == ["ne"]
    assert codes(queries.areas_at(town.pk, Point(32.01, 34.8))) == ["ne", "nw"]
    assert codes(queries.areas_at(town.pk, MIDDLE)) == ["ne", "nw", "se", "sw"]
    assert queries.areas_at(town.pk, Point(50, 14)) == []


def test_a_hole_is_not_in_the_area():
    town = make_town()
    around, hole = square(31, 34, 33, 36), square(31.9, 34.9, 32.1, 35.1)
    around["coordinates"].append(hole["coordinates"][0])
    set_areas(
        municipality=town, kind="DISTRICT", records=[AreaRecord("ring", {}, around)], source="", **BY_NOBODY
    )
    assert codes(queries.areas_at(town.pk, Point(31.5, 35))) == ["ring"]
    assert queries.areas_at(town.pk, Point(32, 35)) == []


def test_a_changed_or_retired_area_is_seen_at_once():
    town = make_map()
    assert codes(queries.areas_at(town.pk, Point(32.01, 34.81))) == ["ne"]
    set_areas(municipality=town, kind="DISTRICT", records=quarters()[2:], source="", **BY_NOBODY)
    assert queries.areas_at(town.pk, Point(32.01, 34.81)) == []
    assert Area.objects.filter(is_retired=True).count() == 2
    set_areas(municipality=town, kind="DISTRICT", records=quarters(), source="", **BY_NOBODY)
    assert codes(queries.areas_at(town.pk, Point(32.01, 34.81))) == ["ne"]


def test_asking_for_areas_takes_one_query():
    town = make_map()
    queries.areas_at(town.pk, MIDDLE)
    with CaptureQueriesContext(connection) as captured:
        queries.areas_at(town.pk, MIDDLE)
    assert len(captured) == 1


@pytest.mark.abuse("A08")
def test_another_towns_areas_are_never_found():
    town, other = make_map(), make_town()
    assert queries.areas_at(town.pk, MIDDLE) != []
    assert queries.areas_at(other.pk, MIDDLE) == []


coordinates = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda pair: (pair[0] / 2, pair[1] / 2))


@st.composite
def polygons(draw):
    """Draw the hull of some points on a coarse grid, so that points on edges and corners are common."""
    hull = shapely.MultiPoint(draw(st.lists(coordinates, min_size=3, max_size=7))).convex_hull
    return hull if hull.geom_type == "Polygon" else hull.buffer(0.5, quad_segs=1)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(shapes=st.lists(polygons(), min_size=1, max_size=8), place=coordinates)
def test_areas_at_a_point_are_those_that_shapely_finds_one_by_one(shapes, place):
    town = make_town()
    geometries = [shapely.geometry.mapping(one) for one in shapes]
    records = [AreaRecord(f"a{number}", {}, dict(one)) for number, one in enumerate(geometries)]
    set_areas(municipality=town, kind="DISTRICT", records=records, source="", **BY_NOBODY)
    point = shapely.Point(place)
    expected = [one.code for one in records if shape(one.geometry).covers(point)]
    assert codes(queries.areas_at(town.pk, Point(place[1], place[0]))) == sorted(expected)


def test_a_place_in_town_gets_its_areas():
    town = make_map()
    place = queries.locate(town.pk, point=Point(32.01, 34.81), address="Somewhere", source="PIN")
    assert (place.address, place.point, place.source) == ("Somewhere", Point(32.01, 34.81), "PIN")
    assert (place.is_outside, codes(place.area_ids)) == (False, ["ne"])


def test_a_place_outside_the_outline_says_so():
    town = make_map()
    assert queries.locate(town.pk, point=Point(32.2, 34.8), address="", source="DEVICE").is_outside


def test_without_an_outline_nothing_is_outside():
    assert not queries.locate(make_town().pk, point=MIDDLE, address="", source="PIN").is_outside


def test_an_address_alone_gets_its_houses_position_and_areas():
    town = make_map()
    add_streets(town, HERZL)
    place = queries.locate(town.pk, point=None, address="רח' הרצל 12", source="")
    assert (place.point, place.source) == (Point(32.02, 34.81), "ADDRESS")
    assert codes(place.area_ids) == ["ne"]


def test_an_unknown_address_is_kept_without_a_position():
    town = make_map()
    add_streets(town, HERZL)
    assert queries.locate(town.pk, point=None, address="Behind the mill", source="") == Place(
        "Behind the mill"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 herzl", Suggestion("12 Herzl Street", Point(32.02, 34.81), "HOUSE")),
        ("Herzl St 11b", Suggestion("11b Herzl Street", Point(32.02, 34.8), "HOUSE")),
        ("הרצל 12/3", Suggestion("רחוב הרצל 12/3", Point(32.02, 34.81), "HOUSE")),
        ("שד' הרצל", Suggestion("רחוב הרצל", Point(32.02, 34.81), "STREET")),
        ("Herzl 999", Suggestion("999 Herzl Street", Point(32.02, 34.81), "HOUSE")),
        ("City  HALL", Suggestion("City Hall", Point(32.0, 34.79), "LANDMARK")),
        ("Herz", None),
        ("", None),
    ],
)
def test_only_an_exact_address_is_found(text, found):
    town = make_map()
    add_streets(town, HERZL)
    add_landmarks(town, LandmarkRecord("hall", {"en": "City Hall"}, Point(32.0, 34.79)))
    assert queries.find_address(town.pk, text) == found


def test_two_streets_of_one_name_are_told_apart_by_their_district():
    town = make_map()
    add_streets(
        town,
        street("1", en="Mill Lane", point=Point(32.01, 34.81)),
        street("2", en="Mill Lane", point=Point(31.99, 34.79)),
    )
    assert sorted(texts(queries.suggest_addresses(town.pk, "mill"))) == ["Mill Lane, NE", "Mill Lane, SW"]
    assert queries.find_address(town.pk, "Mill Lane") is None
    assert queries.street_by_text(town.pk, "Mill Lane") is None
    found = queries.find_address(town.pk, "Mill Lane, SW")
    assert found is not None
    assert found.point == Point(31.99, 34.79)


@pytest.mark.parametrize("namesakes", [2, 6])
def test_namesakes_cost_as_many_queries_however_many_there_are(namesakes):
    town = make_map()
    places = [Point(31.98 + 0.005 * number, 34.79) for number in range(namesakes)]
    add_streets(town, *(street(str(n), en="Mill Lane", point=at) for n, at in enumerate(places)))
    queries.suggest_addresses(town.pk, "mill")  # the indexes are built
    with CaptureQueriesContext(connection) as captured:
        assert len(queries.suggest_addresses(town.pk, "mill")) == namesakes
    assert len(captured) == 2


def test_of_names_that_share_equally_much_the_same_ones_are_suggested_in_every_process():
    alike = [
        Entry(STREET, number, "en", f"Oakley {number}", f"oakley {number}", None) for number in range(400)
    ]
    index = AddressIndex(alike)
    assert {entry.id for _, entry in index.like("oaklye")} == set(range(MOST_ALIKE))


def test_suggestions_forgive_typing_errors_and_know_both_scripts():
    town = make_map()
    add_streets(
        town,
        HERZL,
        street("2", en="Jabotinsky Street", he="ז'בוטינסקי"),
        street("3", en="Ben Gurion Avenue", he="שדרות בן גוריון"),
        street("4", en="Station Road", he="דרך הרכבת"),
    )
    asked = {
        "her": "Herzl Street",
        "hezrl": "Herzl Street",
        "jabotinski": "Jabotinsky Street",
        "gurion": "Ben Gurion Avenue",
        "ben gurion ave": "Ben Gurion Avenue",
        "זבוטנסקי": "ז'בוטינסקי",
        "שד בן גוריון": "שדרות בן גוריון",
        "גוריון": "שדרות בן גוריון",
        "הר": "רחוב הרצל",
        "12 הרצל": "רחוב הרצל 12",
        "herzl 7": "7 Herzl Street",
    }
    assert {text: texts(queries.suggest_addresses(town.pk, text))[0] for text in asked} == asked
    assert queries.suggest_addresses(town.pk, "qqqq") == queries.suggest_addresses(town.pk, "") == []


def test_suggestions_come_once_for_each_street_and_no_more_than_asked():
    town = make_map()
    add_streets(town, *(street(str(n), en=f"Park {n}", he=f"Park {n}") for n in range(20)))
    assert len(set(texts(queries.suggest_addresses(town.pk, "park", most=5)))) == 5
    assert len(queries.suggest_addresses(town.pk, "Park 7", most=50)) == 20


def test_a_name_shared_by_languages_is_shown_in_the_one_asked_for():
    town = make_map()
    add_streets(town, street("1", cs="Berlin", hu="Berlin", en="Berlin Street"))
    assert texts(queries.suggest_addresses(town.pk, "berlin 5", language="hu")) == ["Berlin 5"]
    assert texts(queries.suggest_addresses(town.pk, "berlin 5", language="en")) == ["5 Berlin Street"]


def test_a_landmark_has_no_house_numbers():
    town = make_map()
    add_landmarks(town, LandmarkRecord("s", {"en": "School"}, MIDDLE))
    assert queries.suggest_addresses(town.pk, "school") == [Suggestion("School", MIDDLE, "LANDMARK")]
    assert "5" not in "".join(texts(queries.suggest_addresses(town.pk, "school 5")))


@pytest.mark.abuse("A08")
def test_another_towns_streets_are_never_suggested():
    town, other = make_map(), make_town()
    add_streets(town, HERZL)
    assert texts(queries.suggest_addresses(town.pk, "herzl")) == ["Herzl Street"]
    assert queries.suggest_addresses(other.pk, "herzl") == []
    assert queries.street_by_text(other.pk, "herzl") is None


def test_the_streets_row_is_found_whatever_the_house():
    town = make_town()
    add_streets(town, HERZL)
    assert queries.street_by_text(town.pk, "הרצל 5, חיפה") == Street.objects.get()
    assert queries.street_by_text(town.pk, "הרצליה") is None


def test_streets_left_out_of_a_whole_list_are_retired_and_no_longer_found():
    town = make_town()
    add_streets(town, HERZL, street("2", en="Park Road"))
    assert texts(queries.suggest_addresses(town.pk, "park")) == ["Park Road"]
    add_streets(town, HERZL)
    assert queries.suggest_addresses(town.pk, "park") == []
    assert Street.objects.get(code="2").is_retired
    set_streets(municipality=town, records=[street("2", en="Park Road")], is_whole=False, **BY_NOBODY)
    assert texts(queries.suggest_addresses(town.pk, "park")) == ["Park Road"]
    assert texts(queries.suggest_addresses(town.pk, "herzl")) == ["Herzl Street"]


def test_writing_a_street_again_replaces_its_houses():
    town = make_town()
    add_streets(town, HERZL)
    add_streets(town, street("1", en="Herzl Street", runs=HERZL.runs[:1]))
    row = Street.objects.get()
    assert [one.run for one in row.ranges.all()] == [
        HouseRun("ODD", 1, 21, Point(32.01, 34.8), Point(32.03, 34.8))
    ]


def test_what_is_near_comes_with_its_distance_the_nearest_first():
    town = make_town()
    away = {"a": 32.0, "b": 32.001, "c": 32.003, "d": 32.0009}
    records = [LandmarkRecord(code, {"en": code}, Point(latitude, 34.8)) for code, latitude in away.items()]
    set_landmarks(municipality=town, records=records, **BY_NOBODY)
    found = queries.near(Landmark.objects.filter(municipality=town), MIDDLE, 150)
    assert [(row.code, metres) for metres, row in found] == [
        (code, distance(MIDDLE, Point(away[code], 34.8))) for code in "adb"
    ]


def test_a_corner_of_the_box_is_not_near():
    town = make_town()
    add_landmarks(town, LandmarkRecord("corner", {"en": "x"}, Point(32.0013, 34.8015)))
    rows = Landmark.objects.filter(municipality=town)
    assert queries.near(rows, MIDDLE, 150) == []
    assert len(queries.near(rows, MIDDLE, 250)) == 1


def test_the_outlines_box():
    assert queries.outline_box(make_town().pk) is None
    box = queries.outline_box(make_map().pk)
    assert box is not None
    assert (box.south, box.west, box.north, box.east) == (31.95, 34.75, 32.05, 34.85)


def test_areas_of_a_kind_in_use_by_code():
    town = make_map()
    assert [one.code for one in queries.areas(town.pk, AreaKind.DISTRICT)] == ["ne", "nw", "se", "sw"]
