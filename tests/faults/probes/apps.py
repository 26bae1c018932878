"""Let a rig see from outside which worker leases and which worker mails. Changes nothing that matters."""

import os
import signal
import socket
import sys
import threading
import uuid
from types import SimpleNamespace

from django.apps import AppConfig

from moked.config.supervise import LIBC, SET_PARENT_DEATH_SIGNAL


class ProbesConfig(AppConfig):
    name = "tests.faults.probes"

    def ready(self) -> None:
        """Mark what a worker says with its process id: its leases and its EHLO, which names the sender too.

        And let it die with the rig at once: one that stands still would not hear the SIGTERM it else gets.
        What a mail server that died did not take is tried again soon.
        """
        if "worker" not in sys.argv:
            return
        if LIBC is not None:
            LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        from moked.events import worker

        worker.BACK_OFF = (1, 2)
        worker.uuid = SimpleNamespace(UUID=uuid.UUID, uuid4=marked_token)  # type: ignore[attr-defined]
        socket.getfqdn = lambda name="": f"worker-{os.getpid()}-{threading.get_native_id()}.rig.example"


def marked_token() -> uuid.UUID:
    """Return a random lease token whose first eight hexadecimal digits are our process id."""
    return uuid.UUID(f"{os.getpid():08x}{uuid.uuid4().hex[8:]}")


def holder(token: str) -> int:
    """Return the process id of the worker that made the lease token."""
    return int(token[:8], 16)
