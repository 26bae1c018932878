"""How the secret of a link is derived."""

import base64
import hashlib
import hmac


def derive_token(key: bytes, *, purpose: str, reference: str, version: int) -> str:
    """Return base32 of HMAC-SHA256 over purpose, reference and version: 160 bits, 32 lower-case characters.

    Lower case and without padding, so that it survives being read aloud, typed and folded by mail programs.
    """
    message = "\x1f".join([purpose, reference, str(version)]).encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode().lower()


def split(secret: str) -> tuple[str, str]:
    """Return the reference and the token of `reference.token`; empty strings when it has another shape."""
    reference, _, token = secret.partition(".")
    if all(part.isascii() and part.isalnum() for part in (reference, token)):
        return reference, token
    return "", ""
