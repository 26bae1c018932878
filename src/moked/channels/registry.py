"""The channels there are, by their code: each stands here on one line."""

from moked.cases.rules import Channel as Code
from moked.channels.base.channel import Channel
from moked.channels.email.channel import CHANNEL as EMAIL

CHANNELS: dict[Code, Channel] = {one.code: one for one in (EMAIL,)}


def channel_of(code: str) -> Channel:
    """Return a channel by its code; KeyError for one by which nothing is carried, such as the counter."""
    return CHANNELS[Code(code)]
