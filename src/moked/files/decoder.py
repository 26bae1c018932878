"""A program that turns one uploaded picture into clean copies: `python -m moked.files.decoder`.

Whatever strangers send is unpacked here, in a process with little memory, little time and no secrets. It
reads the picture from standard input and writes a line of JSON and then the copies to standard output. It
imports nothing of Django.
"""

import contextlib
import json
import resource
import signal
import sys
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from moked.base import limits
from moked.files.rules import (
    LONGEST_SIDE,
    MOST_BYTES,
    MOST_PIXELS,
    BadPhoto,
    Problem,
    Size,
    checked_point,
    format_of,
)

MEMORY = 270_000_000
CPU_SECONDS = 4
ALL_SECONDS = 15  # whoever started us waits less; this is for when they are gone
LARGEST_OUTPUT = 8 * 1024 * 1024
MOST_COEFFICIENTS = 200_000_000
QUALITY = 82
WHITE = (255, 255, 255)

READERS: dict[str, type[ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
}
ORIENTATION, GPS = 0x0112, 0x8825
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def main() -> None:
    """Answer one picture with its copies, or with what is wrong with it."""
    limit_self()
    try:
        facts, copies = decode(sys.stdin.buffer.read(MOST_BYTES + 1))
    except BadPhoto as refusal:
        facts, copies = {"problem": refusal.code}, []
    except MemoryError:
        facts, copies = {"problem": Problem.TOO_MANY_PIXELS}, []
    except Exception:  # noqa: BLE001 - decoders raise whatever comes to their mind
        facts, copies = {"problem": Problem.UNREADABLE}, []
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + b"".join(copies))


def limit_self() -> None:
    """Give up, for good, whatever a picture that takes over this process could misuse."""
    limits.limit_self(memory=MEMORY, largest_file=LARGEST_OUTPUT)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    signal.alarm(ALL_SECONDS)


def decode(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return what is known of the picture and its copies, large and thumb; raises BadPhoto."""
    image = opened(data)
    shrink_while_reading(image)
    image.load()
    exif = exif_of(image)
    large = clean(image, UPRIGHT.get(exif.get(ORIENTATION, 1)))
    thumb = large.copy()
    thumb.thumbnail((LONGEST_SIDE[Size.THUMB],) * 2)
    copies = [encoded(large), encoded(thumb)]
    facts = {
        "problem": "",
        "width": large.width,
        "height": large.height,
        "point": position(exif),
        "lengths": [len(copy) for copy in copies],
    }
    return facts, copies


def opened(data: bytes) -> ImageFile:
    """Return the picture with only its beginning read; refuses what is no photo or has too many pixels."""
    if len(data) > MOST_BYTES:
        raise BadPhoto(Problem.TOO_LARGE)
    kind = format_of(data)
    if not kind:
        raise BadPhoto(Problem.NOT_A_PHOTO)
    # We know our own limits, and some readers reserve memory as soon as they are opened.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS[kind] // 2
    try:
        image = READERS[kind](BytesIO(data))
    except Image.DecompressionBombError:
        raise BadPhoto(Problem.TOO_MANY_PIXELS) from None
    if image.width * image.height > MOST_PIXELS[kind] or coefficients(image) > MOST_COEFFICIENTS:
        raise BadPhoto(Problem.TOO_MANY_PIXELS)
    return image


def coefficients(image: ImageFile) -> int:
    """Return how many bytes a progressive JPEG keeps until its last scan; 0 for any other picture."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or not image.info.get("progressive"):
        return 0
    samples = [across * down for _, across, down, _ in image.layer]
    return 2 * image.width * image.height * sum(samples) // max(samples)


def shrink_while_reading(image: ImageFile) -> None:
    """Have a large JPEG unpacked at a half, a quarter or an eighth, as long as enough is left."""
    share = LONGEST_SIDE[Size.LARGE] / max(image.size)
    if share < 1:
        image.draft(None, (round(image.width * share), round(image.height * share)))


def exif_of(image: ImageFile) -> Any:
    """Return what the camera wrote, or nothing when that cannot be read."""
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001 - a broken note is no reason to lose the picture
        return Image.Exif()


def clean(image: ImageFile, turn: Image.Transpose | None) -> Image.Image:
    """Return a new picture of at most the large size, upright, in sRGB, that holds nothing but pixels."""
    profile = image.info.get("icc_profile")
    small = evenly_deep(image)
    small.thumbnail((LONGEST_SIDE[Size.LARGE],) * 2, reducing_gap=2.0)
    coloured = in_srgb(on_white(small), profile)
    fresh = Image.new("RGB", coloured.size)
    fresh.paste(coloured)
    return fresh.transpose(turn) if turn is not None else fresh


def evenly_deep(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be shrunk: no palette, no 16 bits, no single bits."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"P", "1"} or "transparency" in image.info:
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image


def on_white(image: Image.Image) -> Image.Image:
    """Return the picture without transparency."""
    if "A" not in image.getbands():
        return image
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colours of the web; a profile that does not fit it is ignored."""
    if profile:
        with contextlib.suppress(Exception):
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            web = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, own, web, outputMode="RGB")
            if converted is not None:
                return converted
    return image.convert("RGB")


def encoded(image: Image.Image) -> bytes:
    """Return the picture as a JPEG."""
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def position(exif: Any) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees as the camera noted them, if they can be true."""
    try:
        gps = exif.get_ifd(GPS)
        return checked_point(degrees(gps[2], gps[1], "NS"), degrees(gps[4], gps[3], "EW"))
    except Exception:  # noqa: BLE001 - as above: a broken note
        return None


def degrees(parts: Any, half: str, halves: str) -> float:
    """Return degrees, minutes and seconds as degrees, negative in the second of the two halves."""
    whole, minutes, seconds = (float(part) for part in parts)
    sign = (1, -1)[halves.index(half.strip("\x00 ").upper())]
    if not (0 <= whole <= 180 and 0 <= minutes <= 60 and 0 <= seconds <= 60):
        raise ValueError
    return sign * (whole + minutes / 60 + seconds / 3600)


if __name__ == "__main__":
    main()
