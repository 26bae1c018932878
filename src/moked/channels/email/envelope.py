"""What has to be known of a mail before it is stored: what it is called and to whom it came."""

import dataclasses
import re
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

LONGEST_HEADERS = 64 * 1024
RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
# Not the grammar of addresses, whose parser calls itself for each bracket of a hostile header.
AROUND_ADDRESSES = re.compile(r'[\s<>()",;:]+')


@dataclasses.dataclass(frozen=True)
class Envelope:
    """A mail's Message-ID, '' without one, and the addresses it came to, those of the delivery first."""

    message_id: str = ""
    recipients: tuple[str, ...] = ()


def envelope_of(raw: bytes) -> Envelope:
    """Return what the headers say, as far as they can be read: nothing here refuses a mail.

    Whatever looks like an address counts as a recipient, also in a name or a comment.
    """
    try:
        headers = BytesHeaderParser(policy=compat32).parsebytes(raw[:LONGEST_HEADERS])
        return Envelope("".join(str(headers.get("Message-ID", "")).split()), _recipients(headers))
    except Exception:  # noqa: BLE001 - a mail that cannot be read here is still kept, and read by the reader
        return Envelope()


def _recipients(headers: Message) -> tuple[str, ...]:
    told = (str(value) for name in RECIPIENTS for value in headers.get_all(name, []))
    words = (word for value in told for word in AROUND_ADDRESSES.split(value))
    return tuple(dict.fromkeys(word for word in words if "@" in word))
