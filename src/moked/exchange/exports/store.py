"""The folder of exports: DATA/exports/<municipality>/<key>.<kind>, each file for our eyes only.

A file grows step by step and is written from where the last finished step ended, so that a step done twice
leaves nothing twice.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

KINDS = ("csv", "rows", "xlsx", "zip", "part")


def folder() -> Path:
    """Return the folder that all exports are in."""
    return Path(settings.DATA) / "exports"


def path(*, municipality_id: int, key: str, kind: str) -> Path:
    """Return where a file of an export is; `kind` is one of KINDS."""
    return folder() / str(int(municipality_id)) / f"{key}.{kind}"


def append(file: Path, content: bytes, *, at: int) -> int:
    """Write content from a byte on, in place of whatever is behind it; return the size of the file.

    What is written is on the disk when this returns. Raises OSError.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as opened:
        opened.truncate(at)
        opened.seek(at)
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    return at + len(content)


def publish(part: Path, file: Path) -> int:
    """Give a finished file its name, once it is on the disk; return its size."""
    with part.open("rb") as opened:
        os.fsync(opened.fileno())
    part.chmod(0o600)
    part.rename(file)
    return file.stat().st_size


def remove(*, municipality_id: int, key: str) -> None:
    """Remove every file of an export."""
    for kind in KINDS:
        path(municipality_id=municipality_id, key=key, kind=kind).unlink(missing_ok=True)


def written_before(moment: float) -> Iterator[tuple[int, str]]:
    """Yield town and key of each file last written before a moment, in seconds since 1970."""
    for file in sorted(folder().glob("*/*.*")):
        if file.parent.name.isdecimal() and file.stat().st_mtime < moment:
            yield int(file.parent.name), file.name.partition(".")[0]
