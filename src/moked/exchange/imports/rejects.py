"""The report of rejected records, as a CSV file that spreadsheets open as text."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self

from moked.base.spreadsheets import harmless
from moked.exchange.imports.files import BadFile
from moked.exchange.imports.reasons import Reject

COLUMNS = ("line", "external_id", "field", "reason", "words")


class RejectFile:
    """Writes rejections into a file as they come; without a path it writes nothing. Raises BadFile."""

    def __init__(self, path: Path | None) -> None:
        try:
            self._file = path.open("w", encoding="utf-8-sig", newline="") if path else None
        except OSError as error:
            raise BadFile(f"The reject report cannot be written: {error.strerror}.") from None
        self._rows = csv.writer(self._file) if self._file else None

    def __enter__(self) -> Self:
        if self._rows:
            self._rows.writerow(COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, reject: Reject) -> None:
        """Write one rejection, its words in the current language."""
        if self._rows:
            texts = (reject.external_id, reject.field, reject.code, reject.sentence())
            self._rows.writerow([reject.line, *map(harmless, texts)])
