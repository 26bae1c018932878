"""The order of things that are moved and removed by buttons, each named by its number from 1."""

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def moved(items: Sequence[Item], step: str, number: int) -> tuple[Item, ...]:
    """Return the items with one of them moved up or down, or removed; anything else changes nothing."""
    found = list(items)
    at = number - 1
    if step == "remove" and number:
        del found[at]
    elif step == "up" and number > 1:
        found[at - 1 : at + 1] = found[at], found[at - 1]
    elif step == "down" and 0 < number < len(found):
        found[at : at + 2] = found[at + 1], found[at]
    return tuple(found)


def number_in(typed: str, items: Sequence[object]) -> int:
    """Return the number somebody's button sent, 0 for one that none of the items has."""
    return int(typed) if typed.isdecimal() and len(typed) < 7 and int(typed) <= len(items) else 0
