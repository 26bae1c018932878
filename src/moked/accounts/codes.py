"""One-time codes by the clock (RFC 6238: six digits, thirty seconds), as plain values."""

import base64
import hmac
from urllib.parse import quote, urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

STEP_SECONDS = 30
STEPS_AROUND = 1
SECRET_BYTES = 20


def code_at(secret: str, step: int) -> str:
    """Return the code of one step of the clock; the secret is in base32."""
    return str(format_hotp_value(hotp_value(secret, step)))


def step_of(secret: str, code: str, *, at: float, after: int = -1) -> int | None:
    """Return the step whose code this is, now or one step away; None when it is none, or not after `after`.

    `after` is the step of the code taken last: that code and earlier ones are never taken again.
    """
    now = int(at) // STEP_SECONDS
    steps = range(now - STEPS_AROUND, now + STEPS_AROUND + 1)
    found = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    return next((step for step in found if step > after), None)


def secret_of(material: bytes) -> str:
    """Return a secret for an authenticator app, in base32."""
    return base64.b32encode(material[:SECRET_BYTES]).decode()


def address_of(secret: str, *, issuer: str, account: str) -> str:
    """Return what the picture for an authenticator app says: whose code it is, for whom, and the secret."""
    issuer = issuer.replace(":", " ")
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"
