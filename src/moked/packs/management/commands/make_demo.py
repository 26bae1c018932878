"""`manage.py make_demo`: the demo's towns. Refused unless demo mode is on."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from moked.packs import demo, loader


class Command(BaseCommand):
    help = "Make or complete the invented towns and write access.json (only in demo mode)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pack", default="generic")
        parser.add_argument(
            "--cases", type=int, default=150, help="cases for each town; for the second at most 2,000"
        )
        parser.add_argument("--base-url", default=settings.BASE_URL)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo mode is off: set MOKED_PROFILE=demo.")
        try:
            access = demo.make(
                pack=options["pack"],
                cases=options["cases"],
                base_url=options["base_url"],
                now=datetime.now(UTC),
                tell=self._tell,
            )
        except loader.NoSuchPack as error:
            raise CommandError(str(error)) from error
        path = demo.write_access(access)
        self.stdout.write(f"Two towns are ready; {path} lists addresses and logins.")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
