"""Texts with places to fill in, `{name}`, from a fixed list; no template language."""

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{([a-z_]+)\}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put each `{name}` of the fixed list in its place, once; what is filled in is never read again.

    Raises KeyError for a name that is not in `values`, so that a wrong text is found by its test.
    """
    return _PLACE.sub(lambda place: values[place.group(1)], template)


def places_in(template: str) -> list[str]:
    """Return the names a text asks for, in order."""
    return _PLACE.findall(template)
