"""Contrast as the standard computes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.base.colours import contrast, is_colour, luminance, mix

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_computed_as_the_standard_does(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(COLOURS, COLOURS)
def test_contrast_does_not_ask_which_comes_first(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.0001


@given(COLOURS, COLOURS)
def test_mixing_begins_with_one_and_ends_with_the_other(one: str, other: str) -> None:
    assert (mix(one, other, 0), mix(one, other, 1)) == (one, other)
    assert is_colour(mix(one, other, 0.3))


def test_mixing_with_black_darkens() -> None:
    assert mix("#804020", "#000000", 0.25) == "#603018"
    assert luminance("#603018") < luminance("#804020")


@pytest.mark.parametrize("text", ["", "#fff", "#FFFFFF", "#ffffff ", "#ffffff\n", "red", "#12345g", "123456"])
def test_other_texts_are_no_colours(text: str) -> None:
    assert not is_colour(text)
