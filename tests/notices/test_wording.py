"""A town's own texts: what they may hold, what they must, and the way back."""

import dataclasses

import pytest

from moked.notices import queries
from moked.notices.models import NoticeText
from moked.notices.operations import publish_text
from moked.notices.rules import Kind
from moked.notices.texts import languages, text_for
from moked.notices.wording import BadText, Wording, check, links_of
from moked.revisions.models import Revision
from tests.factories import NOW, make_case, make_town, make_user

OPENED = Wording("We have {number}", "Thank you.\n\n{link}", {"link": "Follow it"})


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", Kind)
def test_every_text_that_comes_with_moked_could_be_a_towns_own(kind, language):
    text = text_for(kind, language)
    check(kind, Wording(text.subject, text.body, text.labels))
    assert tuple(text.labels) == links_of(kind)


@pytest.mark.parametrize(
    ("change", "code", "part", "name"),
    [
        ({"subject": " "}, "EMPTY", "subject", ""),
        ({"body": ""}, "EMPTY", "body", ""),
        ({"labels": {}}, "EMPTY", "label_link", ""),
        ({"subject": "x" * 201}, "TOO_LONG", "subject", ""),
        ({"subject": "{link}"}, "UNKNOWN", "subject", "link"),
        ({"body": "{words}\n\n{link}"}, "UNKNOWN", "body", "words"),
        ({"body": "{survey_link}\n\n{link}"}, "UNKNOWN", "body", "survey_link"),
        ({"body": "{__class__}\n\n{link}"}, "UNKNOWN", "body", "__class__"),
        ({"body": "{Number}\n\n{link}"}, "STRAY_BRACE", "body", ""),
        ({"body": "{number\n\n{link}"}, "STRAY_BRACE", "body", ""),
        ({"labels": {"link": "{number}"}}, "UNKNOWN", "label_link", "number"),
        ({"body": "Thank you."}, "MISSING", "body", "link"),
        ({"body": "Look here: {link}"}, "NOT_ALONE", "body", "link"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(change, code, part, name):
    with pytest.raises(BadText) as refused:
        check(Kind.CASE_OPENED, dataclasses.replace(OPENED, **change))
    assert (refused.value.code, refused.value.part, refused.value.name) == (code, part, name)


def test_a_reply_without_the_reply_is_refused():
    with pytest.raises(BadText) as refused:
        check(Kind.REPLY, OPENED)
    assert (refused.value.code, refused.value.name) == ("MISSING", "words")


@pytest.fixture
def town(db):
    return make_town()


def publish(town, text, language="en") -> NoticeText:
    return publish_text(
        municipality=town,
        kind=Kind.CASE_OPENED,
        language=language,
        text=text,
        by_user_id=make_user().pk,
        now=NOW,
    )


def test_the_next_mail_says_what_the_town_says_and_after_the_way_back_what_moked_says(town, sink, work):
    publish(town, OPENED)
    case = make_case(town, email="ann@example.org")
    work()
    assert sink.messages[-1]["Subject"] == f"We have {case.number}"
    assert sink.messages[-1].get_body(("plain",)).get_content().split()[:2] == ["Thank", "you."]
    publish(town, None)
    other = make_case(town, email="bob@example.org")
    work()
    assert sink.messages[-1]["Subject"] == f"We have your report: {other.number}"


def test_the_same_text_twice_is_one_revision_and_each_change_is_kept(town):
    for text in (OPENED, OPENED, None, None, OPENED):
        row = publish(town, text)
    numbers = Revision.objects.filter(kind="notice_text", object_id=row.pk).order_by("number")
    assert [one.document.get("is_default", False) for one in numbers] == [False, True, False]


def test_a_language_without_a_text_gets_the_towns_and_another_town_its_own(town):
    publish(town, OPENED)
    assert queries.text_of_town(town, Kind.CASE_OPENED, "de").subject == "We have {number}"
    assert queries.text_of_town(town, Kind.CASE_OPENED, "he") == text_for(Kind.CASE_OPENED, "he")
    assert queries.text_of_town(make_town(), Kind.CASE_OPENED, "en") == text_for(Kind.CASE_OPENED, "en")
    publish(town, OPENED, language="de")
    assert queries.text_of_town(town, Kind.CASE_OPENED, "de").language == "de"
