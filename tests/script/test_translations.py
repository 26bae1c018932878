"""What is said about a text that is not translated, or not well."""

import pytest

from script import needs
from script.translations import Text, all_texts, complaints_about, labels_in, unknown_words


def said(
    language: str, source: str, words: str, *, is_plural: bool = False, context: str | None = None
) -> list[str]:
    found = complaints_about([Text("here", language, source, words, is_plural, context)])
    return [complaint.removeprefix("here: ") for complaint in found if complaint.startswith("here: ")]


def test_good_translations_are_left_alone() -> None:
    assert said("cs", "Case %(number)s", "Podnět %(number)s") == []
    assert said("he", "The file is not JSON.", "הקובץ אינו JSON.") == []
    assert said("cs", "Role", "Role") == [], "it stands in same.txt"
    assert said("he", "%(count)d days", "יום אחד", is_plural=True) == []
    assert said("cs", "Hello {name}", "Dobrý den") == [], "a name would have to be inflected"
    assert said("he", "Hello {name}", "שלום") != []


@pytest.mark.parametrize(
    ("language", "source", "words", "complaint"),
    [
        ("hu", "Reply", " ", "is not translated"),
        ("hu", "Reply", "Reply", "reads as in English"),
        ("cs", "Case %(number)s", "Podnět %(cislo)s", "holds %(cislo)s instead of %(number)s"),
        ("cs", "Case {number}", "Podnět", "holds no placeholder instead of {number}"),
        ("cs", "Done", "<b>Hotovo</b>", "holds </b> <b> instead of none"),
        ("he", "Reply to the resident", "תשובה ל resident", "only 43% of its letters are of its script"),
        ("ar", "Close", "סגירה", "only 0% of its letters are of its script"),
    ],
)
def test_each_fault_is_named(language: str, source: str, words: str, complaint: str) -> None:
    [found] = said(language, source, words)
    assert found.startswith(complaint)


def test_words_agreed_on_must_be_used() -> None:
    assert said("cs", "Resolved", "Hotovo", context="state") == ["does not say “vyřešeno”"]
    assert said("cs", "Resolved", "Vyřešeno", context="state") == []


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("cs", "podnět", "podněět"),
        ("hu", "bejelentés", "bejellentés"),
        ("he", "פנייה", "פנננייה"),
        ("ar", "توجّه", "تووججه"),
    ],
)
def test_misspelt_words_are_found(language: str, right: str, wrong: str) -> None:
    needs.hunspell()
    texts = [Text("here", language, "", f"{right} {wrong} {{number}} a@b.example")]
    assert unknown_words(language, texts)
    assert right not in unknown_words(language, texts)


def test_texts_are_found_wherever_they_stand() -> None:
    document = {"services": [{"slug": "tree", "name": {"en": "Tree", "cs": "Strom"}, "photos": True}]}
    assert list(labels_in(document, "cz")) == [("cz.services.tree.name", {"en": "Tree", "cs": "Strom"})]


def test_every_language_is_looked_at() -> None:
    found = {(text.language, text.where.split()[1][:4]) for text in all_texts()}
    assert {language for language, _ in found} >= {"he", "ar", "cs", "hu"}
    assert {language for language, where in found if where == "mail"} == {"he", "ar", "cs", "hu"}
