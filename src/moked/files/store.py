"""The folder of stored files: DATA/files/<municipality>/<two letters>/<key>-<size>, each for our eyes only.

A file is complete and on the disk before its name exists; what a crash leaves behind is a nameless part.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from moked.files.rules import WHOLE, Size

PART = ".part"
COPIES = (*Size, WHOLE)
LEAST_SHARE_FREE = 0.05
LEAST_BYTES_FREE = 200 * 1024 * 1024


def folder() -> Path:
    """Return the folder that all files are in."""
    return Path(settings.DATA) / "files"


def write(*, municipality_id: int, key: str, copies: Mapping[str, bytes]) -> None:
    """Write the copies of one file so that no power cut can lose them; raises OSError."""
    home = _home(municipality_id, key)
    _make(home)
    try:
        for size, content in copies.items():
            _write_one(home / f"{key}-{size}", content)
        _sync(home)
    except OSError:
        remove(municipality_id=municipality_id, key=key)
        raise


def read(*, municipality_id: int, key: str, size: str) -> bytes:
    """Return one copy; raises FileNotFoundError."""
    return (_home(municipality_id, key) / f"{key}-{size}").read_bytes()


def remove(*, municipality_id: int, key: str) -> None:
    """Remove the copies of one file and what was left of an attempt to write them."""
    home = _home(municipality_id, key)
    for size in COPIES:
        for name in (f"{key}-{size}", f"{key}-{size}{PART}"):
            (home / name).unlink(missing_ok=True)


def has_room() -> bool:
    """Tell whether the disk has room for more photos; words need what is left."""
    nearest = next(path for path in (folder(), *folder().parents) if path.exists())
    disk = shutil.disk_usage(nearest)
    return disk.free >= max(LEAST_BYTES_FREE, LEAST_SHARE_FREE * disk.total)


def written_before(moment: float) -> Iterator[tuple[int, str]]:
    """Yield town and key of each file last written before a moment, in seconds since 1970."""
    for town in _folders(folder()):
        for home in _folders(town) if town.name.isdecimal() else ():
            yield from ((int(town.name), key) for key in _keys_before(home, moment))


def _keys_before(home: Path, moment: float) -> set[str]:
    """Return the keys in a folder none of whose copies is younger than the moment."""
    newest: dict[str, float] = {}
    with os.scandir(home) as entries:
        for entry in entries:
            key, _, size = entry.name.removesuffix(PART).partition("-")
            if size in COPIES:
                newest[key] = max(newest.get(key, 0), entry.stat(follow_symlinks=False).st_mtime)
    return {key for key, written in newest.items() if written < moment}


def _folders(path: Path) -> list[Path]:
    return sorted(one for one in path.iterdir() if one.is_dir()) if path.is_dir() else []


def _home(municipality_id: int, key: str) -> Path:
    return folder() / str(int(municipality_id)) / key[:2]


def _make(home: Path) -> None:
    """Make the folder and those above it, each entered in its parent for good."""
    for path in (*reversed(home.parents[:2]), home):
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
            _sync(path.parent)


def _write_one(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + PART)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _sync(path: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
