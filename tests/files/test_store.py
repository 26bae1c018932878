"""A stored file survives a power cut or was never there."""

import errno
import os
from pathlib import Path

import pytest

from moked.files import store
from moked.files.rules import Size

KEY = "ab" + 24 * "c"
COPIES = {Size.LARGE: b"large", Size.THUMB: b"thumb"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.DATA = tmp_path
    return tmp_path / "files"


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """What is asked of the disk, in order."""
    seen: list[str] = []
    sync, rename = os.fsync, Path.rename

    def note_sync(descriptor: int) -> None:
        seen.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        sync(descriptor)

    def note_rename(path: Path, target: Path) -> Path:
        seen.append(f"rename {path.name} to {target.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "rename", note_rename)
    return seen


def test_content_reaches_the_disk_before_its_name_and_its_name_before_we_go_on(calls, tmp_path) -> None:
    store.write(municipality_id=7, key=KEY, copies=COPIES)
    assert calls == [
        f"sync {tmp_path.name}",
        "sync files",
        "sync 7",
        f"sync {KEY}-large.part",
        f"rename {KEY}-large.part to {KEY}-large",
        f"sync {KEY}-thumb.part",
        f"rename {KEY}-thumb.part to {KEY}-thumb",
        "sync ab",
    ]


def test_folders_that_are_there_are_not_entered_again(calls) -> None:
    store.write(municipality_id=7, key=KEY, copies=COPIES)
    calls.clear()
    store.write(municipality_id=7, key="ab" + 24 * "d", copies=COPIES)
    assert [call for call in calls if "part" not in call] == ["sync ab"]


@pytest.mark.parametrize("failing", ["fsync", "rename"])
@pytest.mark.parametrize("turn", range(3))
def test_a_disk_that_fails_leaves_nothing_half_written(monkeypatch, folder, failing: str, turn: int) -> None:
    (folder / "7" / "ab").mkdir(parents=True)
    turns = iter(range(10))
    owner = os if failing == "fsync" else Path
    real = getattr(owner, failing)

    def fail(*given: object) -> object:
        if next(turns) == turn:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*given)

    monkeypatch.setattr(owner, failing, fail)
    if failing == "rename" and turn == 2:
        store.write(municipality_id=7, key=KEY, copies=COPIES)  # there are two names only
        return
    with pytest.raises(OSError, match="No space"):
        store.write(municipality_id=7, key=KEY, copies=COPIES)
    assert list((folder / "7" / "ab").iterdir()) == []


def test_a_file_is_never_written_over(folder) -> None:
    (folder / "7" / "ab").mkdir(parents=True)
    (folder / "7" / "ab" / f"{KEY}-large.part").symlink_to("/etc/passwd")
    with pytest.raises(FileExistsError):
        store.write(municipality_id=7, key=KEY, copies=COPIES)


def test_what_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(FileNotFoundError):
        store.read(municipality_id=7, key=KEY, size=Size.LARGE)
    store.remove(municipality_id=7, key=KEY)


def test_room_is_asked_of_the_disk_the_folder_will_be_on(settings, tmp_path) -> None:
    settings.DATA = tmp_path / "not" / "there" / "yet"
    assert store.has_room() in {True, False}
