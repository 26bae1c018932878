"""`manage.py worker`: do durable work, projections and the schedule until told to stop."""

import signal
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand

from moked.events import worker


class Command(BaseCommand):
    help = "Send what is in the outbox, keep the figures and run the schedule, until SIGTERM."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(tags=[Tags.database], databases=["default"])
        stopping = False

        def stop(*_: Any) -> None:
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        worker.run(lambda: not stopping)
