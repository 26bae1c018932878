"""Addresses as people write them, made comparable: which words name the street, which the house.

Hebrew, Arabic, Czech, Hungarian and English are understood beside each other, since a town's people write in
more than one.
"""

import dataclasses
import re

from moked.base.text import bare, clean_line, searched_words, western_digits

LONGEST = 200

STREET = ""
_BEFORE = {
    **dict.fromkeys(["רחוב", "רח", "شارع", "ulice", "ul", "street"], STREET),
    **dict.fromkeys(["שדרות", "שדרת", "שד"], "שדרות"),
    **dict.fromkeys(["סמטת", "סמטה", "סמ"], "סמטה"),
    **dict.fromkeys(["כיכר", "ככר"], "כיכר"),
    **dict.fromkeys(["דרך"], "דרכ"),
    **dict.fromkeys(["طريق"], "طريق"),
    **dict.fromkeys(["ميدان", "ساحة"], "ميدان"),
    **dict.fromkeys(["náměstí", "nám"], "namesti"),
    **dict.fromkeys(["třída", "tř"], "trida"),
    **dict.fromkeys(["nábřeží", "nábř"], "nabrezi"),
}
_AFTER = {
    **dict.fromkeys(["street", "st", "str", "ulice", "utca", "u"], STREET),
    **dict.fromkeys(["road", "rd"], "road"),
    **dict.fromkeys(["avenue", "ave", "av"], "avenue"),
    **dict.fromkeys(["boulevard", "blvd"], "boulevard"),
    **dict.fromkeys(["lane", "ln"], "lane"),
    **dict.fromkeys(["square", "sq"], "square"),
    **dict.fromkeys(["tér", "tere"], "ter"),
    **dict.fromkeys(["út", "útja"], "ut"),
    **dict.fromkeys(["körút", "krt"], "korut"),
    **dict.fromkeys(["köz"], "koz"),
    **dict.fromkeys(["náměstí", "nám"], "namesti"),
    **dict.fromkeys(["třída", "tř"], "trida"),
    **dict.fromkeys(["nábřeží"], "nabrezi"),
}

_HOUSE = r"(?P<number>\d{1,5})(?P<rest>(?:\s?[/-]\s?\w{1,4})?|\s?[^\W\d_]['׳]?|\s?/\s?[^\W\d_])"
_HOUSE_BEHIND = re.compile(rf"^(?P<street>.*?[^\W\d_].*?)[\s,]+{_HOUSE}\s*\.?$")
_HOUSE_BEFORE = re.compile(rf"^{_HOUSE}[\s,]+(?P<street>.*[^\W\d_]{{2}}.*)$")
_MORE_NUMBERS = re.compile(r"\d{1,5}")


@dataclasses.dataclass(frozen=True)
class Address:
    """One way to read a line: the street as written, the house as written or '', its possible numbers."""

    street: str
    house: str = ""
    numbers: tuple[int, ...] = ()


def normalise(name: str) -> str:
    """Return the form in which names of streets and landmarks are compared.

    Case, diacritics, niqqud, final letters, quotes, dots and hyphens are ignored; words for `street` vanish,
    those for other kinds of way are written one way and stand last. Applied again it changes nothing.
    """
    words = searched_words(name)
    first = next((at for at, word in enumerate(words) if word not in _LEADING), len(words))
    end = next((at for at in range(len(words), first, -1) if words[at - 1] not in _TRAILING), first)
    if first == end:
        return " ".join(words)
    kinds = [_LEADING[word] for word in words[:first]] + [_TRAILING[word] for word in words[end:]]
    return " ".join([*words[first:end], *dict.fromkeys(kind for kind in kinds if kind)])


def core_of(normalised: str) -> str:
    """Return a normalised name without the kind of way at its end: what people who err in it still write."""
    words = normalised.split(" ")
    while len(words) > 1 and words[-1] in _CANONICAL:
        words.pop()
    return " ".join(words)


def readings(line: str) -> list[Address]:
    """Return the ways to read what somebody wrote, the likeliest first: house behind, before, or none.

    What follows the first comma may be a town or a floor, so the part before it is read by itself as well.
    """
    line = western_digits(clean_line(line)[:LONGEST])
    beginning = line.partition(",")[0].strip()
    texts = [beginning, line] if beginning and beginning != line else [line]
    found = dict.fromkeys(reading for text in texts for reading in _readings(text) if reading.street)
    return sorted(found, key=lambda reading: not reading.house)


def with_house(street: str, house: str, language: str) -> str:
    """Return the address as it is written in a language: English puts the house first."""
    if not house:
        return street
    return f"{house} {street}" if language == "en" else f"{street} {house}"


def _readings(text: str) -> list[Address]:
    found = []
    for pattern in (_HOUSE_BEHIND, _HOUSE_BEFORE):
        if match := pattern.match(text):
            house = match["number"] + match["rest"].strip()
            numbers = tuple(dict.fromkeys(int(one) for one in _MORE_NUMBERS.findall(house)))
            found.append(Address(match["street"].strip(" ,"), house, numbers))
    return [*found, Address(text.strip(" ,"))]


_LEADING = {bare(word): bare(kind) for word, kind in _BEFORE.items()}
_CANONICAL = {bare(kind) for kind in (*_BEFORE.values(), *_AFTER.values())} - {STREET}
# Whatever `normalise` puts last is known there, so that a second time changes nothing.
_TRAILING = {bare(word): bare(kind) for word, kind in _AFTER.items()} | {kind: kind for kind in _CANONICAL}
