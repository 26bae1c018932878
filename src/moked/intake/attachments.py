"""What hangs on a mail: pictures become photos, cleaned like all others, and the rest stays as it came."""

import dataclasses
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from moked.cases import operations as cases
from moked.cases.models import Attachment, Case, Document
from moked.channels.email.reading import mail as reading
from moked.files import operations as files
from moked.files.rules import MOST_PHOTOS, BadPhoto, Problem, format_of
from moked.municipalities.models import Municipality
from moked.places.queries import locate
from moked.places.rules import Place, Point, PositionSource

MOST_OF_A_CASE = 200
PICTURES_WITHIN = 15.0  # seconds for all of a mail: the worker has other things to do


@dataclasses.dataclass(frozen=True)
class Brought:
    """What a mail brought with it, already kept: tokens of photos, other files, where a photo was taken.

    `pictures` are the keys of photos by the numbers of the parts they were.
    """

    photos: tuple[str, ...] = ()
    documents: tuple[cases.NewDocument, ...] = ()
    point: tuple[float, float] | None = None
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)


def keep(
    municipality_id: int, attached: Iterable[reading.Attachment], folder: Path, now: datetime
) -> Brought:
    """Keep what a mail brought, its files being in a folder. Raises files.NotKept.

    Pictures that could not be looked at in time are kept as files, like all that is no picture.
    """
    deadline = time.monotonic() + PICTURES_WITHIN
    photos: list[str] = []
    parts: list[str] = []
    documents: list[cases.NewDocument] = []
    point = None
    for one in attached:
        content = (folder / one.file).read_bytes()
        may_try = len(photos) < MOST_PHOTOS and time.monotonic() < deadline
        upload = _photo(municipality_id, content, now) if may_try else None
        if upload:
            photos.append(upload.token)
            parts.append(one.file)
            point = point or upload.point
        else:
            written = files.write_whole(municipality_id, content)
            documents.append(cases.NewDocument(one.name, one.type, written))
    keys = files.keys_of(municipality_id, photos) if photos else []
    return Brought(tuple(photos), tuple(documents), point, dict(zip(parts, keys, strict=True)))


def that_fits(case: Case, brought: Brought) -> Brought:
    """Return what a case has room for; the rest stays in the mail, which is kept as it came.

    What was written of it and is hung nowhere is swept away like all that came to nothing.
    """
    held = Attachment.objects.filter(case=case).count() + Document.objects.filter(case=case).count()
    room = max(0, MOST_OF_A_CASE - held)
    photos = brought.photos[:room]
    return dataclasses.replace(brought, photos=photos, documents=brought.documents[: room - len(photos)])


def place_of(town: Municipality, brought: Brought) -> Place:
    """Return where the first picture was taken that says so."""
    if brought.point is None:
        return Place()
    return locate(town.pk, point=Point(*brought.point), source=PositionSource.PHOTO)


def _photo(municipality_id: int, content: bytes, now: datetime) -> files.Upload | None:
    if not format_of(content):
        return None
    try:
        return files.keep_photo(municipality_id, content, now)
    except BadPhoto as problem:
        if problem.code in {Problem.BUSY, Problem.NOT_KEPT}:
            raise files.NotKept from problem
        return None
