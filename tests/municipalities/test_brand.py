"""A town's own colours."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.audit.models import AuditRecord
from moked.base.colours import contrast
from moked.municipalities.models import Municipality
from moked.municipalities.operations import set_brand
from moked.municipalities.rules import GROUNDS, BadColour, Brand, Scheme, check_brand
from moked.revisions.models import Revision
from moked.web.ui import brand as pages
from tests.factories import NOW, make_town

PLUM = Brand("#7a1f5c", "#f0a6d8")
TOKENS = Path(pages.__file__).parent / "static" / "ui" / "tokens.css"
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_grounds_are_those_of_the_style_sheet() -> None:
    sheet = TOKENS.read_text(encoding="utf-8")
    for name, light, dark in zip(("page", "surface", "selected"), *GROUNDS.values(), strict=True):
        assert f"--{name}: light-dark({light}, {dark});" in sheet
    assert list(GROUNDS) == [Scheme.LIGHT, Scheme.DARK]


def test_the_products_own_colours_would_be_taken() -> None:
    found = re.search(r"--brand: light-dark\((#\w+), (#\w+)\);", TOKENS.read_text(encoding="utf-8"))
    assert found is not None
    check_brand(Brand(*found.groups()))


@pytest.mark.parametrize(
    ("brand", "scheme", "ratio"),
    [
        (Brand("#767676", "#f0a6d8"), Scheme.LIGHT, 3.69),  # enough on white, too little on a selected row
        (Brand("#ffff00", "#f0a6d8"), Scheme.LIGHT, 1.0),
        (Brand("#7a1f5c", "#7a1f5c"), Scheme.DARK, 1.2),
        (Brand("#7a1f5c", "#808080"), Scheme.DARK, 2.9),
    ],
)
def test_colour_that_is_hard_to_read_is_refused_with_its_ratio(brand, scheme, ratio) -> None:
    with pytest.raises(BadColour) as refused:
        check_brand(brand)

    assert refused.value.scheme == scheme
    assert refused.value.ratio == pytest.approx(ratio, abs=0.1)
    assert f"{refused.value.ratio:.2f}:1" in str(refused.value)


@pytest.mark.parametrize("text", ["", "red", "#fff", "#000;}", "#7A1F5C"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    for brand in (Brand(text, "#f0a6d8"), Brand("#7a1f5c", text)):
        with pytest.raises(BadColour) as refused:
            check_brand(brand)
        assert refused.value.ratio is None


@given(COLOURS, COLOURS)
def test_whatever_is_taken_can_be_read_wherever_it_stands(light: str, dark: str) -> None:
    brand = Brand(light, dark)
    try:
        check_brand(brand)
    except BadColour as refused:
        assert refused.ratio is not None and refused.ratio < 4.5
        return
    for scheme, grounds in GROUNDS.items():
        shades = brand.shades(scheme)
        assert all(contrast(shades.brand, ground) >= 4.5 for ground in grounds)
        assert contrast(shades.on_brand, shades.brand) >= 4.5
        assert contrast(shades.on_hover, shades.hover) >= 4.5


@pytest.mark.django_db
def test_setting_colours_is_a_revision_and_recorded() -> None:
    town = make_town()

    set_brand(municipality_id=town.pk, brand=PLUM, by_user_id=None, now=NOW)

    assert Municipality.objects.get(pk=town.pk).own_colours == PLUM
    document = {"light": "#7a1f5c", "dark": "#f0a6d8"}
    (revision,) = Revision.objects.filter(kind="brand", object_id=town.pk)
    assert (revision.document, revision.state) == (document, "PUBLISHED")
    (record,) = AuditRecord.objects.filter(verb="brand.set")
    assert (record.before, record.after) == ({}, document | {"revision": 1})


@pytest.mark.django_db
def test_setting_the_same_again_changes_nothing_and_none_gives_them_back() -> None:
    town = make_town()
    for brand in (PLUM, PLUM, None):
        set_brand(municipality_id=town.pk, brand=brand, by_user_id=None, now=NOW)

    assert Municipality.objects.get(pk=town.pk).own_colours is None
    assert [one.document for one in Revision.objects.filter(kind="brand").order_by("number")] == [
        {"light": "#7a1f5c", "dark": "#f0a6d8"},
        {},
    ]


@pytest.mark.django_db
def test_refused_colours_leave_everything_as_it_was() -> None:
    town = make_town()
    with pytest.raises(BadColour):
        set_brand(municipality_id=town.pk, brand=Brand("#ffff00", "#ffff00"), by_user_id=None, now=NOW)

    assert Municipality.objects.get(pk=town.pk).own_colours is None
    assert not Revision.objects.filter(kind="brand").exists()
