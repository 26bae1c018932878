"""Pictures for tests, each made for one purpose, most of them by hand since no program would write them."""

import io
import struct
import zlib
from fractions import Fraction
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SIZE = (64, 48)
RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 160, 30), (30, 30, 200), (120, 120, 120)
ORIENTATION, MAKE, SERIAL, THUMBNAIL, THUMBNAIL_LENGTH = 0x0112, 0x010F, 0xA431, 0x0201, 0x0202
EXIF, GPS = 0x8769, 0x8825
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"


def corners(size: tuple[int, int] = SIZE) -> Image.Image:
    """Return a picture each quarter of which has a colour of its own, so that one sees which way is up."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for colour, at in ((RED, (0, 0)), (GREEN, (width, 0)), (BLUE, (0, height)), (GREY, (width, height))):
        image.paste(colour, (*at, at[0] + width, at[1] + height))
    return image


def seen_corners(data: bytes) -> list[tuple[int, int, int]]:
    """Return the colours of the four quarters, each as the one of ours that it is nearest to."""
    image = Image.open(io.BytesIO(data))
    width, height = image.size
    spots = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
    return [min((RED, GREEN, BLUE, GREY), key=lambda one: distance(one, image.getpixel(at))) for at in spots]


def distance(one: tuple[int, ...], other: Any) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(kind: str = "JPEG", size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    return saved(corners(size), kind, **options)


def exif(*, orientation: int | None = None, gps: dict[int, Any] | None = None) -> Image.Exif:
    notes = Image.Exif()
    if orientation is not None:
        notes[ORIENTATION] = orientation
    if gps is not None:
        notes._ifds[GPS] = gps
        notes[GPS] = gps
    return notes


def gps(latitude: tuple[Any, ...], north: str, longitude: tuple[Any, ...], east: str) -> dict[int, Any]:
    return {1: north, 2: latitude, 3: east, 4: longitude}


def degrees(whole: int, minutes: int, seconds: float) -> tuple[Fraction, ...]:
    return Fraction(whole), Fraction(minutes), Fraction(seconds).limit_denominator(1000)


def chunk(name: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int, *, depth: int = 8, colours: int = 0) -> bytes:
    return PNG_BEGINS + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))


def png_bomb(width: int, height: int) -> bytes:
    """Return a whole, valid PNG of one bit a pixel, nearly all of it black: large only when unpacked."""
    packer = zlib.compressobj(9)
    row = b"\x00" + bytes((width + 7) // 8)
    rows = b"".join(packer.compress(row * min(1000, height - at)) for at in range(0, height, 1000))
    body = rows + packer.flush()
    return png_header(width, height, depth=1) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def png_with_chunks(*chunks: bytes) -> bytes:
    """Return a small PNG with chunks of ours behind its header."""
    whole = photo("PNG")
    behind_header = len(PNG_BEGINS) + 25
    return whole[:behind_header] + b"".join(chunks) + whole[behind_header:]


def text_bomb(name: bytes, megabytes: int) -> bytes:
    """Return a text chunk of a PNG that unpacks to this many megabytes."""
    packed = zlib.compress(bytes(1_000_000) * megabytes, 9)
    head = b"Comment\x00\x00" if name == b"zTXt" else b"Comment\x00\x01\x00\x00\x00"
    return chunk(name, head + packed)


def animation(kind: str, frames: int, size: tuple[int, int] = SIZE) -> bytes:
    """Return an animated picture whose first frame is ours and whose others are black and white."""
    others = [Image.new("RGB", size, (number % 2 * 255,) * 3) for number in range(1, frames)]
    return saved(corners(size), kind, save_all=True, append_images=others, duration=10)


def apng_with(frames: int) -> bytes:
    """Return an APNG of very many frames, quickly: the same frame over and over."""
    width, height = SIZE
    idat = zlib.compress(b"".join(b"\x00" + row for row in rows_of(corners())))
    control = struct.pack(">IIIIHHBB", width, height, 0, 0, 1, 100, 0, 0)
    parts = [png_header(width, height, colours=2), chunk(b"acTL", struct.pack(">II", frames, 0))]
    parts += [chunk(b"fcTL", struct.pack(">I", 0) + control), chunk(b"IDAT", idat)]
    for number in range(1, frames):
        parts.append(chunk(b"fcTL", struct.pack(">I", 2 * number - 1) + control))
        parts.append(chunk(b"fdAT", struct.pack(">I", 2 * number) + idat))
    return b"".join([*parts, chunk(b"IEND", b"")])


def rows_of(image: Image.Image) -> list[bytes]:
    raw, width = image.tobytes(), image.width * 3
    return [raw[at : at + width] for at in range(0, len(raw), width)]


def webp_with(frames: int) -> bytes:
    """Return an animated WebP of very many frames, quickly: the same frame over and over."""
    still = photo("WEBP", lossless=True)
    frame = still[12:]  # one VP8L chunk
    width, height = SIZE
    place = bytes(6) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = place + (10).to_bytes(3, "little") + b"\x00" + frame
    anmf = b"ANMF" + struct.pack("<I", len(body)) + body
    vp8x = b"VP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00" + place[6:]
    anim = b"ANIM" + struct.pack("<I", 6) + bytes(6)
    chunks = b"WEBP" + vp8x + anim + anmf * frames
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def webp_header(width: int, height: int) -> bytes:
    """Return the beginning of a WebP that claims a canvas of this size."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    vp8x = b"VP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(vp8x)) + b"WEBP" + vp8x


def jpeg_header(width: int, height: int) -> bytes:
    """Return the beginning of a JPEG that claims this size."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0])
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_canaries(kind: str, canary: str, **options: Any) -> bytes:
    """Return a picture with the word wherever such a picture can hide words, and a smaller one inside."""
    word = canary.encode()
    notes = exif(gps=gps(degrees(32, 5, 0), "N", degrees(34, 46, 0), "E"), **options)
    notes[MAKE] = f"{canary} make"
    notes[EXIF] = {SERIAL: f"{canary} serial", 0x9286: b"ASCII\0\0\0" + word, 0x927C: word + b" maker note"}
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{canary}</x:xmpmeta>".encode()
    if kind == "PNG":
        texts = PngInfo()
        texts.add_text("Comment", f"{canary} tEXt")
        texts.add_text("Author", f"{canary} zTXt", zip=True)
        texts.add_itxt("XML:com.adobe.xmp", f"{canary} iTXt")
        whole = saved(corners(), "PNG", pnginfo=texts, exif=notes)
        return whole + word
    if kind == "WEBP":
        return saved(corners(), "WEBP", exif=notes, xmp=xmp, lossless=True) + word
    whole = saved(corners(), "JPEG", exif=notes, xmp=xmp, comment=word + b" comment", quality=95)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(word) + 5)
    iptc += b"\x1c\x02\x78" + struct.pack(">H", len(word)) + word
    inside = (
        jpeg_segment(0xED, iptc) + jpeg_segment(0xE5, word + photo()) + jpeg_segment(0xE2, b"MPF?" + word)
    )
    return whole[:2] + inside + whole[2:] + word + photo()
