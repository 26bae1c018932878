"""What is looked for, how it is compared, and how a find is shown."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.search import rules
from moked.search.rules import Piece, asked, comparable, excerpt, holds, marked


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Příliš žluťoučký kůň", "prilis zlutoucky kun"),
        ("Kőműves Kálmán árvíztűrő", "komuves kalman arvizturo"),
        ("שָׁלוֹם לָעוֹלָם", "שלום לעולם"),
        ("מים ברחוב הארוך", "מימ ארוכ"),
        ('צה"ל והתנ״ך', "צהל והתנך"),
        ("الـشـارع الأكبر إلى مدرسةٍ", "الشارع الاكبر الي مدرسه"),
        ("בית ٢٦", "26"),
        ("STRASSE", "straße"),
        ("O'Brien", "obrien"),
    ],
)
def test_what_is_written_otherwise_is_found(written: str, typed: str) -> None:
    assert all(holds(written, word) for word in asked(typed))


def test_every_word_counts_once_and_no_more_than_eight() -> None:
    assert asked("hole, Hole; HOLE road") == ["hole", "road"]
    assert len(asked(" ".join(f"word{number}" for number in range(20)))) == 8


@pytest.mark.parametrize("typed", ["", "%", "_", "\x00", "\ud800", "\"' () * - : ^ + \\", "‮", "NEAR()"])
def test_signs_are_not_words(typed: str) -> None:
    assert asked(typed) == (["near"] if "NEAR" in typed else [])


@given(st.text())
def test_nothing_typed_has_more_than_letters_and_digits(typed: str) -> None:
    assert all(word.isalnum() for word in asked(typed))
    assert set(comparable([typed])) <= {" ", *"".join(comparable([typed]).split())}
    assert not any("\ue000" <= char <= "\uf8ff" for char in comparable([typed]))


def test_a_short_word_stands_at_the_beginning_of_one() -> None:
    assert holds("An old oak", "ol") and not holds("Told", "ol")
    assert holds("Told", "old")


def test_the_newest_document_has_the_highest_key() -> None:
    now = datetime(2026, 11, 16, tzinfo=UTC)
    moments = [datetime(1950, 1, 1, tzinfo=UTC), now - timedelta(seconds=1), now, now + timedelta(days=9999)]
    keys = [rules.recency(at, object_id) for at in moments for object_id in (1, 2, 10**9)]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)
    assert all(-(2**63) < key < 2**63 for key in keys)


def test_marks_tell_towns_and_scopes_apart_with_three_characters_that_are_no_letters() -> None:
    numbers = [0, 1, 2047, 2048, 2**22 - 1, 2**22, 2**31]
    marks = [mark(number) for mark in (rules.town_mark, rules.scope_mark) for number in numbers]
    assert len(set(marks)) == len(marks)
    assert {len(mark) for mark in marks} == {3}
    assert all("\ue000" <= char <= "\uf8ff" for mark in marks for char in mark)


def test_trigrams_are_of_words_long_enough() -> None:
    assert rules.trigrams(["ab", "hole", "hol"]) == ["hol", "ole"]


def shown(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)


def test_a_title_has_its_words_marked_as_they_were_written() -> None:
    assert shown(marked("Díra v Dlouhé, díra!", ["dira", "dlouhe"])) == "[Díra] v [Dlouhé], [díra]!"
    assert shown(marked("בור ברחוב הגן", ["הג"])) == "בור ברחוב [הג]ן"
    assert shown(marked("הגן", ["הגנ"])) == "[הגן]"
    assert shown(marked("Nothing here", ["else"])) == "Nothing here"


def test_an_excerpt_is_of_the_text_with_most_of_the_words() -> None:
    texts = ["A hole.", "The hole\nin the road is deep.", "A road."]
    assert shown(excerpt(texts, ["hole", "road"])) == "The [hole] in the [road] is deep."
    assert excerpt(texts, ["tree"]) == []


def test_an_excerpt_of_a_long_text_is_cut_at_words_around_the_first_find() -> None:
    text = "before " * 40 + "needle" + " after" * 60
    found = shown(excerpt([text], ["needle"]))
    assert "[needle]" in found and len(found) < 200
    assert found.startswith("…before ") and found.endswith(" after…")


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_pieces_put_together_are_the_text(text: str, typed: list[str]) -> None:
    words = asked(" ".join(typed))
    assert "".join(piece.text for piece in marked(text, words)) == text.replace("\n", " ")
    assert len("".join(piece.text for piece in excerpt([text], words))) <= 180
