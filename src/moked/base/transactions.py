"""Whether a transaction is open, for what must never run inside one."""

from django.db import connection


def in_transaction() -> bool:
    """Tell whether a transaction is open, other than the one Django's test case wraps around a test."""
    blocks = connection.atomic_blocks
    return bool(blocks) and not getattr(blocks[-1], "_from_testcase", False)
