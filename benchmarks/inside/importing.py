"""Import a file and undo it: python -m benchmarks.inside.importing FILE MAPPING TOWN"""

from benchmarks.inside import start  # isort: skip

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from django.db import transaction

from moked.exchange.imports.files import SourceFile
from moked.exchange.imports.mapping import read_mapping
from moked.exchange.imports.operations import Import, Report
from moked.exchange.imports.undo import undo_import
from moked.exchange.models import ImportBatch
from moked.municipalities.models import Municipality


class Stopwatch:
    """How long each transaction kept others from writing, in milliseconds."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self._depth, self._began = 0, 0.0

    def __enter__(self) -> "Stopwatch":
        self._enter, self._exit = transaction.Atomic.__enter__, transaction.Atomic.__exit__
        watch = self

        def enter(block: transaction.Atomic) -> None:
            watch._enter(block)
            watch._depth += 1
            if watch._depth == 1:
                watch._began = time.perf_counter()

        def leave(
            block: transaction.Atomic,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> None:
            watch._exit(block, kind, error, trace)
            watch._depth -= 1
            if watch._depth == 0:
                watch.milliseconds.append((time.perf_counter() - watch._began) * 1000)

        transaction.Atomic.__enter__, transaction.Atomic.__exit__ = enter, leave  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        transaction.Atomic.__enter__, transaction.Atomic.__exit__ = self._enter, self._exit  # type: ignore[method-assign]


def main() -> None:
    """Measure an import and its undoing."""
    path, mapping, town = Path(sys.argv[1]), Path(sys.argv[2]), Municipality.objects.get(slug=sys.argv[3])
    began, cpu = time.perf_counter(), time.process_time()
    with Stopwatch() as batches:
        report = imported(town, path, mapping)
    took, cpu_took = time.perf_counter() - began, time.process_time() - cpu
    began = time.perf_counter()
    with Stopwatch() as undoing:
        undone = undo_import(ImportBatch.objects.get(reference=report.batch), clock=lambda: datetime.now(UTC))
    start.tell(
        {
            "rows": report.counts.read,
            "written": report.written,
            "seconds": took,
            "processor_seconds": cpu_took,
            "batches": batches.milliseconds,
            "withdrawn": undone.withdrawn,
            "undoing_seconds": time.perf_counter() - began,
            "undoing": undoing.milliseconds,
        }
    )


def imported(town: Municipality, path: Path, mapping_path: Path) -> Report:
    """Import the file as the command does."""
    mapping = read_mapping(mapping_path)
    with SourceFile(path, mapping.encoding) as file:
        beside = [mapping_path.parent, mapping_path.parent.parent]
        return Import(town, file, mapping, beside=beside, clock=lambda: datetime.now(UTC)).run()


if __name__ == "__main__":
    main()
