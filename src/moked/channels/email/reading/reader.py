"""A program that reads mails, one after the other: `python -m moked.channels.email.reading.reader`.

Whatever strangers send is taken apart here, in a process with little memory, little time and no secrets. It
gets a line of JSON and a mail on standard input, and writes JSON to standard output: `mail`, or `trouble`.
It ends with its input, so when whoever started it is gone. It imports nothing of Django.
"""

import dataclasses
import gc
import json
import math
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from moked.base import limits
from moked.channels.email.reading import frames
from moked.channels.email.reading.mail import MOST_BYTES, Ours, ReadMail, Trouble, Unreadable
from moked.channels.email.reading.message import read

MEMORY = 300_000_000
CPU_SECONDS = 10  # for each mail
CPU_SECONDS_IN_ALL = 3_600
ALL_SECONDS = 30  # whoever started us waits less; this is for when they are gone
LARGEST_FILE = 2 * MOST_BYTES
MOST_REQUEST = 1_000_000


def main() -> None:
    """Read mails until there are no more."""
    limit_self()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while request := frames.read(requests, MOST_REQUEST):
        raw = frames.read(requests, MOST_BYTES)
        if raw is None:
            break
        limit_next()
        answer = answered(json.loads(request), raw)
        del raw
        frames.write(answers, json.dumps(answer).encode())
        signal.alarm(0)
        gc.collect()


def limit_self() -> None:
    """Give up, for good, whatever a mail that takes over this process could misuse."""
    limits.limit_self(memory=MEMORY, largest_file=LARGEST_FILE)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_IN_ALL, CPU_SECONDS_IN_ALL))
    os.umask(0o077)


def limit_next() -> None:
    """Let the next mail take its time, and no more."""
    limit = min(math.ceil(time.process_time()) + CPU_SECONDS, CPU_SECONDS_IN_ALL)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, CPU_SECONDS_IN_ALL))
    signal.alarm(ALL_SECONDS)


def answered(request: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """Return what a mail says, or why it is not read."""
    try:
        ours = Ours(**{name: _tuples(value) for name, value in request["ours"].items()})
        mail = read(raw, ours, Path(request["folder"]))
        return {"mail": plain(mail)}
    except Unreadable as trouble:
        return {"trouble": trouble.code}
    except MemoryError:
        return {"trouble": Trouble.TOO_MUCH_MEMORY}
    except RecursionError:
        return {"trouble": Trouble.TOO_DEEP}
    except Exception:  # noqa: BLE001 - parsers raise whatever comes to their mind
        return {"trouble": Trouble.BROKEN}


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def plain(mail: ReadMail) -> dict[str, Any]:
    """Return what was read as JSON has it."""
    sent_at = mail.sent_at.isoformat() if mail.sent_at else None
    return {**dataclasses.asdict(mail), "sent_at": sent_at}


if __name__ == "__main__":
    main()
