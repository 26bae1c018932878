"""Mails made for tests, as bytes, and read."""

import base64
import quopri
import tempfile
from collections.abc import Mapping
from pathlib import Path

from moked.channels.email.reading.mail import Ours, ReadMail
from moked.channels.email.reading.message import read

OURS = Ours(
    addresses=("106@haifa.example", "desk@haifa.example"),
    message_id_domain="mail.haifa.example",
    reply_line="##- 7f3a",
)
PERSON = {"From": "Dana <dana@example.net>", "To": "106@haifa.example", "Message-ID": "<1@example.net>"}


def mail(
    body: str | bytes = "A lamp is broken.",
    *,
    headers: Mapping[str, str | bytes] | None = None,
    html: bool = False,
    **more: str | bytes,
) -> bytes:
    """Return a mail from a person; keywords are headers, `X_Loop` being X-Loop; None leaves one out."""
    content_type = "text/html" if html else "text/plain"
    named = {name.replace("_", "-"): value for name, value in more.items()}
    fields = {**PERSON, "Content-Type": f"{content_type}; charset=utf-8", **(headers or {}), **named}
    return head(fields) + as_bytes(body)


def head(fields: Mapping[str, str | bytes | None]) -> bytes:
    lines = (name.encode() + b": " + as_bytes(value) for name, value in fields.items() if value is not None)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def parts(
    *contents: bytes, subtype: str = "mixed", headers: Mapping[str, str | bytes] | None = None
) -> bytes:
    """Return a mail of several parts."""
    fields = {**PERSON, **(headers or {}), "Content-Type": f'multipart/{subtype}; boundary="=_edge"'}
    return head(fields) + enclosed("=_edge", *contents)


def nested(*contents: bytes, subtype: str, edge: str) -> bytes:
    """Return a part of several parts."""
    return head({"Content-Type": f'multipart/{subtype}; boundary="{edge}"'}) + enclosed(edge, *contents)


def enclosed(edge: str, *contents: bytes) -> bytes:
    line = f"--{edge}".encode()
    return b"".join(line + b"\r\n" + content + b"\r\n" for content in contents) + line + b"--\r\n"


def part(
    content: str | bytes, content_type: str = "text/plain; charset=utf-8", **fields: str | bytes
) -> bytes:
    """Return a part; keywords are headers as in `mail`."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return head({"Content-Type": content_type, **named}) + as_bytes(content)


def file(
    content: bytes, content_type: str, disposition: str | bytes = "attachment", **fields: str | bytes
) -> bytes:
    """Return a part in base64."""
    encoded = base64.encodebytes(content)
    return part(
        encoded,
        content_type,
        Content_Disposition=disposition,
        Content_Transfer_Encoding="base64",
        **fields,
    )


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def encoded(content: bytes, transfer: str) -> bytes:
    """Return some bytes in a transfer encoding."""
    match transfer:
        case "base64":
            return base64.encodebytes(content)
        case "quoted-printable":
            return quopri.encodestring(content)
        case _:
            return content


def opened(raw: bytes, *, ours: Ours = OURS) -> ReadMail:
    """Read a mail; its attachments are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return read(raw, ours, Path(folder))
