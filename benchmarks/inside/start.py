"""Make Django ready, on a database that is as durable as a town's. Import this module before any model."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 - it reads the settings

from moked.config.checks import refuse_weak_database  # noqa: E402
from moked.municipalities import statistics  # noqa: E402

refuse_weak_database()


def take_statistics() -> None:
    """Let the database's planner know the tables, as the worker does on SQLite and PostgreSQL by itself."""
    if connection.vendor == "sqlite":
        statistics.take_statistics(datetime.now(UTC))
    else:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def tell(result: Any) -> None:
    """Print the result for the process that started us, as the last line of the output."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
