"""What each process keeps of a town's map in memory, built when first asked and again when the map changed.

Measured with 50,000 streets: a database index finds no name with a typing error within the time a person
waits, unless it is a trigram index, of which each of our databases has its own kind with its own blind spots
(two Hebrew letters, a C locale). One index in memory answers the same on both.
"""

import gc
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from moked.places.models import Edition

Index = TypeVar("Index")
TOWNS = 20


class Kept(Generic[Index]):
    """The indexes of the towns asked for last, each of one edition. Threads share them."""

    def __init__(self, build: Callable[[int], Index], empty: Index) -> None:
        self._build = build
        self._empty = empty
        self._kept: dict[int, tuple[str, Index]] = {}
        self._lock = threading.Lock()

    def of(self, municipality_id: int, edition: str) -> Index:
        """Return the index of that edition; whoever asks first builds it while the others wait."""
        if not edition:
            return self._empty
        found = self._kept.get(municipality_id)
        if found is not None and found[0] == edition:
            return found[1]
        with self._lock:
            found = self._kept.get(municipality_id)
            if found is None or found[0] != edition:
                found = (edition, self._build(municipality_id))
                self._keep(municipality_id, found)
                # Or else every search for garbage looks through all names of the town, while somebody waits.
                gc.collect()
                gc.freeze()
            return found[1]

    def _keep(self, municipality_id: int, found: tuple[str, Index]) -> None:
        self._kept.pop(municipality_id, None)
        self._kept[municipality_id] = found
        for oldest in list(self._kept)[:-TOWNS]:
            del self._kept[oldest]


def editions(municipality_id: int) -> tuple[str, str]:
    """Return the names of the town's current areas and addresses, '' where it has none. One query.

    Read before the rows, so that an index can be newer than its name but never older.
    """
    row = Edition.objects.filter(municipality_id=municipality_id).values_list("areas", "addresses").first()
    return row or ("", "")
