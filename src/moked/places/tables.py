"""Read tables that anybody may have saved, row by row: whatever the encoding, the delimiter, the headers."""

import codecs
import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from moked.places.problems import BadFile

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 50
MOST_FIELD = 10_000
CHUNK = 64 * 1024
SAMPLE = 64 * 1024
DELIMITERS = ",;\t"
ENCODINGS = ("windows-1255", "cp1250", "iso-8859-2", "windows-1256", "cp1252")
LETTERS = {
    "he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "cs": "áčďéěíňóřšťúůýž",
    "hu": "áéíóöőúüű",
    "en": "éèàçôêîûñ",
}


@dataclasses.dataclass(frozen=True)
class Table:
    """A table being read. `columns` are positions by what they hold; `rows` come with their record numbers.

    The header is record 1. A row of None is one at which reading had to stop.
    """

    encoding: str
    delimiter: str
    columns: Mapping[str, int]
    rows: Iterator[tuple[int, list[str] | None]]


def read_table(file: BinaryIO, *, languages: Iterable[str], headers: Mapping[str, Sequence[str]]) -> Table:
    """Open a table: find its encoding, its delimiter and its columns. Raises BadFile.

    `headers` gives for each thing the names its column may have, as `plain` writes them. The file must be
    seekable and is read twice, never held whole.
    """
    encoding = encoding_of(file, languages)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = text.readline(MOST_FIELD)
    except UnicodeDecodeError:
        raise BadFile("NOT_TEXT") from None
    delimiter = max(
        DELIMITERS, key=lambda one: (len(_columns(_split(first, one), headers)), first.count(one))
    )
    columns = _columns(_split(first, delimiter), headers)
    return Table(encoding, delimiter, columns, _rows(text, delimiter))


def encoding_of(file: BinaryIO, languages: Iterable[str]) -> str:
    """Return the encoding in which the file is text of such languages. Raises BadFile.

    Bytes that are UTF-8 throughout are nothing else; a table with many zeros is UTF-16, by where they are
    since most of its letters are ASCII. Among the older ones the letters decide: those of the
    town's languages speak for an encoding, others and signs in the middle of words against it.
    """
    start = file.read(CHUNK)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFile("EMPTY")
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if start.count(b"\0") > len(start) // 8:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    sample = _odd_lines(file, start)
    if sample is None:
        return "utf-8-sig"
    if b"\0" in start:
        raise BadFile("NOT_TEXT")
    wanted = "".join(LETTERS.get(language, "") for language in languages)
    scored = [(_score(sample, one, wanted), -place, one) for place, one in enumerate(ENCODINGS)]
    best, _, encoding = max(scored)
    if best <= 0:
        raise BadFile("NOT_TEXT")
    return encoding


def plain(header: str) -> str:
    """Return a header as it is compared: lower case letters and digits only."""
    return "".join(char for char in header.casefold() if char.isalnum())


def _odd_lines(file: BinaryIO, start: bytes) -> bytes | None:
    """Return lines that are not ASCII, as a sample; None when the whole file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    sample, is_utf8, chunk, size = b"", True, start, 0
    while chunk:
        size += len(chunk)
        if size > MOST_MEGABYTES * MEGABYTE:
            raise BadFile("TOO_BIG", most=MOST_MEGABYTES)
        if is_utf8:
            is_utf8 = _continues(decoder, chunk)
        if len(sample) < SAMPLE:
            sample += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())
        chunk = file.read(CHUNK)
    return None if is_utf8 and _continues(decoder, b"", final=True) else sample


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _score(sample: bytes, encoding: str, wanted: str) -> int:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        text = sample.decode(encoding, errors="replace")
    odd = [char for char in text.lower() if not char.isascii()]
    return sum(_weight(char, wanted) for char in odd)


def _weight(char: str, wanted: str) -> int:
    if char in wanted:
        return 3
    if any(char in letters for letters in LETTERS.values()):
        return 1
    return -3 if char.isalpha() or not char.isprintable() or char == "\ufffd" else -1


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _columns(header: list[str], headers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the position of each thing whose column is there, the first that fits."""
    places = {name: place for place, name in reversed(list(enumerate(map(plain, header)))) if name}
    found = {what: [places[name] for name in names if name in places] for what, names in headers.items()}
    return {what: fitting[0] for what, fitting in found.items() if fitting}


def _rows(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the records below the header, empty ones left out."""
    reader = csv.reader(_short(text), delimiter=delimiter)
    number = 1
    while True:
        number += 1
        try:
            row = next(reader, None)
        except (csv.Error, UnicodeDecodeError):
            yield number, None
            return
        if row is None:
            return
        if any(field.strip() for field in row):
            yield number, row


def _short(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines, an endless one in pieces too long for a field, so that reading stops there."""
    while line := text.readline(20 * MOST_FIELD):
        yield line
