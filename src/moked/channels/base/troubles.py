"""What may go wrong between us and the other side of a channel."""

from enum import StrEnum

from moked.base.text import clean_line, storable
from moked.channels.rules import LONGEST_SAID
from moked.events.subscribers import GiveUp, LeaseLost, Work


class UnableToReach(Exception):
    """An account cannot be used; `said` is what the other side said, on one clean line and not all of it."""

    def __init__(self, trouble: StrEnum, said: str = "") -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.said = clean_line(storable(said))[:LONGEST_SAID]


class CarryError(Exception):
    """A message was not handed over; `reason` is a code, with that of the other side's answer if it gave one.

    `status` is its code of RFC 3463, or ''.
    """

    def __init__(self, reason: str, status: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Refused(CarryError, GiveUp):
    """The other side will never take this message for this recipient."""


class NotNow(CarryError):
    """The other side could not take it now; try again later."""


class NoLongerMine(CarryError, LeaseLost):
    """The right to send went to another worker before anything was sent."""


def is_for_good(problem: CarryError, work: Work) -> bool:
    """Tell whether a message that was not handed over is not tried again."""
    return isinstance(problem, Refused) or work.is_last_try
