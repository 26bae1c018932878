"""Light and dark: by the system, or as the person chose."""

import re

import pytest
from django.test import Client
from django.urls import clear_script_prefix

from tests.factories import make_town

pytestmark = pytest.mark.django_db

COOKIE = "moked_appearance"


@pytest.fixture(autouse=True)
def town() -> None:
    clear_script_prefix()
    make_town()


def theme_of(client: Client) -> str | None:
    """Return what the page itself says of its colours; None leaves them to the system."""
    page = client.get("/").content.decode()
    found = re.search(r'data-theme="(\w+)"', page)
    return found.group(1) if found else None


def pressed(client: Client) -> list[str]:
    page = client.get("/").content.decode()
    buttons = re.findall(r'<button[^>]*name="appearance"[^>]*>', page)
    return [re.search(r'value="(\w+)"', one).group(1) for one in buttons if 'aria-pressed="true"' in one]


def test_system_decides_until_somebody_chooses(client: Client) -> None:
    assert theme_of(client) is None
    assert pressed(client) == ["system"]


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_choice_is_remembered_and_leads_back(client: Client, chosen: str) -> None:
    response = client.post("/ui/appearance/", {"appearance": chosen, "next": "/report/"})

    assert (response.status_code, response.headers["Location"]) == (303, "/report/")
    assert theme_of(client) == chosen
    assert pressed(client) == [chosen]


def test_choice_is_given_back_to_the_system(client: Client) -> None:
    client.post("/ui/appearance/", {"appearance": "dark"})
    client.post("/ui/appearance/", {"appearance": "system"})

    assert theme_of(client) is None


@pytest.mark.parametrize("odd", ["", "DARK", 'dark"><script>', "../../etc"])
def test_anything_else_changes_nothing(client: Client, odd: str) -> None:
    client.post("/ui/appearance/", {"appearance": "dark"})

    response = client.post("/ui/appearance/", {"appearance": odd})

    assert COOKIE not in response.cookies
    assert theme_of(client) == "dark"


def test_odd_cookie_leaves_the_colours_to_the_system(client: Client) -> None:
    client.cookies[COOKIE] = '"><script>'

    assert theme_of(client) is None


def test_choice_never_leads_elsewhere(client: Client) -> None:
    response = client.post("/ui/appearance/", {"appearance": "dark", "next": "//evil.example"})

    assert response.headers["Location"] == "/"


def test_getting_the_address_changes_nothing(client: Client) -> None:
    assert client.get("/ui/appearance/", {"appearance": "dark"}).status_code == 405
