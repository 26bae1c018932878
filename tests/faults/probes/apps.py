"""Let a rig see from outside which worker leases and which worker mails. Changes nothing that matters."""

import os
import socket
import sys
import uuid
from types import SimpleNamespace

from django.apps import AppConfig


class ProbesConfig(AppConfig):
    name = "tests.faults.probes"

    def ready(self) -> None:
        """Mark what a worker says with its process id: its leases and its EHLO."""
        if "worker" not in sys.argv:
            return
        from moked.events import worker

        worker.uuid = SimpleNamespace(UUID=uuid.UUID, uuid4=marked_token)  # type: ignore[attr-defined]
        socket.getfqdn = lambda name="": f"worker-{os.getpid()}.rig.example"


def marked_token() -> uuid.UUID:
    """Return a random lease token whose first eight hexadecimal digits are our process id."""
    return uuid.UUID(f"{os.getpid():08x}{uuid.uuid4().hex[8:]}")


def holder(token: str) -> int:
    """Return the process id of the worker that made the lease token."""
    return int(token[:8], 16)
