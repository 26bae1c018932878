"""`manage.py check_search`: compare how many cases there are with how many the search knows."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from moked.cases.queries import search_tallies
from moked.search.queries import index_size


class Command(BaseCommand):
    help = "Compare cases, documents and index of the search by number; exit with 1 where they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        tallies = search_tallies()
        documents, indexed = sum(one.documents for one in tallies), index_size()
        for one in tallies:
            self.stdout.write(f"{one.town}: {one.cases:,} cases, {one.documents:,} documents")
        self.stdout.write(f"index: {indexed:,} documents")
        if indexed != documents or any(one.cases != one.documents for one in tallies):
            self.stdout.write("They differ: `manage.py rebuild_search` writes what is missing.")
            if indexed != documents:
                self.stdout.write("The index needs `manage.py rebuild_search --all`.")
            sys.exit(1)
