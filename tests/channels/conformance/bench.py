"""What the conformance test has to be able to do at the other side of a channel."""

from collections.abc import Callable
from typing import Protocol

from moked.channels.models import Account
from moked.municipalities.models import Municipality


class Bench(Protocol):
    """An account of a town at a provider that a test can look into.

    `recipient` is an address by which a resident is reached on the channel.
    """

    account: Account
    recipient: str

    def write(self, number: int) -> None:
        """Let a resident write `matter(number)`; the same number once more is the same message again."""

    def acknowledged(self) -> int:
        """Return how many messages the provider was told that we have."""

    def waiting(self) -> int:
        """Return how many it was not told of."""

    def accepted(self) -> list[str]:
        """Return the id of each message to residents that the provider took, as often as it took it."""

    def spoil(self) -> None:
        """Let the account be of no use from now on."""


MakeBench = Callable[[Municipality], Bench]


def matter(number: int) -> str:
    """Return what a resident says in a message."""
    return f"Street lamp number {number} is dark."
