"""Make Django ready, on a database that is as durable as a town's. Import this module before any model."""

import json
import sys
from typing import Any

import django

django.setup()

from moked.config.checks import refuse_weak_database  # noqa: E402 - it reads the settings

refuse_weak_database()


def tell(result: Any) -> None:
    """Print the result for the process that started us, as the last line of the output."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
