"""Text from people."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.base.text import (
    Spoken,
    clean_body,
    clean_line,
    first_words,
    fold,
    has_unstorable,
)


def first_line(text: str) -> str:
    return first_words(text, 40)


BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_a_line_loses_line_breaks_controls_and_bidirectional_overrides():
    assert clean_line("  Ann\r\nBcc: x\u2028y\u202e \x07 z ") == "Ann Bcc: x y z"


def test_a_line_keeps_right_to_left_marks_and_niqqud():
    assert clean_line("שָׁלוֹם\u200f!") == "שָׁלוֹם\u200f!"


def test_a_body_closes_what_it_opened_on_each_line():
    assert clean_body("a\u202eb\nc\u2067d") == "a\u202eb\u202c\nc\u2067d\u2069"


@pytest.mark.parametrize("clean", [clean_line, clean_body, fold, first_line])
@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 100_000 + "\u0316" * 100_000,
        "a" + "\u0f73" * 200_000,
        "x" + "\u202a" * 100_000 + "\u2069" * 100_000,
        "x" + "\u202a\u2066" * 50_000 + "\u202c" * 100_000,
    ],
    ids=["marks", "marks in one letter", "directions that close nothing", "directions"],
)
def test_hostile_text_is_cleaned_in_time_that_grows_as_it_does(clean, text):
    clean("warm\u0301")
    began = time.process_time()
    clean(text)
    assert time.process_time() - began < 2


def test_of_the_marks_over_one_letter_as_many_stay_as_anybody_writes():
    assert clean_body("שָׁלוֹם e\u0301" + "\u0301" * 9) == "שָׁלוֹם é" + "\u0301" * 9
    assert clean_body("e\u0301" + "\u0316" * 40).count("\u0316") == 29


def test_a_body_drops_closings_that_close_nothing():
    assert clean_body("a\u202c\u2069b") == "ab"


@given(st.text(alphabet=st.sampled_from(list("ab\n" + BIDI))))
def test_every_line_of_a_body_is_balanced(text):
    for line in clean_body(text).split("\n"):
        depth = []
        for char in line:
            if char in "\u202a\u202b\u202d\u202e":
                depth.append("\u202c")
            elif char in "\u2066\u2067\u2068":
                depth.append("\u2069")
            elif char in "\u202c\u2069":
                assert depth.pop() == char
        assert depth == []


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    once = clean_body(text)
    assert clean_body(once) == once
    line = clean_line(text)
    assert clean_line(line) == line
    assert "\n" not in line and not set(line) & set(BIDI)


def test_unstorable_are_nul_and_lone_surrogates():
    assert has_unstorable("a\x00") and has_unstorable("\ud800")
    assert not has_unstorable("שלום 😀")


def test_folding_ignores_case_diacritics_niqqud_and_final_letters():
    assert fold("Žluťoučký KŮŇ") == "zlutoucky kun"
    assert fold("שָׁלוֹם") == fold("שלום") == "שלומ"


def test_first_words_cut_at_a_word():
    assert first_words("one two\nthree", 20) == "one two three"
    assert first_words("one two three", 9) == "one two…"
    assert first_words("x" * 30, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "phrase", "is_there"),
    [
        ("Je cítit PLYN!", "cítit plyn", True),
        ("je citit plyn", "cítit plyn", True),
        ("plynárna", "plyn", False),
        ("plynárna", "plyn*", True),
        ("yesterday: gas  smell", "gas smell", True),
        ("gas, and a smell", "gas smell", False),
        ("gas smells", "gas smell", False),
        ("a smell: gas smells so", "gas smell", False),
        ("יש ריח גז בחדר", "ריח גז", True),
        ("הריח של הגז", "גז", True),
        ("ושבגז", "גז", True),
        ("מגזר", "גז", False),
        ("מגזר", "גז*", True),
        ("אני ליד כבל חשמל", "כבל", True),
        ("رائحة الغاز قوية", "غاز", True),
        ("وبالغاز", "غاز", True),
        ("مغازلة", "غاز", False),
        ("szivárog a gáz", "gáz", True),
        ("gas", "", False),
        ("", "gas", False),
    ],
)
def test_a_phrase_is_mentioned_where_its_words_follow_each_other(
    text: str, phrase: str, is_there: bool
) -> None:
    assert Spoken(text).mentions(phrase) is is_there
