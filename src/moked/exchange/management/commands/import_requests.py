"""`manage.py import_requests`: the history of another system becomes cases."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from moked.exchange.imports.files import BadFile, SourceFile
from moked.exchange.imports.mapping import BadMapping, read_mapping
from moked.exchange.imports.operations import Import, Report
from moked.exchange.imports.progress import Progress
from moked.exchange.imports.rejects import RejectFile
from moked.municipalities.models import Municipality
from moked.municipalities.statistics import take_statistics


class Command(BaseCommand):
    help = "Import the cases of another system from a CSV file, by a mapping; see docs/howto/import.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file with a header, as it is or packed by gzip")
        parser.add_argument("--mapping", type=Path, required=True, help="how its records become cases, TOML")
        parser.add_argument("--municipality", required=True, help="the slug of the town they belong to")
        parser.add_argument("--dry-run", action="store_true", help="write nothing, say what would happen")
        parser.add_argument("--rejects", type=Path, help="write rejected records into this CSV file")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        town = Municipality.objects.filter(slug=options["municipality"]).first()
        if town is None:
            known = ", ".join(Municipality.objects.order_by("slug").values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no municipality {options['municipality']!r}. There are: {known}.")
        try:
            report = _run(town, options)
        except (BadFile, BadMapping) as refusal:
            raise CommandError(str(refusal)) from refusal
        if not options["dry_run"]:
            take_statistics(datetime.now(UTC))
        as_json = json.dumps(document(report), ensure_ascii=False)
        self.stdout.write(as_json if options["json"] else sentence(report, is_dry=options["dry_run"]))


def document(report: Report) -> dict[str, Any]:
    """Return the report as JSON values."""
    counts = report.counts
    return {
        "read": counts.read,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "present": counts.present,
        "written": report.written,
        "batch": report.batch or None,
        "reasons": dict(sorted(report.reasons.items())),
        "made": report.made,
    }


def sentence(report: Report, *, is_dry: bool) -> str:
    """Return the report in words."""
    counts = report.counts
    made = ", ".join(f"{count} {what}" for what, count in report.made.items() if count)
    why = ", ".join(f"{count} {code}" for code, count in report.reasons.most_common())
    lines = [
        f"{counts.read:,} rows read: {counts.accepted:,} accepted, {counts.rejected:,} rejected, "
        f"{counts.present:,} there already.",
        f"Rejected: {why}." if why else "",
        f"{'It would make' if is_dry else 'Made'}: {made}." if made else "",
        "Nothing was written: this was a dry run." if is_dry else f"{report.written:,} cases are written.",
        f"To undo it: manage.py undo_import {report.batch}" if report.batch else "",
    ]
    return "\n".join(line for line in lines if line)


def _run(town: Municipality, options: dict[str, Any]) -> Report:
    mapping = read_mapping(options["mapping"])
    beside = [options["mapping"].parent, options["mapping"].parent.parent]
    with (
        SourceFile(options["file"], mapping.encoding) as file,
        RejectFile(options["rejects"]) as rejects,
        translation.override(town.language),
    ):
        one = Import(
            town,
            file,
            mapping,
            beside=beside,
            clock=lambda: datetime.now(UTC),
            is_dry=options["dry_run"],
            rejected=rejects.add,
        )
        with Progress(_say, lambda: (one.report.counts.read, one.report.counts.rejected, file.done)):
            return one.run()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
