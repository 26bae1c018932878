"""What Outlook hides in a winmail.dat: files, and sometimes the text."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from tnefparse import TNEF

NAMES = {"winmail.dat", "win.dat"}
TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}


class BrokenWinmail(Exception):
    """The file cannot be unpacked; it is kept as it is."""


@dataclass(frozen=True)
class Unpacked:
    """The files by their names, and the text as plain text and as HTML, if any."""

    files: tuple[tuple[str, bytes], ...]
    plain: bytes
    html: bytes


def is_winmail(name: str, declared_type: str) -> bool:
    """Tell whether an attachment is one of these."""
    return name.casefold() in NAMES or declared_type in TYPES


def unpacked(data: bytes) -> Unpacked:
    """Return what is in it; raises BrokenWinmail."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tnef = TNEF(data, do_checksum=False)
        return Unpacked(tuple(_files(tnef)), _bytes(tnef.body), _bytes(tnef.htmlbody))
    except MemoryError:
        raise
    except Exception as error:
        raise BrokenWinmail from error


def _files(tnef: TNEF) -> Iterator[tuple[str, bytes]]:
    for attachment in tnef.attachments:
        yield str(attachment.long_filename() or ""), _bytes(attachment.data)


def _bytes(value: object) -> bytes:
    """Return bytes of whatever the library made of a text."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return bytes(value) if isinstance(value, (bytes, bytearray)) else b""
