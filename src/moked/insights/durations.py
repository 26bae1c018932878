"""Durations kept as histograms: they can be added up, and their median be told from the sum. No database.

The bounds grow by a fourth root of two from a quarter of an hour to four years, and within a bucket values
are taken as evenly spread: a quantile is off by less than a fifth of itself, and where many values stand by
far less. What took less than a quarter of an hour is one bucket, more than four years another.
"""

import itertools
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence

FIRST = 15
STEPS = 68
BOUNDS: tuple[float, ...] = tuple(FIRST * 2 ** (step / 4) for step in range(STEPS + 1))
"""Minutes at which a bucket ends; the last bucket has no end."""
BUCKETS = len(BOUNDS) + 1
_TYPE = "i"

Histogram = Sequence[int]


def empty() -> list[int]:
    """Return a histogram of nothing."""
    return [0] * BUCKETS


def bucket(minutes: int) -> int:
    """Return the bucket that a duration falls into."""
    return bisect_right(BOUNDS, minutes)


def packed(histogram: Histogram) -> bytes:
    """Return a histogram as it is stored; nothing where nothing is counted."""
    return array(_TYPE, histogram).tobytes() if any(histogram) else b""


def unpacked(stored: bytes) -> list[int]:
    """Return a stored histogram."""
    return array(_TYPE, bytes(stored)).tolist() if stored else empty()


def added(stored: Iterable[bytes]) -> list[int]:
    """Return the sum of stored histograms."""
    full = [array(_TYPE, bytes(one)) for one in stored if one]
    return [sum(column) for column in zip(*full, strict=True)] if full else empty()


def quantile(histogram: Histogram, share: float) -> float | None:
    """Return the minutes that `share` of the durations stay below; None of nothing."""
    total = sum(histogram)
    if not total:
        return None
    wanted = share * total
    for index, reached in enumerate(itertools.accumulate(histogram)):
        if reached >= wanted and histogram[index]:
            below = BOUNDS[index - 1] if index else 0.0
            above = BOUNDS[index] if index < len(BOUNDS) else BOUNDS[-1]
            return below + (above - below) * (wanted - (reached - histogram[index])) / histogram[index]
    return BOUNDS[-1]


def minutes(histogram: Histogram, share: float) -> int | None:
    """Return the same in whole minutes."""
    found = quantile(histogram, share)
    return None if found is None else round(found)
