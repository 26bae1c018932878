"""`manage.py load_pack`: make a town from a pack, or bring what a pack changed to a town there is."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moked.packs import loader
from moked.packs.problems import RefusedPack

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class Command(BaseCommand):
    help = "Make or update a town from a pack that comes with Moked, or from a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", help=f"a folder, or one of: {', '.join(loader.names())}")
        parser.add_argument("--municipality", metavar="SLUG", help="the town, if not the pack's own")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["municipality"]
        if slug is not None and not _SLUG.fullmatch(slug):
            raise CommandError("Name the town by small letters, digits and hyphens.")
        try:
            path = self._folder(options["pack"])
            loaded = loader.load_folder(path, now=datetime.now(UTC), slug=slug)
        except (loader.NoSuchPack, RefusedPack) as refusal:
            raise CommandError(str(refusal)) from refusal
        for kept in loaded.kept:
            self.stdout.write(f"kept: {kept}")
        counts = f"{loaded.written} written, {loaded.unchanged} unchanged, {len(loaded.kept)} kept"
        self.stdout.write(f"{loaded.town.slug}: {counts}.")

    def _folder(self, pack: str) -> Path:
        """Return the folder meant. Raises NoSuchPack."""
        path = Path(pack)
        is_path = pack not in loader.names() and "\x00" not in pack and path.is_dir()
        return path.resolve() if is_path else loader.folder_of(pack)
