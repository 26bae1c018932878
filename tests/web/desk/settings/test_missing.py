"""The list of texts that are missing in a language of the town."""

import pytest

from moked.accounts.operations import add_member
from moked.base.questions import Kind, Option, Question
from moked.catalogue.operations import retire_service
from moked.notices.operations import publish_text
from moked.notices.texts import text_for
from moked.notices.wording import Wording
from moked.places.operations import set_areas
from moked.places.records import AreaRecord
from moked.replies.operations import publish_reply_template
from moked.replies.rules import ReplyTemplateDocument
from moked.sla.calendars import Calendar
from moked.sla.operations import publish_calendar
from tests.factories import NOW, make_guide, make_service, make_staff
from tests.places.maps import square
from tests.web.desk.pages import text

URL = "/desk/settings/missing/"
EVIL = "<script>alert(1)</script>"
BOTH = {"en": "There", "he": "כאן"}


def rows(manager, language="he", **asked):
    page = manager.get(URL, {"language": language, **asked})
    return page.content.decode().split('data-test="missing"')[1:]


def sound_service(town, **document):
    department = make_service(town, name=BOTH).department
    department.name = BOTH
    department.save()
    return make_service(town, department=department, **({"name": BOTH} | document))


def test_a_service_its_questions_and_answers_are_told_with_what_is_read_instead(manager, town):
    question = Question(
        "depth",
        Kind.CHOICE,
        {"en": "How deep?"},
        hint=BOTH,
        options=(Option("A", {"en": "A finger"}), Option("B", BOTH)),
    )
    service = sound_service(
        town, name={"en": "Pothole"}, description={"en": EVIL, "he": ""}, questions=(question,)
    )
    of_service, of_question = rows(manager)
    assert f"/desk/settings/services/{service.slug}/" in of_service
    assert "Pothole" in of_service and "English" in of_service
    assert EVIL not in of_service and "&lt;script&gt;" in of_service
    assert '<span lang="en" dir="auto">Pothole</span>' in of_service
    assert f"/desk/settings/services/{service.slug}/questions/depth/" in of_question
    assert of_question.count('lang="en" dir="auto"') == 2, "its words and one answer, not its hint"
    assert "A finger" in of_question
    assert rows(manager, "en") == []


def test_everything_else_residents_read_is_told_too(manager, town):
    make_service(town, name=BOTH)
    make_guide(town)
    document = ReplyTemplateDocument.from_document({"name": BOTH, "text": {"en": "Hello"}})
    publish_reply_template(municipality=town, code="hi", document=document, by_user_id=None, now=NOW)
    publish_calendar(
        municipality=town,
        code="office",
        name={"en": "Office"},
        hours=Calendar.from_document({"zone": "Asia/Jerusalem", "week": {"sun": [["08:00", "16:00"]]}}),
        by_user_id=None,
        now=NOW,
    )
    quarter = AreaRecord("north", {"en": "North"}, square(31.95, 34.75, 32.05, 34.85))
    set_areas(municipality=town, kind="DISTRICT", records=[quarter], source="", by_user_id=None, now=NOW)
    own = text_for("REPLY", "en")
    wording = Wording("Our own subject", own.body, own.labels)
    publish_text(municipality=town, kind="REPLY", language="en", text=wording, by_user_id=1, now=NOW)
    guide, reply, notice, calendar, area, department = rows(manager)
    assert guide.count("<dt>") == 4, "costs, time, papers and steps are written in English only"
    assert "/replies/hi/" in reply and "Hello" in reply
    assert "/notices/reply/he/" in notice and text_for("REPLY", "he").subject in notice
    assert "/calendars/office/" in calendar
    assert "/settings/map/" in area and "North" in area
    assert "<a" not in department, "an administrator writes it"


def test_an_administrator_who_manages_services_gets_to_the_department(sign_in, town):
    department = make_service(town, name=BOTH).department
    user = make_staff(town, "SERVICE_MANAGER")
    add_member(municipality=town, user=user, role="ADMINISTRATOR", department=None, by_user_id=None, now=NOW)
    [row] = rows(sign_in(user))
    assert f"/desk/settings/departments/{department.code}/" in row


def test_nothing_missing_is_said_so_with_counts(manager, town):
    sound_service(town)
    page = manager.get(URL, {"language": "he"})
    assert "Nothing is missing" in text(page)
    assert "Whatever residents read is there in עברית." in text(page)
    assert page.content.decode().count('<span class="mk-tally">0</span>') == 2


def test_the_language_with_most_gaps_is_shown_first_and_an_unknown_one_never(manager, town):
    sound_service(town, name={"he": "בור"})
    for asked in ({}, {"language": "xx"}, {"language": "\x00"}, {"language": "en", "after": "no/such\x00"}):
        page = manager.get(URL, asked)
        assert 'aria-current="page"' in page.content.decode()
        assert "בור" in page.content.decode()


def test_what_is_retired_is_not_told(manager, town):
    service = sound_service(town, name={"en": "Pothole"})
    assert len(rows(manager)) == 1
    retire_service(municipality_id=town.pk, service_id=service.pk, by_user_id=1, now=NOW)
    assert rows(manager) == []


def test_a_long_list_goes_on_where_it_ended(manager, town):
    for _ in range(52):
        make_guide(town, title={"en": "Only English"})
    first = manager.get(URL, {"language": "he"}).content.decode()
    assert first.count('data-test="missing"') == 50
    after = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    rest = manager.get(after).content.decode()
    assert rest.count('data-test="missing"') == 2
    assert 'rel="next"' not in rest


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_one_and_three(manager, town, count, django_assert_num_queries):
    for _ in range(count):
        sound_service(town, name={"en": "Only English"})
        make_guide(town)
    manager.get(URL)
    with django_assert_num_queries(15):
        assert manager.get(URL).status_code == 200
