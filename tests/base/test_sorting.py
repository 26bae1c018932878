"""Names stand where readers of each language look for them."""

import random

import pytest

from moked.base.sorting import sort_key


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "cs",
            [
                "cesta",
                "cihla",
                "čistota",
                "hřiště",
                "chodník",
                "řeka",
                "sníh",
                "školka",
                "voda",
                "zeleň",
                "žádost",
            ],
        ),
        ("cs", ["Dvůr", "dvůr míru", "město", "místo", "Praha"]),
        (
            "hu",
            [
                "ablak",
                "ág",
                "cirkusz",
                "csatorna",
                "gáz",
                "gyep",
                "orvos",
                "öntözés",
                "sár",
                "szemét",
                "zaj",
                "zsák",
            ],
        ),
        ("he", ["אשפה", "בור", "גינה", "כלבים", "שאלה", "תאורה"]),
        ("ar", ["إنارة", "بلاغ", "حفرة", "شكوى", "نفايات"]),
        ("en", ["A question", "Bins", "bus stop", "Dogs", "Élan", "Graffiti", "Trees"]),
    ],
)
def test_words_stand_by_the_alphabet_of_their_language(language: str, words: list[str]) -> None:
    mixed = random.Random(language).sample(words, len(words))
    assert sorted(mixed, key=lambda word: sort_key(word, language)) == words


def test_the_same_letters_differ_by_accent_only_at_the_end() -> None:
    assert sort_key("má", "cs") > sort_key("ma", "cs")
    assert sort_key("má a", "cs")[0] == sort_key("ma a", "cs")[0]
