"""How contact points are compared."""

import re
from enum import StrEnum

_SEPARATORS = re.compile(r"[\s\-().\u2010-\u2015/]")
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


class ContactKind(StrEnum):
    """How a resident can be reached."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"


def normalise_email(address: str) -> str:
    """Return the form addresses are compared in: trimmed and case-folded."""
    return address.strip().casefold()


def normalise_phone(number: str) -> str:
    """Return the digits of a phone number, with a leading plus if there was one; '' when none are left."""
    bare = _SEPARATORS.sub("", number.translate(_ARABIC_DIGITS))
    plus = "+" if bare.startswith("+") else ""
    digits = bare.lstrip("+")
    return plus + digits if digits.isdigit() and digits.isascii() else ""


def mask(text: str) -> str:
    """Return a name or address that can be recognised by who knows it and by nobody else."""
    return f"{text[:1]}•••" if text else ""
