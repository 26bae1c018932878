"""Names that are given out."""

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def reference(length: int = 10) -> str:
    """Return a random lower-case name without letters that look like digits; not a secret."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
