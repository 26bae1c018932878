"""What is looked for, how it is compared, and how a find is shown. Plain values, no database."""

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from datetime import datetime

from moked.base.text import bare, searched_words, storable

LEAST_LETTERS = 3
MOST_WORDS = 8
EXCERPT = 160
_BEFORE_MATCH = 40
_IDS = 2**31
_MARKS = 2**11


@dataclasses.dataclass(frozen=True)
class Piece:
    """A part of an excerpt; `is_match` when it is what was looked for."""

    text: str
    is_match: bool = False


def asked(text: str) -> list[str]:
    """Return the words that somebody looks for, at most eight; whatever is no letter or digit parts them."""
    return list(dict.fromkeys(searched_words(storable(text))))[:MOST_WORDS]


def can_be_looked_up(words: Iterable[str]) -> bool:
    """Tell whether one of the words is long enough to be found by its trigrams."""
    return any(len(word) >= LEAST_LETTERS for word in words)


def recency(at: datetime, object_id: int) -> int:
    """Return by what documents are told apart and ordered: the moment, then the id, the newest highest."""
    return int(at.timestamp()) * _IDS + object_id


def comparable(texts: Iterable[str]) -> str:
    """Return texts as they are kept and compared: words with one space between them and one before each."""
    return "".join(f" {word}" for text in texts for word in searched_words(text))


def needle(word: str) -> str:
    """Return what a text has to hold: the word anywhere, or where it is short, at the beginning of one."""
    return word if len(word) >= LEAST_LETTERS else f" {word}"


def holds(text: str, word: str) -> bool:
    """Tell whether a text, as it was written, holds a word."""
    return needle(word) in comparable([text])


def trigrams(words: Iterable[str]) -> list[str]:
    """Return every three letters that follow each other in the words that have so many, each once."""
    return list(
        dict.fromkeys(word[at : at + 3] for word in words for at in range(len(word) - LEAST_LETTERS + 1))
    )


def town_mark(municipality_id: int) -> str:
    """Return three characters that stand in no text and mean a municipality."""
    return _mark(0xE000, municipality_id)


def scope_mark(scope: int) -> str:
    """Return three characters that stand in no text and mean a scope, as `Document` knows it."""
    return _mark(0xE800, scope)


def _mark(first: int, number: int) -> str:
    """Write a number below 2**33 with characters for private use, which are no letters."""
    high, low = divmod(number, _MARKS)
    highest, high = divmod(high, _MARKS)
    return chr(first + highest) + chr(0xF000 + high) + chr(0xF000 + low)


def marked(text: str, words: Sequence[str]) -> list[Piece]:
    """Return a whole text on one line with the words marked in it."""
    return _pieces(text, _matches(text, words), 0, len(text))


def excerpt(texts: Sequence[str], words: Sequence[str]) -> list[Piece]:
    """Return the piece of the texts that holds most of the words, with these marked; [] when none does.

    About 160 characters, cut at words, on one line.
    """
    best = ""
    spans: list[tuple[int, int, str]] = []
    for text in texts:
        found = _matches(text, words)
        if len({word for _, _, word in found}) > len({word for _, _, word in spans}):
            best, spans = text, found
        if len({word for _, _, word in spans}) == len(words):
            break
    if not spans:
        return []
    start, end = _window(best, spans[0][0], spans[0][1])
    pieces = _pieces(best, [span for span in spans if span[1] <= end], start, end)
    return [Piece("…")] * (start > 0) + pieces + [Piece("…")] * (end < len(best))


def _matches(text: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where the words stand in a text, in order, without overlap: beginning, end, which."""
    letters, places = _folded(text)
    found = []
    for word in words:
        wanted, at = needle(word), -1
        while (at := letters.find(wanted, at + 1)) >= 0:
            first = at + len(wanted) - len(word)
            found.append((places[first], places[at + len(wanted) - 1] + 1, word))
    found.sort()
    apart: list[tuple[int, int, str]] = []
    for span in found:
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text as it is compared, letter by letter, and where each of its letters comes from."""
    letters, places = [" "], [0]
    for place, char in enumerate(text):
        folded = _letters_of(char)
        letters.append(folded)
        places += [place] * len(folded)
    return "".join(letters), places


@functools.lru_cache(maxsize=4096)
def _letters_of(char: str) -> str:
    return "".join(one if one.isalnum() else " " for one in bare(char))


def _window(text: str, first: int, last: int) -> tuple[int, int]:
    """Return where an excerpt around a match begins and ends."""
    start = max(0, first - _BEFORE_MATCH)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(len(text), max(last, start + EXCERPT))
    if end < len(text):
        space = text.rfind(" ", last, end)
        end = space if space >= 0 else end
    return start, end


def _pieces(text: str, spans: Iterable[tuple[int, int, str]], start: int, end: int) -> list[Piece]:
    pieces = []
    for first, last, _ in spans:
        pieces += [Piece(_one_line(text[start:first])), Piece(_one_line(text[first:last]), is_match=True)]
        start = last
    return [piece for piece in (*pieces, Piece(_one_line(text[start:end]))) if piece.text]


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
