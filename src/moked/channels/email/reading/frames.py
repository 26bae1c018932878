"""How a mail and what was read of it travel between the two processes: lengths, then that many bytes."""

import struct
from typing import IO

LENGTH = struct.Struct("!Q")


def write(stream: IO[bytes], *contents: bytes) -> None:
    """Write some contents, each after its length."""
    for content in contents:
        stream.write(LENGTH.pack(len(content)))
        stream.write(content)
    stream.flush()


def read(stream: IO[bytes], most: int) -> bytes | None:
    """Return the next content; None when the stream has ended or promises more than `most` bytes."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > most:
        return None
    content = stream.read(length)
    return content if len(content) == length else None
