"""The disk that the power rig pretends to have."""

import random

import pytest

from tests.faults.cuts.record import Ack, Delete, Disk, Entry, Fate, Record, Sync, Truncate, Write

OLD = b"o" * 1024
NEW = b"n" * 1024


def disk_after(*entries: Entry, **files: bytes) -> Disk:
    record = Record(dict(files), list(entries))
    disk = Disk(record)
    disk.forward(len(entries))
    return disk


def cut(disk: Disk, fate: Fate, seed: int = 1) -> dict[str, bytes]:
    return disk.cut(fate, random.Random(seed))


@pytest.mark.parametrize("fate", list(Fate))
def test_cut_when_a_write_was_synced_then_it_is_there(fate: Fate) -> None:
    assert cut(disk_after(Write("f", 0, NEW), Sync("f"), f=OLD), fate) == {"f": NEW}


@pytest.mark.parametrize(("fate", "left"), [(Fate.LOST, OLD), (Fate.KEPT, NEW)])
def test_cut_when_a_write_was_not_synced_then_its_fate_decides(fate: Fate, left: bytes) -> None:
    assert cut(disk_after(Write("f", 0, NEW), f=OLD), fate) == {"f": left}


def test_cut_when_another_file_was_synced_then_the_write_is_not_safe() -> None:
    disk = disk_after(Write("f", 0, NEW), Write("g", 0, NEW), Sync("g"), f=OLD)
    assert cut(disk, Fate.LOST) == {"f": OLD, "g": NEW}


def test_cut_when_torn_then_each_sector_is_old_or_new() -> None:
    disk = disk_after(Write("f", 0, NEW), f=OLD)
    left = {cut(disk, Fate.TORN, seed)["f"] for seed in range(60)}
    assert left == {a * 512 + b * 512 for a in (b"o", b"n") for b in (b"o", b"n")}


def test_cut_when_only_some_writes_arrived_then_a_later_one_may_be_there_without_an_earlier() -> None:
    disk = disk_after(Write("f", 0, b"a" * 512), Write("f", 512, b"b" * 512), f=b"")
    left = {cut(disk, Fate.SOME, seed)["f"] for seed in range(60)}
    assert left == {b"", b"a" * 512, bytes(512) + b"b" * 512, b"a" * 512 + b"b" * 512}


def test_cut_when_a_file_was_made_but_never_synced_then_it_may_not_exist() -> None:
    assert cut(disk_after(Write("f", 0, NEW)), Fate.LOST) == {}


def test_cut_when_a_file_was_cut_off_and_synced_then_it_is_short() -> None:
    assert cut(disk_after(Truncate("f", 3), Sync("f"), f=OLD), Fate.LOST) == {"f": b"ooo"}


@pytest.mark.parametrize(("is_synced", "left"), [(True, {}), (False, {"f": OLD})])
def test_cut_when_a_file_was_deleted_then_it_may_come_back_unless_its_folder_was_synced(
    is_synced: bool, left: dict[str, bytes]
) -> None:
    assert cut(disk_after(Delete("f", is_synced), f=OLD), Fate.LOST) == left


def test_forward_when_an_acknowledgement_lies_behind_then_it_counts_and_later_ones_do_not() -> None:
    first, second = Ack("26-000001-5", "a"), Ack("26-000002-3", "b")
    disk = Disk(Record({}, [first, second]))
    disk.forward(1)
    assert disk.acks == [first]
