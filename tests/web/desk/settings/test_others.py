"""Reply templates, colours and files of the map in the settings."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from moked.catalogue.queries import closed_policy_of_town
from moked.catalogue.rules import AfterClosing, ClosedPolicy
from moked.places.models import Area, Landmark, Street
from moked.replies.models import ReplyTemplate
from moked.revisions.models import Revision
from tests.factories import make_service
from tests.places.maps import make_map, square
from tests.web.desk.pages import text

REPLIES, BRAND, MAP = (f"/desk/settings/{name}/" for name in ("replies", "brand", "map"))
WORDS = {
    "step": "save",
    "name_en": "On the way",
    "text_en": "Hello {name},\nwe come.",
    "service": "",
    "outcome": "",
}


def test_a_template_is_written_changed_retired_and_rolled_back(manager, town):
    service = make_service(town)
    assert manager.post(f"{REPLIES}new/", WORDS).status_code == 303
    template = ReplyTemplate.objects.get()
    assert (template.code, template.text["en"]) == ("on-the-way", "Hello {name},\nwe come.")
    url = f"{REPLIES}on-the-way/"
    manager.post(url, WORDS | {"service": service.slug, "outcome": "FIXED", "text_he": "בדרך."})
    template.refresh_from_db()
    assert (template.service, template.outcome) == (service, "FIXED")
    manager.post(url, {"step": "retire"})
    assert "retired" in text(manager.get(REPLIES))
    manager.post("/desk/settings/history/reply_template/on-the-way/", {"number": "1"})
    template.refresh_from_db()
    assert (template.service, template.outcome, template.text) == (None, "", {"en": WORDS["text_en"]})


def test_what_cannot_be_filled_in_is_refused_in_words(manager):
    page = manager.post(f"{REPLIES}new/", WORDS | {"text_en": "Call {secret}."})
    assert "There is nothing to put in place of {secret}." in text(page)
    assert "Call {secret}." in page.content.decode()
    assert not ReplyTemplate.objects.exists()


def test_colours_hold_where_they_can_be_read_and_are_given_back(manager, town):
    said = {"step": "save", "light": "#6B2C91", "dark": "#d7b3f0"}
    assert manager.post(BRAND, said).status_code == 303
    town.refresh_from_db()
    assert town.brand == {"light": "#6b2c91", "dark": "#d7b3f0"}
    assert "#6b2c91" in manager.get(BRAND).content.decode()
    manager.post(BRAND, {"step": "default"})
    town.refresh_from_db()
    assert town.brand == {}
    manager.post("/desk/settings/history/brand/colours/", {"number": "1"})
    town.refresh_from_db()
    assert town.brand == {"light": "#6b2c91", "dark": "#d7b3f0"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"light": "#ffcc00"}, "4.5 is needed. Choose a darker one."),
        ({"dark": "#222222"}, "4.5 is needed. Choose a lighter one."),
        ({"light": "red"}, "Choose a colour, like #0b55a0."),
        ({"light": ""}, "Choose a colour, like #0b55a0."),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_its_measure(manager, town, change, words):
    page = manager.post(BRAND, {"step": "save", "light": "#6b2c91", "dark": "#d7b3f0"} | change)
    assert text(page).count(words) == 2
    assert not Revision.objects.filter(kind="brand").exists()


def test_words_on_closed_cases_are_chosen_for_the_town_and_rolled_back(manager, town):
    url = "/desk/settings/closed/"
    assert "A person looks" in text(manager.get(url))
    assert manager.post(url, {"closed_words": "REOPEN_WITHIN", "reopen_days": "7"}).status_code == 303
    assert closed_policy_of_town(town.pk) == ClosedPolicy(AfterClosing.REOPEN_WITHIN, 7)
    manager.post(url, {"closed_words": "NEW_CASE", "reopen_days": ""})
    manager.post("/desk/settings/history/closed_words/closed/", {"number": "1"})
    assert closed_policy_of_town(town.pk) == ClosedPolicy(AfterClosing.REOPEN_WITHIN, 7)
    assert "Write a whole number from 1 to 365." in text(
        manager.post(url, {"closed_words": "NEW_CASE", "reopen_days": "0"})
    )
    make_service(town, name={"en": "Lamps"}, closed_words="REOPEN")
    assert "Lamps The case is open again at once" in text(manager.get(url))


def look_at(manager, subject, content, name="file", **said):
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    return manager.post(MAP, {"step": "check", "subject": subject, "file": file} | said)


def import_id(page) -> str:
    return page.content.decode().split('name="import" value="')[1].split('"')[0]


def test_areas_are_looked_at_before_they_hold(manager, town):
    make_map(town)
    feature = {
        "type": "Feature",
        "properties": {"name": "Middle", "code": "m"},
        "geometry": square(31.98, 34.78, 32.0, 34.8),
    }
    page = look_at(manager, "DISTRICT", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert "The areas of the file, north at the top 1 area is drawn." in text(page)
    assert page.content.count(b"<path") == 2, "the area and the outline"
    assert "New 1" in text(page) and "No longer in it, to be retired 4" in text(page)
    in_use = Area.objects.filter(municipality=town, kind="DISTRICT", is_retired=False)
    assert in_use.count() == 4
    assert manager.post(MAP, {"step": "apply", "import": import_id(page)}).status_code == 303
    assert list(in_use.values_list("code", flat=True)) == ["m"]
    assert "Publish again" in text(manager.get(MAP))


def test_streets_and_landmarks_come_from_tables(manager, town):
    make_map(town)
    page = look_at(manager, "STREETS", "name,latitude,longitude\nHerzl,32.01,34.79\n", "streets.csv")
    manager.post(MAP, {"step": "apply", "import": import_id(page)})
    assert Street.objects.get(municipality=town).name == {"en": "Herzl"}
    page = look_at(manager, "LANDMARKS", "name,latitude,longitude\nSchool,32.01,34.79\nNowhere,x,y\n")
    assert "Line 3 has a position that is not a latitude and a longitude." in text(page)
    manager.post(MAP, {"step": "apply", "import": import_id(page)})
    assert Landmark.objects.get(municipality=town).name == {"en": "School"}


def test_a_broken_file_is_told_and_changes_nothing(manager, town):
    make_map(town)
    page = text(look_at(manager, "DISTRICT", "{"))
    assert "The file is not JSON" in page
    assert "The file cannot be published as it is." in page
    assert "Choose a file." in text(manager.post(MAP, {"step": "check", "subject": "DISTRICT"}))
    assert Area.objects.filter(municipality=town, is_retired=False).count() == 5


@pytest.mark.abuse("A08")
def test_a_file_of_another_town_cannot_be_applied(manager, town):
    import io

    from moked.places.imports import check_landmarks
    from tests.factories import NOW

    other = make_map()
    file = io.BytesIO(b"name,latitude,longitude\nSchool,32.01,34.79\n")
    kept = check_landmarks(municipality=other, file=file, source="x", by_user_id=None, now=NOW)
    page = manager.post(f"/t/{town.slug}{MAP}", {"step": "apply", "import": str(kept.import_id)})
    assert "This file is no longer there. Upload it again." in text(page)
    assert not Landmark.objects.exists()
