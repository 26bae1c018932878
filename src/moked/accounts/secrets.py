"""What must be known again, and so cannot be hashed, is kept encrypted under a key made from SECRET_KEY."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

SECOND_FACTORS = "second_factors"


class UnableToDecrypt(Exception):
    """The text was encrypted under a key that is no longer known."""


def encrypt(text: str, purpose: str) -> str:
    """Return the text as nobody reads it without the installation's key, nor for another purpose."""
    return _box(purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, purpose: str) -> str:
    """Return the text again, also under a former key; raises UnableToDecrypt for anything else."""
    try:
        return _box(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise UnableToDecrypt from None


def derive(purpose: str, *parts: str) -> bytes:
    """Return 32 bytes that only this installation can make, the same ones for the same words each time."""
    return _derived(settings.SECRET_KEY, "\x1f".join([purpose, *parts]))


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(str(key), purpose))) for key in keys])


def _derived(key: str, words: str) -> bytes:
    return hmac.new(key.encode(), f"moked.{words}".encode(), hashlib.sha256).digest()
