"""Names that are given out."""

import itertools
import secrets
from collections.abc import Container, Iterator

from django.utils.text import slugify

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def reference(length: int = 10) -> str:
    """Return a random lower-case name without letters that look like digits; not a secret."""
    drawn, letters = secrets.randbelow(len(_ALPHABET) ** length), []
    for _ in range(length):
        drawn, letter = divmod(drawn, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)


def slug_for(text: str, taken: Container[str], *, longest: int) -> str:
    """Return an untaken name for addresses, made of the Latin letters of a text; random if it has none."""
    bare = slugify(text)[: longest - 4].strip("-") or reference(6)
    return next(one for one in itertools.chain([bare], _numbered(bare)) if one not in taken)


def _numbered(bare: str) -> Iterator[str]:
    return (f"{bare}-{number}" for number in itertools.count(2))
