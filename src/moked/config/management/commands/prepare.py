"""`manage.py prepare`: what must be done before web and worker start, in one process to be quick."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LOCKS = ("requirements/run.txt", "package-lock.json")


class Command(BaseCommand):
    help = "Migrate the database and collect the static files, where anything changed; make the demo's towns."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make the demo's towns, in demo mode only")
        parser.add_argument("--pack", default="generic", help="the demo's first town")
        parser.add_argument("--cases", type=int, help="how many cases to invent")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["demo"] and not settings.DEMO:
            raise CommandError("The demo's towns are made in demo mode only: start it by script/demo.")
        self.check(tags=[Tags.database], databases=["default"])
        self._migrate()
        self._collect_static_files()
        if options["demo"]:
            cases = {} if options["cases"] is None else {"cases": options["cases"]}
            call_command("make_demo", pack=options["pack"], base_url=settings.BASE_URL, **cases)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if steps:
            self.stdout.write(f"Bringing the database up to date ({steps} steps)…")
            call_command("migrate", interactive=False, verbosity=0)

    def _collect_static_files(self) -> None:
        stamp = Path(settings.DATA) / "static.stamp"
        wanted = digest_of_static_files()
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        self.stdout.write("Collecting the static files…")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(wanted, encoding="utf-8")


def digest_of_static_files() -> str:
    """Return what changes when a static file may have: the locks, the settings, our own files' times."""
    digest = hashlib.sha256(repr((settings.STATICFILES_DIRS, settings.STATIC_ROOT)).encode())
    for name in LOCKS:
        digest.update((settings.BASE_DIR / name).read_bytes())
    for path in sorted(own_static_files()):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def own_static_files() -> Iterator[Path]:
    """Yield the static files that stand in the source."""
    for folder in settings.SOURCE.glob("**/static"):
        yield from (path for path in folder.rglob("*") if path.is_file())
