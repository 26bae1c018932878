"""Names that are given out: random references and time-ordered unique ids."""

import secrets
import time
import uuid

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def reference(length: int = 10) -> str:
    """Return a random lower-case name without letters that look like digits; not a secret."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def uuid7() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)
