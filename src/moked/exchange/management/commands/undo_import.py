"""`manage.py undo_import`: take an import out again, as if it had never been there."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moked.exchange.imports.undo import UnableToUndo, Undone, undo_import
from moked.exchange.models import ImportBatch

SHOWN = 20


class Command(BaseCommand):
    help = "Undo a whole import: its cases, and what was made for them and is used by nothing else."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", help="the name of the import, as import_requests told it")
        parser.add_argument(
            "--keep-touched", action="store_true", help="leave cases that somebody has worked on since"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = ImportBatch.objects.select_related("municipality").filter(reference=options["batch"]).first()
        if batch is None:
            raise CommandError(f"There is no import {options['batch']!r}.")
        if batch.state == ImportBatch.State.UNDONE:
            raise CommandError(f"The import {batch.reference} has been undone already.")
        try:
            undone = undo_import(
                batch, keeps_touched=options["keep_touched"], clock=lambda: datetime.now(UTC)
            )
        except UnableToUndo as refusal:
            raise CommandError(_refusal(refusal)) from refusal
        said = _document(batch, undone)
        self.stdout.write(json.dumps(said, ensure_ascii=False) if options["json"] else _sentence(undone))


def _document(batch: ImportBatch, undone: Undone) -> dict[str, Any]:
    return {
        "batch": batch.reference,
        "withdrawn": undone.withdrawn,
        "kept": undone.kept,
        "removed": dict(undone.made),
        "left": dict(undone.left),
    }


def _sentence(undone: Undone) -> str:
    lines = [f"{undone.withdrawn:,} cases are taken out."]
    if undone.kept:
        lines.append(f"{undone.kept:,} that were worked on are kept.")
    for counts, verb in ((undone.made, "taken out as well"), (undone.left, "left, since they are in use")):
        if named := ", ".join(f"{count:,} {what}" for what, count in counts.items() if count):
            lines.append(f"{named}: {verb}.")
    return "\n".join(lines)


def _refusal(refusal: UnableToUndo) -> str:
    lines = [f"{one.number}: {one.table}" for one in refusal.cases[:SHOWN]]
    more = len(refusal.cases) - SHOWN
    return "\n".join(
        [
            f"{len(refusal.cases):,} cases of this import were worked on since; nothing was taken out.",
            *lines,
            *([f"and {more:,} more"] if more > 0 else []),
            "Give --keep-touched to leave these and take out all others.",
        ]
    )
