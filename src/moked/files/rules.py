"""What is accepted as a photo, in which sizes it is kept, and why one is not."""

import math
from enum import StrEnum

MOST_BYTES = 15 * 1024 * 1024
MOST_PHOTOS = 10

# In pixels, by what unpacking one costs: a JPEG is unpacked at a fraction of its size, a PNG whole, a WebP
# several times over. A little more than the round number, since cameras count so.
MOST_PIXELS = {"JPEG": 51_000_000, "PNG": 20_500_000, "WEBP": 12_500_000}

SIGNATURES = {"JPEG": (0, b"\xff\xd8\xff"), "PNG": (0, b"\x89PNG\r\n\x1a\n"), "WEBP": (8, b"WEBP")}


class Size(StrEnum):
    """The sizes a photo is kept in."""

    LARGE = "large"
    THUMB = "thumb"


# What is no photo is kept as it came.
WHOLE = "whole"

LONGEST_SIDE = {Size.LARGE: 2048, Size.THUMB: 360}


class Problem(StrEnum):
    """Why a photo is not kept. BUSY and NOT_KEPT are our fault, the others the picture's."""

    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    NOT_A_PHOTO = "NOT_A_PHOTO"
    UNREADABLE = "UNREADABLE"
    TIMED_OUT = "TIMED_OUT"
    BUSY = "BUSY"
    NOT_KEPT = "NOT_KEPT"


class BadPhoto(Exception):
    """A photo that is not kept; `code` is one of Problem."""

    def __init__(self, code: Problem) -> None:
        super().__init__(code)
        self.code = code


def format_of(data: bytes) -> str:
    """Return which of the accepted formats the content begins like; '' for any other."""
    return next(
        (name for name, (at, mark) in SIGNATURES.items() if data[at : at + len(mark)] == mark),
        "",
    )


def checked_point(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return a position if it can be one; (0, 0) is what cameras write that do not know theirs."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (latitude, longitude) == (0, 0):
        return None
    return latitude, longitude
