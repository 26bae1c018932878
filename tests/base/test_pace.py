"""A long work takes as much at once as a transaction bears."""

import pytest

from moked.base.pace import Pace


@pytest.mark.parametrize(
    ("size", "count", "seconds", "next_size"),
    [
        (100, 100, 0.05, 200),
        (100, 100, 0.001, 200),
        (100, 100, 0.4, 25),
        (30, 30, 9.0, 20),
        (900, 900, 0.01, 1000),
        (100, 60, 0.06, 100),
        (100, 100, 0.0, 200),
        (100, 1, 0.05, 100),
    ],
    ids=["fits", "doubles at most", "shrinks", "fewest", "most", "nearly full", "no time", "says nothing"],
)
def test_it_follows_what_was_measured(size, count, seconds, next_size):
    pace = Pace(size)
    pace.learn(count, seconds)
    assert pace.size == next_size
