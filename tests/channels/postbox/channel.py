"""A channel that only tests have: JSON by a webhook, and a provider that is a folder.

The provider keeps what residents wrote in `inbox` until it is told that we have it, then in `had`, and what
we sent to them in `sent`. POSTBOX in the environment names the folder.
"""

import json
import os
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from moked.base.transactions import in_transaction
from moked.cases.rules import Channel as Code
from moked.channels.base.channel import Abilities, Channel, Found
from moked.channels.base.letters import Outgoing
from moked.channels.base.troubles import NoLongerMine, Refused, UnableToReach
from moked.channels.models import Account
from moked.municipalities.models import Municipality
from tests.channels.postbox.rendering import text_of


class Trouble(StrEnum):
    UNREACHABLE = "UNREACHABLE"


class Postbox(Channel):
    code = Code.API
    abilities = Abilities(comes_in=True, longest_text=1000)
    troubles = Trouble

    def answers_to(self, town: Municipality) -> str:
        return ""

    def send(self, outgoing: Outgoing, *, still_mine: Callable[[], bool]) -> None:
        assert not in_transaction()
        text = text_of(outgoing.letter)
        if self.abilities.longest_text and len(text) > self.abilities.longest_text:
            raise Refused("The text is too long.")
        if not still_mine():
            raise NoLongerMine("Another worker has taken this over.")
        file = folder() / "sent" / f"{time.time_ns()}.json"
        file.write_text(json.dumps({"id": outgoing.id, "to": outgoing.to, "text": text}), encoding="utf-8")

    def try_out(self, account: Account) -> Found:
        assert not in_transaction()
        if not (folder() / "inbox").is_dir():
            raise UnableToReach(Trouble.UNREACHABLE)
        waiting = len(list((folder() / "inbox").iterdir()))
        return Found(waiting + len(list((folder() / "had").iterdir())), waiting)


def folder() -> Path:
    return Path(os.environ["POSTBOX"])


CHANNEL = Postbox()
