"""States, outcomes and numbers."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.cases import rules
from moked.cases.rules import CLOSED, OPEN, TRANSITIONS, Outcome, State, Step


def check_digit_by_the_standard(digits: str) -> int:
    """ISO 7064 MOD 11,10, written from the standard's own description."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = (total * 2) % 11
    return (11 - product) % 10


@given(st.integers(2000, 2099), st.integers(1, 999_999))
def test_a_number_carries_the_check_digit_of_the_standard(year, running):
    number = rules.case_number(year, running)
    digits = f"{year % 100:02d}{running:06d}"
    assert number == f"{digits[:2]}-{digits[2:]}-{check_digit_by_the_standard(digits)}"
    assert rules.read_number(number) == number
    assert rules.read_number(f" {number.replace('-', ' ')} ") == number
    assert rules.read_number(number.replace("-", "")) == number


@given(st.integers(1, 999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(running, place, by):
    digits = rules.case_number(2026, running).replace("-", "")
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert rules.read_number(wrong) is None


def test_arabic_digits_are_read():
    assert rules.read_number("٢٦-٠٠٠٠٠١-٥") == "26-000001-5"


@pytest.mark.parametrize("typed", ["", "abc", "26-1", "26-000001", "²⁶-000001-5", "26-000001-5\x00x1"])
def test_what_is_no_number_is_none(typed):
    assert rules.read_number(typed) is None


def test_a_million_and_more_cases_a_year_keep_their_numbers_apart():
    assert rules.case_number(2026, 1_000_000) != rules.case_number(2026, 100_000)
    assert rules.read_number(rules.case_number(2026, 1_234_567)) == rules.case_number(2026, 1_234_567)


def test_every_open_state_has_a_way_out_by_hand_and_can_be_closed():
    for state in OPEN:
        assert rules.targets_by_hand(state)
        assert {move.target for move in TRANSITIONS if (move.source, move.step) == (state, Step.CLOSE)} == {
            State.RESOLVED,
            State.DECLINED,
            State.WITHDRAWN,
        }


def test_closed_states_are_left_by_reopening_and_by_taking_a_merge_back_only():
    assert {move.step for move in TRANSITIONS if move.source in CLOSED} == {Step.REOPEN, Step.UNMERGE}
    assert {move.step for move in TRANSITIONS if move.source == State.MERGED} == {Step.UNMERGE}


def test_every_outcome_leads_to_a_closed_state():
    assert set(rules.STATE_OF_OUTCOME) == set(Outcome)
    assert set(rules.STATE_OF_OUTCOME.values()) <= set(CLOSED)


@pytest.mark.parametrize("text", ["a" * 300_000, "a@" * 150_000, "1 " * 150_000, "1" + " " * 300_000 + "2"])
def test_contact_details_are_left_out_in_time_that_grows_as_the_text_does(text):
    began = time.process_time()
    rules.without_contact_details(text)
    assert time.process_time() - began < 2
