"""What happens to messages."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class MessageStored(DomainEvent):
    """A message came in and is kept; nobody has read it yet."""

    name: ClassVar[str] = "channel.message_stored"

    message_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class MessageTakenByHand(DomainEvent):
    """A person made a case of a message that was set aside; what is attached to it is still to follow."""

    name: ClassVar[str] = "channel.message_taken_by_hand"

    message_id: int


ALL = (MessageStored, MessageTakenByHand)
