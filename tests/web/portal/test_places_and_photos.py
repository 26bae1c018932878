"""Photo first, a place, cases close by, questions: the pages of a report beside words and contact."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from moked.base.questions import Kind, Question
from moked.cases.models import Answer, Attachment, Case, Contact, Participant
from moked.cases.queries import following_secret
from moked.catalogue.models import Service
from moked.catalogue.rules import PlaceNeed
from moked.files import operations as files
from moked.municipalities.models import Municipality
from moked.places.models import Area, Edition
from tests.factories import make_case, make_photo, make_service, make_town
from tests.files import pictures

pytestmark = pytest.mark.django_db

SUBMISSION = "6d1f7a52-6b0a-4b0e-9c1f-0d8f6c3f2b11"
HERE = {"latitude": "32.1", "longitude": "34.8", "source": "PIN"}


@pytest.fixture
def town() -> Municipality:
    """A town with an outline around 32.1, 34.8."""
    town = make_town()
    corners = [[34.7, 32.0], [34.9, 32.0], [34.9, 32.2], [34.7, 32.2], [34.7, 32.0]]
    for kind, code in (("OUTLINE", "town"), ("DISTRICT", "north")):
        Area.objects.create(
            municipality=town,
            kind=kind,
            code=code,
            name={"en": "North"},
            geometry={"type": "Polygon", "coordinates": [corners]},
            south=32.0,
            west=34.7,
            north=32.2,
            east=34.9,
        )
    Edition.objects.update_or_create(
        municipality=town, defaults={"areas": f"test-{town.pk}", "addresses": "test"}
    )
    return town


@pytest.fixture
def hole(town: Municipality) -> Service:
    depth = Question(code="depth", kind=Kind.NUMBER, label={"en": "How deep?"}, is_required=True)
    return make_service(
        town, place=PlaceNeed.NEEDED, photos=True, is_public=True, duplicate_radius=250, questions=(depth,)
    )


def said(service: Service, /, **changes: Any) -> dict[str, Any]:
    return {
        "matter": "A deep hole.",
        "service": service.slug,
        "q-depth": "12",
        "submission": SUBMISSION,
        "step": "next",
        "shown": "what",
        **changes,
    }


def page(response: Any) -> str:
    """Return which page was answered with."""
    found = re.search(r'name="shown" value="(\w+)"', response.content.decode())
    assert found, response.status_code
    return found.group(1)


def hidden(response: Any) -> dict[str, list[str]]:
    """Return the hidden fields as a browser sends them back."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', response.content.decode()):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found.setdefault(name[1], []).append(value[1])
    return found


def test_a_service_that_needs_a_place_asks_for_it_and_says_why_when_it_is_left_out(
    client: Client, hole: Service
):
    asked = client.post("/report/", said(hole))
    assert page(asked) == "place" and b"Say where it is" not in asked.content
    again = client.post("/report/", said(hole, shown="place"))
    assert page(again) == "place" and b"Say where it is" in again.content


def test_an_unknown_address_is_never_refused(client: Client, hole: Service):
    response = client.post("/report/", said(hole, shown="place", address="behind the old mill"))
    assert page(response) == "questions"


def test_a_place_outside_the_town_is_pointed_out_once_and_marked(client: Client, hole: Service):
    far = HERE | {"latitude": "33.5"}
    told = client.post("/report/", said(hole, shown="place", **far))
    assert page(told) == "place" and b"lies outside" in told.content
    went_on = client.post("/report/", said(hole, shown="place", **far, outside=hidden(told)["outside"]))
    assert page(went_on) == "questions"
    client.post("/report/", said(hole, shown="review", step="send", **far, outside=hidden(told)["outside"]))
    case = Case.objects.get()
    assert (case.is_outside, case.latitude) == (True, 33.5)


@pytest.mark.parametrize("position", [("NaN", "1"), ("181", "0"), ("0", "0"), ("", "34.8"), ("x", "y")])
def test_a_position_that_is_none_counts_as_not_said(client: Client, hole: Service, position):
    latitude, longitude = position
    client.post(
        "/report/", said(hole, step="send", address="Somewhere", latitude=latitude, longitude=longitude)
    )
    case = Case.objects.get()
    assert (case.latitude, case.longitude, case.address) == (None, None, "Somewhere")


def test_the_case_lies_in_the_areas_of_its_place(client: Client, hole: Service):
    client.post("/report/", said(hole, step="send", **HERE))
    case = Case.objects.get()
    assert (case.latitude, case.position_source, case.is_outside) == (32.1, "PIN", False)
    assert Answer.objects.get(case=case).value == 12


def test_open_cases_close_by_are_shown_and_none_of_these_is_asked_once(client: Client, town, hole: Service):
    near = make_case(town, service=hole, matter="The same hole")
    Case.objects.filter(pk=near.pk).update(latitude=32.1005, longitude=34.8)
    shown = client.post("/report/", said(hole, shown="place", **HERE))
    assert page(shown) == "duplicates"
    assert b"The same hole" in shown.content and b"56 metres" in shown.content
    went_on = client.post("/report/", said(hole, shown="duplicates", unlike=hidden(shown)["unlike"], **HERE))
    assert page(went_on) == "questions"
    back = client.post("/report/", said(hole, shown="place", unlike=hidden(shown)["unlike"], **HERE))
    assert page(back) == "questions"


@pytest.mark.parametrize(
    "columns",
    [
        {"is_public": False},
        {"is_spam": True},
        {"latitude": 32.2},
        {"is_open": False, "state": "RESOLVED", "closed_at": "2026-11-16T10:00Z"},
    ],
)
def test_what_is_hidden_far_or_closed_is_not_shown_as_close_by(client: Client, town, hole: Service, columns):
    near = make_case(town, service=hole, matter="planted words")
    Case.objects.filter(pk=near.pk).update(**{"latitude": 32.1005, "longitude": 34.8} | columns)
    response = client.post("/report/", said(hole, shown="place", **HERE))
    assert page(response) == "questions" and b"planted words" not in response.content


def test_joining_keeps_words_and_photos_and_leads_to_a_page_with_a_link_of_ones_own(
    client: Client, town, hole
):
    near = make_case(town, service=hole, matter="The same hole", email="ann@example.org")
    Case.objects.filter(pk=near.pk).update(latitude=32.1005, longitude=34.8)
    contact = client.post("/report/", said(hole, shown="duplicates", join=near.number, step="", **HERE))
    assert page(contact) == "contact"
    sent = client.post(
        "/report/",
        said(hole, shown="review", step="send", join=near.number, email="ben@example.org", **HERE),
    )
    assert sent.status_code == 303 and "/joined/" in sent.headers["Location"]
    assert Case.objects.count() == 1
    part = Participant.objects.get(role="FOLLOWER")
    assert (part.email, Contact.objects.get(follower=part).body) == ("ben@example.org", "A deep hole.")
    done = client.get(sent.headers["Location"])
    assert near.number in done.content.decode() and b"ann@example.org" not in done.content
    follow = re.search(r'href="[^"]*(/follow/[^"]+)"', done.content.decode())
    assert follow and near.number in client.get(follow[1]).content.decode()


def test_a_case_that_was_closed_a_moment_ago_is_not_joined_and_nothing_is_lost(client: Client, town, hole):
    near = make_case(town, service=hole)
    Case.objects.filter(pk=near.pk).update(is_public=False)
    sent = client.post("/report/", said(hole, shown="review", step="send", join=near.number, **HERE))
    assert "/done/" in sent.headers["Location"]
    assert Contact.objects.filter(body="A deep hole.").exists()


def test_a_follower_reads_nothing_the_reporter_wrote(client: Client, town, hole: Service):
    near = make_case(town, service=hole, matter="hole beside planted-words at my house")
    Case.objects.filter(pk=near.pk).update(public_title="Hole")
    client.post("/report/", said(hole, step="send", join=near.number, address="Here"))
    part = Participant.objects.get(role="FOLLOWER")
    response = client.get(f"/follow/{following_secret(part)}/")
    assert b"planted-words" not in response.content and b"Hole" in response.content


def test_photo_first_takes_a_photo_without_scripts_and_proposes_its_place(client: Client, hole: Service):
    start = client.get("/report/", {"first": "photo", "service": hole.slug})
    assert page(start) == "photo"
    place = pictures.gps(pictures.degrees(32, 6, 0), "N", pictures.degrees(34, 48, 0), "E")
    photo = SimpleUploadedFile("p.jpg", pictures.photo(exif=pictures.exif(gps=place)), "image/jpeg")
    proposed = client.post(
        "/report/", said(hole, first="photo", matter="", shown="photo", photo=photo, service=hole.slug)
    )
    assert page(proposed) == "photo" and b"knows where it was taken" in proposed.content
    kept = hidden(proposed)
    went_on = client.post(
        "/report/",
        said(hole, first="photo", matter="", shown="photo", **{n: kept[n] for n in ("photos", *HERE)}),
    )
    assert page(went_on) == "what"
    client.post(
        "/report/",
        said(hole, first="photo", matter="", step="send", **{n: kept[n] for n in ("photos", *HERE)}),
    )
    case = Case.objects.get()
    assert (case.latitude, case.position_source) == (pytest.approx(32.1), "PHOTO")
    assert Attachment.objects.get(case=case).is_public
    assert Contact.objects.get(case=case).body == hole.name["en"], "a photo says it all"


def test_a_bad_photo_is_said_and_the_report_is_kept(client: Client, hole: Service):
    photo = SimpleUploadedFile("p.jpg", b"<html>", "image/jpeg")
    response = client.post("/report/", said(hole, photo=photo))
    assert page(response) == "what" and b"not a photo in the formats" in response.content
    assert b"A deep hole." in response.content
    assert page(client.post("/report/", said(hole))) == "place"


def test_a_photo_that_is_gone_does_not_keep_the_words_back(client: Client, hole: Service):
    sent = client.post("/report/", said(hole, step="send", photos=["222.gone"], **HERE))
    assert sent.status_code == 303
    assert not Attachment.objects.exists()
    assert b"A photo is no longer here" in client.get(sent["Location"]).content


def test_a_photo_that_arrived_is_not_said_to_be_lost_when_the_report_is_sent_twice(
    client: Client, town: Municipality, hole: Service
):
    report = said(
        hole,
        step="send",
        submission=SUBMISSION,
        photos=[files.keep_photo(town.pk, pictures.photo(), timezone.now()).token],
        **HERE,
        **{"q-depth": "12", "q-seen": "depth"},
    )
    for _ in range(2):
        sent = client.post("/report/", report)
        assert b"no longer here" not in client.get(sent["Location"]).content
    assert Attachment.objects.count() == 1


def test_questions_are_asked_before_the_contact(client: Client, hole: Service):
    response = client.post("/report/", said(hole, shown="place", address="Here", **{"q-depth": ""}))
    assert page(response) == "questions" and b"How deep?" in response.content
    wrong = client.post(
        "/report/", said(hole, shown="questions", address="Here", **{"q-depth": "deep", "q-seen": "depth"})
    )
    assert page(wrong) == "questions" and b"Enter a number" in wrong.content
    right = client.post(
        "/report/", said(hole, shown="questions", address="Here", **{"q-depth": "12", "q-seen": "depth"})
    )
    assert page(right) == "contact"


def test_a_stopper_lets_nothing_be_sent(client: Client, town: Municipality):
    stopper = Question(code="stop", kind=Kind.STOPPER, label={"en": "Call the fire brigade"}, phone="112")
    service = make_service(town, questions=(stopper,))
    response = client.post("/report/", said(service, step="send"))
    assert page(response) == "questions" and b"tel:112" in response.content
    assert not Case.objects.exists()


def test_photos_of_a_public_case_are_shown_to_nobody_once_it_is_hidden(client: Client, town, hole: Service):
    case = make_case(town, service=hole)
    photo = make_photo(case, is_public=True)
    path = f"/photos/{case.number}/{photo.pk}/thumb/"
    assert client.get(path).status_code == 200
    Case.objects.filter(pk=case.pk).update(is_public=False)
    assert client.get(path).status_code == 404
