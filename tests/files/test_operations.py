"""Photos are kept, claimed once and swept when nobody claims them."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from moked.files import operations as files
from moked.files import store
from moked.files.models import StoredFile
from moked.files.rules import BadPhoto, Problem, Size
from tests.architecture.test_two_connections import side_by_side
from tests.factories import NOW
from tests.files import pictures

TOWN, OTHER_TOWN = 7, 8
DAY = timedelta(hours=24)
PICTURE = pictures.photo()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.DATA = tmp_path
    return tmp_path / "files"


def keep(town: int = TOWN, **options) -> files.Upload:
    return files.keep_photo(town, PICTURE, **{"now": NOW, **options})


def claim(tokens: list[str], *, town: int = TOWN, now=NOW) -> files.Claim:
    with transaction.atomic():
        return files.claim(town, tokens, now)


def lying_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db
def test_a_photo_is_kept_in_both_sizes_for_our_eyes_only(folder) -> None:
    upload = keep()
    stored = StoredFile.objects.get()
    home = folder / "7" / stored.key[:2]
    assert lying_in(folder) == [f"{stored.key}-large", f"{stored.key}-thumb"]
    assert (upload.file_id, upload.width, upload.height, upload.point) == (stored.pk, 64, 48, None)
    assert (stored.media_type, stored.created_at, stored.claimed_at) == ("image/jpeg", NOW, None)
    assert stored.size == (home / f"{stored.key}-large").stat().st_size
    assert files.read(stored, Size.LARGE) == (home / f"{stored.key}-large").read_bytes()
    assert files.read(stored, Size.THUMB) == (home / f"{stored.key}-thumb").read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home, home.parent, folder)} == {0o700}


@pytest.mark.django_db
def test_where_it_was_taken_is_told_and_not_kept() -> None:
    where = pictures.gps(pictures.degrees(32, 30, 0), "N", pictures.degrees(34, 45, 0), "E")
    upload = files.keep_photo(TOWN, pictures.photo(exif=pictures.exif(gps=where)), NOW)
    assert upload.point == pytest.approx((32.5, 34.75))


@pytest.mark.django_db
def test_the_same_photo_in_two_towns_is_two_files(folder) -> None:
    keep(TOWN)
    keep(OTHER_TOWN)
    assert len(set(StoredFile.objects.values_list("key", flat=True))) == 2
    assert len(set(StoredFile.objects.values_list("sha256", flat=True))) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["7", "8"]


@pytest.mark.django_db
def test_a_bad_picture_leaves_nothing(folder) -> None:
    with pytest.raises(BadPhoto):
        files.keep_photo(TOWN, b"<html>", NOW)
    assert (StoredFile.objects.count(), lying_in(folder)) == (0, [])


@pytest.mark.django_db
def test_a_photo_is_never_read_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(files.InTransaction):
        keep()


@pytest.mark.django_db
def test_photos_are_claimed_in_the_order_asked_and_only_once() -> None:
    first, second = keep(), keep()
    claimed = claim([second.token, first.token, second.token])
    assert [one.pk for one in claimed.files] == [second.file_id, first.file_id]
    assert claimed.lost == ()
    assert set(StoredFile.objects.values_list("claimed_at", flat=True)) == {NOW}
    assert claim([first.token]) == files.Claim(files=(), lost=(first.token,))


@pytest.mark.django_db
@pytest.mark.abuse("A03")
def test_a_token_of_another_town_or_nobodys_is_lost_and_fails_nothing() -> None:
    mine, foreign = keep(TOWN), keep(OTHER_TOWN)
    key = mine.token.partition(".")[0]
    wrong = [
        foreign.token,
        key,
        f"{key}.",
        mine.token[:-1],
        mine.token + "a",
        "",
        ".",
        "é.é",
        "\x00",
        "x" * 9999,
    ]
    claimed = claim([*wrong, mine.token])
    assert claimed.lost == (*wrong, mine.token)  # beyond the tenth
    assert claim([wrong[0], mine.token]).files[0].pk == mine.file_id
    assert StoredFile.objects.get(pk=foreign.file_id).claimed_at is None


@pytest.mark.django_db
def test_ten_photos_are_claimed_and_the_eleventh_is_lost() -> None:
    rows = [
        StoredFile.objects.create(municipality_id=TOWN, size=1, width=1, height=1, created_at=NOW)
        for _ in range(11)
    ]
    tokens = [files._token(row) for row in rows]
    claimed = claim(tokens)
    assert len(claimed.files) == 10
    assert claimed.lost == (tokens[10],)


@pytest.mark.django_db
def test_a_token_works_for_a_day() -> None:
    early, late = keep(), keep()
    assert len(claim([early.token], now=NOW + DAY - timedelta(seconds=1)).files) == 1
    assert claim([late.token], now=NOW + DAY).lost == (late.token,)


@pytest.mark.django_db
def test_what_is_undone_claims_nothing() -> None:
    upload = keep()
    with pytest.raises(RuntimeError), transaction.atomic():
        assert len(files.claim(TOWN, [upload.token], NOW).files) == 1
        raise RuntimeError
    assert len(claim([upload.token]).files) == 1


@pytest.mark.django_db(transaction=True)
def test_photos_are_claimed_in_a_transaction_only() -> None:
    with pytest.raises(files.NotInTransaction):
        files.claim(TOWN, [], NOW)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_a_photo_at_once_one_gets_it() -> None:
    tokens = [keep().token, keep().token]
    got: list[int] = []

    def take(order: list[str]) -> None:
        got.append(len(claim(order).files))

    jobs = [lambda order=order: take(order) for order in (tokens, tokens[::-1]) * 3]
    assert side_by_side(*jobs) == []
    assert sum(got) == 2


@pytest.mark.django_db
@pytest.mark.abuse("A03")
def test_an_upload_is_found_by_its_token_until_it_is_claimed() -> None:
    upload = keep()
    found = files.find_upload(TOWN, upload.token, NOW)
    assert found is not None
    assert found.pk == upload.file_id
    assert files.find_upload(OTHER_TOWN, upload.token, NOW) is None
    assert files.find_upload(TOWN, upload.token, NOW + DAY) is None
    assert files.find_upload(TOWN, found.key, NOW) is None
    claim([upload.token])
    assert files.find_upload(TOWN, upload.token, NOW) is None


@pytest.mark.django_db(transaction=True)
def test_a_photo_can_be_taken_back_until_it_is_claimed(folder) -> None:
    gone, claimed = keep(), keep()
    claim([claimed.token])
    assert [files.discard(TOWN, one.token, NOW) for one in (gone, gone, claimed)] == [True, False, False]
    stored = StoredFile.objects.get()
    assert stored.pk == claimed.file_id
    assert lying_in(folder) == [f"{stored.key}-large", f"{stored.key}-thumb"]


@pytest.mark.django_db(transaction=True)
def test_what_nobody_claims_is_swept_after_a_day(folder) -> None:
    keep()
    claimed, young = keep(), keep(now=NOW + timedelta(hours=1))
    claim([claimed.token])
    assert files.sweep_unclaimed(NOW + DAY) == "1 photos swept"
    left = list(StoredFile.objects.order_by("id"))
    assert [one.pk for one in left] == [claimed.file_id, young.file_id]
    assert {name[: len(left[0].key)] for name in lying_in(folder)} == {one.key for one in left}
    assert files.sweep_unclaimed(NOW + DAY) == "0 photos swept"


@pytest.mark.django_db(transaction=True)
def test_sweeping_goes_on_until_nothing_is_left(monkeypatch) -> None:
    monkeypatch.setattr(files, "SWEPT_AT_ONCE", 2)
    for _ in range(5):
        StoredFile.objects.create(municipality_id=TOWN, size=1, width=1, height=1, created_at=NOW)
    assert files.sweep_unclaimed(NOW + DAY) == "5 photos swept"
    assert StoredFile.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_undone_removes_no_file(folder) -> None:
    upload = keep()
    with pytest.raises(RuntimeError), transaction.atomic():
        files._forget([upload.file_id])
        raise RuntimeError
    assert len(lying_in(folder)) == 2


@pytest.mark.django_db
def test_files_without_a_row_are_swept_after_a_day(folder, monkeypatch) -> None:
    monkeypatch.setattr(files, "SWEPT_AT_ONCE", 2)
    kept = StoredFile.objects.get(pk=keep().file_id)
    old = NOW.timestamp() - DAY.total_seconds() - 1
    for number in range(3):
        orphan = lay(folder / "7" / "ab" / f"ab{number:024}-large", old)
        lay(orphan.with_name(f"ab{number:024}-thumb.part"), old)
    half_young = lay(folder / "9" / "cd" / f"cd{0:024}-large", old)
    young = lay(half_young.with_name(f"cd{0:024}-thumb"), NOW.timestamp())
    foreign = lay(folder / "lost+found" / "x" / "x-large", old)
    unknown = lay(folder / "7" / "ab" / "notes.txt", old)
    for path in folder.rglob(f"{kept.key}-*"):
        os.utime(path, (old, old))
    assert files.sweep_orphans(NOW) == "3 orphans swept"
    left = [
        *(f"{kept.key}-{size}" for size in Size),
        *(one.name for one in (half_young, young, foreign, unknown)),
    ]
    assert lying_in(folder) == sorted(left)
    assert files.sweep_orphans(NOW) == "0 orphans swept"


def lay(path: Path, written_at: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (written_at, written_at))
    return path


@pytest.mark.django_db
def test_where_nothing_was_ever_kept_nothing_is_swept() -> None:
    assert files.sweep_orphans(NOW) == "0 orphans swept"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("total", "free", "is_kept"),
    [
        (100 * 10**9, 6 * 10**9, True),
        (100 * 10**9, 4 * 10**9, False),
        (1 * 10**9, 300 * 10**6, True),
        (1 * 10**9, 150 * 10**6, False),
    ],
)
def test_a_disk_that_is_nearly_full_takes_no_photos(
    monkeypatch, total: int, free: int, is_kept: bool
) -> None:
    usage = type("Usage", (), {"total": total, "free": free})
    monkeypatch.setattr(store.shutil, "disk_usage", lambda path: usage)
    if is_kept:
        keep()
    else:
        with pytest.raises(BadPhoto) as refusal:
            keep()
        assert refusal.value.code == Problem.NOT_KEPT
    assert StoredFile.objects.count() == is_kept


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_refuses_photos_in_so_many_words(folder) -> None:
    folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(BadPhoto) as refusal:
        keep()
    assert refusal.value.code == Problem.NOT_KEPT
    assert StoredFile.objects.count() == 0


@pytest.mark.django_db
def test_a_row_that_cannot_be_written_leaves_no_file(folder, monkeypatch) -> None:
    def fail(**columns: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(StoredFile.objects, "create", fail)
    with pytest.raises(DatabaseError):
        keep()
    assert lying_in(folder) == []
