"""Texts of mails in the settings: shown as they arrive, changed, and given back."""

import pytest

from moked.notices.models import NoticeText
from moked.notices.queries import quiet_hours_of
from tests.factories import make_service
from tests.web.desk.pages import count, text

URL = "/desk/settings/notices/"
OPENED = f"{URL}case-opened/en/"
SAID = {"subject": "We have {number}", "body": "Thank you for {title}\n\n{link}", "label_link": "Follow it"}


def test_the_list_marks_what_the_town_wrote_itself(manager):
    assert manager.get(URL).content.decode().count('class="st-own"') == 0
    manager.post(OPENED, SAID | {"step": "save"})
    assert manager.get(URL).content.decode().count('class="st-own"') == 1


def test_the_mail_is_shown_as_it_arrives(manager, town):
    make_service(town)
    page = text(manager.get(OPENED))
    seen = page[page.index("What a resident reads") :]
    assert "We have your report: 26-000123-4" in seen
    assert "Follow your report" in seen
    assert "{" not in seen
    assert f"{town.name['en']} · 106" in seen


def test_a_preview_keeps_nothing(manager):
    page = manager.post(OPENED, SAID | {"step": "preview"})
    assert "We have 26-000123-4 " in text(page)
    assert "We have {number}" in page.content.decode()
    assert not NoticeText.objects.exists()


def test_a_text_is_published_and_given_back(manager, town):
    assert manager.post(OPENED, SAID | {"step": "save"}).status_code == 303
    row = NoticeText.objects.get()
    assert (row.municipality, row.kind, row.language) == (town, "CASE_OPENED", "en")
    assert (row.subject, row.body, row.labels) == (SAID["subject"], SAID["body"], {"link": "Follow it"})
    assert count(manager.get(OPENED), "default") == 1
    assert manager.post(OPENED, {"step": "default"}).status_code == 303
    assert "We have your report: 26-000123-4" in text(manager.get(OPENED))
    history = "/desk/settings/history/notice_text/case-opened-en/"
    assert manager.post(history, {"number": "1"}).status_code == 303
    row.refresh_from_db()
    assert (row.is_default, row.subject) == (False, SAID["subject"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": ""}, "Write something here."),
        ({"body": "Thanks"}, "Put {link} into the text: without it the resident misses what matters."),
        ({"body": "{secret}\n\n{link}"}, "{secret} cannot be filled in here."),
        ({"body": "{ number }\n\n{link}"}, "Braces are only for what is filled in, like {number}."),
        ({"body": "Look: {link}"}, "Put {link} into a paragraph of its own"),
        ({"subject": "x" * 201}, "Shorten this by at least 1 character: up to 200 fit."),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_and_stays_on_the_page(manager, change, words):
    page = manager.post(OPENED, SAID | change | {"step": "save"})
    assert text(page).count(words) == 2
    assert "The mail is shown once the text can be sent." in text(page)
    assert not NoticeText.objects.exists()


def test_markup_in_a_text_stays_text(manager):
    page = manager.post(OPENED, SAID | {"body": "<b onclick=x>Hello</b>\n\n{link}", "step": "preview"})
    assert "<b onclick" not in page.content.decode()


@pytest.mark.parametrize("path", ["sign-in/en/", "case-opened/xx/", "footer/en/", "CASE_OPENED/en/"])
def test_texts_there_are_not_do_not_exist(manager, path):
    assert manager.get(URL + path).status_code == 404


def quiet(town):
    hours = quiet_hours_of(town.pk)
    return (hours.begins, hours.ends)


@pytest.mark.quiet
def test_the_hours_in_which_nothing_is_sent_are_set_left_out_and_brought_back(manager, town):
    assert 'value="21:00"' in manager.get(URL).content.decode()
    assert manager.post(URL, {"begins": "22:30", "ends": "6"}).status_code == 303
    assert quiet(town) == (22 * 60 + 30, 6 * 60)
    assert manager.post(URL, {"begins": "", "ends": ""}).status_code == 303
    assert quiet(town) == (0, 0)
    page = manager.get(URL).content.decode()
    assert 'value="22:30"' not in page and "history/quiet_time/quiet/" in page
    assert manager.post("/desk/settings/history/quiet_time/quiet/", {"number": "1"}).status_code == 303
    assert quiet(town) == (22 * 60 + 30, 6 * 60)


@pytest.mark.quiet
@pytest.mark.parametrize(
    "times",
    [
        ("21:00", ""),
        ("", "7:00"),
        ("24:00", "7:00"),
        ("21:00", "30:00"),
        ("21:61", "7"),
        ("٢١", "7"),
        ("x", "7"),
    ],
)
def test_hours_that_are_none_are_refused_and_stay_in_the_form(manager, town, times):
    response = manager.post(URL, dict(zip(("begins", "ends"), times, strict=True)))
    page = response.content.decode()
    assert response.status_code == 200 and 'class="mk-summary"' in page
    assert all(f'value="{time}"' in page for time in times if time)
    assert quiet(town) == (21 * 60, 7 * 60)
