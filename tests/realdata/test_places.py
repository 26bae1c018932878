"""Maps of real towns: their boundaries and streets as published."""

import csv
import gzip
import io
import random
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from moked.places import queries
from moked.places.geojson import Choice
from moked.places.models import Area, Street
from moked.places.rules import Point
from tests.factories import make_town
from tests.places.files import apply, check, check_streets, codes

pytestmark = pytest.mark.django_db
CITIES = {
    "budapest_districts": (23, []),
    "prague_districts": (57, []),
    "saopaulo_districts": (96, []),
    "zurich_districts": (34, ["MENDED"]),
}
CHOICES = {"saopaulo_districts": Choice("ds_codigo", (("en", "ds_nome"),))}


def rows_of(path: Path, city: str) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return [row["street"] for row in csv.DictReader(file) if row["city"].strip() == city]


@pytest.mark.parametrize("name", CITIES)
def test_the_districts_of_a_city_are_taken_and_hold_their_own_points(realdata, name):
    town = make_town()
    count, notes = CITIES[name]
    content = (realdata / "boundaries" / f"{name}.geojson").read_bytes()
    preview = check(town, content, choice=CHOICES.get(name))
    assert (preview.new.count, sorted(set(codes(preview)))) == (count, notes)
    apply(town, preview)
    for area in Area.objects.filter(municipality=town):
        inside = shape(area.geometry).representative_point()
        assert area.pk in queries.areas_at(town.pk, Point(inside.y, inside.x))


@pytest.mark.parametrize("name", ["ashdod", "bat_yam", "haifa", "jerusalem_yerushalayim", "tel_aviv_yafo"])
def test_the_outline_of_a_town_tells_what_is_outside(realdata, name):
    town = make_town()
    content = (realdata / "boundaries" / f"israel_{name}.geojson").read_bytes()
    apply(town, check(town, content, kind="OUTLINE"))
    whole = shapely.union_all([shape(area.geometry) for area in Area.objects.filter(municipality=town)])
    chance = random.Random(5)
    west, south, east, north = whole.bounds
    for _ in range(50):
        point = Point(round(chance.uniform(south, north), 6), round(chance.uniform(west, east), 6))
        place = queries.locate(town.pk, point=point, address="", source="PIN")
        assert place.is_outside == (not whole.covers(shapely.Point(point.longitude, point.latitude)))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "windows-1255"])
def test_the_streets_of_haifa_are_found_with_typing_errors(realdata, encoding):
    town = make_town(name={"he": "חיפה"}, language="he", languages=["he", "en"])
    names = rows_of(realdata / "israel_streets.csv.gz", "חיפה")
    whole = gzip.decompress((realdata / "israel_streets.csv.gz").read_bytes()).decode("utf-8-sig")
    preview = check_streets(town, whole.encode(encoding, errors="replace"), encoding="")
    assert preview.encoding == encoding
    assert preview.read == len(names) > 500
    apply(town, preview)
    long = sorted({name for name in names if len(name) > 7 and name.replace(" ", "").isalpha()})
    some = random.Random(3).sample(long, 100)
    found = sum(
        name in {one.text for one in queries.suggest_addresses(town.pk, mistyped(name))} for name in some
    )
    assert found >= 90


def mistyped(name: str) -> str:
    """Return a name with two letters exchanged in its middle."""
    middle = len(name) // 2
    return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso-8859-2"])
def test_the_streets_of_budapest_are_read_in_every_encoding(realdata, encoding):
    town = make_town(language="hu", languages=["hu", "en"])
    text = (realdata / "budapest_streets_from_jarokelo.csv").read_text(encoding="utf-8")
    content = text.encode(encoding, errors="replace")
    preview = check_streets(town, content)
    assert (preview.encoding == "utf-8-sig") == (encoding == "utf-8")
    assert preview.read == len(list(csv.reader(io.StringIO(text)))) - 1
    assert preview.new.count > 0.9 * preview.read
    apply(town, preview)
    assert Street.objects.filter(municipality=town, latitude__isnull=False).count() == preview.new.count
    suggested = {one.text for one in queries.suggest_addresses(town.pk, "szilagyi erzs")}
    assert any("Szilágyi Erzsébet" in text for text in suggested)
