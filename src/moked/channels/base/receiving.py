"""Store what comes in, and acknowledge it only then: the one way in, whatever the channel."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

from moked.channels.models import Account
from moked.channels.operations import Kept, keep_message
from moked.channels.rules import Reason


@dataclasses.dataclass(frozen=True)
class Incoming:
    """A message as the provider gives it, byte for byte; with a `reason` it is not all of it.

    `provider_id` is what the sender's side calls it, the same each time it is given; '' where it has no name.
    `acknowledge` tells the provider that it may forget the message.
    """

    raw: bytes
    media_type: str
    provider_id: str
    acknowledge: Callable[[], object]
    reason: Reason | None = None


def receive(account: Account, incoming: Incoming) -> Kept:
    """Keep a message, then acknowledge it: whatever ends us in between, it is given again and recognised.

    Raises files.NotKept when there is no room, and what `acknowledge` raises.
    """
    kept = keep_message(
        account=account,
        raw=incoming.raw,
        provider_id=incoming.provider_id,
        media_type=incoming.media_type,
        reason=incoming.reason,
        now=datetime.now(UTC),
    )
    incoming.acknowledge()
    return kept
