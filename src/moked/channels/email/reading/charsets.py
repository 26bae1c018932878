"""Turn bytes into text: as declared, else by what they look like, else as Hebrew is mostly written."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import chardet

from moked.base.text import storable
from moked.channels.email.reading.mail import Found

# Names that mails use and Python does not know. A declared charset with a larger brother (0x80 to 0x9F of
# Windows in mails that say ISO) is read as its brother first, or after it where the two disagree.
NAMES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "logical": "iso8859-8",
    "visual": "iso8859-8",
    "dos-862": "cp862",
    "x-mac-hebrew": "cp1255",  # the letters are in the same places
    "x-mac-arabic": "mac-arabic",
    "x-mac-ce": "mac-latin2",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "unicode": "utf-16",
    "uft-8": "utf-8",
    "utf-8mb4": "utf-8",
    "x-windows-949": "cp949",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
}
ALSO = {"iso8859-8": ("cp1255",), "cp1252": ("latin-1",), "iso2022_jp_ext": ("iso2022_jp_2004",)}

# Charsets of text, and none of Python's codecs that compute something else.
OF_TEXT = re.compile(
    r"ascii|utf-(7|8|8-sig|16|32)|utf-(16|32)-[bl]e|iso8859-\d+|cp\d+|koi8-[rtu]|kz1048|ptcp154|tis-620"
    r"|mac-[\w-]+|gb2312|gbk|gb18030|hz|big5(hkscs)?|euc_\w+|shift_jis\w*|iso2022_\w+|johab|hp-roman8"
)
WORTH_GUESSING = (
    "cp1255", "iso8859-8", "cp1256", "iso8859-6", "cp1250", "iso8859-2", "cp1252", "cp1251", "koi8-r",
    "cp862", "cp1254", "gb18030", "big5hkscs", "cp932", "cp949", "iso2022_jp_2",
)  # fmt: skip
LATIN = ("cp1250", "iso8859-2", "cp1252", "cp1254")
TOUCHES_LATIN = re.compile(rb"[A-Za-z][\xe0-\xfe]|[\xe0-\xfe][A-Za-z]")
MOST_LOOKED_AT = 100_000
FEWEST_SOUND = 5
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Decoded:
    """Text that any database keeps, the codec that made it, and how that was found."""

    text: str
    charset: str
    found: Found


def decode(data: bytes, declared: str = "") -> Decoded:
    """Return the text of any bytes; never fails."""
    for codec, found in _ladder(data, declared):
        try:
            return Decoded(storable(data.decode(codec)), codec, found)
        except ValueError:
            if codec == "utf-8" and (text := _mostly_utf8(data)) is not None:
                return Decoded(storable(text), codec, Found.REPLACED)
    return Decoded(storable(data.decode("latin-1")), "latin-1", Found.REPLACED)


def _mostly_utf8(data: bytes) -> str | None:
    """Return UTF-8 that was cut off or damaged in a place or two, which is shown; None for anything else."""
    text = data.decode("utf-8", "replace")
    damages, others = text.count("\ufffd"), sum(char > "\x7f" for char in text[:MOST_LOOKED_AT])
    return text if damages and others >= FEWEST_SOUND * damages else None


def is_known(declared: str) -> bool:
    """Tell whether there is a codec for a declared charset."""
    return bool(_codecs(declared))


def _ladder(data: bytes, declared: str) -> Iterator[tuple[str, Found]]:
    if data.isascii() and not declared:
        yield "ascii", Found.DECLARED
    for mark, codec in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            yield codec, Found.DECLARED
    for codec in _codecs(declared):
        yield codec, Found.DECLARED
    yield "utf-8", Found.UTF8
    if guess := _detected(data):
        yield guess, Found.DETECTED
        for codec in ALSO.get(guess, ()):
            yield codec, Found.DETECTED
    yield "cp1255", Found.USUAL


def _codecs(declared: str) -> tuple[str, ...]:
    """Return the codecs for a declared charset, best first; none when it is unknown or not one of text."""
    name = declared.strip().strip("\"'").casefold()
    name = NAMES.get(name) or NAMES.get(name.removeprefix("x-")) or name
    for spelling in (name, name.removeprefix("x-"), name.replace("cp-", "cp")):
        try:
            codec = codecs.lookup(spelling).name
        except (LookupError, ValueError):
            continue
        if OF_TEXT.fullmatch(codec):
            return codec, *ALSO.get(codec, ())
    return ()


def _detected(data: bytes) -> str | None:
    """Return what the bytes look like. Hebrew, Arabic and Cyrillic words have no Latin letters in them."""
    seen = data[:MOST_LOOKED_AT]
    among = LATIN if TOUCHES_LATIN.search(seen) else WORTH_GUESSING
    return chardet.detect(seen, include_encodings=among, compat_names=False, no_match_encoding=among[0])[
        "encoding"
    ]
