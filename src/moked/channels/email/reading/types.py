"""What a file is by its content, whatever its name and the mail say."""

import io
import re
import struct
import zipfile

UNKNOWN = "application/octet-stream"
MARKS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"#!", "text/x-script"),
)
# What browsers take for a page, after blanks and a comment, in whatever case.
PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,500}?-->\s*)?"
    rb"<(?:!doctype html|html|head|body|script|iframe|svg|table|div|p|a|h1|b|br|img)\b",
    re.IGNORECASE | re.DOTALL,
)
SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b", re.IGNORECASE)
OFFICE = "application/vnd.openxmlformats-officedocument."
IN_ZIP = (
    ("word/", f"{OFFICE}wordprocessingml.document"),
    ("xl/", f"{OFFICE}spreadsheetml.sheet"),
    ("ppt/", f"{OFFICE}presentationml.presentation"),
)
MACROS = "vbaProject.bin"
LOOKED_AT = 4_096
MOST_IN_ZIP = 5_000


def of(data: bytes) -> str:
    """Return the media type that the content has; that of any text or of plain bytes if none is known."""
    start = data[:LOOKED_AT]
    for at, mark, name in MARKS:
        if start[at : at + len(mark)] == mark:
            return name
    if start.startswith(b"PK\x03\x04"):
        return _of_zip(data)
    if SVG.search(start):
        return "image/svg+xml"
    if PAGE.match(start):
        return "text/html"
    if XML.match(start):
        return "application/xml"
    return "text/plain" if _is_text(start) else UNKNOWN


def _of_zip(data: bytes) -> str:
    """Return which kind of package a ZIP file is; macros in an office document change its type."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[:MOST_IN_ZIP]
            if "[Content_Types].xml" in names:
                for folder, name in IN_ZIP:
                    if any(entry.startswith(folder) for entry in names):
                        has_macros = any(entry.endswith(MACROS) for entry in names)
                        return f"{name}.macroEnabled" if has_macros else name
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return "application/zip"
    if names[:1] == ["mimetype"] and data[30 : 30 + 8] == b"mimetype":
        inside = data[38:138].partition(b"PK")[0]
        if inside.startswith(b"application/vnd.oasis.opendocument."):
            return inside.decode("ascii", "replace")
    return "application/zip"


def _is_text(start: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 27 or byte == 127 for byte in start)
