"""Count all cases anew: `manage.py rebuild_figures [--municipality SLUG]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moked.insights.projections import rebuild
from moked.municipalities.models import Municipality


class Command(BaseCommand):
    """Work the figures out from the cases, as if nothing had been counted before."""

    help = "Count all cases anew. Others may go on meanwhile; figures are complete when it has ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--municipality", help="only this one, by its short name")

    def handle(self, *args: Any, **options: Any) -> None:
        towns = Municipality.objects.order_by("id")
        if slug := options["municipality"]:
            towns = towns.filter(slug=slug)
            if not towns:
                raise CommandError(f"There is no municipality {slug}: name one of those set up here.")
        for town in towns:
            self.stdout.write(f"{town.slug}: {sum(rebuild(town.pk))} cases counted")
