"""Take a mail apart: its bodies in all their versions, and everything else as attachments."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from functools import cached_property
from pathlib import Path

from moked.base.text import clean_line, storable
from moked.channels.email.reading import types, winmail
from moked.channels.email.reading.charsets import decode, is_known
from moked.channels.email.reading.flowed import unflowed
from moked.channels.email.reading.headers import Headers, Parameterised
from moked.channels.email.reading.mail import (
    DEEPEST,
    MOST_HEADER_BYTES,
    MOST_PARTS,
    Attachment,
    Charset,
    Trouble,
    Unreadable,
)

BODIES = {"text/plain", "text/html"}
BLANK_BEGINNING = re.compile(rb"(?:[ \t]*\r?\n)+")
END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,60})", re.IGNORECASE)
WHERE_META_IS = 4_000
LONGEST_NAME, LONGEST_ENDING = 200, 20
MOST_RETURNED = 64 * 1024
RETURNED = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
    "message/rfc822",
    "message/global",
    "message/rfc822-headers",
    "message/global-headers",
    "text/rfc822-headers",
    "text/rfc822",
}
ENCRYPTED = {"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


class Branch(Message):
    """A message of the standard library that leaves mails within the mail whole, byte for byte."""

    def get_content_type(self) -> str:
        """Return the type, a different one for what the parser would take apart though we do not."""
        return super().get_content_type().replace("message/", "whole-message/")


@dataclass
class Part:
    """A leaf of a mail; `place` is its number among its siblings after its parents', as 1.2."""

    message: "Message[str, str]"
    place: str
    is_root: bool
    is_alternative: bool

    @cached_property
    def headers(self) -> Headers:
        return Headers.of(self.message)

    @cached_property
    def content_type(self) -> Parameterised:
        return Parameterised.parsed(self.headers.first("content-type"))

    @cached_property
    def disposition(self) -> Parameterised:
        return Parameterised.parsed(self.headers.first("content-disposition"))

    @property
    def declared_type(self) -> str:
        """Return the media type; what has none, nonsense or parts without a boundary is text."""
        if not self.headers.has("content-type"):
            return self.message.get_default_type()
        declared = self.content_type.type
        return "text/plain" if not declared or declared.startswith("multipart/") else declared

    @cached_property
    def name(self) -> str:
        """Return the file's name, made safe to show; '' when there is none."""
        return file_name(
            self.disposition.parameters.get("filename") or self.content_type.parameters.get("name") or ""
        )

    @property
    def data(self) -> bytes:
        """Return the content, its transfer encoding undone as far as it can be."""
        content = self.message.get_payload(decode=True)
        return content if isinstance(content, bytes) else b""

    @property
    def is_body(self) -> bool:
        """Tell whether this is something to read: text that is not sent as a file."""
        if self.declared_type not in BODIES or self.disposition.main == "attachment":
            return False
        return not self.name or self.is_alternative or self.is_root


@dataclass
class Segment:
    """A stretch of the body, in plain text, in HTML, or in both, which then say the same."""

    plain: str = ""
    html: str = ""


@dataclass
class Taken:
    """A mail taken apart. `returned` has what may tell of an earlier mail: media types and contents."""

    headers: Headers
    type: Parameterised
    folder: Path
    segments: list[Segment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    returned: list[tuple[str, bytes]] = field(default_factory=list)
    charsets: list[Charset] = field(default_factory=list)
    defects: set[str] = field(default_factory=set)
    nodes: int = 0

    def keep(self, data: bytes, name: str, declared_type: str, content_id: str = "") -> None:
        """Write an attachment into the folder and note what is known of it."""
        file = str(len(self.attachments) + 1)
        (self.folder / file).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        self.attachments.append(
            Attachment(file, name, declared_type, types.of(data), len(data), digest, content_id, False)
        )


def taken_apart(raw: bytes, folder: Path) -> Taken:
    """Return a mail's headers, bodies and attachments; raises Unreadable when it is beyond the limits."""
    if blank := BLANK_BEGINNING.match(raw):
        raw = raw[blank.end() :]
    if len(raw) > MOST_HEADER_BYTES and not END_OF_HEADERS.search(raw, 0, MOST_HEADER_BYTES):
        raise Unreadable(Trouble.TOO_LONG_HEADERS)
    try:
        root = BytesParser(Branch, policy=compat32).parsebytes(raw)
    except RecursionError:
        raise Unreadable(Trouble.TOO_DEEP) from None
    del raw
    headers = Headers.of(root)
    taken = Taken(headers, Parameterised.parsed(headers.first("content-type")), folder)
    _sort(root, "", None, taken)
    return taken


def _sort(message: "Message[str, str]", place: str, alternative: Segment | None, taken: Taken) -> None:
    """Put each part where it belongs; within an alternative all texts are versions of one segment."""
    taken.nodes += 1
    if taken.nodes > MOST_PARTS:
        raise Unreadable(Trouble.TOO_MANY_PARTS)
    taken.defects |= {_code(defect) for defect in message.defects}
    if message.is_multipart():
        if place.count(".") + 1 >= DEEPEST:
            raise Unreadable(Trouble.TOO_DEEP)
        if alternative is None and message.get_content_subtype() == "alternative":
            alternative = Segment()
            taken.segments.append(alternative)
        for number, child in enumerate(message.get_payload(), start=1):
            _sort(child, f"{place}.{number}".lstrip("."), alternative, taken)
    else:
        _sort_leaf(Part(message, place or "1", not place, alternative is not None), alternative, taken)
        message.set_payload("")  # its memory is wanted for the next


def _sort_leaf(part: Part, alternative: Segment | None, taken: Taken) -> None:
    if sum(len(name) + len(value) for name, value in part.headers.pairs) > MOST_HEADER_BYTES:
        raise Unreadable(Trouble.TOO_LONG_HEADERS)
    data = part.data
    taken.defects |= {_code(defect) for defect in part.message.defects}
    if part.is_body:
        segment = alternative
        if segment is None:
            segment = Segment()
            taken.segments.append(segment)
        _add_text(part, data, segment, taken)
    elif winmail.is_winmail(part.name, part.declared_type):
        _unpack(part, data, taken)
    elif data or part.name:
        if part.declared_type in RETURNED:
            taken.returned.append((part.declared_type, data[:MOST_RETURNED]))
        if part.declared_type in ENCRYPTED:
            taken.defects.add("ENCRYPTED")
        content_id = clean_line(part.headers.first("content-id")).strip("<>")
        taken.keep(data, part.name, part.declared_type, content_id)


def _add_text(part: Part, data: bytes, segment: Segment, taken: Taken) -> None:
    """Decode a body and add it to its segment, after what is there in the same version."""
    declared = part.content_type.parameters.get("charset", "")
    if declared and not is_known(declared):
        taken.defects.add("UNKNOWN_CHARSET")
    is_html = part.declared_type == "text/html"
    if is_html and not declared and (meta := META_CHARSET.search(data, 0, WHERE_META_IS)):
        declared = meta[1].decode("ascii", "replace")
    decoded = decode(data, declared)
    taken.charsets.append(Charset(part.place, decoded.charset, decoded.found))
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    if is_html:
        segment.html = f"{segment.html}\n{text}" if segment.html else text
        return
    parameters = part.content_type.parameters
    if parameters.get("format", "").casefold() == "flowed":
        text = unflowed(text, delete_space=parameters.get("delsp", "").casefold() == "yes")
    segment.plain = f"{segment.plain}\n{text}" if segment.plain else text


def _unpack(part: Part, data: bytes, taken: Taken) -> None:
    """Keep what is in a winmail.dat instead of itself; its text counts when the mail has no other."""
    try:
        unpacked = winmail.unpacked(data)
    except winmail.BrokenWinmail:
        taken.defects.add("BROKEN_WINMAIL")
        taken.keep(data, part.name, part.declared_type)
        return
    if len(taken.attachments) + len(unpacked.files) > MOST_PARTS:
        raise Unreadable(Trouble.TOO_MANY_PARTS)
    for name, content in unpacked.files:
        taken.keep(content, file_name(name), "")
    if not any(one.plain.strip() or one.html.strip() for one in taken.segments):
        taken.segments.append(Segment(decode(unpacked.plain).text, decode(unpacked.html).text))


def file_name(name: str) -> str:
    """Return a name without folders and invisible characters, at most 200 characters with its ending."""
    visible = "".join(char for char in clean_line(storable(name)) if unicodedata.category(char) != "Cf")
    last = re.split(r"[/\\]", visible)[-1].strip(" .")
    if len(last) <= LONGEST_NAME:
        return last
    stem, dot, ending = last.rpartition(".")
    ending = f"{dot}{ending}" if stem and len(ending) <= LONGEST_ENDING else ""
    return f"{last[: LONGEST_NAME - len(ending) - 1]}…{ending}"


def _code(defect: object) -> str:
    """Return a defect of the standard library as a code: NoBoundaryInMultipartDefect is NO_BOUNDARY…"""
    return re.sub(r"(?<=[a-z\d])(?=[A-Z])", "_", type(defect).__name__.removesuffix("Defect")).upper()
