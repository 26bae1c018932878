"""Keep photos, hand them over to what they belong to, and sweep away what nobody claimed."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

import structlog
from django.core.signing import BadSignature, Signer
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from moked.base.transactions import in_transaction
from moked.files import photos, store
from moked.files.models import LONGEST_MEDIA_TYPE, StoredFile, new_key
from moked.files.rules import MOST_PHOTOS, WHOLE, BadPhoto, Problem, Size

UNCLAIMED_FOR = timedelta(hours=24)
SWEPT_AT_ONCE = 500
JPEG = "image/jpeg"

log = structlog.get_logger("moked.files")


class InTransaction(RuntimeError):
    """A photo was about to be read inside a transaction, which would hold up every writer."""


class NotKept(Exception):
    """The disk has no room for a file, or could not write it: try again later."""


class NotInTransaction(RuntimeError):
    """Files were claimed or added outside the transaction of what they belong to."""


@dataclass(frozen=True)
class Upload:
    """A kept photo nobody has claimed yet. Whoever has the token may see and claim it, for a day."""

    token: str
    file_id: int
    point: tuple[float, float] | None
    width: int
    height: int


@dataclass(frozen=True)
class Written:
    """A file on the disk that no row tells of yet."""

    municipality_id: int
    key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Claim:
    """The files that now belong to the caller, in the order asked, and the tokens that gave none."""

    files: tuple[StoredFile, ...]
    lost: tuple[str, ...]


def keep_photo(municipality_id: int, data: bytes, now: datetime) -> Upload:
    """Keep clean copies of a picture; raises BadPhoto. Takes up to five seconds."""
    if in_transaction():
        raise InTransaction
    if not store.has_room():
        log.error("no_room_for_photos")
        raise BadPhoto(Problem.NOT_KEPT)
    photo = photos.read(data)
    key = new_key()
    _write(municipality_id, key, photo)
    try:
        stored = StoredFile.objects.create(
            municipality_id=municipality_id,
            key=key,
            sha256=hashlib.sha256(photo.large).hexdigest(),
            size=len(photo.large),
            media_type=JPEG,
            width=photo.width,
            height=photo.height,
            created_at=now,
        )
    except DatabaseError:
        store.remove(municipality_id=municipality_id, key=key)
        raise
    return Upload(_token(stored), stored.pk, photo.point, photo.width, photo.height)


def write_whole(municipality_id: int, data: bytes) -> Written:
    """Write a file that is no photo, safe from a power cut, for `add_whole`.

    Raises NotKept when the disk is full or refuses. What is never added is swept away after a day.
    """
    if in_transaction():
        raise InTransaction
    if not store.has_room():
        log.error("no_room_for_files")
        raise NotKept
    key = new_key()
    try:
        store.write(municipality_id=municipality_id, key=key, copies={WHOLE: data})
    except OSError as error:
        log.exception("file_not_written", reason=type(error).__name__)
        raise NotKept from error
    return Written(municipality_id, key, hashlib.sha256(data).hexdigest(), len(data))


def add_whole(written: Written, media_type: str, now: datetime) -> StoredFile:
    """Add the row of a file that was written, inside the transaction of what it belongs to."""
    if not connection.in_atomic_block:
        raise NotInTransaction
    return StoredFile.objects.create(
        municipality_id=written.municipality_id,
        key=written.key,
        sha256=written.sha256,
        size=written.size,
        media_type=media_type[:LONGEST_MEDIA_TYPE],
        created_at=now,
        claimed_at=now,
    )


def remove_whole(written: Written) -> None:
    """Remove what was written and came to nothing."""
    store.remove(municipality_id=written.municipality_id, key=written.key)


def find_upload(municipality_id: int, token: str, now: datetime) -> StoredFile | None:
    """Return the photo a token of this town stands for, unless it is claimed or older than a day."""
    key = _key(municipality_id, token)
    return _claimable(municipality_id, now).filter(key=key).first() if key else None


def claim(municipality_id: int, tokens: Sequence[str], now: datetime) -> Claim:
    """Make photos the caller's, inside the transaction of what they belong to; each token works once.

    Never fails for a token: one that is unknown, expired, claimed, another town's or beyond the tenth is
    `lost`, so that the words it came with are kept.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction
    said = list(dict.fromkeys(tokens))
    key_of = {token: key for token in said[:MOST_PHOTOS] if (key := _key(municipality_id, token))}
    # Always in the same order, so that two who claim the same ones wait for each other and never both.
    mine = {key for key in sorted(key_of.values()) if _take(municipality_id, key, now)}
    files = {one.key: one for one in StoredFile.objects.filter(key__in=mine)}
    return Claim(
        files=tuple(files[key_of[token]] for token in said if key_of.get(token) in mine),
        lost=tuple(token for token in said if key_of.get(token) not in mine),
    )


def keys_of(municipality_id: int, tokens: Sequence[str]) -> list[str]:
    """Return the keys of the photos that tokens of this town stand for, claimed or not; others have none."""
    return [key for token in tokens if (key := _key(municipality_id, token))]


def discard(municipality_id: int, token: str, now: datetime) -> bool:
    """Forget a photo that nobody has claimed; False when there is none."""
    stored = find_upload(municipality_id, token, now)
    return stored is not None and _forget([stored.pk]) == 1


def read(stored: StoredFile, size: Size) -> bytes:
    """Return a photo in one of its sizes; raises FileNotFoundError when the disk has lost it.

    Whether the reader may see it has to be clear before.
    """
    return store.read(municipality_id=stored.municipality_id, key=stored.key, size=size)


def read_whole(stored: StoredFile) -> bytes:
    """Return a file as it came; raises FileNotFoundError when the disk has lost it."""
    return store.read(municipality_id=stored.municipality_id, key=stored.key, size=WHOLE)


def sweep_unclaimed(now: datetime) -> str:
    """Delete photos that nobody claimed within a day, in small transactions."""
    swept = 0
    while True:
        old = StoredFile.objects.filter(claimed_at=None, created_at__lte=now - UNCLAIMED_FOR)
        ids = list(old.order_by("id").values_list("id", flat=True)[:SWEPT_AT_ONCE])
        swept += _forget(ids)
        if len(ids) < SWEPT_AT_ONCE:
            return f"{swept} photos swept"


def sweep_orphans(now: datetime) -> str:
    """Delete what lies in the folder without a row: left by a crash, or by a row that was deleted.

    What was written within the last day stays, since its row may be about to come.
    """
    swept = 0
    found = store.written_before((now - UNCLAIMED_FOR).timestamp())
    while batch := list(islice(found, SWEPT_AT_ONCE)):
        keys = [key for _, key in batch]
        known = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
        for municipality_id, key in batch:
            if key not in known:
                store.remove(municipality_id=municipality_id, key=key)
                swept += 1
    return f"{swept} orphans swept"


def _write(municipality_id: int, key: str, photo: photos.Photo) -> None:
    copies: dict[str, bytes] = {Size.LARGE: photo.large, Size.THUMB: photo.thumb}
    try:
        store.write(municipality_id=municipality_id, key=key, copies=copies)
    except OSError as error:
        log.exception("photo_not_written", reason=type(error).__name__)
        raise BadPhoto(Problem.NOT_KEPT) from error


def _forget(ids: Iterable[int]) -> int:
    """Delete unclaimed rows and, once that is certain, their files; return how many there were."""
    with transaction.atomic():
        unclaimed = StoredFile.objects.filter(id__in=list(ids), claimed_at=None)
        # Locked, so that none can be claimed between being looked at and being deleted.
        rows = list(unclaimed.select_for_update().order_by("id"))
        StoredFile.objects.filter(id__in=[row.pk for row in rows]).delete()
        for row in rows:
            remove = partial(store.remove, municipality_id=row.municipality_id, key=row.key)
            transaction.on_commit(remove)
    return len(rows)


def _take(municipality_id: int, key: str, now: datetime) -> bool:
    """Claim one photo; of two who try at once, one finds it claimed."""
    return bool(_claimable(municipality_id, now).filter(key=key).update(claimed_at=now))


def _claimable(municipality_id: int, now: datetime) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(
        municipality_id=municipality_id, claimed_at=None, created_at__gt=now - UNCLAIMED_FOR
    )


def _token(stored: StoredFile) -> str:
    return _signer(stored.municipality_id).sign(stored.key)


def _key(municipality_id: int, token: str) -> str:
    """Return the key in a token that we gave out in this town; '' for anything else."""
    try:
        return _signer(municipality_id).unsign(token)
    except BadSignature:
        return ""


def _signer(municipality_id: int) -> Signer:
    return Signer(sep=".", salt=f"moked.files.upload.{municipality_id}")
