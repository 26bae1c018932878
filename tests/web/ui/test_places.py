"""What maps and fields of an address ask for."""

import html
import re

import pytest
from django.test import Client
from django.urls import clear_script_prefix

from moked.places.rules import Point
from tests.factories import make_town
from tests.places.maps import HERZL, add_streets, make_map, street

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town():
    clear_script_prefix()
    town = make_map(make_town())
    add_streets(town, HERZL, street("2", en="Park Road", he="רחוב הפארק", point=Point(32.02, 34.82)))
    return town


def names(client: Client, **asked: str) -> list[str]:
    features = client.get("/ui/map/", asked).json()["streets"]["features"]
    return [one["properties"]["name"] for one in features]


def options(client: Client, text: str) -> list[tuple[str, str]]:
    """Return text and latitude of each suggestion."""
    page = client.get("/ui/addresses/", {"q": text}).content.decode()
    found = re.findall(r'data-value="([^"]*)"\s+data-latitude="([^"]*)"', page)
    return [(html.unescape(name), latitude) for name, latitude in found]


def test_map_shows_the_town_in_the_readers_language(client: Client):
    assert names(client) == ["Herzl Street", "Park Road"]
    client.cookies["moked_language"] = "he"
    assert "רחוב הפארק" in names(client)


def test_map_shows_only_what_its_box_holds(client: Client):
    assert names(client, box="34.815,32.015,34.825,32.025", zoom="15") == ["Park Road"]


@pytest.mark.parametrize("box", ["", "x", "1,2,3", "nan,nan,nan,nan", "34.9,32.1,34.8,32.0", "inf,0,0,0"])
@pytest.mark.parametrize("zoom", ["", "-1", "x", "99999999999999999999", "²"])
def test_odd_wishes_show_the_whole_town(client: Client, box: str, zoom: str):
    assert names(client, box=box, zoom=zoom) == ["Herzl Street", "Park Road"]


def test_map_is_not_sent_again_until_the_town_changes(client: Client, town):
    first = client.get("/ui/map/")
    etag = first.headers["ETag"]

    again = client.get("/ui/map/", headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)

    add_streets(town, HERZL)
    assert client.get("/ui/map/", headers={"if-none-match": etag}).status_code == 200


def test_addresses_come_as_options_with_their_position(client: Client):
    assert options(client, "park ro") == [("Park Road", "32.02")]
    client.cookies["moked_language"] = "he"
    assert options(client, "הפארק") == [("רחוב הפארק", "32.02")]


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "zzzz", "<script>", "x" * 5000])
def test_text_that_means_no_address_suggests_none(client: Client, text: str):
    response = client.get("/ui/addresses/", {"q": text.encode("utf-8", "surrogatepass")})

    assert response.status_code == 200
    assert 'role="option"' not in response.content.decode()
    assert "No such address known." in response.content.decode()


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        ((32.0201, 34.8201), {"address": "Park Road", "said": "The pin is near Park Road."}),
        ((32.0102, 34.8003), {"address": "Herzl Street", "said": "The pin is near Herzl Street."}),
        ((31.96, 34.76), {"address": "", "said": "The pin is in the town, near no street we know."}),
        ((33.0, 35.0), {"address": "", "said": "The pin is outside the town."}),
        ((0, 0), {"address": "", "said": ""}),
        (("nan", "x"), {"address": "", "said": ""}),
    ],
)
def test_pin_is_told_what_is_near(client: Client, point, answer):
    asked = dict(zip(("latitude", "longitude"), point, strict=True))

    assert client.get("/ui/addresses/nearest/", asked).json() == answer
