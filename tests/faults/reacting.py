"""Do what is due and what waits in the outbox, as a worker does, and die at one statement of it.

    python -m tests.faults.reacting STATEMENT before|after

It ends by SIGKILL right before the statement of that number is sent or right after it was done; 0 is never.
A worker that lives tells each of its statements, and whether it belonged to a transaction.
"""

import json
import os
import signal
import sys
from datetime import UTC, datetime

import django

django.setup()

from django.db import connection  # noqa: E402

from moked.events import worker  # noqa: E402
from moked.processes.operations import react_on_time  # noqa: E402


def main() -> None:
    number, when = int(sys.argv[1]), sys.argv[2]
    seen: list[tuple[bool, str]] = []

    def watch(execute, sql, params, many, context):
        seen.append((connection.in_atomic_block, sql))
        if (len(seen), when) == (number, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if (len(seen), when) == (number, "after"):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(watch):
        react_on_time(datetime.now(UTC))
        while worker.run_outbox():
            pass
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
