"""Record what our code makes SQLite write and sync while it opens cases; needs apsw (see cuts.apsw).

    python -m tests.faults.cuts.recording --database FILE --into FILE [--reports N] [--ack-before-commit]

The way is the one of production: Django, the engine moked.base.sqlite and intake.operations.report, by
two threads. SQLite's own VFS does the work; ours stands before it as the default and notes each write,
truncation, sync and deletion of the database, its WAL and its journal. An acknowledgement is a line in
the same record.
"""

import argparse
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from tests.faults.cuts.record import Ack, Delete, Record, Sync, Truncate, Write
from tests.faults.facts import sha256

THREADS = 2


def main() -> int:
    """Prepare a town with SQLite as it is, then record; returns the exit status."""
    arguments = parse()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    import django

    django.setup()
    from django.db import connections

    from tests.faults.town import prepare

    town = prepare()
    connections.close_all()
    record = Record({"": arguments.database.read_bytes()})
    vfs = install(record, arguments.database)
    open_cases(str(town["town"]), record, arguments)
    arguments.into.write_bytes(pickle.dumps(record))
    sys.stdout.flush()
    del vfs
    os._exit(0)  # no tidy end: closing the database would checkpoint it, and the power is out


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--reports", type=int, default=150)
    parser.add_argument("--ack-before-commit", action="store_true")
    return parser.parse_args()


def install(record: Record, database: Path) -> Any:
    """Make a recording VFS SQLite's default and return it; it lives as long as somebody holds it."""
    import apsw

    def part(name: Any) -> str | None:
        """Return what follows the database's path in the file's name; None for files of no interest."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return path.removeprefix(str(database)) if path and path.startswith(str(database)) else None

    class RecordingVFS(apsw.VFS):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__("recording", "unix", True)

        def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - SQLite's own names
            return RecordingFile(name, flags) if part(name) is not None else super().xOpen(name, flags)

        def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
            super().xDelete(name, sync_folder)
            if (file := part(name)) is not None:
                record.add(Delete(file, bool(sync_folder)))

    class RecordingFile(apsw.VFSFile):  # type: ignore[misc]
        def __init__(self, name: Any, flags: list[int]) -> None:
            super().__init__("unix", name, flags)
            self.part = part(name)

        def xWrite(self, content: bytes, offset: int) -> None:  # noqa: N802
            super().xWrite(content, offset)
            if self.part is not None:
                record.add(Write(self.part, offset, bytes(content)))

        def xTruncate(self, size: int) -> None:  # noqa: N802
            super().xTruncate(size)
            if self.part is not None:
                record.add(Truncate(self.part, size))

        def xSync(self, flags: int) -> None:  # noqa: N802
            # Noted before it is done: what another thread writes meanwhile may not count as synced.
            if self.part is not None:
                record.add(Sync(self.part))
            super().xSync(flags)

    return RecordingVFS()


def open_cases(slug: str, record: Record, arguments: argparse.Namespace) -> None:
    """Report as residents do, by several threads; raises what any of them raised."""
    numbers = count(1)
    failures: list[BaseException] = []

    def report_until_enough() -> None:
        try:
            for number in takewhile_enough(numbers, arguments.reports):
                report_one(slug, number, record, early=arguments.ack_before_commit)
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=report_until_enough, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def takewhile_enough(numbers: Iterator[int], most: int) -> Iterator[int]:
    """Yield from a counter that threads share, up to `most`."""
    while (number := next(numbers)) <= most:
        yield number


def report_one(slug: str, number: int, record: Record, *, early: bool) -> None:
    """Open a case and acknowledge it: after the operation, or `early`, inside its transaction."""
    from django.db import transaction

    from moked.accounts.rules import resident
    from moked.cases.rules import Channel
    from moked.catalogue.models import Service
    from moked.intake.operations import report
    from moked.municipalities.models import Municipality
    from moked.residents.operations import ContactDetails

    town = Municipality.objects.get(slug=slug)
    services = Service.objects.filter(municipality=town).order_by("id")
    matter = f"The lamp by gate {number} is dark. {'It went out on Sunday. ' * (number % 40)}".strip()
    email = f"resident-{number // 2}@example.org" if number % 5 else ""
    with transaction.atomic() if early else nullcontext():
        case = report(
            municipality=town,
            service=services[number % len(services)],
            matter=matter,
            channel=Channel.WEB,
            language="en",
            details=ContactDetails(name=f"Resident {number}" if email else "", email=email),
            by=resident(town.pk),
            now=datetime.now(UTC),
            submission=f"submission-{number}",
        )
        if early:
            record.add(Ack(case.number or "", sha256(matter)))
    if not early:
        record.add(Ack(case.number or "", sha256(matter)))


if __name__ == "__main__":
    sys.exit(main())
