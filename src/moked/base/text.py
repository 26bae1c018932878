"""Text from people, made safe to store and show without changing what it says."""

import bisect
import functools
import itertools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Sorting the marks over one letter takes the square of their number, and nobody writes more (UAX #15, D4).
_MOST_MARKS = 30
_SPACES = re.compile(r"\s+")
_EMBEDDINGS = "\u202a\u202b\u202d\u202e"
_ISOLATES = "\u2066\u2067\u2068"
_WORD = re.compile(r"\w+")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
_LETTERS = re.compile(r"[^\W_]+")
_MARKS_IN_WORDS = re.compile(r"[\"'`´‘’‛“”„׳״ʹʼ]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_PARTICLES = re.compile("ו?כ?ש?[בלמהכ]?ה?|[وف]?[بلك]?(ال|ل)?")
_MOST_PARTICLES = 5
_ARABIC_LETTERS = str.maketrans("ىةٱ", "يها", "ـ")
_FINAL_LETTERS = str.maketrans("ךםןףץ", "כמנפצ")


@functools.cache
def _too_many_marks() -> re.Pattern[str]:
    """Return what finds more marks over one letter than there may be; some letters turn into nothing but."""
    every = map(chr, range(sys.maxunicode + 1))
    marks = [ord(one) for one in every if unicodedata.combining(unicodedata.normalize("NFD", one)[0])]
    runs = itertools.groupby(enumerate(marks), lambda pair: pair[1] - pair[0])
    ranges = [[code for _, code in run] for _, run in runs]
    letters = "".join(f"{re.escape(chr(one[0]))}-{re.escape(chr(one[-1]))}" for one in ranges)
    return re.compile(f"([{letters}]{{{_MOST_MARKS}}})[{letters}]+")


def normalised(form: Literal["NFC", "NFKD"], text: str) -> str:
    """Return the text in a normal form of Unicode, in time that grows as it does.

    Of the marks over one letter the first thirty stay.
    """
    if not text.isascii():
        text = _too_many_marks().sub(r"\1", text)
    return unicodedata.normalize(form, text)


def has_unstorable(text: str) -> bool:
    """Tell whether the text holds NUL or a lone surrogate, which no database keeps."""
    return _UNSTORABLE.search(text) is not None


def storable(text: str) -> str:
    """Return the text with a space for each NUL and lone surrogate."""
    return _UNSTORABLE.sub(" ", text)


def clean_line(text: str) -> str:
    """Return one line: no control characters, no bidirectional overrides, single spaces, trimmed.

    Left-to-right and right-to-left marks stay, since people type them. For names, subjects and addresses.
    A line in which nothing can be seen is empty.
    """
    text = _CONTROLS.sub(" ", _BIDI.sub("", normalised("NFC", text)))
    return _SPACES.sub(" ", text).strip() if _can_be_seen(text) else ""


def clean_body(text: str) -> str:
    """Return several lines without control characters, each line's bidirectional controls closed at its end.

    An unclosed override would otherwise turn round whatever is printed after it. A body in which nothing can
    be seen is empty.
    """
    if not _can_be_seen(text):
        return ""
    text = normalised("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = (_CONTROLS.sub(" ", line).rstrip() for line in text.split("\n"))
    return "\n".join(_balanced(line) for line in lines).strip()


def _can_be_seen(text: str) -> bool:
    """Tell whether any character leaves a mark: a letter, digit, punctuation or symbol."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK_LETTERS for char in text)


def _balanced(line: str) -> str:
    if not _BIDI.search(line):
        return line
    open_controls: list[str] = []
    still_open: Counter[str] = Counter()
    kept = []
    for char in line:
        if begun := "\u202c" if char in _EMBEDDINGS else "\u2069" if char in _ISOLATES else "":
            open_controls.append(begun)
            still_open[begun] += 1
        elif char in "\u202c\u2069":
            if not still_open[char]:
                continue
            while (last := open_controls.pop()) != char:
                kept.append(last)
                still_open[last] -= 1
            still_open[char] -= 1
        kept.append(char)
    return "".join(kept) + "".join(reversed(open_controls))


def fold(text: str) -> str:
    """Return the form texts are compared in: case, diacritics, niqqud and final letters ignored."""
    decomposed = normalised("NFKD", text).casefold()
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return bare.translate(_FINAL_LETTERS)


def folded_words(text: str) -> list[str]:
    """Return the words of a text in the form they are compared in, in order."""
    return _WORD.findall(fold(text))


def bare(text: str) -> str:
    """Return the form in which streets and searched words are compared.

    As `fold`, and quotes in words are left out, Arabic letters and all digits written one way. Applied again
    it changes nothing: some letters fold into others that do.
    """
    bare = western_digits(_MARKS_IN_WORDS.sub("", text))
    while (folded := _MARKS_IN_WORDS.sub("", fold(bare)).translate(_ARABIC_LETTERS)) != bare:
        bare = folded
        if bare.isascii() or _is_folded(bare):
            break
    return bare


def searched_words(text: str) -> list[str]:
    """Return the words of a text in the form they are searched in: letters and digits only, in order."""
    return _LETTERS.findall(bare(text))


class Spoken:
    """The words of a text, put in order once so that many phrases can be looked for in it.

    A phrase is mentioned where its words follow one another. A `*` after a word stands for any ending. In
    Hebrew and Arabic the particles that are written together with a word ("in the", "and") may stand before
    the first.
    """

    def __init__(self, text: str) -> None:
        self._words = searched_words(text)
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(self._words):
            for form in _forms(word):
                self._places.setdefault(form, []).append(place)
        self._forms = sorted(self._places)

    def mentions(self, phrase: str) -> bool:
        """Tell whether the text mentions a phrase."""
        wanted = _phrase(phrase)
        if not wanted:
            return False
        for word, is_open in wanted:
            if not is_open and word not in self._places:
                # Most phrases are mentioned by no text, and rules ask for thousands of them.
                return False
        first, is_open = wanted[0]
        places = self._like(first) if is_open else self._places[first]
        return any(self._goes_on(place, wanted[1:]) for place in places)

    def _like(self, first: str) -> Iterator[int]:
        """Yield the places of the words that begin like this."""
        for form in itertools.islice(self._forms, bisect.bisect_left(self._forms, first), None):
            if not form.startswith(first):
                return
            yield from self._places[form]

    def _goes_on(self, place: int, others: tuple[tuple[str, bool], ...]) -> bool:
        if place + len(others) >= len(self._words):
            return False
        for at, (other, is_open) in enumerate(others, place + 1):
            word = self._words[at]
            if not (word.startswith(other) if is_open else word == other):
                return False
        return True


@functools.lru_cache(maxsize=8192)
def _phrase(phrase: str) -> tuple[tuple[str, bool], ...]:
    """Return the words of a phrase as they are searched, each with whether any ending will do."""
    parts = [(searched_words(part), part.endswith("*")) for part in phrase.split()]
    return tuple((word, is_open and word == words[-1]) for words, is_open in parts for word in words)


def _forms(word: str) -> set[str]:
    """Return a word as it is written, and without each run of particles that may stand before it."""
    longest = min(len(word) - 1, _MOST_PARTICLES)
    return {word, *(word[at:] for at in range(1, longest + 1) if _PARTICLES.fullmatch(word, 0, at))}


def western_digits(text: str) -> str:
    """Return the text with Arabic-Indic and other decimal digits written 0 to 9."""
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def _is_folded(text: str) -> bool:
    return unicodedata.is_normalized("NFKD", text) and text.casefold() == text


def joined(names: Iterable[str]) -> str:
    """Return names one after the other, each kept together whichever way it is written."""
    return ", ".join(f"\u2068{name}\u2069" for name in names)


def first_words(text: str, limit: int) -> str:
    """Return the beginning of a text as one line of at most `limit` characters, cut at a word."""
    line = clean_line(text)
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:-") + "…"


def has_hidden_controls(text: str) -> bool:
    """Tell whether the text holds what no keyboard types: control characters or bidirectional overrides."""
    return has_unstorable(text) or bool(_CONTROLS.search(text) or _BIDI.search(text))
