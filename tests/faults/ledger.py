"""A file of JSON lines that survives whatever happens to the writer, and is read back whole."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Ledger:
    """Appends lines, each on disk before `write` returns; for many threads of one process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def write(self, **entry: Any) -> None:
        """Append one line with the moment `at`, on the clock that all processes of a machine share."""
        line = json.dumps({"at": time.monotonic(), **entry}, ensure_ascii=False) + "\n"
        with self._lock:
            os.write(self._file, line.encode())
            os.fsync(self._file)


def read(path: Path) -> list[Line]:
    """Return the entries of a ledger in their order; a file nobody has begun is empty."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
