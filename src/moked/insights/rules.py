"""What may be published of small counts."""

from collections.abc import Sequence

SMALLEST_SHOWN = 5


def suppress(counts: Sequence[int]) -> list[int | None]:
    """Return the counts with every one under 5 hidden, and one more where a single gap could be worked out.

    The total of the counts is public, so one hidden cell alone would be the total less the others: the
    smallest shown cell is then hidden too (complementary suppression).
    """
    shown: list[int | None] = [count if count >= SMALLEST_SHOWN else None for count in counts]
    if shown.count(None) == 1:
        left = [(count, index) for index, count in enumerate(shown) if count is not None]
        if left:
            shown[min(left)[1]] = None
    return shown
