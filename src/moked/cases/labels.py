"""Labels: short words of a town by which its staff find cases again. Plain values, no database."""

from enum import StrEnum

MOST_ON_CASE = 20
LONGEST_NAME = 40
LONGEST_UNIQUE_NAME = 3 * LONGEST_NAME


class Colour(StrEnum):
    """What a label may be marked with; each is a pair of colours that can be read on one another."""

    BLUE = "BLUE"
    TEAL = "TEAL"
    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    VIOLET = "VIOLET"


def unique_name(name: str) -> str:
    """Return the form in which names of labels are told apart: whatever their case and spaces.

    Letters with and without marks differ, since they do so in words of some languages.
    """
    return " ".join(name.split()).casefold()[:LONGEST_UNIQUE_NAME]
