"""What a channel is, whatever it carries: each folder beside this one has one in its `channel.py`."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from moked.cases.rules import Channel as Code
from moked.channels.base.letters import Outgoing
from moked.channels.models import Account
from moked.municipalities.models import Municipality


@dataclasses.dataclass(frozen=True)
class Abilities:
    """What can be done by a channel.

    `longest_text` is the most characters a message to a resident may have, None where there is no limit.
    """

    comes_in: bool
    longest_text: int | None


class Channel(ABC):
    """A way by which residents and a town write to each other. It only carries: what is said, and to whom,
    is decided above, and what becomes of what comes in by `moked.intake.taking`.

    What comes in goes through `moked.channels.base.receiving`. `troubles` are the codes of what can be the
    matter with an account; words for each stand with the pages that show them.
    """

    code: ClassVar[Code]
    abilities: ClassVar[Abilities]
    troubles: ClassVar[type[StrEnum]]

    @abstractmethod
    def answers_to(self, town: Municipality) -> str:
        """Return the town's own address that answers go to, '' where none is read."""

    @abstractmethod
    def send(self, outgoing: Outgoing, *, still_mine: Callable[[], bool]) -> None:
        """Give a message the channel's form and hand it over; ask `still_mine` before it cannot be undone.

        Raises Refused, NotNow or NoLongerMine; returning means the other side has accepted it. What is sent
        again goes out under the same `outgoing.id`. Must not be called inside a transaction.
        """

    @abstractmethod
    def try_out(self, account: Account) -> "Found":
        """Sign in to an account and count; changes nothing there.

        Raises UnableToReach. Must not be called inside a transaction.
        """


@dataclasses.dataclass(frozen=True)
class Found:
    """What lies at an account's provider: all of it, and what is still to be fetched."""

    messages: int
    waiting: int
