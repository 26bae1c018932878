"""`manage.py renumber_events`: once, after a dump was restored into another PostgreSQL cluster."""

from typing import Any

from django.core.management.base import BaseCommand

from moked.events.operations import renumber_events


class Command(BaseCommand):
    help = "Let projections go on after a dump was restored into another PostgreSQL cluster."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{renumber_events()} events now lie before whatever happens next.")
