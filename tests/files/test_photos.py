"""What becomes of an uploaded picture."""

import io

import pytest
from PIL import Image, ImageCms

from moked.files import photos
from moked.files.rules import MOST_BYTES, BadPhoto, Problem, checked_point
from tests.files import pictures
from tests.files.pictures import BLUE, GREEN, GREY, RED, degrees, exif, gps, photo, saved

UPRIGHT = [RED, GREEN, BLUE, GREY]
# Where the quarters lie when a picture with this note is shown as its pixels are.
SHOWN_FOR = {
    1: [RED, GREEN, BLUE, GREY],
    2: [GREEN, RED, GREY, BLUE],
    3: [GREY, BLUE, GREEN, RED],
    4: [BLUE, GREY, RED, GREEN],
    5: [RED, BLUE, GREEN, GREY],
    6: [BLUE, RED, GREY, GREEN],
    7: [GREY, GREEN, BLUE, RED],
    8: [GREEN, GREY, RED, BLUE],
}


def refused(data: bytes) -> Problem:
    with pytest.raises(BadPhoto) as refusal:
        photos.read(data)
    return refusal.value.code


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_in_two_sizes_as_jpeg(kind: str) -> None:
    kept = photos.read(photo(kind, (3000, 1500)))
    assert (kept.width, kept.height, kept.point) == (2048, 1024, None)
    assert [(opened(one).format, opened(one).size) for one in (kept.large, kept.thumb)] == [
        ("JPEG", (2048, 1024)),
        ("JPEG", (360, 180)),
    ]
    assert pictures.seen_corners(kept.large) == pictures.seen_corners(kept.thumb) == UPRIGHT


def test_a_small_picture_is_not_enlarged() -> None:
    kept = photos.read(photo(size=(64, 48)))
    assert opened(kept.large).size == opened(kept.thumb).size == (64, 48)


@pytest.mark.abuse("A19")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", SHOWN_FOR)
def test_a_picture_is_turned_upright(orientation: int, kind: str) -> None:
    kept = photos.read(photo(kind, exif=exif(orientation=orientation)))
    assert pictures.seen_corners(kept.large) == pictures.seen_corners(kept.thumb) == SHOWN_FOR[orientation]
    wide = orientation < 5
    assert (kept.width, kept.height) == ((64, 48) if wide else (48, 64))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    kept = photos.read(photo(exif=exif(orientation=orientation)))
    assert pictures.seen_corners(kept.large) == UPRIGHT


@pytest.mark.abuse("A19")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_kept(kind: str) -> None:
    canary = "CANARY-7f3a9b"
    given = pictures.with_canaries(kind, canary, orientation=6)
    assert given.count(canary.encode()) >= 3
    kept = photos.read(given)
    for copy in (kept.large, kept.thumb):
        assert canary.encode() not in copy
        assert canary[:6].encode() not in copy
        assert markers(copy) <= {0xD8, 0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xD9}
        assert copy.count(b"\xff\xd8\xff") == 1
        assert copy.endswith(b"\xff\xd9")
        assert set(opened(copy).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert dict(opened(copy).getexif()) == {}


def markers(jpeg: bytes) -> set[int]:
    """Return the kinds of segments up to the picture's data, and the end's."""
    found, at = {0xD8}, 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found | {0xDA, jpeg[-1]}


@pytest.mark.abuse("A19")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_it_was_taken_is_told_apart_from_the_picture(kind: str) -> None:
    taken = exif(gps=gps(degrees(32, 5, 24.0), "N", degrees(34, 46, 48.0), "E"))
    point = photos.read(photo(kind, exif=taken)).point
    assert point == pytest.approx((32.09, 34.78))


@pytest.mark.parametrize(
    ("north", "east", "signs"), [("N", "E", (1, 1)), ("S", "W", (-1, -1)), ("s\0", " w", (-1, -1))]
)
def test_halves_of_the_globe_are_told_by_their_letters(north: str, east: str, signs: tuple[int, int]) -> None:
    taken = exif(gps=gps(degrees(10, 30, 0), north, degrees(20, 15, 0), east))
    assert photos.read(photo(exif=taken)).point == pytest.approx((10.5 * signs[0], 20.25 * signs[1]))


@pytest.mark.parametrize(
    "where",
    [
        gps(degrees(0, 0, 0), "N", degrees(0, 0, 0), "E"),
        gps(degrees(91, 0, 0), "N", degrees(34, 0, 0), "E"),
        gps(degrees(32, 0, 0), "N", degrees(181, 0, 0), "E"),
        gps(degrees(32, 99, 0), "N", degrees(34, 0, 0), "E"),
        gps(degrees(32, 0, 0), "X", degrees(34, 0, 0), "E"),
        {2: degrees(32, 0, 0), 4: degrees(34, 0, 0)},
        {1: "N", 3: "E"},
        {1: "N", 2: (32.0,), 3: "E", 4: (34.0,)},
    ],
)
def test_a_position_that_cannot_be_true_is_none_and_the_picture_kept(where: dict[int, object]) -> None:
    kept = photos.read(photo(exif=exif(gps=where)))
    assert kept.point is None
    assert kept.width == 64


def test_a_position_divided_by_nothing_is_none() -> None:
    """A camera that wrote 0/0: Pillow reads it as not a number."""
    given = photo(exif=exif(gps=gps(degrees(32, 5, 24.0), "N", degrees(34, 46, 48.0), "E")))
    spoilt = given.replace((32).to_bytes(4, "big") + (1).to_bytes(4, "big"), bytes(8))
    assert spoilt != given
    assert photos.read(spoilt).point is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (32.0, 34.0, (32.0, 34.0)),
        (-90.0, 180.0, (-90.0, 180.0)),
        (0.0, 34.0, (0.0, 34.0)),
        (0.0, 0.0, None),
        (90.1, 0.0, None),
        (0.1, -180.1, None),
        (float("nan"), 34.0, None),
        (32.0, float("inf"), None),
    ],
)
def test_positions_are_checked(latitude: float, longitude: float, point: tuple[float, float] | None) -> None:
    assert checked_point(latitude, longitude) == point


@pytest.mark.parametrize(
    "given",
    [
        pictures.corners().convert("L"),
        pictures.corners().convert("1"),
        pictures.corners().convert("P"),
        pictures.corners().convert("RGBA"),
        pictures.corners().convert("LA"),
        pictures.corners().convert("I;16"),
    ],
    ids=lambda image: image.mode,
)
def test_every_kind_of_png_is_read(given: Image.Image) -> None:
    kept = opened(photos.read(saved(given, "PNG")).large)
    assert (kept.mode, kept.size) == ("RGB", pictures.SIZE)


def test_sixteen_bits_become_eight() -> None:
    light = Image.new("I;16", (8, 8), 200 * 256)
    assert opened(photos.read(saved(light, "PNG")).large).getpixel((4, 4)) == (200, 200, 200)


CLEAR = Image.new("RGBA", (8, 8), (0, 0, 0, 0))


@pytest.mark.parametrize(
    "data",
    [saved(CLEAR, "PNG"), saved(CLEAR.convert("P"), "PNG", transparency=0), saved(CLEAR, "WEBP")],
    ids=["PNG", "palette", "WebP"],
)
def test_what_shows_through_becomes_white(data: bytes) -> None:
    assert opened(photos.read(data).large).getpixel((4, 4)) == (255, 255, 255)


def test_a_picture_for_printers_is_read() -> None:
    kept = photos.read(saved(pictures.corners().convert("CMYK"), "JPEG"))
    assert pictures.seen_corners(kept.large) == UPRIGHT


def test_colours_of_another_profile_become_those_of_the_web() -> None:
    """In the profile's own terms this grey is lighter; dropped unconverted, it would come out darker."""
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    assert linear.profile.xcolor_space.strip() == "XYZ"
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = opened(photos.read(photo(icc_profile=lab)).large)
    assert pictures.seen_corners(saved(kept, "PNG")) == UPRIGHT
    assert "icc_profile" not in kept.info


def test_a_broken_profile_is_ignored() -> None:
    assert pictures.seen_corners(photos.read(photo(icc_profile=b"nonsense")).large) == UPRIGHT


def test_a_broken_note_of_the_camera_is_ignored() -> None:
    whole = photo()
    broken = whole[:2] + pictures.jpeg_segment(0xE1, b"Exif\x00\x00MM\x00*\xff\xff\xff\xff") + whole[2:]
    assert pictures.seen_corners(photos.read(broken).large) == UPRIGHT


@pytest.mark.abuse("A18")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7\n%%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"push graphic-context\nviewbox 0 0 1 1\nfill 'url(https://example.com/)'",
        b"PK\x03\x04" + bytes(100),
        b"\x00\x00\x00\x18ftypheic" + bytes(100),
        b"\x00\x00\x00\x18ftypavif" + bytes(100),
        pictures.animation("GIF", 3),
        saved(pictures.corners(), "TIFF"),
        saved(pictures.corners(), "BMP"),
        saved(pictures.corners(), "ICO"),
        saved(pictures.corners(), "JPEG2000"),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_anything_but_jpeg_png_and_webp_is_no_photo(data: bytes) -> None:
    assert refused(data) == Problem.NOT_A_PHOTO


@pytest.mark.abuse("A18")
def test_more_than_fifteen_megabytes_are_refused() -> None:
    whole = photo()
    assert refused(whole + bytes(MOST_BYTES - len(whole) + 1)) == Problem.TOO_LARGE
    assert photos.read(whole + bytes(MOST_BYTES - len(whole))).width == 64


@pytest.mark.abuse("A18")
@pytest.mark.parametrize(
    "data",
    [
        pictures.png_bomb(40_000, 40_000),
        pictures.png_bomb(50_000, 50_000),
        pictures.png_bomb(1_000_000, 21),
        pictures.jpeg_header(65_000, 65_000),
        pictures.jpeg_header(8_000, 6_400),
        pictures.webp_header(16_384, 16_384),
        pictures.webp_header(4_000, 3_200),
    ],
    ids=["40,000²", "50,000²", "long", "JPEG", "JPEG just above", "WebP", "WebP just above"],
)
def test_too_many_pixels_are_refused_before_they_are_unpacked(data: bytes) -> None:
    assert len(data) < 500_000
    assert refused(data) == Problem.TOO_MANY_PIXELS


@pytest.mark.abuse("A18")
def test_a_progressive_picture_that_takes_too_much_memory_is_refused() -> None:
    """Its parts wait in memory until the last scan; this one's would need 210 MB."""
    grey = Image.new("L", (6_000, 6_000)).convert("RGB")
    assert refused(saved(grey, "JPEG", progressive=True, subsampling=0)) == Problem.TOO_MANY_PIXELS
    assert photos.read(saved(grey, "JPEG", subsampling=0)).width == 2048


@pytest.mark.abuse("A18")
@pytest.mark.parametrize(
    "data",
    [pictures.animation("PNG", 4), pictures.animation("WEBP", 4, (96, 72))],
    ids=["APNG", "WebP"],
)
def test_of_a_moving_picture_the_first_frame_is_kept(data: bytes) -> None:
    assert pictures.seen_corners(photos.read(data).large) == UPRIGHT


@pytest.mark.abuse("A18")
@pytest.mark.parametrize("make", [pictures.apng_with, pictures.webp_with])
def test_ten_thousand_frames_cost_no_more_than_one(make) -> None:
    assert pictures.seen_corners(photos.read(make(10_000)).large) == UPRIGHT


@pytest.mark.abuse("A18")
@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_words_that_unpack_to_very_many_more_do_no_harm(name: bytes) -> None:
    bomb = pictures.text_bomb(name, 200)
    assert len(bomb) < 250_000
    assert refused(pictures.png_with_chunks(bomb)) in {Problem.UNREADABLE, Problem.TOO_MANY_PIXELS}
    many = [pictures.text_bomb(name, 1)] * 500
    assert refused(pictures.png_with_chunks(*many)) in {Problem.UNREADABLE, Problem.TOO_MANY_PIXELS}


@pytest.mark.abuse("A18")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    whole = photo(kind, (600, 400))
    for share in (0.01, 0.3, 0.7):
        assert refused(whole[: max(16, int(len(whole) * share))]) == Problem.UNREADABLE


@pytest.mark.abuse("A18")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_with_wrong_bytes_is_kept_or_refused_and_never_more(kind: str) -> None:
    whole = bytearray(photo(kind, (300, 200)))
    for at in range(20, len(whole), max(1, len(whole) // 12)):
        spoilt = bytes(whole[:at]) + bytes([whole[at] ^ 0xFF]) + bytes(whole[at + 1 :])
        try:
            assert photos.read(spoilt).large.startswith(b"\xff\xd8")
        except BadPhoto as refusal:
            assert refusal.code in {Problem.UNREADABLE, Problem.TOO_MANY_PIXELS}


@pytest.mark.abuse("A10")
@pytest.mark.abuse("A18")
def test_of_a_picture_that_is_also_a_page_only_the_picture_is_kept() -> None:
    page = b"<html><body><script>alert(document.domain)</script></body></html>"
    whole = photo()
    polyglot = whole[:2] + pictures.jpeg_segment(0xFE, b"-->" + page + b"<!--") + whole[2:] + page
    kept = photos.read(polyglot)
    assert pictures.seen_corners(kept.large) == UPRIGHT
    assert b"<script" not in kept.large + kept.thumb
