"""Ready-made words are added to what is typed; choosing them sends nothing and loses nothing."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from moked.cases.models import Case, Contact
from moked.municipalities.models import Municipality
from moked.replies.operations import publish_reply_template
from moked.replies.rules import ReplyTemplateDocument
from tests.factories import NOW, make_case, make_service
from tests.files import pictures
from tests.web.desk.pages import count, text

CLOSING = ["close", "crew_done"]


@pytest.fixture
def case(town: Municipality) -> Case:
    for code, outcome in [("soon", ""), ("mended", "FIXED")]:
        document = ReplyTemplateDocument.from_document(
            {"name": {"en": code}, "text": {"en": f"About {{number}}: {code}."}, "outcome": outcome}
        )
        publish_reply_template(municipality=town, code=code, document=document, by_user_id=None, now=NOW)
    return make_case(town, service=make_service(town, photos=True), email="ann@example.org", name="Ann")


def press(desk: Client, case: Case, action: str, **fields: Any) -> HttpResponse:
    return desk.post(reverse(f"desk:{action}", args=[case.number]), fields)


def typed(response: HttpResponse, test: str) -> str:
    """Return what stands in a text area."""
    found = re.search(rf'<textarea[^>]*data-test="{test}"[^>]*>\n?([^<]*)<', response.content.decode())
    return unescape(found[1]) if found else "no such field"


def chosen(response: HttpResponse) -> list[str]:
    """Return the outcomes that are chosen."""
    inputs = re.findall(r"<input[^>]*data-test=\"outcome\"[^>]*>", response.content.decode())
    return [re.findall(r'value="(\w+)"', one)[0] for one in inputs if "checked" in one]


def nothing_was_done(case: Case) -> bool:
    case.refresh_from_db()
    return case.is_open and not Contact.objects.filter(case=case, direction="OUT").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "About {}: soon."),
        (" \n", "About {}: soon."),
        ("Dear Ann,\nthanks.\n", "Dear Ann,\nthanks.\n\nAbout {}: soon."),
    ],
    ids=["empty", "blank", "typed"],
)
def test_ready_words_of_a_reply_come_after_what_was_typed(
    before: str, after: str, desk: Client, case: Case
) -> None:
    shown = press(desk, case, "reply", words=before, template="soon")
    assert shown.status_code == 200
    assert typed(shown, "reply").replace("\r", "") == after.format(case.number)
    assert "Error:" not in text(shown) and nothing_was_done(case)


@pytest.mark.parametrize("action", CLOSING)
def test_ready_words_to_close_with_bring_their_outcome_and_keep_photos(
    action: str, desk: Client, case: Case
) -> None:
    photo = SimpleUploadedFile("lamp.jpg", pictures.photo(), "image/jpeg")
    shown = press(desk, case, action, words="We were there.", photo=photo, template="mended")
    assert typed(shown, "words").replace("\r", "") == f"We were there.\n\nAbout {case.number}: mended."
    assert chosen(shown) == ["FIXED"] and count(shown, "photo-item") == 2, "one, and the pattern for scripts"
    assert "Error:" not in text(shown) and nothing_was_done(case)


@pytest.mark.parametrize("action", CLOSING)
def test_an_outcome_already_chosen_stays(action: str, desk: Client, case: Case) -> None:
    assert chosen(press(desk, case, action, outcome="NOT_OURS", template="mended")) == ["NOT_OURS"]


@pytest.mark.parametrize("code", ["gone", "", "\x00", "a" * 2000])
@pytest.mark.parametrize(
    ("action", "field"), [("reply", "reply"), ("close", "words"), ("crew_done", "words")]
)
def test_words_that_are_no_longer_offered_add_nothing_and_send_nothing(
    action: str, field: str, code: str, desk: Client, case: Case
) -> None:
    shown = press(desk, case, action, words="Typed", outcome="FIXED", template=code)
    assert (shown.status_code, typed(shown, field)) == (200, "Typed")
    assert nothing_was_done(case)


@pytest.mark.parametrize("action", CLOSING)
def test_a_photo_that_cannot_be_kept_is_told_with_the_ready_words(
    action: str, desk: Client, case: Case
) -> None:
    broken = SimpleUploadedFile("lamp.jpg", b"no photo", "image/jpeg")
    shown = press(desk, case, action, photo=broken, template="mended")
    assert "This file is not a photo" in text(shown) and "mended." in typed(shown, "words")


@pytest.mark.parametrize("action", CLOSING)
def test_enter_presses_no_ready_words(action: str, desk: Client, case: Case) -> None:
    page = desk.get(reverse(f"desk:{action}", args=[case.number])).content.decode()
    [form] = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="words"' in one]
    first, *others = re.findall(r'<button\s+type="submit"[^>]*>', form)
    assert " name=" not in first.replace("\n", " ") and any('name="template"' in one for one in others)


def test_a_reply_goes_on_as_the_words_to_close_with(desk: Client, case: Case) -> None:
    assert count(desk.get(reverse("desk:case", args=[case.number])), "send-close") == 1
    shown = press(desk, case, "close", words="The lamp is new.", begin="closing")
    assert typed(shown, "words") == "The lamp is new." and chosen(shown) == []
    assert "Error:" not in text(shown) and nothing_was_done(case)
    assert press(desk, case, "close", words="The lamp is new.", outcome="FIXED").status_code == 303
    assert count(desk.get(reverse("desk:case", args=[case.number])), "send-close") == 0
