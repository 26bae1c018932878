"""Every write of external bodies and of the cases handed to them."""

from moked.handovers.operations.answering import UnableToAnswer, answer, count_late
from moked.handovers.operations.bodies import KIND, publish_body, restore_body, retire_body
from moked.handovers.operations.handing import (
    UnableToHandOver,
    end_hand_over,
    hand_over,
    leave_body,
    tell,
    withdraw,
)
from moked.handovers.operations.mails import mark, note_bounce, note_delivered, remind_silent

__all__ = [
    "KIND",
    "UnableToAnswer",
    "UnableToHandOver",
    "answer",
    "count_late",
    "end_hand_over",
    "hand_over",
    "leave_body",
    "mark",
    "note_bounce",
    "note_delivered",
    "publish_body",
    "remind_silent",
    "restore_body",
    "retire_body",
    "tell",
    "withdraw",
]
