"""Say what is wrong with the words people read: catalogues, mails, and the texts of ready-made towns.

    python script/translations.py           exit 1 unless everything is said in every language it should be
    python script/translations.py spelling  the words that hunspell does not know, by language, to be read

Nothing may be missing, be English where another language is meant, be written in the wrong script, lose a
placeholder, or hold a word that neither hunspell nor `script/words/<language>.txt` knows. Words that must be
used are in `script/words/terms.toml`.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parents[1] / "src" / "moked"
WORDS = Path(__file__).parent / "words"
LANGUAGES = ("he", "ar", "cs", "hu")
DICTIONARIES = {"en": "en_GB", "he": "he_IL", "ar": "ar", "cs": "cs_CZ", "hu": "hu_HU"}
LETTERS = {"he": ("\u0590", "\u05ff"), "ar": ("\u0600", "\u06ff")}
RIGHT_LETTERS = 0.9
DECLINES_NAMES = {"cs", "hu"}  # a letter may greet without the name, which would have to be inflected
NOT_SENTENCES = {"words", "residents"}  # beginnings of words that hint at a service; people's names

PLACE = re.compile(r"%\(\w+\)[sd]|%\(\w+\)\.\d+f|\{\w*\}|</?\w+[^>]*>")
CODES = "|".join(map(re.escape, (WORDS / "codes.txt").read_text(encoding="utf-8").split()))
# What is no word of any language: placeholders, addresses, codes of formats and products.
NO_WORD = re.compile(
    r"%\(\w+\)(?:\.\d+)?[sdf]|\{\w*\}|<[^>]+>|&\w+;|\S+@\S+|https?://\S+|\b[\w-]+\.[a-z]{2,}\b|#[0-9a-f]{6}"
    rf"|\b[A-Z0-9]{{2,}}\b|\b(?:{CODES})\b|[\u200e\u200f\u2066-\u2069]"
)
WORD = re.compile(r"[^\W\d_]+(?:(?:[’'\"״׳\u05be]|(?<=\w)-)[^\W\d_]+)*")
MARKS = re.compile("[\u0591-\u05bd\u064b-\u0652\u0640]")  # of vowels, and what stretches a word


@dataclass(frozen=True)
class Text:
    """One text as it is read in a language, and what it says in English; only messages have a `context`."""

    where: str
    language: str
    source: str
    words: str
    is_plural: bool = False
    context: str | None = None


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit status."""
    texts = list(all_texts())
    if arguments == ["spelling"]:
        for language in DICTIONARIES:
            unknown = sorted(unknown_words(language, [one for one in texts if one.language == language]))
            sys.stdout.write(f"{language}: {' '.join(unknown)}\n")
        return 0
    complaints = list(complaints_about(texts))
    sys.stdout.write("".join(f"{complaint}\n" for complaint in complaints))
    return 1 if complaints else 0


def all_texts() -> Iterator[Text]:
    """Yield every text that is kept in more than one language, in each."""
    for language in LANGUAGES:
        yield from of_catalogue(language)
    yield from of_notices()
    yield from of_towns()


def of_catalogue(language: str) -> Iterator[Text]:
    """Yield the messages of a catalogue; of a plural the English form for many."""
    path = SOURCE / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        catalogue = read_po(file, ignore_obsolete=True)
    for message in catalogue:
        if not message.id:
            continue
        is_plural = isinstance(message.id, tuple)
        said = message.string if is_plural else [message.string]
        source = message.id[1] if is_plural else str(message.id)
        for words in said:
            yield Text(
                f"{language} “{source}”", language, source, str(words), is_plural, message.context or ""
            )


def of_notices() -> Iterator[Text]:
    """Yield the texts of mails."""
    folder = SOURCE / "notices" / "texts"
    english = tomllib.loads((folder / "en.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES:
        path = folder / f"{language}.toml"
        said = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        for kind, parts in english.items():
            for part, source in parts.items():
                where = f"{language} mail {kind}.{part}"
                yield Text(where, language, source, said.get(kind, {}).get(part, ""))


def of_towns() -> Iterator[Text]:
    """Yield the texts of ready-made towns in each language they promise."""
    for path in sorted((SOURCE / "packs" / "towns").glob("**/*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for where, texts in labels_in(document, path.parent.name):
            for language, words in texts.items():
                yield Text(f"{language} {where}", language, texts.get("en", ""), words)


def labels_in(value: Any, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each `{language: text}` in a document; lists of texts are joined."""
    if isinstance(value, dict):
        if value and value.keys() <= DICTIONARIES.keys():
            yield where, {key: one if isinstance(one, str) else "\n".join(one) for key, one in value.items()}
            return
        name = value.get("slug") or value.get("code") or ""
        for key, inner in value.items():
            if key in NOT_SENTENCES:
                continue
            yield from labels_in(inner, ".".join(filter(None, (where, name, key))))
    elif isinstance(value, list):
        for inner in value:
            yield from labels_in(inner, where)


def complaints_about(texts: Iterable[Text]) -> Iterator[str]:
    """Yield a line for each fault."""
    texts = list(texts)
    same = set((WORDS / "same.txt").read_text(encoding="utf-8").splitlines())
    for one in texts:
        if not one.source.strip():
            continue
        if not one.words.strip():
            yield f"{one.where}: is not translated"
            continue
        if reads_as_in_english(one) and f"{one.language}: {one.source}" not in same:
            yield f"{one.where}: reads as in English"
        if one.source and (lost := placeholders_lost(one)):
            yield f"{one.where}: {lost}"
        if (share := share_of_right_letters(one)) < RIGHT_LETTERS:
            yield f"{one.where}: only {share:.0%} of its letters are of its script: {one.words[:60]}"
    yield from missing_terms(texts)
    for language in DICTIONARIES:
        for word in sorted(unknown_words(language, [one for one in texts if one.language == language])):
            yield f"{language}: is “{word}” a word? If so, put it into script/words/{language}.txt"


def reads_as_in_english(text: Text) -> bool:
    """Tell whether words, not only codes and placeholders, are the English ones."""
    is_same = text.language != "en" and text.words == text.source
    return is_same and bool(WORD.search(NO_WORD.sub("", text.source)))


def placeholders_lost(text: Text) -> str:
    """Say which placeholders and tags differ from the English text; a plural may leave its number out."""
    wanted, found = sorted(PLACE.findall(text.source)), sorted(PLACE.findall(text.words))
    if wanted == found or (text.language in DECLINES_NAMES and sorted([*found, "{name}"]) == wanted):
        return ""
    if text.is_plural and set(found) < set(wanted) and len(wanted) - len(found) == 1:
        return ""
    return f"holds {' '.join(found) or 'no placeholder'} instead of {' '.join(wanted) or 'none'}"


def share_of_right_letters(text: Text) -> float:
    """Return how many of the letters are of the language's own script, between 0 and 1."""
    if text.language not in LETTERS:
        return 1
    first, last = LETTERS[text.language]
    letters = [letter for letter in NO_WORD.sub("", text.words) if letter.isalpha()]
    if not letters:
        return 1
    return sum(first <= letter <= last for letter in letters) / len(letters)


def missing_terms(texts: Iterable[Text]) -> Iterator[str]:
    """Yield the messages that do not use the word agreed on for them."""
    agreed = tomllib.loads((WORDS / "terms.toml").read_text(encoding="utf-8"))
    for one in texts:
        if one.context is None:
            continue
        name = f"{one.context}: {one.source}" if one.context else one.source
        wanted = agreed.get(name, {}).get(one.language)
        if wanted and not one.is_plural and wanted.lower() not in one.words.lower():
            yield f"{one.where}: does not say “{wanted}”"


def unknown_words(language: str, texts: Iterable[Text]) -> set[str]:
    """Return the words of texts that neither hunspell nor our own list knows."""
    allowed = set((WORDS / f"{language}.txt").read_text(encoding="utf-8").split())
    plain = (MARKS.sub("", NO_WORD.sub(" ", one.words)) for one in texts)
    words = {word for text in plain for word in WORD.findall(text)} - allowed
    if not words:
        return set()
    command = ["hunspell", "-i", "utf-8", "-d", DICTIONARIES[language], "-l"]
    asked = "\n".join(sorted(words))
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return set(done.stdout.split()) - allowed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
