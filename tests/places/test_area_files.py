"""Areas from GeoJSON files, the bad ones above all."""

import json
import math
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from moked.audit.models import AuditRecord
from moked.places import queries
from moked.places.geojson import Choice
from moked.places.imports import UnableToApply, apply_import
from moked.places.models import Area, MapImport
from moked.places.problems import SENTENCES, Problem
from moked.places.rules import Point
from moked.revisions.models import Revision
from tests.factories import NOW, make_staff, make_town
from tests.places.files import apply, check, codes, collection, feature, polygon, said
from tests.places.maps import make_map, outline, quarters, square

pytestmark = pytest.mark.django_db


def ring(south: float, west: float, north: float, east: float) -> list:
    return square(south, west, north, east)["coordinates"][0]


def circle(points: int) -> list:
    angles = [2 * math.pi * number / points for number in range(points)]
    around = [[34.8 + 0.04 * math.cos(angle), 32.0 + 0.04 * math.sin(angle)] for angle in angles]
    return [*around, around[0]]


def names(preview, *parts) -> dict[str, tuple[str, ...]]:
    return {part: getattr(preview, part).names for part in parts}


def test_a_file_is_shown_first_and_changes_nothing_until_it_is_applied():
    town = make_map()
    moved = square(32.0, 34.75, 32.04, 34.8)
    same, *_ = quarters()
    content = collection(
        feature(geometry=same.geometry, code="nw", name_en="NW", name_he="רובע nw"),
        feature(geometry=moved, code="ne", name_en="NE", name_he="רובע ne"),
        feature(code="new", name_en="Newtown"),
    )
    preview = check(town, content)
    assert names(preview, "new", "changed", "same", "gone") == {
        "new": ("Newtown",),
        "changed": ("NE",),
        "same": ("NW",),
        "gone": ("SE", "SW"),
    }
    assert preview.choice == Choice("code", (("en", "name_en"), ("he", "name_he")))
    assert preview.problems == ()
    assert list(queries.areas(town.pk, "DISTRICT").values_list("code", flat=True)) == ["ne", "nw", "se", "sw"]
    apply(town, preview)
    assert list(queries.areas(town.pk, "DISTRICT").values_list("code", flat=True)) == ["ne", "new", "nw"]
    assert set(Area.objects.filter(is_retired=True).values_list("code", flat=True)) == {"se", "sw"}
    assert shape(Area.objects.get(code="ne").geometry).equals(shape(moved))


def test_an_applied_file_is_a_revision_with_its_name_and_an_audit_row():
    town = make_map()
    author = make_staff(town, "SERVICE_MANAGER")
    preview = check(town, collection(feature("North")), source="areas 2026.geojson", by_user_id=author.pk)
    revision = apply_import(municipality=town, import_id=preview.import_id, by_user_id=author.pk, now=NOW)
    assert (revision.kind, revision.number, revision.author_id) == ("areas.district", 2, author.pk)
    assert revision.document["source"] == "areas 2026.geojson"
    assert revision.document["retired"] == ["ne", "nw", "se", "sw"]
    record = AuditRecord.objects.latest("id")
    assert (record.verb, record.object_kind, record.actor_id, record.after) == (
        "map.published",
        "areas.district",
        author.pk,
        {"revision": 2},
    )
    assert MapImport.objects.get().revision == revision


def test_an_applied_file_can_be_applied_again_to_go_back():
    town = make_town()
    first = check(town, collection(feature("North"), feature("South")))
    apply(town, first)
    apply(town, check(town, collection(feature("Middle"))))
    apply(town, first)
    assert {area.name["en"] for area in queries.areas(town.pk, "DISTRICT")} == {"North", "South"}
    assert Revision.objects.filter(kind="areas.district").count() == 3


def test_a_file_checked_before_another_change_cannot_be_applied():
    town = make_town()
    stale = check(town, collection(feature("North")), by_user_id=make_staff(town, "ADMINISTRATOR").pk)
    apply(town, check(town, collection(feature("South"))))
    with pytest.raises(UnableToApply) as refused:
        apply(town, stale)
    assert refused.value.code == "STALE"
    assert [area.name["en"] for area in queries.areas(town.pk, "DISTRICT")] == ["South"]


@pytest.mark.abuse("A08")
def test_a_file_of_another_town_cannot_be_applied():
    town, other = make_town(), make_town()
    preview = check(town, collection(feature("North")))
    with pytest.raises(UnableToApply) as refused:
        apply(other, preview)
    assert refused.value.code == "MISSING"
    assert not Area.objects.exists()


def test_checking_again_forgets_what_was_not_applied():
    town = make_town()
    for name in ("North", "South"):
        check(town, collection(feature(name)))
    assert [row.records[0]["name"] for row in MapImport.objects.all()] == [{"en": "South"}]


@pytest.mark.abuse("A30")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b"\xef\xbb\xbf  \n", "EMPTY"),
        (b"\xff\x00\xfe", "NOT_TEXT"),
        (b"name;lat;lon\nx;1;2\n", "NOT_JSON"),
        (b'{"type": "FeatureCollection", "features": [', "NOT_JSON"),
        (b"[1, 2]", "NOT_GEOJSON"),
        (b'"Polygon"', "NOT_GEOJSON"),
        (b'{"type": "Topology"}', "NOT_GEOJSON"),
        (b'{"type": "FeatureCollection", "features": {}}', "NOT_GEOJSON"),
        (b'{"type": ["FeatureCollection"]}', "NOT_GEOJSON"),
        (b'{"type": "FeatureCollection", "features": [' + b"9" * 5000 + b"]}", "NOT_GEOJSON"),
        (collection(), "NO_FEATURES"),
        (collection(*[{}] * 5001), "TOO_MANY_FEATURES"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b'{"a":' * 100_000, "TOO_DEEP"),
        (b" " * (21 * 1024 * 1024) + b"{}", "TOO_BIG"),
        (collection(feature("x"), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::2039"}}), "OTHER_CRS"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(content, code):
    preview = check(make_map(), content)
    assert (codes(preview), preview.import_id) == ([code], None)
    assert said(preview)[0].endswith(".")


@pytest.mark.abuse("A30")
def test_a_million_points_are_refused_before_they_are_parsed():
    positions = b"[34.8,32.0]," * 1_000_000
    content = b'{"type":"Polygon","coordinates":[[' + positions + b"[34.8,32.0]]]}"
    started = time.perf_counter()
    assert codes(check(make_map(), content)) == ["TOO_MANY_POINTS"]
    assert time.perf_counter() - started < 2


@pytest.mark.abuse("A30")
def test_a_hundred_thousand_points_are_accepted_and_simplified():
    town = make_map()
    preview = check(town, collection(feature("Round", polygon(circle(100_000)))))
    assert said(preview) == ["Feature 1 (Round) had 100001 points; it was simplified to within a metre."]
    apply(town, preview)
    stored = shape(Area.objects.get(kind="DISTRICT", is_retired=False).geometry)
    assert len(stored.exterior.coords) < 10_000
    assert stored.area == pytest.approx(math.pi * 0.04**2, rel=1e-3)


@pytest.mark.abuse("A30")
@pytest.mark.parametrize("points", [400, 5000])
def test_a_scribble_is_refused_in_bounded_time(points):
    chance = random.Random(1)
    line = [[34.8 + chance.random() / 100, 32 + chance.random() / 100] for _ in range(points)]
    started = time.perf_counter()
    preview = check(make_map(), collection(feature("Scribble", polygon([*line, line[0]]))))
    assert codes(preview)[0] in {"SELF_CROSSING", "TANGLED"}
    assert preview.import_id is None
    assert time.perf_counter() - started < 20


@pytest.mark.abuse("A30")
@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "NOT_A_FEATURE"),
        ({"type": "Point", "coordinates": [34.8, 32.0]}, "NOT_AN_AREA"),
        ({"type": {}, "coordinates": []}, "NOT_AN_AREA"),
        ({"type": "Polygon"}, "BAD_COORDINATES"),
        ({"type": "Polygon", "coordinates": []}, "BAD_COORDINATES"),
        ({"type": "Polygon", "coordinates": [5]}, "BAD_COORDINATES"),
        (polygon([["34.8", "32.0"]] * 4), "BAD_COORDINATES"),
        (polygon([[34.8]] * 4), "BAD_COORDINATES"),
        (polygon([[float("nan"), 32.0]] * 4), "BAD_COORDINATES"),
        (polygon([[34.8, float("inf")]] * 4), "BAD_COORDINATES"),
        (polygon([[True, False]] * 4), "BAD_COORDINATES"),
        (polygon([[181.0, 32.0]] * 4), "OUT_OF_RANGE"),
        (polygon([[10**400, 32.0]] * 4), "OUT_OF_RANGE"),
        (polygon([[178_000.0, 663_000.0]] * 4), "OUT_OF_RANGE"),
        (polygon([[34.8, 32.0]] * 3), "TOO_FEW_POINTS"),
        (polygon([[34.8, 32.0]] * 5), "TINY"),
        (
            polygon([[34.8, 32.0], [34.82, 32.02], [34.82, 32.0], [34.8, 32.02], [34.8, 32.0]]),
            "SELF_CROSSING",
        ),
    ],
)
def test_a_bad_feature_is_named_and_keeps_the_file_out(geometry, code):
    bad = feature("Bad") | {"geometry": geometry}
    preview = check(make_map(), collection(feature("Good"), bad))
    assert code in codes(preview)
    [problem] = [one for one in preview.problems if one.code == code]
    assert problem.number == 2
    assert problem.sentence().startswith("Feature 2")
    assert (preview.import_id, preview.rejected, preview.read) == (None, 1, 1)


def test_a_hole_and_several_parts_are_kept():
    town = make_map()
    geometry = {
        "type": "MultiPolygon",
        "coordinates": [
            [ring(31.96, 34.76, 31.99, 34.79), ring(31.97, 34.77, 31.98, 34.78)],
            [ring(32.01, 34.81, 32.02, 34.82)],
        ],
    }
    apply(town, check(town, collection(feature("Two parts", geometry))))
    inside = [(31.965, 34.765), (32.015, 34.815)]
    assert all(len(queries.areas_at(town.pk, Point(*place))) == 1 for place in inside)
    assert queries.areas_at(town.pk, Point(31.975, 34.775)) == []


def test_a_border_that_crosses_itself_a_little_is_mended_and_said():
    town = make_map()
    corners = ring(31.96, 34.76, 31.99, 34.79)[:-1]
    loop = [[34.76, 31.976], [34.7605, 31.975], [34.7595, 31.975], [34.7604, 31.9757], [34.76, 31.97]]
    with_loop = [*corners, *loop, corners[0]]
    preview = check(town, collection(feature("Loop", polygon(with_loop))))
    assert codes(preview) == ["MENDED"]
    assert said(preview)[0].startswith("Feature 1 (Loop) touched or crossed itself near 31.9")
    apply(town, preview)
    assert shape(Area.objects.get(kind="DISTRICT", is_retired=False).geometry).is_valid


@pytest.mark.abuse("A30")
def test_exchanged_axes_are_recognised_by_the_outline_and_read_the_other_way_round_on_request():
    town = make_map()
    turned = [[latitude, longitude] for longitude, latitude in ring(31.96, 34.76, 31.97, 34.77)]
    content = collection(feature("North", polygon(turned)))
    preview = check(town, content)
    assert (codes(preview)[0], preview.may_swap, preview.import_id) == ("SWAPPED", True, None)
    again = check(town, content, swap=True)
    assert (again.problems, again.may_swap) == ((), False)
    apply(town, again)
    assert len(queries.areas_at(town.pk, Point(31.965, 34.765))) == 1


@pytest.mark.abuse("A30")
def test_exchanged_axes_that_leave_the_earth_are_recognised_without_an_outline():
    west = [[-33.4, -120.0], [-33.4, -119.0], [-34.0, -119.0], [-33.4, -120.0]]
    preview = check(make_town(), collection(feature("West", polygon(west))))
    assert codes(preview) == ["SWAPPED", "OUT_OF_RANGE"]
    assert preview.may_swap


def test_an_area_far_from_the_town_is_a_note():
    town = make_map()
    preview = check(town, collection(feature("In"), feature("Far", square(50.0, 14.0, 50.1, 14.1))))
    assert said(preview) == ["Feature 2 (Far) lies wholly outside the town's outline."]
    assert preview.import_id is not None


def test_a_code_given_twice_is_refused_with_both_features():
    preview = check(make_town(), collection(feature("North"), feature("South"), feature("north")))
    assert said(preview)[0].startswith("Feature 3 (north) has the code n-")
    assert said(preview)[0].endswith(", which feature 1 has already.")
    choice = Choice("zone", (("en", "name"),))
    content = collection(feature("North", zone=7), feature("South", zone="7"))
    assert said(check(make_town(), content, choice=choice)) == [
        "Feature 2 (South) has the code 7, which feature 1 has already."
    ]


def test_a_feature_without_a_name_is_refused():
    assert codes(check(make_town(), collection(feature("North"), feature()))) == ["NO_NAME"]


@pytest.mark.abuse("A29")
def test_names_are_cleaned_and_what_cannot_be_stored_is_refused():
    town = make_town()
    apply(town, check(town, collection(feature("No\u202erth\n"))))
    assert [area.name for area in queries.areas(town.pk, "DISTRICT")] == [{"en": "North"}]
    assert codes(check(town, collection(feature("No\x00rth")))) == ["UNSTORABLE"]
    lone = (
        b'{"type":"Feature","properties":{"name":"No\\ud800rth"},"geometry":'
        + json.dumps(square(31.96, 34.76, 31.97, 34.77)).encode()
    )
    assert codes(check(town, lone + b"}")) == ["UNSTORABLE"]
    long = collection(feature("North", code="x" * 61))
    assert codes(check(town, long)) == ["LONG_CODE"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_obstacle(encoding):
    content = collection(feature("צפון")).decode().encode(encoding)
    assert names(check(make_town(), content), "new") == {"new": ("צפון",)}


def test_the_parts_of_an_outline_take_the_towns_name():
    town = make_town()
    part = outline().geometry
    apply(town, check(town, json.dumps(part).encode(), kind="OUTLINE"))
    assert [(one.code, one.name) for one in queries.areas(town.pk, "OUTLINE")] == [("part-1", town.name)]
    assert queries.locate(town.pk, point=Point(32.2, 34.8), address="", source="PIN").is_outside


def test_properties_are_found_by_their_names_and_can_be_chosen():
    content = collection(
        feature(MUN_HEB="צפון", MUN_ENG="North", type="district", osm_id=5),
        feature(MUN_HEB="דרום", MUN_ENG="South", type="district", osm_id=6),
    )
    preview = check(make_town(), content)
    assert preview.choice == Choice("osm_id", (("en", "MUN_ENG"), ("he", "MUN_HEB")))
    assert preview.properties == ("MUN_HEB", "MUN_ENG", "type", "osm_id")
    chosen = check(make_town(), content, choice=Choice("MUN_ENG", (("en", "MUN_HEB"),)))
    assert names(chosen, "new") == {"new": ("דרום", "צפון")}


def test_every_problem_has_a_sentence_whose_blanks_can_be_filled():
    values = dict.fromkeys(
        ("name", "where", "count", "most", "code", "other", "type", "crs", "line", "column", "town"), "x"
    )
    for code in SENTENCES:
        assert Problem(code, 3, values).sentence().endswith(".")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(
    geometry=st.fixed_dictionaries(
        {"type": st.sampled_from(["Polygon", "MultiPolygon"]), "coordinates": json_values}
    )
    | json_values,
    properties=json_values,
)
@pytest.mark.abuse("A30")
def test_whatever_a_feature_holds_is_answered(geometry, properties):
    odd = {"type": "Feature", "geometry": geometry, "properties": properties}
    preview = check(make_town(), json.dumps({"type": "FeatureCollection", "features": [odd, None]}).encode())
    assert preview.import_id is None
    assert all(sentence for sentence in said(preview))
