"""How contact points and names are compared, and how they are hidden."""

import re
from collections.abc import Sequence
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase

from rapidfuzz.distance import OSA

_SEPARATORS = re.compile(r"[\s\-().\u2010-\u2015/]")
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")

TAIL = 7
BEGINNING = 3
LONGEST_WORD = 40
WORD_WITH_ERRORS = 4
LONG_WORD = 8


class Reason(StrEnum):
    """Why two residents may be the same person, the strongest first."""

    SAME_EMAIL = "SAME_EMAIL"
    SAME_PHONE = "SAME_PHONE"
    PHONE_ENDS_ALIKE = "PHONE_ENDS_ALIKE"
    SAME_ADDRESS = "SAME_ADDRESS"
    SAME_NAME = "SAME_NAME"
    NAMES_ALIKE = "NAMES_ALIKE"


class ContactKind(StrEnum):
    """How a resident can be reached."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"


def normalise_email(address: str) -> str:
    """Return the form addresses are compared in: trimmed, A to Z as a to z.

    All other letters are left as they are, since folding makes one of two people: `ß` is not `ss`.
    """
    return address.strip().translate(_SMALL)


def normalise_phone(number: str) -> str:
    """Return the digits of a phone number, with a leading plus if there was one; '' when none are left."""
    bare = _SEPARATORS.sub("", number.translate(_ARABIC_DIGITS))
    plus = "+" if bare.startswith("+") else ""
    digits = bare.lstrip("+")
    return plus + digits if digits.isdigit() and digits.isascii() else ""


def phone_tail(normalised: str) -> str:
    """Return the last seven digits, by which numbers are looked up; all of a shorter one."""
    return normalised.lstrip("+")[-TAIL:]


def is_same_phone(one: str, other: str) -> bool:
    """Tell whether two normalised numbers can be the same line, with or without the country's prefix.

    `+972 50 123 4567`, `050-123 4567` and `50 1234567` are; a number cut to fewer than seven digits is none.
    """
    shorter, longer = sorted((_national(one), _national(other)), key=len)
    return shorter == longer or (len(shorter) >= TAIL and longer.endswith(shorter))


def _national(normalised: str) -> str:
    return normalised.lstrip("+").lstrip("0")


def mask(text: str) -> str:
    """Return a name or address that can be recognised by who knows it and by nobody else."""
    return f"{text[:1]}•••" if text else ""


def mask_phone(number: str) -> str:
    """Return a phone number that can be recognised by who knows it: its last two digits."""
    return f"•••{number[-2:]}" if number else ""


def name_keys(word: str) -> tuple[str, str]:
    """Return the two keys a folded word of a name is filed under: its beginning, and its two ends.

    A single typing error leaves one of them as it is, unless it is in the first letter; `^` and `$` keep the
    kinds apart.
    """
    return f"^{word[:BEGINNING]}", _ends(word)


def _ends(word: str) -> str:
    return f"${word[:1]}{word[-2:]}"


def keys_despite_errors(typed: str) -> set[str]:
    """Return the keys under which a word may be filed that somebody meant when typing this one."""
    swapped = {
        typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
        for at in range(min(len(typed) - 1, BEGINNING))
    }
    return {key for word in (typed, *swapped) for key in name_keys(word)}


def is_meant(typed: str, word: str) -> bool:
    """Tell whether somebody who typed a folded word may mean the beginning of this one.

    One typing error is forgiven from four letters on, two from eight; a letter missing, doubled, wrong, or
    two of them swapped.
    """
    if word.startswith(typed):
        return True
    if len(typed) < WORD_WITH_ERRORS:
        return False
    errors = 2 if len(typed) >= LONG_WORD else 1
    lengths = range(len(typed) - errors, len(typed) + errors + 1)
    return any(OSA.distance(typed, word[:length], score_cutoff=errors) <= errors for length in lengths)


def rank(typed: Sequence[str], words: Sequence[str]) -> tuple[int, int] | None:
    """Return how well a name fits what was typed, smaller is better; None when a typed word fits none of it.

    First count the words that fit only with errors, then the letters still to be typed.
    """
    fits = [[word for word in words if is_meant(one, word)] for one in typed]
    if not all(fits):
        return None
    wrong = sum(
        not any(word.startswith(one) for word in found) for one, found in zip(typed, fits, strict=True)
    )
    return wrong, abs(sum(map(len, words)) - sum(map(len, typed)))


def compared_names(one: Sequence[str], other: Sequence[str]) -> Reason | None:
    """Return SAME_NAME or NAMES_ALIKE of two names in folded words; None when they are not, or one is empty.

    The same words in any order are the same name. Names are alike when each word of the shorter may mean one
    of the longer: an initial, the beginning or a typing error.
    """
    if not (one and other):
        return None
    if sorted(one) == sorted(other):
        return Reason.SAME_NAME
    shorter, longer = sorted((one, other), key=lambda words: (len(words), sum(map(len, words))))
    return Reason.NAMES_ALIKE if rank(shorter, longer) is not None else None
