"""Read an uploaded picture in a process of its own, which may fail, hang or die without harm to this one."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGALRM, SIGXCPU
from typing import IO

import structlog
from django.conf import settings

from moked.files.rules import MOST_BYTES, BadPhoto, Problem, format_of

SOURCE = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "moked.files.decoder"]
ANSWER_WITHIN = float(settings.PHOTO_SECONDS)
WAIT_AT_MOST = 1.0
TOOK_TOO_LONG = {-SIGALRM, -SIGXCPU}

# One core stays free for pages, and no more threads are held up by pictures than these.
DECODERS = threading.BoundedSemaphore(1)
LINE = threading.BoundedSemaphore(2)

log = structlog.get_logger("moked.files")


@dataclass(frozen=True)
class Photo:
    """The clean copies as JPEG; width and height of the large one; latitude and longitude it was taken at."""

    large: bytes
    thumb: bytes
    width: int
    height: int
    point: tuple[float, float] | None


def read(data: bytes) -> Photo:
    """Return clean copies of a JPEG, PNG or WebP within five seconds; raises BadPhoto."""
    if len(data) > MOST_BYTES:
        raise BadPhoto(Problem.TOO_LARGE)
    if not format_of(data):
        raise BadPhoto(Problem.NOT_A_PHOTO)
    deadline = time.monotonic() + ANSWER_WITHIN
    with _turn(), tempfile.TemporaryFile() as answer:
        _decode(data, answer, deadline - time.monotonic())
        answer.seek(0)
        return _photo(answer)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait a moment for the decoder; raises BadPhoto when others wait already or it takes too long."""
    if not LINE.acquire(blocking=False):
        raise BadPhoto(Problem.BUSY)
    try:
        if not DECODERS.acquire(timeout=WAIT_AT_MOST):
            raise BadPhoto(Problem.BUSY)
        try:
            yield
        finally:
            DECODERS.release()
    finally:
        LINE.release()


def _decode(data: bytes, answer: IO[bytes], seconds: float) -> None:
    """Run the decoder to its end, without our environment, which holds secrets."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            COMMAND,
            input=data,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(SOURCE)},
            cwd="/",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadPhoto(Problem.TIMED_OUT) from None
    if done.returncode:
        log.warning("decoder_died", status=done.returncode)
        raise BadPhoto(Problem.TIMED_OUT if done.returncode in TOOK_TOO_LONG else Problem.UNREADABLE)


def _photo(answer: IO[bytes]) -> Photo:
    """Return what the decoder found; its answer is a stranger's too once a picture has taken it over."""
    try:
        facts = json.loads(answer.readline(1000))
        if facts["problem"]:
            raise BadPhoto(Problem(facts["problem"]))
        large, thumb = (answer.read(int(length)) for length in facts["lengths"])
        point = facts["point"] and (float(facts["point"][0]), float(facts["point"][1]))
        photo = Photo(large, thumb, int(facts["width"]), int(facts["height"]), point)
    except (ValueError, TypeError, KeyError, IndexError):
        raise BadPhoto(Problem.UNREADABLE) from None
    if not (format_of(large) == format_of(thumb) == "JPEG" and photo.width > 0 < photo.height):
        raise BadPhoto(Problem.UNREADABLE)
    return photo
