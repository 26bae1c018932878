"""Import a file in a process of its own that kills itself, as no other end is as sudden.

    python -m tests.exchange.killed FOLDER TOWN COMMITS

It ends by SIGKILL in the middle of the transaction after that many committed ones; 0 is never.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from moked.exchange.management.commands import import_requests  # noqa: E402
from tests.exchange.histories import NOW  # noqa: E402


class Clock(datetime):
    """Stands still, so that two imports differ in nothing."""

    @classmethod
    def now(cls, tz=None):
        return NOW.astimezone(tz or UTC)


def main() -> None:
    folder, town, commits = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    import_requests.datetime = Clock
    left = commits

    def count(execute, sql, params, many, context):
        nonlocal left
        result = execute(sql, params, many, context)
        if "cases.recorded" in str(params):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(count):
        call_command(
            "import_requests",
            folder / "cases.csv",
            mapping=folder / "mapping.toml",
            municipality=town,
            json=True,
            rejects=folder / "rejects.csv",
        )


if __name__ == "__main__":
    main()
