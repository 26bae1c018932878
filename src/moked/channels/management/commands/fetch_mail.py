"""`manage.py fetch_mail`: read all mailboxes until told to stop."""

import signal
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand

from moked.channels.email.watching import watch


class Command(BaseCommand):
    help = "Read the mailboxes of all towns by IMAP as mails come, until SIGTERM."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(tags=[Tags.database], databases=["default"])
        stopping = False

        def stop(*_: Any) -> None:
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        watch(lambda: not stopping)
