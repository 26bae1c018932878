"""Do the work of a channel in a process of its own, and die at a step of it.

    python -m tests.channels.conformance.dying ROW ACCOUNT STEP

The step is named in STEPS. Nothing in the product knows of it: the function at which it lies is replaced,
wherever it is used, by one that ends this process as a power cut would.
"""

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

RECEIVE, WORK = "receive", "work"
STORED, PLANNED = "MessageStored", "NoticePlanned"


@dataclass(frozen=True)
class Step:
    """Where to die: before a function, given as `module:name`, is called for the nth time, or after it.

    With `event` only calls on work for such an event count.
    """

    during: str
    function: str
    before: bool
    nth: int = 1
    event: str = ""


RECEIVING = {
    "before it is stored": Step(RECEIVE, "moked.channels.operations.messages:keep_message", before=True),
    "while it is stored": Step(RECEIVE, "moked.channels.operations.messages:publish", before=True),
    "stored, not acknowledged": Step(
        RECEIVE, "moked.channels.operations.messages:keep_message", before=False
    ),
    "acknowledged": Step(RECEIVE, "moked.channels.base.receiving:receive", before=False),
}
TAKING = {
    "before it is taken": Step(WORK, "moked.events.worker:Claimed.still_mine", before=False, event=STORED),
    "taken, its end not noted": Step(WORK, "moked.channels.operations.messages:settle", before=True),
    "taken, not committed": Step(WORK, "moked.channels.operations.messages:settle", before=False),
    "taken, its work not settled": Step(
        WORK, "moked.events.worker:Claimed.settle", before=True, event=STORED
    ),
}
SENDING = {
    "before it is sent": Step(
        WORK, "moked.events.worker:Claimed.still_mine", before=False, nth=2, event=PLANNED
    ),
    "sent, not marked": Step(WORK, "moked.notices.operations:mark", before=True),
    "marked, its work not settled": Step(
        WORK, "moked.events.worker:Claimed.settle", before=True, event=PLANNED
    ),
}
STEPS = {**RECEIVING, **TAKING, **SENDING}


def lay(step: Step) -> None:
    """Replace the function of a step by one that ends this process there."""
    module, _, name = step.function.partition(":")
    owner: Any = importlib.import_module(module)
    *within, name = name.split(".")
    for part in within:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    deadly = deadly_at(original, step)
    holders = [owner] if within else [one for one in list(sys.modules.values()) if one is not None]
    for holder in holders:
        if getattr(holder, "__dict__", {}).get(name) is original:
            setattr(holder, name, deadly)


def deadly_at(original: Callable[..., Any], step: Step) -> Callable[..., Any]:
    left = step.nth

    @functools.wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if step.event and type(args[0].event).__name__ != step.event:
            return original(*args, **kwargs)
        left -= 1
        if left == 0 and step.before:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(*args, **kwargs)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return deadly


def main(row_name: str, account_id: str, step_name: str) -> None:
    django.setup()
    from moked.channels.models import Account
    from moked.events.worker import run_outbox
    from tests.channels.conformance.table import ROWS

    row, step = ROWS[row_name], STEPS[step_name]
    row.install()
    lay(step)
    if step.during == RECEIVE:
        row.receive(Account.objects.get(pk=account_id))
    while run_outbox():
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
