"""What was written, synced and acknowledged, in order; and the disk as the power leaves it.

The model: what was written to a file before a sync of that file is on the disk for good. Of what was written
since, nothing, anything or a part may be there, in any order, torn at 512-byte sectors; a sector that was not
being written is never damaged, which SQLite assumes too (its `powersafe overwrite`). A file made since the
last cut-off exists from its first sync on; one deleted with a sync of its folder is gone, otherwise it may
come back. The shared-memory file is never there after a cut. Disks that lie about syncs are not modelled.
"""

import dataclasses
import itertools
import random
from enum import StrEnum

SECTOR = 512


@dataclasses.dataclass(frozen=True)
class Write:
    file: str
    offset: int
    content: bytes


@dataclasses.dataclass(frozen=True)
class Truncate:
    file: str
    size: int


@dataclasses.dataclass(frozen=True)
class Sync:
    file: str


@dataclasses.dataclass(frozen=True)
class Delete:
    file: str
    is_synced: bool


@dataclasses.dataclass(frozen=True)
class Ack:
    """From here on somebody has been told this number for this text."""

    number: str
    text: str


Entry = Write | Truncate | Sync | Delete | Ack


@dataclasses.dataclass
class Record:
    """The files as they were at first, by what follows the database's name, and all that came after."""

    files: dict[str, bytes]
    entries: list[Entry] = dataclasses.field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Add an entry; safe from several threads, since appending to a list is."""
        self.entries.append(entry)


class Fate(StrEnum):
    """What becomes of the writes that no sync had made safe."""

    LOST = "LOST"
    SOME = "SOME"
    TORN = "TORN"
    KEPT = "KEPT"


class Disk:
    """The files of a record, moved forward entry by entry."""

    def __init__(self, record: Record) -> None:
        self._entries = record.entries
        self._position = 0
        self._safe = {name: bytearray(content) for name, content in record.files.items()}
        self._unsafe: list[Write | Truncate | Delete] = []
        self.acks: list[Ack] = []

    def forward(self, position: int) -> None:
        """Let everything before `position` have happened; positions only grow."""
        for entry in self._entries[self._position : position]:
            if isinstance(entry, Ack):
                self.acks.append(entry)
            elif isinstance(entry, Sync):
                self._sync(entry.file)
            elif isinstance(entry, Delete) and entry.is_synced:
                self._safe.pop(entry.file, None)
                self._unsafe = [pending for pending in self._unsafe if pending.file != entry.file]
            else:
                self._unsafe.append(entry)
        self._position = position

    def cut(self, fate: Fate, chance: random.Random) -> dict[str, bytes]:
        """Return the files as somebody finds them who switches the power on again."""
        files = {name: bytearray(content) for name, content in self._safe.items()}
        share = chance.random()
        for entry in self._unsafe:
            if fate == Fate.KEPT or (fate != Fate.LOST and chance.random() < share):
                apply(files, torn(entry, chance) if fate == Fate.TORN else [entry])
        return {name: bytes(content) for name, content in files.items()}

    def _sync(self, file: str) -> None:
        mine = [entry for entry in self._unsafe if entry.file == file]
        self._unsafe = [entry for entry in self._unsafe if entry.file != file]
        self._safe.setdefault(file, bytearray())
        apply(self._safe, mine)


def apply(files: dict[str, bytearray], entries: "list[Write | Truncate | Delete]") -> None:
    """Do to the files what the entries say; a gap between what is written reads as zeros."""
    for entry in entries:
        if isinstance(entry, Delete):
            files.pop(entry.file, None)
            continue
        content = files.setdefault(entry.file, bytearray())
        if isinstance(entry, Truncate):
            resize(content, entry.size)
        else:
            resize(content, max(len(content), entry.offset))
            content[entry.offset : entry.offset + len(entry.content)] = entry.content


def resize(content: bytearray, size: int) -> None:
    """Cut the content off, or fill it up with zeros."""
    del content[size:]
    content.extend(bytes(size - len(content)))


def torn(entry: Write | Truncate | Delete, chance: random.Random) -> "list[Write | Truncate | Delete]":
    """Return those sectors of a write that reached the disk; what is not a write cannot be torn."""
    if not isinstance(entry, Write):
        return [entry]
    edges = [*range(entry.offset, entry.offset + len(entry.content), SECTOR)]
    edges = [entry.offset, *(edge - edge % SECTOR for edge in edges[1:]), entry.offset + len(entry.content)]
    pieces = [
        Write(entry.file, start, entry.content[start - entry.offset : end - entry.offset])
        for start, end in itertools.pairwise(edges)
    ]
    return [piece for piece in pieces if piece.content and chance.random() < 0.5]
