"""Questions as a page shows them, and what comes back from it."""

import re

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation

from moked.base.question_documents import from_documents
from moked.base.questions import Problem
from moked.web.ui.questions import PROBLEMS, QuestionsForm, Row, answer_rows

DEEP = {"field": "depth", "is": "DEEP"}
QUESTIONS = from_documents(
    [
        {
            "code": "depth",
            "kind": "CHOICE",
            "label": {"en": "How deep is it?", "he": "מה העומק?"},
            "options": [
                {"code": "FLAT", "label": {"en": "As a finger"}},
                {"code": "DEEP", "label": {"en": "As a hand", "he": "כמו כף יד"}},
            ],
            "is_required": True,
            "is_public": True,
        },
        {
            "code": "blocks",
            "kind": "CHOICES",
            "label": {"en": "What does it block?"},
            "options": [{"code": code, "label": {"en": code.title()}} for code in ("ROAD", "PATH")],
            "ask_if": DEEP,
        },
        {
            "code": "call",
            "kind": "STOPPER",
            "label": {"en": "This is dangerous."},
            "hint": {"en": "Stay there until help comes."},
            "phone": "1 00",
            "ask_if": {"field": "blocks", "includes": "ROAD"},
        },
        {
            "code": "width",
            "kind": "NUMBER",
            "label": {"en": "How wide is it?"},
            "unit": {"en": "cm", "he": "ס״מ"},
            "minimum": 1,
            "maximum": 300,
        },
        {"code": "since", "kind": "DATE", "label": {"en": "Since when?"}},
        {
            "code": "lamp",
            "kind": "TEXT",
            "label": {"en": "Number"},
            "hint": {"en": "On the pole."},
            "longest": 5,
        },
        {"code": "more", "kind": "LONG_TEXT", "label": {"en": "Anything else?"}},
        {"code": "thanks", "kind": "NOTICE", "label": {"en": "Thank you for looking."}},
    ]
)
ALL = "depth blocks call width since lamp more thanks"


def form(sent: str | None = None, **kwargs) -> QuestionsForm:
    return QuestionsForm(QUESTIONS, None if sent is None else QueryDict(sent), "en", "en", **kwargs)


def page(shown: QuestionsForm) -> str:
    return re.sub(r"\s+", " ", render_to_string("ui/components/questions.html", {"form": shown}))


def test_a_page_shows_what_is_asked_with_a_field_of_each_kind():
    shown = page(form())
    for label in ("How deep is it?", "How wide is it? (cm)", "Since when?", "Number", "Anything else?"):
        assert label in shown
    assert "What does it block?" not in shown and "This is dangerous." not in shown
    assert "Thank you for looking." in shown
    assert 'name="q-seen" value="depth width since lamp more thanks"' in shown
    names = re.findall(r'name="(q-[a-z_]+)"', shown)
    days = ["q-since_day", "q-since_month", "q-since_year"]
    assert names == ["q-seen", "q-depth", "q-depth", "q-width", *days, "q-lamp", "q-more"]
    assert shown.count('data-test="question"') == len(names) - 1
    assert "hx-" not in shown


def test_each_question_says_who_sees_its_answer():
    shown = page(form())
    assert shown.count("Everybody can see this answer.") == 1
    assert shown.count("Only the town sees this answer.") == 4
    assert '<span dir="auto">On the pole.</span>' in shown


def test_answers_of_every_kind_come_back():
    sent = form(
        "q-depth=DEEP&q-blocks=PATH&q-width=40,5&q-since_day=5&q-since_month=nov&q-since_year=2026"
        f"&q-lamp=A12&q-more=One%0ATwo&q-seen={ALL.replace(' ', '+')}"
    )
    assert sent.is_valid()
    assert sent.answers.values == {
        "depth": "DEEP",
        "blocks": ["PATH"],
        "width": 40.5,
        "since": "2026-11-05",
        "lamp": "A12",
        "more": "One\nTwo",
    }


def test_a_single_post_without_the_page_needs_only_the_answers():
    assert form("q-depth=FLAT&q-since=2026-11-05").is_valid()
    assert not form("q-width=3").is_valid()


@pytest.mark.parametrize(
    ("sent", "code", "words"),
    [
        ("", "depth", "Answer “How deep is it?”."),
        ("q-depth=ABYSS", "depth", "Choose from the answers shown."),
        ("q-width=wide", "width", "Enter a number, like 12 or 2.5."),
        ("q-width=1,200", "width", "Write the number without a mark between thousands, like 1234 or 1.2."),
        ("q-width=0", "width", "Enter 1 or more."),
        ("q-width=301", "width", "Enter 300 or less."),
        ("q-since_day=31&q-since_month=2&q-since_year=2026", "since", "Enter day, month and year"),
        ("q-since=yesterday", "since", "Enter day, month and year"),
        ("q-lamp=123456", "lamp", "Shorten this: up to 5 characters fit."),
        ("q-more=%00", "more", "holds a character that cannot be kept"),
    ],
)
def test_a_mistake_is_said_in_a_sentence_beside_its_question_and_what_was_typed_stays(sent, code, words):
    failed = form(sent if code == "depth" else f"q-depth=FLAT&{sent}")
    assert not failed.is_valid()
    assert list(failed.errors) == [code]
    assert words in failed.errors[code][0]
    shown = page(failed)
    assert f'id="id_q-{code}_error"' in shown
    for typed in re.findall(r"=([a-z0-9,]+)", sent):
        assert f'value="{typed}"' in shown


def test_every_problem_of_a_question_with_a_field_has_its_words():
    assert PROBLEMS.keys() == set(Problem) - {Problem.STOPPED}


def test_a_question_that_an_answer_brings_up_is_shown_before_anything_goes_on():
    first = form("q-depth=DEEP&q-seen=depth+width+since+lamp+more+thanks")
    assert not first.is_valid()
    assert first.errors == {}
    assert first.asks_more
    shown = page(first)
    assert "What does it block?" in shown and "One more thing" in shown
    assert 'value="DEEP"' in shown and "checked" in shown
    assert form("q-depth=DEEP&q-seen=depth+blocks+width+since+lamp+more+thanks").is_valid()


def test_a_question_that_must_be_answered_is_not_called_missing_before_it_was_seen():
    needed = from_documents([{"code": "name", "kind": "TEXT", "label": {"en": "Name"}, "is_required": True}])
    assert QuestionsForm(needed, QueryDict("q-seen="), "en", "en").errors == {}
    assert "name" in QuestionsForm(needed, QueryDict("q-seen=name"), "en", "en").errors


def test_a_stopper_says_whom_to_call_and_nothing_can_be_sent():
    stopped = form(f"q-depth=DEEP&q-blocks=ROAD&q-width=3&q-seen={ALL.replace(' ', '+')}")
    assert stopped.is_stopped and not stopped.is_valid() and not stopped.asks_more
    shown = page(stopped)
    assert 'role="alert" data-test="stopper"' in shown
    assert "This is dangerous." in shown and "Stay there until help comes." in shown
    assert 'href="tel:100"' in shown and '<bdi dir="ltr">1 00</bdi>' in shown


def test_answers_to_questions_that_are_not_asked_are_neither_kept_nor_carried_on():
    sent = form("q-depth=FLAT&q-blocks=ROAD&q-since_day=5&q-seen=depth&q-other=x")
    assert "blocks" not in sent.answers.values
    assert sent.carried == [("q-depth", "FLAT"), ("q-since_day", "5"), ("q-seen", "depth")]


def test_what_is_carried_on_reads_the_same():
    sent = form("q-depth=DEEP&q-blocks=ROAD&q-blocks=PATH&q-since=2026-11-05")
    again = QueryDict(mutable=True)
    for name, text in sent.carried:
        again.appendlist(name, text)
    assert QuestionsForm(QUESTIONS, again, "en", "en").answers == sent.answers


def test_a_script_asks_again_only_after_an_answer_that_leads_to_a_question():
    shown = page(form("q-depth=DEEP", refresh_url="/report/questions/"))
    asking = [tag for tag in re.findall(r"<(?:input|textarea)[^>]*>", shown) if "hx-post" in tag]
    assert {re.search(r'name="([^"]+)"', tag)[1] for tag in asking} == {"q-depth", "q-blocks"}
    assert all('hx-post="/report/questions/"' in tag and 'hx-target="#questions"' in tag for tag in asking)


def test_shown_again_by_a_script_nothing_is_called_wrong():
    again = form("q-width=wide&q-seen=depth+width", checks=False)
    assert again.errors == {}
    assert "mk-error" not in page(again)
    assert 'value="wide"' in page(again)


def test_answers_are_read_over_in_the_readers_language():
    values = {"depth": "DEEP", "blocks": ["ROAD", "PATH"], "width": 1240.5, "since": "2026-11-05", "gone": 1}
    assert answer_rows(QUESTIONS, values, "en", "en") == [
        Row("How deep is it?", "As a hand", True),
        Row("What does it block?", "Road, Path", False),
        Row("How wide is it?", "1,240.5 cm", False),
        Row("Since when?", "5 November 2026", False),
    ]
    with translation.override("he"):
        rows = answer_rows(QUESTIONS, values, "he", "en")
    assert rows[0] == Row("מה העומק?", "כמו כף יד", True)
    assert [row.text for row in rows[2:]] == ["1,240.5 ס״מ", "5 בנובמבר 2026"]


def test_words_of_a_town_are_never_markup():
    evil = "<script>x</script>"
    said = {"code": "x", "kind": "CHOICE", "label": {"en": evil}, "hint": {"en": evil}}
    stopper = {"code": "y", "kind": "STOPPER", "label": {"en": evil}, "hint": {"en": evil}}
    questions = from_documents([said | {"options": [{"code": "A", "label": {"en": evil}}]}, stopper])
    assert "<script>" not in page(QuestionsForm(questions, QueryDict("q-x=B"), "en", "en"))
