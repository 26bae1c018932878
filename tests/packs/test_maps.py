"""The invented maps of the towns that come with Moked."""

import random

import pytest
import shapely
from shapely.geometry import shape

from moked.packs import loader
from moked.packs.addresses import Addresses, random_address
from moked.packs.invented import invent
from moked.places import queries
from moked.places.models import Area, HouseRange, Street
from moked.places.operations import set_streets
from moked.places.rules import AreaKind, Place, Point, distance
from moked.revisions.models import Revision
from tests.factories import NOW, make_staff, make_town
from tests.places.maps import street

pytestmark = pytest.mark.django_db
PACKS = loader.names()


def plan_of(name: str) -> dict:
    return loader.read_map(name)


@pytest.mark.parametrize("name", PACKS)
def test_a_map_is_the_same_each_time_and_uses_every_name_once(name):
    plan = plan_of(name)
    made = invent(plan, {"en": "Town"})
    assert invent(plan, {"en": "Town"}) == made
    assert (len(made.districts), len(made.landmarks)) == (5, 15)
    written = [" | ".join(one.name[language] for language in plan["languages"]) for one in made.streets]
    assert len(set(written)) == len(made.streets) >= 118
    assert set(written) <= set(plan["streets"])


@pytest.mark.parametrize("name", PACKS)
def test_five_districts_fill_the_outline_and_everything_lies_in_it(name):
    made = invent(plan_of(name), {"en": "Town"})
    outline = shape(made.outline.geometry)
    districts = [shape(one.geometry) for one in made.districts]
    assert all(one.is_valid for one in [outline, *districts])
    assert shapely.union_all(districts).symmetric_difference(outline).area < outline.area / 1_000_000
    assert sum(one.area for one in districts) == pytest.approx(outline.area, rel=1e-6)
    points = [one.point for one in made.landmarks]
    points += [end for one in made.streets for run in one.runs for end in (run.start, run.end)]
    assert all(outline.contains(shapely.Point(point.longitude, point.latitude)) for point in points)


def test_houses_face_each_other_across_the_street():
    run_of = {run.parity: run for run in invent(plan_of("generic"), {}).streets[0].runs[:2]}
    odd, even = run_of["ODD"].position_of(11), run_of["EVEN"].position_of(12)
    assert odd is not None
    assert even is not None
    assert 15 < distance(odd, even) < 21


@pytest.mark.parametrize("name", PACKS)
def test_every_street_and_landmark_of_a_loaded_town_is_found_by_its_names(name):
    town = loader.load(name, now=NOW)
    for row in Street.objects.filter(municipality=town):
        for text in row.name.values():
            assert queries.street_by_text(town.pk, f"{text} 5") == row, text
    for names in plan_of(name)["landmarks"]:
        found = queries.find_address(town.pk, names.split(" | ")[0])
        assert found is not None, names
        assert found.kind == "LANDMARK"


def test_loading_again_writes_no_new_map_and_never_replaces_a_towns_own():
    town = loader.load("generic", now=NOW)
    before = Revision.objects.count()
    loader.load("generic", now=NOW)
    assert Revision.objects.count() == before
    author = make_staff(town, "SERVICE_MANAGER")
    own = [street("1", en="Own Street")]
    set_streets(municipality=town, records=own, is_whole=True, by_user_id=author.pk, now=NOW)
    loader.load("generic", now=NOW)
    assert Street.objects.get(municipality=town, is_retired=False).name == {"en": "Own Street"}


def test_a_random_address_is_a_house_in_one_district_of_the_town():
    town = loader.load("il", now=NOW)
    chance = random.Random(7)
    addresses = Addresses(town)
    for _ in range(30):
        place = addresses.any(chance)
        assert place.point is not None
        assert (place.source, place.is_outside) == ("ADDRESS", False)
        [area] = Area.objects.filter(pk__in=place.area_ids)
        assert area.kind == AreaKind.DISTRICT
        found = queries.find_address(town.pk, place.address)
        assert found is not None
        assert found.point == place.point
    assert random_address(town, random.Random(7)) == Addresses(town).any(random.Random(7))


def test_a_town_without_houses_has_no_addresses():
    town = make_town()
    assert not HouseRange.objects.exists()
    assert random_address(town, random.Random(1)) == Place()
    assert Addresses(town).sample() is None


def test_the_sample_is_an_address_the_town_knows():
    for name in PACKS:
        town = loader.load(name, now=NOW)
        sample = Addresses(town).sample()
        assert sample is not None
        found = queries.find_address(town.pk, sample)
        assert found is not None
        assert (found.kind, isinstance(found.point, Point)) == ("HOUSE", True)
