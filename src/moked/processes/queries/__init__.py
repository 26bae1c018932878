"""What reactions there are, what they read of cases, and what they would do."""

from moked.processes.queries.facts import facts_of
from moked.processes.queries.moments import Clocks, Due, dues_of
from moked.processes.queries.published import (
    Book,
    Trouble,
    in_force,
    known_in,
    names_of,
    revision_of,
    troubles_of,
)

__all__ = [
    "Book",
    "Clocks",
    "Due",
    "Trouble",
    "dues_of",
    "facts_of",
    "in_force",
    "known_in",
    "names_of",
    "revision_of",
    "troubles_of",
]
