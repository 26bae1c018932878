"""Questions: which are asked, what is read from what was sent, and documents refused in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.base.question_documents import BadQuestion, as_documents, from_documents
from moked.base.questions import Answers, Kind, Problem, Question, asked, option_words, read


def words(text: str) -> dict[str, str]:
    return {"en": text}


DEEP = {"field": "depth", "is": "DEEP"}
DOCUMENTS: list[dict[str, Any]] = [
    {
        "code": "depth",
        "kind": "CHOICE",
        "label": {"en": "How deep is it?", "he": "מה העומק?"},
        "options": [
            {"code": "FLAT", "label": words("As a finger")},
            {"code": "DEEP", "label": {"en": "As a hand", "he": "כמו כף יד"}},
        ],
        "is_required": True,
        "is_public": True,
    },
    {
        "code": "danger",
        "kind": "NOTICE",
        "label": words("Keep away."),
        "ask_if": {"field": "depth", "is": "DEEP"},
    },
    {
        "code": "blocks",
        "kind": "CHOICES",
        "label": words("What does it block?"),
        "options": [{"code": code, "label": words(code.title())} for code in ("ROAD", "PATH", "GATE")],
        "ask_if": DEEP,
    },
    {
        "code": "call",
        "kind": "STOPPER",
        "label": words("Call the police at once."),
        "phone": "100",
        "ask_if": {"field": "blocks", "includes": "ROAD"},
    },
    {
        "code": "width",
        "kind": "NUMBER",
        "label": words("How wide is it?"),
        "unit": words("cm"),
        "minimum": 0,
        "maximum": 300.5,
    },
    {"code": "since", "kind": "DATE", "label": words("Since when?"), "hint": words("About.")},
    {"code": "lamp", "kind": "TEXT", "label": words("The number on the lamp"), "longest": 5},
    {"code": "more", "kind": "LONG_TEXT", "label": words("Anything else?")},
]
QUESTIONS = from_documents(DOCUMENTS)


def test_a_document_comes_back_as_it_was_after_a_stay_in_the_database():
    assert as_documents(QUESTIONS) == DOCUMENTS
    assert from_documents(json.loads(json.dumps(as_documents(QUESTIONS)))) == QUESTIONS


def codes(answers: dict[str, Any]) -> list[str]:
    return [question.code for question in asked(QUESTIONS, answers)]


def test_a_question_is_asked_when_its_condition_holds_and_only_then():
    assert [one.code for one in asked(QUESTIONS, {})] == ["depth", "width", "since", "lamp", "more"]
    assert [one.code for one in asked(QUESTIONS, {"depth": "DEEP"})][:4] == [
        "depth",
        "danger",
        "blocks",
        "width",
    ]
    assert "call" in [one.code for one in asked(QUESTIONS, {"depth": "DEEP", "blocks": ["ROAD"]})]


def test_an_answer_to_a_question_that_is_not_asked_opens_no_other():
    assert "call" not in codes({"depth": "FLAT", "blocks": ["ROAD"]})


def test_answers_of_every_kind_are_read():
    sent = {
        "depth": ["DEEP"],
        "blocks": ["GATE", "PATH", "GATE"],
        "width": [" ٤٠,٥ "],
        "since": ["16", "November", "2026"],
        "lamp": [" A\u202e 12 "],
        "more": ["One\r\ntwo "],
        "unknown": ["x"],
    }
    answers = read(QUESTIONS, sent)
    assert answers.values == {
        "depth": "DEEP",
        "blocks": ["PATH", "GATE"],
        "width": 40.5,
        "since": "2026-11-16",
        "lamp": "A 12",
        "more": "One\ntwo",
    }
    assert (answers.problems, answers.is_complete, answers.is_stopped) == ({}, True, False)
    json.dumps(answers.values)


def test_what_may_stay_empty_is_no_answer():
    answers = read(QUESTIONS, {"depth": ["FLAT"], "since": ["", " ", ""], "lamp": [" "], "more": []})
    assert (answers.values, answers.problems) == ({"depth": "FLAT"}, {})


@pytest.mark.parametrize(
    ("code", "sent", "problem"),
    [
        ("depth", [], "MISSING"),
        ("depth", [""], "MISSING"),
        ("depth", ["BOTTOMLESS"], "UNKNOWN_OPTION"),
        ("depth", ["DEEP", "FLAT"], "UNKNOWN_OPTION"),
        ("blocks", ["PATH", "SKY"], "UNKNOWN_OPTION"),
        ("width", ["wide"], "NOT_A_NUMBER"),
        ("width", ["1,200"], "UNCLEAR_NUMBER"),
        ("width", ["-0.1"], "TOO_SMALL"),
        ("width", ["300,6"], "TOO_LARGE"),
        ("since", ["16", "", "2026"], "NOT_A_DATE"),
        ("since", ["yesterday"], "NOT_A_DATE"),
        ("lamp", ["123456"], "TOO_LONG"),
        ("lamp", ["\x00"], "UNSTORABLE"),
        ("more", ["x" * 2001], "TOO_LONG"),
        ("more", ["x" * 5001], "TOO_LONG"),
    ],
)
def test_a_wrong_answer_is_a_problem_of_its_question(code, sent, problem):
    answers = read(QUESTIONS, {"depth": ["DEEP"], code: sent})
    assert (answers.problems, answers.is_complete) == ({code: problem}, False)
    assert code not in answers.values


def test_answers_to_questions_that_are_not_asked_are_dropped_with_their_mistakes():
    answers = read(QUESTIONS, {"depth": ["FLAT"], "blocks": ["ROAD", "SKY"], "danger": ["x"], "call": ["x"]})
    assert (answers.values, answers.problems) == ({"depth": "FLAT"}, {})


def test_a_stopper_blocks_whatever_else_is_said():
    answers = read(QUESTIONS, {"depth": ["DEEP"], "blocks": ["ROAD"], "width": ["40"], "call": ["no"]})
    assert answers.is_stopped and not answers.is_complete
    assert answers.problems == {"call": Problem.STOPPED}
    assert answers.values["width"] == 40


def test_a_stopper_without_condition_blocks_everything():
    stopper = from_documents(
        [{"code": "call", "kind": "STOPPER", "label": words("Call the electricity company.")}]
    )
    assert read(stopper, {}).is_stopped


def test_options_are_worded_in_the_language_of_the_reader():
    assert option_words(QUESTIONS[0], ["DEEP", "FLAT", "GONE"], "he", "en") == [
        "כמו כף יד",
        "As a finger",
        "GONE",
    ]


def refused(*documents: Any) -> str:
    with pytest.raises(BadQuestion) as refusal:
        from_documents(list(documents))
    assert str(refusal.value).endswith(".")
    return str(refusal.value)


TEXT = {"code": "lamp", "kind": "TEXT", "label": words("Lamp")}
CHOICE = DOCUMENTS[0]
MANY = [{"code": f"A{n}", "label": words("x")} for n in range(61)]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("lamp", "a code of small letters"),
        (TEXT | {"code": "Lamp 1"}, "a code of small letters"),
        (TEXT | {"code": None}, "a code of small letters"),
        (TEXT | {"kind": "RIDDLE"}, "Choose the kind of “lamp”"),
        (TEXT | {"colour": "red"}, "says “colour”"),
        (TEXT | {"label": {}}, "words in at least one language"),
        (TEXT | {"label": {"en": " "}}, "words in at least one language"),
        (TEXT | {"label": "Lamp"}, "words of “lamp” for each language"),
        (TEXT | {"label": {"en": "x" * 601}}, "up to 600 characters"),
        (TEXT | {"hint": {"en": "\x00"}}, "words of “lamp” for each language"),
        (TEXT | {"options": CHOICE["options"]}, "Only a choice has answers"),
        (TEXT | {"minimum": 1}, "Only a number"),
        (TEXT | {"unit": words("cm")}, "Only a number"),
        (TEXT | {"longest": 0}, "how many characters"),
        (TEXT | {"longest": 2001}, "how many characters"),
        (TEXT | {"phone": "100"}, "Only a stopper"),
        (TEXT | {"is_required": "yes"}, "true or false"),
        (TEXT | {"kind": "NUMBER", "longest": 5}, "how many characters"),
        (TEXT | {"kind": "NUMBER", "minimum": 3, "maximum": 2}, "a smallest number below"),
        (TEXT | {"kind": "NUMBER", "minimum": True}, "a smallest number below"),
        (TEXT | {"kind": "STOPPER", "phone": "call me"}, "in digits"),
        (TEXT | {"kind": "NOTICE", "is_required": True}, "neither required nor public"),
        (CHOICE | {"options": []}, "answers to choose from"),
        (CHOICE | {"options": "DEEP"}, "answers to choose from"),
        (CHOICE | {"options": [{"code": "D P", "label": words("x")}]}, "a code of letters"),
        (CHOICE | {"options": [{"code": "DEEP", "label": {}}]}, "its words"),
        (CHOICE | {"options": [CHOICE["options"][0]] * 2}, "a code of its own"),
        (
            CHOICE | {"options": MANY},
            "up to 60 answers",
        ),
        (TEXT | {"ask_if": {}}, "When to ask “lamp”"),
        (TEXT | {"ask_if": {"field": "lamp", "is_answered": True}}, "only name earlier questions"),
    ],
)
def test_a_wrong_question_is_refused_in_a_sentence(document, says):
    assert says in refused(document)


def test_questions_that_do_not_fit_together_are_refused():
    assert "stands twice" in refused(TEXT, TEXT)
    assert "up to 40 questions" in refused(*[TEXT | {"code": f"lamp{n}"} for n in range(41)])
    later = TEXT | {"ask_if": {"field": "depth", "is": "DEEP"}}
    assert "not known at that point" in refused(later, CHOICE)
    notice = {"code": "note", "kind": "NOTICE", "label": words("Note")}
    assert "not known at that point" in refused(
        notice, TEXT | {"ask_if": {"field": "note", "is_answered": True}}
    )
    with pytest.raises(BadQuestion, match="as a list"):
        from_documents("none")


SENT = st.dictionaries(
    st.sampled_from([one.code for one in QUESTIONS]),
    st.lists(
        st.sampled_from(["DEEP", "FLAT", "ROAD", "PATH", "12", "2026", ""]) | st.text(max_size=8), max_size=3
    ),
)


@given(SENT)
def test_whatever_is_sent_is_read_into_values_and_problems_of_asked_questions(sent):
    answers: Answers = read(QUESTIONS, sent)
    codes = {question.code for question in answers.asked}
    assert {*answers.values, *answers.problems} <= codes
    assert not set(answers.values) & set(answers.problems)
    assert list(answers.asked) == asked(QUESTIONS, answers.values)
    json.dumps(answers.values)


@given(SENT)
def test_reading_values_again_changes_nothing(sent):
    values = read(QUESTIONS, sent).values
    again = {code: [str(one) for one in (v if isinstance(v, list) else [v])] for code, v in values.items()}
    assert read(QUESTIONS, again).values == values


def test_every_kind_is_tried_here():
    assert {question.kind for question in QUESTIONS} == set(Kind)
    assert isinstance(QUESTIONS[0], Question)
