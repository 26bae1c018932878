"""What the provider calls with each message, until we say that we have it."""

import json
from pathlib import Path

from moked.channels.base import receiving
from moked.channels.base.receiving import Incoming
from moked.channels.models import Account
from tests.channels.postbox.channel import folder


def receive(account: Account) -> None:
    """Be given all that waits."""
    for file in sorted((folder() / "inbox").iterdir()):
        webhook(account, file)


def webhook(account: Account, file: Path) -> None:
    raw = file.read_bytes()

    def acknowledge() -> None:
        file.rename(folder() / "had" / file.name)

    receiving.receive(account, Incoming(raw, "application/json", json.loads(raw)["id"], acknowledge))
