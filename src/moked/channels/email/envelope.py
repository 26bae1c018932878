"""What has to be known of a mail before it is stored: what it is called and to whom it came."""

import dataclasses
from email.errors import MessageError
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

LONGEST_HEADERS = 64 * 1024
RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")


@dataclasses.dataclass(frozen=True)
class Envelope:
    """A mail's Message-ID, '' without one, and the addresses it came to, those of the delivery first."""

    message_id: str = ""
    recipients: tuple[str, ...] = ()


def envelope_of(raw: bytes) -> Envelope:
    """Return what the headers say, as far as they can be read: nothing here refuses a mail."""
    try:
        headers = BytesHeaderParser(policy=compat32).parsebytes(raw[:LONGEST_HEADERS])
        told = [str(value) for name in RECIPIENTS for value in headers.get_all(name, [])]
        recipients = (address for _, address in getaddresses(told) if "@" in address)
        named = "".join(str(headers.get("Message-ID", "")).split())
    except (MessageError, ValueError, LookupError):
        return Envelope()
    return Envelope(named, tuple(dict.fromkeys(recipients)))
