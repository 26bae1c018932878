"""How much of a long work fits into one transaction, so that others can write in between."""

SECONDS = 0.1
"""What a transaction aims at: it then commits well within 200 ms."""


class Pace:
    """`size` is how many things to take at once; it follows how long those before took.

    It at most doubles each time, and stays between `fewest` and `most`.
    """

    def __init__(self, first: int, *, fewest: int = 20, most: int = 1000) -> None:
        self.size = first
        self._fewest = fewest
        self._most = most

    def learn(self, count: int, seconds: float) -> None:
        """Take note that so many things took so many seconds. Much fewer than `size` say nothing about it."""
        if 2 * count >= self.size:
            fitting = round(count * SECONDS / max(seconds, 1e-6))
            self.size = max(self._fewest, min(self._most, 2 * self.size, fitting))
