"""`manage.py rebuild_search [--all]`: bring what the search knows of cases up to date."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from moked.cases.operations.indexing import BATCH, forget_strays, index_again, next_cases
from moked.cases.queries import search_tallies
from moked.search.operations import forget_all


class Command(BaseCommand):
    help = (
        "Write what the search lacks or has wrong, a hundred cases at a time. It can be stopped at any "
        "moment and run again; people go on working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="forget everything first; when stopped, go on without this. Until the end not all is found",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"]:
            forget_all()
        total = sum(one.cases for one in search_tallies())
        done = missing = last = 0
        while ids := next_cases(last):
            missing += index_again(ids)
            done, last = done + len(ids), ids[-1]
            if done % (10 * BATCH) == 0 or len(ids) < BATCH:
                self.stdout.write(f"{done:,} of {total:,} cases, {missing:,} of them had been missing")
        self.stdout.write(f"Done. {forget_strays():,} documents belonged to no case and are gone.")
