"""Photos that come before their report."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from moked.files import operations as files
from moked.files import photos as decoding
from moked.files import store
from moked.files.models import StoredFile
from moked.files.rules import Problem
from moked.municipalities.models import Municipality
from moked.web.ui.photos import LOST, PROBLEMS, TOO_MANY_PHOTOS, keep_photos
from tests.abuse.answers import answer
from tests.abuse.world import address
from tests.factories import make_town
from tests.files import pictures

pytestmark = [pytest.mark.django_db, pytest.mark.abuse("A03")]

TAKEN = pictures.exif(
    gps=pictures.gps(pictures.degrees(32, 30, 0), "N", pictures.degrees(34, 45, 0), "E"), orientation=6
)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path) -> None:
    settings.DATA = tmp_path


@pytest.fixture
def town() -> Municipality:
    cache.clear()
    return make_town()


def chosen(data: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def send(town: Municipality, data: bytes, **options) -> HttpResponse:
    client = options.pop("client", None) or Client()
    return client.post(address(town, "portal:upload_photo"), {"photo": chosen(data)}, **options)


def test_a_chosen_photo_is_kept_and_answered_with_all_that_a_form_needs(town) -> None:
    told = send(town, pictures.photo(exif=TAKEN)).json()
    stored = StoredFile.objects.get()
    assert files.find_upload(town.pk, told["token"], datetime.now(UTC)) == stored
    assert told == {
        "token": told["token"],
        "photo": address(town, "portal:uploaded_photo", token=told["token"]),
        "width": 48,
        "height": 64,
        "latitude": pytest.approx(32.5),
        "longitude": pytest.approx(34.75),
    }


def test_a_form_in_pieces_gets_a_piece(town) -> None:
    page = send(town, pictures.photo(exif=TAKEN), headers={"HX-Request": "true"})
    shown = page.content.decode()
    assert page.status_code == 200
    assert 'name="photo" value="' in shown
    assert 'name="photo_latitude" value="32.5"' in shown
    refused = send(town, b"<html>", headers={"HX-Request": "true"})
    assert refused.status_code == 200
    assert 'data-problem="NOT_A_PHOTO"' in refused.content.decode()


def test_the_small_photo_is_shown_as_a_picture_and_nothing_else(town) -> None:
    shown = Client().get(send(town, pictures.photo(size=(800, 600))).json()["photo"])
    stored = StoredFile.objects.get()
    thumb = store.read(municipality_id=town.pk, key=stored.key, size="thumb")
    assert (shown.status_code, shown.content) == (200, thumb)
    headers = {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
        "Content-Disposition": 'inline; filename="photo.jpg"',
        "X-Robots-Tag": "noindex",
        "Content-Length": str(len(thumb)),
    }
    assert {name: shown.headers[name] for name in headers} == headers


def test_a_part_of_a_photo_is_answered_with_the_whole_and_its_head_with_nothing(town) -> None:
    path = send(town, pictures.photo()).json()["photo"]
    whole = Client().get(path).content
    for part in ("bytes=0-1", "bytes=99999999-", "bytes=-1", "bytes=0-0,1-1,2-2", "lines=1"):
        asked = Client().get(path, headers={"Range": part})
        assert (asked.status_code, asked.content) == (200, whole), part
    head = Client().head(path)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(whole)))


def test_a_photo_is_shown_only_for_its_token_here_and_until_it_is_claimed(town) -> None:
    other = make_town()
    token = send(town, pictures.photo()).json()["token"]
    key, _, signature = token.partition(".")

    def ask(said: str, where: Municipality = town) -> HttpResponse:
        cache.clear()
        return Client().get(address(where, "portal:uploaded_photo", token=said))

    def told(said: str) -> tuple[object, ...]:
        response = ask(said)
        return answer(response, but=response.request["PATH_INFO"])

    assert ask(token).status_code == 200
    nothing = told(f"{26 * '2'}.{43 * 'a'}")
    assert nothing[0] == 404
    number = str(StoredFile.objects.get().pk)
    for said in (key, f"{key}.", token[:-1], f"{key[:-1]}.{signature}", number):
        assert told(said) == nothing, said
    assert ask(token, other).status_code == 404
    with transaction.atomic():
        files.claim(town.pk, [token], datetime.now(UTC))
    assert told(token) == nothing


def test_an_old_photo_is_shown_no_more(town) -> None:
    path = send(town, pictures.photo()).json()["photo"]
    StoredFile.objects.update(created_at=datetime.now(UTC) - timedelta(hours=25))
    assert Client().get(path).status_code == 404


def test_the_folder_of_photos_has_no_address(town) -> None:
    send(town, pictures.photo())
    stored = StoredFile.objects.get()
    inside = f"files/{town.pk}/{stored.key[:2]}/{stored.key}-large"
    for path in (f"/{inside}", f"/static/{inside}", f"/static/../{inside}", f"/media/{inside}"):
        assert Client().get(path).status_code == 404


def test_whoever_guesses_tokens_has_to_wait(town) -> None:
    path = send(town, pictures.photo()).json()["photo"]
    for _ in range(20):
        assert Client().get(address(town, "portal:uploaded_photo", token="a.b")).status_code == 404
    assert Client().get(path).status_code == 429


@pytest.mark.abuse("A18")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><script>alert(1)</script>", "NOT_A_PHOTO"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "NOT_A_PHOTO"),
        (pictures.photo()[:300], "UNREADABLE"),
        (pictures.png_bomb(40_000, 40_000), "TOO_MANY_PIXELS"),
        (pictures.photo() + bytes(20_000_000), "TOO_LARGE"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_photo_that_is_not_kept_is_answered_in_words(town, data: bytes, code: str) -> None:
    response = send(town, data)
    assert response.status_code == 422
    assert response.json() == {"problem": code, "words": str(PROBLEMS[Problem(code)])}
    assert StoredFile.objects.count() == 0


def test_a_form_without_a_photo_is_told_to_choose_one(town) -> None:
    response = Client().post(address(town, "portal:upload_photo"), {"photo": "words"})
    assert (response.status_code, response.json()["problem"]) == (422, "NO_PHOTO")


def test_what_is_our_fault_says_when_to_try_again(town, monkeypatch) -> None:
    monkeypatch.setattr(store, "has_room", lambda: False)
    response = send(town, pictures.photo())
    assert (response.status_code, response.json()["problem"]) == (503, "NOT_KEPT")
    assert response.headers["Retry-After"] == "60"


def test_an_address_that_sends_very_many_photos_waits_and_others_do_not(town, monkeypatch) -> None:
    monkeypatch.setattr("moked.web.ui.throttle.PHOTOS_OF_ADDRESS", 3)
    assert [send(town, b"x").status_code for _ in range(5)] == [422, 422, 422, 429, 429]
    assert send(town, b"x").json()["problem"] == "TOO_OFTEN"
    assert send(town, b"x").headers["Retry-After"] == "600"
    assert send(town, b"x", REMOTE_ADDR="192.0.2.9").status_code == 422


def test_every_problem_has_words_that_say_what_to_do_and_that_the_rest_is_kept() -> None:
    assert PROBLEMS.keys() == set(Problem)
    with translation.override("en"):
        said = [str(words) for words in PROBLEMS.values()]
        assert all(words.endswith("everything else is kept.") for words in said)
        assert "The report is kept" in str(LOST)
    assert len(set(said)) == len(said)


def test_of_a_form_with_many_photos_the_good_ones_are_kept_and_the_others_explained(town) -> None:
    given = [chosen(data) for data in (pictures.photo(), b"<html>", pictures.photo(exif=TAKEN), b"<svg>")]
    kept = keep_photos(town.pk, given, datetime.now(UTC))
    assert len(kept.uploads) == StoredFile.objects.count() == len(kept.tokens) == 2
    assert kept.problems == (PROBLEMS[Problem.NOT_A_PHOTO],)
    assert kept.point == pytest.approx((32.5, 34.75))


def test_of_a_form_with_too_many_photos_the_first_are_kept(town) -> None:
    given = [chosen(pictures.photo()) for _ in range(3)]
    kept = keep_photos(town.pk, given, datetime.now(UTC), most=2)
    assert (len(kept.uploads), kept.problems) == (2, (TOO_MANY_PHOTOS,))


def test_a_form_whose_photos_take_very_long_is_answered_all_the_same(town, monkeypatch) -> None:
    monkeypatch.setattr("moked.web.ui.photos.SECONDS_FOR_ONE_FORM", 0.5)
    monkeypatch.setattr(decoding, "ANSWER_WITHIN", 0.6)
    monkeypatch.setattr(decoding, "COMMAND", ["sleep", "60"])
    given = [chosen(pictures.photo()) for _ in range(3)]
    kept = keep_photos(town.pk, given, datetime.now(UTC))
    assert kept.problems == (PROBLEMS[Problem.TIMED_OUT], PROBLEMS[Problem.BUSY])


def test_a_photo_the_disk_has_lost_is_not_found(town, tmp_path) -> None:
    path = send(town, pictures.photo()).json()["photo"]
    for file in (tmp_path / "files").rglob("*-thumb"):
        file.unlink()
    assert Client().get(path).status_code == 404
