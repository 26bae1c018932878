"""Hints are found in words with endings, and with what is glued before them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from moked.catalogue.rules import pattern_of, score


@given(st.text("ושהבקaé", min_size=1, max_size=8), st.text("והבקaé", min_size=1, max_size=5))
def test_the_pattern_of_a_hint_finds_what_counts(word: str, hint: str) -> None:
    assert bool(re.fullmatch(pattern_of(hint), word)) is bool(score([word], [hint]))
