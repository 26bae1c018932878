"""Addresses as people write them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.places.addresses import Address, core_of, normalise, readings, with_house

# A busy machine says nothing about a property.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = [
    "רחוב",
    "רח'",
    "שד'",
    "שדרות",
    "הרצל",
    "شارع",
    "الملك",
    "ul.",
    "Hlavní",
    "u.",
    "utca",
    "tér",
    "st",
    "12",
    "-",
]


@pytest.mark.parametrize(
    ("ways", "form"),
    [
        (["הרצל", "רחוב הרצל", "רח' הרצל", "רח׳ הרצל", "  רח.הרצל "], "הרצל"),
        (["שדרות בן גוריון", "שד' בן-גוריון", "שד׳ בן־גוריון"], "בנ גוריונ שדרות"),
        (["ז'בוטינסקי", "ז׳בוטינסקי", "רחוב זבוטינסקי"], "זבוטינסקי"),
        (['רחוב צה"ל', "צה״ל"], "צהל"),
        (["شارع الملك", "الملك", "شارِع الملكـ"], "الملك"),
        (["شارع القدس الأولى", "القدس الاولي"], "القدس الاولي"),
        (["ulice Hlavní", "ul. Hlavní", "HLAVNI", "Hlavní ulice"], "hlavni"),
        (["nám. Míru", "Náměstí Míru", "namesti miru"], "miru namesti"),
        (["Kossuth Lajos utca", "Kossuth Lajos u.", "kossuth lajos"], "kossuth lajos"),
        (["Váci út", "VACI UT"], "vaci ut"),
        (["Blaha Lujza tér"], "blaha lujza ter"),
        (["Main Street", "main st.", "MAIN"], "main"),
        (["St. John's Street", "St Johns St"], "st johns"),
        (["רחוב ٤٠", "40"], "40"),
        (["Street"], "street"),
        (["שדרות"], "שדרות"),
        (["!?"], ""),
    ],
)
def test_ways_to_write_a_name_have_one_form(ways, form):
    assert {normalise(way) for way in ways} == {form}


def test_a_square_and_a_street_of_one_name_differ_but_share_their_core():
    assert normalise("Kossuth tér") != normalise("Kossuth utca")
    assert core_of(normalise("Kossuth tér")) == core_of(normalise("Kossuth utca")) == "kossuth"


@UNHURRIED
@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_normalising_again_changes_nothing(name):
    once = normalise(name)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("line", "street", "house", "numbers"),
    [
        ("הרצל 12א", "הרצל", "12א", (12,)),
        ("הרצל 12 א'", "הרצל", "12א'", (12,)),
        ("רחוב הרצל 12/3", "רחוב הרצל", "12/3", (12, 3)),
        ("12 הרצל", "הרצל", "12", (12,)),
        ("הרצל, ١٢", "הרצל", "12", (12,)),
        ("הרצל 12, דירה 4, חיפה", "הרצל", "12", (12,)),
        ("12a Main St", "Main St", "12a", (12,)),
        ("Kossuth Lajos u. 12.", "Kossuth Lajos u.", "12", (12,)),
        ("Hlavní 1234/56", "Hlavní", "1234/56", (1234, 56)),
        ("17. listopadu 5", "17. listopadu", "5", (5,)),
        ("17. listopadu", "17. listopadu", "", ()),
        ("רחוב 40 7", "רחוב 40", "7", (7,)),
        ("Main Street 12-14", "Main Street", "12-14", (12, 14)),
        ("Main Street", "Main Street", "", ()),
    ],
)
def test_the_likeliest_reading_comes_first(line, street, house, numbers):
    assert readings(line)[0] == Address(street, house, numbers)


def test_a_name_that_ends_in_a_number_can_also_be_read_whole():
    assert Address("Route 66") in readings("Route 66")


def test_nothing_has_no_reading():
    assert readings("") == readings(" \u202e ,") == []


@UNHURRIED
@given(st.text(alphabet=st.sampled_from("a1 ,/-.א"), max_size=400))
def test_every_line_is_read_within_bounds(line):
    for reading in readings(line):
        assert reading.street
        assert len(reading.street) + len(reading.house) <= 200


def test_english_puts_the_house_first():
    assert with_house("Main Street", "12", "en") == "12 Main Street"
    assert with_house("הרצל", "12א", "he") == "הרצל 12א"
    assert with_house("Main Street", "", "en") == "Main Street"
