"""Read the records of a CSV file that anybody may have made, within bounds of size, memory and time."""

import csv
import dataclasses
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self, cast

from moked.base.text import clean_line
from moked.exchange.imports.reasons import Refused

LONGEST_FIELD = 131_072
LONGEST_RECORD = 1_000_000
MOST_LINES_A_RECORD = 2_000
LARGEST = 4 * 1024**3
PACKED_AT_MOST = 200
SMALL = 64 * 1024**2
PIECE = 1024 * 1024
GZIP = b"\x1f\x8b"
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class BadFile(Exception):
    """The file as a whole cannot be imported; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Record:
    """The fields of a record that can be read; `line` is its number, the header being 1."""

    line: int
    fields: list[str]


@dataclasses.dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be read, and why."""

    line: int
    refused: Refused


class SourceFile:
    """A file to import, plain or gzip, looked through before any of it is used. Raises BadFile.

    `sha256` is the file's own; `done` tells how much of it has been read, from 0 to 1.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.path = path
        self.encoding = encoding
        self._text: io.TextIOWrapper | None = None
        try:
            self._raw: BinaryIO = path.open("rb")
            self._size = path.stat().st_size
        except OSError as error:
            raise BadFile(f"The file cannot be read: {error.strerror}.") from None
        try:
            self.sha256 = self._look_through()
        except BaseException:
            self._raw.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._text:
            self._text.close()
        self._raw.close()

    @property
    def done(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def records(self) -> "Records":
        """Return the records, the header already read; asked once."""
        self._text = io.TextIOWrapper(self._unpacked(), self.encoding, errors="surrogateescape", newline="")
        return Records(self._text)

    def _unpacked(self) -> BinaryIO:
        self._raw.seek(0)
        is_packed = self._raw.read(2) == GZIP
        self._raw.seek(0)
        return cast(BinaryIO, gzip.GzipFile(fileobj=self._raw)) if is_packed else self._raw

    def _look_through(self) -> str:
        """Return the file's digest; refuse one that is torn, or unpacks to more than anybody reports."""
        digest = hashlib.sha256()
        while piece := self._raw.read(PIECE):
            digest.update(piece)
        unpacked, size = self._unpacked(), 0
        try:
            while piece := unpacked.read(PIECE):
                size += len(piece)
                if size > LARGEST or size > max(SMALL, PACKED_AT_MOST * self._size):
                    raise BadFile("The file unpacks to far more than a file of cases holds. Divide it.")
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise BadFile("The packed file is damaged or cut off. Fetch it again.") from None
        except OSError as error:
            raise BadFile(f"The file cannot be read: {error.strerror or error}.") from None
        if not size:
            raise BadFile("The file is empty. Choose the file that holds the cases.")
        return digest.hexdigest()


class Records:
    """The records of a file, one after the other; a broken one does not take its neighbours with it.

    A record may go over several lines where its fields are quoted. Where a quotation mark is never closed,
    only the line it stands on is the broken record. Raises BadFile when there is no header.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self._returned: list[str] = []
        self._number = 0
        self._expected = 0
        self.header = self._header()

    def __iter__(self) -> Iterator[Record | BrokenRecord]:
        while (fields := self._next()) is not None:
            if fields == []:
                continue
            if isinstance(fields, Refused):
                yield BrokenRecord(self._number, fields)
            else:
                yield Record(self._number, fields)

    def _header(self) -> list[str]:
        fields: list[str] | Refused | None = []
        while fields == []:
            fields = self._next()
        if not isinstance(fields, list):
            raise BadFile("The first line does not name columns. Is it a CSV file with commas?")
        names = [clean_line(name) for name in fields]
        self._expected = len(names)
        return names

    def _next(self) -> list[str] | Refused | None:
        """Return the fields of the next record, [] for an empty line, why it is broken, None at the end."""
        taken: list[str] = []
        try:
            fields = next(csv.reader(self._lines_of_one(taken), strict=True), None)
        except csv.Error as error:
            # Whatever was read after the line with the stray mark belongs to other records.
            self._returned.extend(taken[:0:-1])
            is_long = "field larger" in str(error) and len(taken) == 1
            self._number += 1
            return Refused("TOO_LONG", most=LONGEST_FIELD) if is_long else Refused("BAD_QUOTES")
        except _TooLong:
            self._returned.extend(taken[:0:-1])
            self._number += 1
            return Refused("BAD_QUOTES") if len(taken) > 1 else Refused("TOO_LONG", most=LONGEST_FIELD)
        if fields is None:
            return None
        self._number += 1
        return self._checked(fields, taken) if fields else fields

    def _checked(self, fields: list[str], lines: list[str]) -> list[str] | Refused:
        for line in lines:
            if "\x00" in line:
                return Refused("NUL")
            if not line.isascii() and _SURROGATE.search(line):
                return Refused("WRONG_ENCODING", encoding=self._stream.encoding)
        if self._expected and len(fields) != self._expected:
            return Refused("WRONG_FIELDS", count=len(fields), expected=self._expected)
        return fields

    def _lines_of_one(self, taken: list[str]) -> Iterator[str]:
        size = 0
        while line := self._returned.pop() if self._returned else self._read_line():
            taken.append(line)
            size += len(line)
            if size > LONGEST_RECORD or len(taken) > MOST_LINES_A_RECORD:
                raise _TooLong
            yield line

    def _read_line(self) -> str:
        """Return the next line; of one that is too long, only enough to see that."""
        try:
            line = self._stream.readline(LONGEST_RECORD + 1)
            if not self._number and not self._expected:
                line = line.removeprefix("\ufeff")
            rest = line
            while len(rest) > LONGEST_RECORD and not rest.endswith(("\n", "\r")):
                rest = self._stream.readline(LONGEST_RECORD + 1)
        except (UnicodeError, EOFError, zlib.error, OSError):
            raise BadFile("The file cannot be read to its end. Fetch it again.") from None
        return line


class _TooLong(Exception):
    """A record goes on and on."""
