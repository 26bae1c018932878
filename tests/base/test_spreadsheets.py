"""Which text is taken for a formula, and how it is kept from being one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.base.spreadsheets import harmless

SIGNS = "=+-@|＝＋－＠﹢﹣−"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200f", "\ufeff"])
def test_a_text_that_begins_like_a_formula_gets_a_quote_before_it(sign: str, before: str) -> None:
    assert harmless(f"{before}{sign}1+1") == f"'{before}{sign}1+1"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\t=1", "'\t'=1"),
        ("\rx", "'\nx"),
        ("\nx", "'\nx"),
        ("hole;=1+1;x", "hole;'=1+1;x"),
        ('x;"=1+1', "x;'\"=1+1"),
        ("hole\t@SUM(1)", "hole\t'@SUM(1)"),
        ("hole\r\n+1", "hole\n'+1"),
    ],
)
def test_what_a_program_may_take_for_the_next_cell_is_looked_at_too(text: str, kept: str) -> None:
    assert harmless(text) == kept


@pytest.mark.parametrize("text", ["", "A hole", "2 - 1 = 1", "בור בכביש", "a;b", "x\ny", "'quoted'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text(st.sampled_from(f'{SIGNS} ab;"\t\r\n\u200f')))
def test_quotes_are_all_that_is_added(text: str) -> None:
    kept = harmless(text)
    assert kept.replace("'", "") == text.replace("\r\n", "\n").replace("\r", "\n")
    assert not kept.lstrip().startswith(tuple(SIGNS))
    assert harmless(kept) == kept
