"""The headers of a mail or a part: bytes, decoded here and not by the standard library, which loses some."""

import base64
import binascii
import email.utils
import re
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import unquote_to_bytes

from moked.base.text import clean_line
from moked.channels.email.reading.charsets import Decoded, decode
from moked.channels.email.reading.mail import Address, Charset

ENCODED_WORD = re.compile(r"=\?([\w.:()/+-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\r\n]*)\?=")
ID = re.compile(r"<([^<>\s]{1,990})>")
FOLDED = re.compile(r"\r\n|\r|\n")
ADDRESS = re.compile(r"[^\s<>,;@]+@[^\s<>,;@]+")
PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
TOKEN = re.compile(r"[\w.+*!#$&^-]{1,100}/[\w.+*!#$&^-]{1,100}", re.ASCII)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
COMMENT = re.compile(r"\([^()]*\)")
# Later versions of Python leave out who cannot be told for sure; a sender is better than none here.
LENIENT = {"strict": False} if getattr(email.utils, "supports_strict_parsing", False) else {}


@dataclass
class Headers:
    """Headers in their order. Values are kept as Latin-1, which is another way to write bytes."""

    pairs: list[tuple[str, str]]
    charsets: list[Charset] = field(default_factory=list)

    @classmethod
    def of(cls, message: "Message[str, str]") -> "Headers":
        """Return the headers of a part that the standard library has split off."""
        return cls(
            [
                (name.strip().casefold(), _bytes(value).decode("latin-1"))
                for name, value in message.raw_items()
            ]
        )

    @classmethod
    def parsed(cls, block: bytes) -> "Headers":
        """Return the headers at the beginning of some bytes, as in a returned mail or a delivery status."""
        pairs: list[tuple[str, str]] = []
        for line in block.decode("latin-1").splitlines():
            if not line.strip():
                break
            if line[0] in " \t" and pairs:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{line}")
            elif ":" in line:
                name, _, value = line.partition(":")
                pairs.append((name.strip().casefold(), value.strip()))
        return cls(pairs)

    def all(self, *names: str) -> list[str]:
        """Return the undecoded values of some headers on one line each, topmost first."""
        return [FOLDED.sub("", value).strip() for name, value in self.pairs if name in names]

    def first(self, name: str) -> str:
        """Return the undecoded value of the topmost header of a name, or ''."""
        return next(iter(self.all(name)), "")

    def has(self, *names: str) -> bool:
        """Tell whether any of some headers is there."""
        return any(name in names for name, _ in self.pairs)

    def text(self, name: str) -> str:
        """Return the decoded value of the topmost header of a name, or ''."""
        return self._decoded(name, self.first(name))

    def addresses(self, *names: str) -> tuple[Address, ...]:
        """Return who is named in some headers; a group's name and what is empty is left out."""
        try:
            found = email.utils.getaddresses(self.all(*names), **LENIENT)
        except (RecursionError, ValueError, IndexError):
            found = [("", word) for value in self.all(*names) for word in ADDRESS.findall(value)]
        people = (
            Address(clean_line(self._decoded(names[0], name)), clean_line(self._decoded(names[0], address)))
            for name, address in found
        )
        return tuple(one for one in people if one.name or one.address)

    def ids(self, name: str) -> tuple[str, ...]:
        """Return the Message-IDs in a header in their order, each in its angle brackets."""
        found = (f"<{one}>" for value in self.all(name) for one in ID.findall(value))
        return tuple(dict.fromkeys(clean_line(decode(one.encode("latin-1")).text) for one in found))

    def tokens(self, name: str) -> set[str]:
        """Return the words of comma lists in small letters, without their comments and parameters."""
        words = (word for value in self.all(name) for word in COMMENT.sub("", value).split(","))
        return {re.split("[;(]", word)[0].strip().casefold() for word in words} - {""}

    def _decoded(self, name: str, value: str) -> str:
        text, guesses = decoded_words(value)
        self.charsets += [Charset(name, one.charset, one.found) for one in guesses]
        return text


@dataclass(frozen=True)
class Parameterised:
    """A value such as Content-Type's: its main word in small letters and its parameters, decoded."""

    main: str
    parameters: dict[str, str]

    @classmethod
    def parsed(cls, value: str) -> "Parameterised":
        """Return any value's main word and parameters; of a parameter given twice the first counts."""
        main = value.partition(";")[0].strip().casefold()
        pieces: dict[str, dict[int, tuple[str, bool]]] = {}
        for name, content in PARAMETER.findall(value):
            if match := CONTINUED.fullmatch(name.casefold()):
                number = int(match[2] or 0)
                pieces.setdefault(match[1], {}).setdefault(number, (_unquoted(content), bool(match[3])))
        return cls(main, {name: _joined(parts) for name, parts in pieces.items()})

    @property
    def type(self) -> str:
        """Return the main word when it can be a media type, or ''."""
        match = TOKEN.match(self.main)
        return match[0] if match else ""


def decoded_words(value: str) -> tuple[str, list[Decoded]]:
    """Return a header's text, RFC 2047's words decoded, and what had to be said of charsets on the way."""
    pieces: list[tuple[str, bytes]] = []
    end = 0
    for match in ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        if between.strip() or (between and not pieces):
            pieces.append(("", between.encode("latin-1")))
        _add(pieces, match[1].casefold(), _word(match[2], match[3]))
        end = match.end()
    if end < len(value):
        pieces.append(("", value[end:].encode("latin-1")))
    decoded = [decode(data, charset) for charset, data in pieces]
    return "".join(one.text for one in decoded), [one for one in decoded if one.charset != "ascii"]


def _add(pieces: list[tuple[str, bytes]], charset: str, data: bytes) -> None:
    """Add a word; a letter of several bytes may be cut in two by neighbours of one charset."""
    if pieces and pieces[-1][0] == charset:
        pieces[-1] = (charset, pieces[-1][1] + data)
    else:
        pieces.append((charset, data))


def _word(encoding: str, content: str) -> bytes:
    if encoding in "qQ":
        return binascii.a2b_qp(content.encode("latin-1"), header=True)
    letters = NOT_BASE64.sub("", content)
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(whole + "=" * (-len(whole) % 4))


def _bytes(value: object) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")


def _unquoted(content: str) -> str:
    content = FOLDED.sub("", content).strip()
    if content.startswith('"'):
        content = content[1:].removesuffix('"') if len(content) > 1 else ""
        return re.sub(r'\\(["\\])', r"\1", content)
    return content


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """Return a parameter's text: RFC 2231 in one or several pieces, else RFC 2047 or plain bytes."""
    charset, data = "", b""
    for position, number in enumerate(sorted(parts)):
        content, is_encoded = parts[number]
        if is_encoded and not position and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        raw = content.encode("latin-1")
        data += unquote_to_bytes(raw) if is_encoded else raw
    if charset or any(is_encoded for _, is_encoded in parts.values()):
        return decode(data, charset).text
    return decoded_words(data.decode("latin-1"))[0]
