"""Numbers and days as people type them."""

import pytest
from babel.dates import get_month_names
from hypothesis import given
from hypothesis import strategies as st

from moked.base.values import MONTH_NAMES_IN, BadValue, day_from, number_from


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("-3", -3),
        ("\u22123", -3),
        ("1 234", 1234),
        ("1\u202f234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234,567", 1234567),
        ("0,250", 0.25),
        ("٢٫٥", 2.5),
        ("١٢", 12),
        ("۱۲", 12),
        ("\u200f12\u200e", 12),
        ("2.0", 2),
        ("0.123456", 0.1235),
    ],
)
def test_a_number_is_read_with_point_or_comma_and_in_any_digits(text, number):
    assert number_from(text) == number
    assert type(number_from(text)) is type(number)


@pytest.mark.parametrize(
    "text", ["", "x", "1.2.3,4,5", "1e5", "NaN", "inf", "--1", "12 cm", "1" * 14, "½", "1,"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadValue) as refusal:
        number_from(text)
    assert refusal.value.code == "NOT_A_NUMBER"


@pytest.mark.parametrize("text", ["1,234", "1.234", "123,456"])
def test_a_number_that_may_be_a_thousand_or_one_is_asked_for_again(text):
    with pytest.raises(BadValue) as refusal:
        number_from(text)
    assert refusal.value.code == "UNCLEAR_NUMBER"


@given(st.integers(-(10**12), 10**12))
def test_every_whole_number_comes_back(number):
    assert number_from(str(number)) == number


@pytest.mark.parametrize(
    "typed",
    [
        ["16", "11", "2026"],
        [" 16", "11 ", "2026"],
        ["١٦", "١١", "٢٠٢٦"],
        ["16", "November", "2026"],
        ["16", "nov", "2026"],
        ["16", "Nov.", "2026"],
        ["16", "נובמבר", "2026"],
        ["16", "בנובמבר", "2026"],
        ["16", "listopadu", "2026"],
        ["16", "listopad", "2026"],
        ["16", "november", "2026"],
        ["16", "نوفمبر", "2026"],
        ["16", "تشرين الثاني", "2026"],
        ["2026-11-16"],
        ["16.11.2026"],
        ["16. 11. 2026"],
        ["2026. 11. 16."],
        ["16/11/2026"],
        ["16 November 2026"],
        ["16 تشرين الثاني 2026"],
    ],
)
def test_a_day_is_read_in_three_fields_or_one_and_its_month_may_be_named(typed):
    assert day_from(typed).isoformat() == "2026-11-16"


@pytest.mark.parametrize(
    "typed",
    [
        [],
        [""],
        ["16", "11"],
        ["16", "", "2026"],
        ["31", "2", "2026"],
        ["16", "13", "2026"],
        ["16", "noon", "2026"],
        ["16", "11", "26"],
        ["16", "11", "1899"],
        ["16", "11", "2101"],
        ["0", "11", "2026"],
        ["-1", "11", "2026"],
        ["16", "11", "20261"],
        ["9" * 5000, "9" * 5000, "2026"],
        ["yesterday"],
        ["16", "11", "2026", "1"],
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(BadValue) as refusal:
        day_from(typed)
    assert refusal.value.code == "NOT_A_DATE"


def test_no_name_of_a_month_means_another_one_elsewhere():
    for language in MONTH_NAMES_IN:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, "format", language).items():
                assert day_from(["1", name, "2026"]).month == number, (language, name)


@given(st.lists(st.text(max_size=12), max_size=4))
def test_whatever_is_typed_is_a_value_or_refused(typed):
    for read in (day_from, lambda parts: number_from(" ".join(parts))):
        try:
            read(typed)
        except BadValue as refusal:
            assert refusal.code
