"""The town's own colours as a style sheet."""

import re

import pytest
from django.test import Client
from django.urls import clear_script_prefix

from moked.municipalities.operations import set_brand
from moked.municipalities.rules import Brand
from tests.factories import NOW, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    clear_script_prefix()
    return make_town()


def address_of(client: Client) -> str | None:
    found = re.search(r'href="(/ui/brand-[^"]+)"', client.get("/").content.decode())
    return found.group(1) if found else None


def give(town, light: str, dark: str) -> None:
    set_brand(municipality_id=town.pk, brand=Brand(light, dark), by_user_id=None, now=NOW)


def test_town_without_colours_of_its_own_asks_for_no_sheet(client: Client, town) -> None:
    assert address_of(client) is None


def test_sheet_holds_the_colours_and_is_kept_by_browsers(client: Client, town) -> None:
    give(town, "#7a1f5c", "#f0a6d8")

    response = client.get(address_of(client))

    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.content.decode() == (
        ":root {\n"
        "  --brand: light-dark(#7a1f5c, #f0a6d8);\n"
        "  --on-brand: light-dark(#ffffff, #10151c);\n"
        "  --brand-hover: light-dark(#5c1745, #f4bce2);\n"
        "  --on-brand-hover: light-dark(#ffffff, #10151c);\n"
        "}\n"
    )


def test_other_colours_have_another_address_and_the_old_one_is_gone(client: Client, town) -> None:
    give(town, "#7a1f5c", "#f0a6d8")
    before = address_of(client)
    give(town, "#0a5a3a", "#8fe0b2")

    assert address_of(client) != before
    assert client.get(before).status_code == 404
