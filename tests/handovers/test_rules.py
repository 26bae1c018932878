"""What an external body may be, and when it may say what. Plain values."""

import pytest

from moked.handovers.rules import BadBody, BodyDocument, Sees, fits, permitted, refusal_of

GOOD = {"name": {"en": "Water company"}, "language": "en", "email": "faults@water.example"}


def read(**changed):
    return BodyDocument.from_document(GOOD | changed)


def test_a_document_comes_back_from_its_json_form_as_it_was():
    said = read(areas=["east"], area_kind="DISTRICT", services=["leak"], sees=["PHONE", "NAME"])
    assert BodyDocument.from_document(said.as_document()) == said
    assert said.sees == ("NAME", "PHONE")


def test_what_is_not_said_is_the_least():
    said = read()
    assert (said.sees, said.services, said.areas, said.area_kind) == ((), (), (), "")
    assert (said.answer_days, said.reminder_days) == (14, 7)
    assert read(answer_days=3).reminder_days == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"name": {}},
        {"name": {"en": " "}},
        {"name": "Water"},
        {"name": {"en": "x" * 121}},
        {"language": "tlh"},
        {"email": ""},
        {"email": "faults"},
        {"email": "קו@water.example"},
        {"email": "a@water.example,b@water.example"},
        {"email": "a@water.example\nBcc: b@water.example"},
        {"email": "Water <a@water.example>"},
        {"email": "x" * 250 + "@water.example"},
        {"email": None},
        {"services": "leak"},
        {"services": [1]},
        {"services": ["x" * 61]},
        {"areas": ["east"]},
        {"areas": ["east"], "area_kind": "OUTLINE"},
        {"sees": ["PASSWORD"]},
        {"sees": "NAME"},
        {"answer_days": 0},
        {"answer_days": 181},
        {"answer_days": True},
        {"answer_days": "14"},
        {"answer_days": 5, "reminder_days": 5},
        {"reminder_days": 0},
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(changed):
    with pytest.raises(BadBody, match=r"\.$"):
        read(**changed)


@pytest.mark.parametrize(
    ("services", "areas", "is_fitting"),
    [
        ((), (), True),
        (("leak",), (), True),
        (("lamp",), (), False),
        ((), ("east",), True),
        ((), ("west", "east"), True),
        ((), ("west",), False),
        (("leak",), ("west",), False),
    ],
)
def test_a_body_fits_by_service_and_place(services, areas, is_fitting):
    document = read(services=list(services), areas=list(areas), area_kind="DISTRICT")
    assert fits(document, "leak", {("DISTRICT", "east"), ("COLLECTION", "west")}) is is_fitting


def test_only_permitted_details_that_are_there_are_given():
    details = {"NAME": "Ann", "EMAIL": "", "PHONE": "050"}
    assert permitted(("NAME", "EMAIL"), details) == {Sees.NAME: "Ann"}
    assert permitted((), details) == {}


@pytest.mark.parametrize(
    ("state", "kind", "is_answered", "is_case_open", "refusal"),
    [
        ("SENT", "ACCEPTED", False, True, ""),
        ("ACCEPTED", "ACCEPTED", False, True, "ALREADY_ACCEPTED"),
        ("ASKED", "ACCEPTED", False, True, "ALREADY_ACCEPTED"),
        ("ASKED", "ASKED", False, True, "ALREADY_ASKED"),
        ("ASKED", "DONE", False, True, ""),
        ("DONE", "NOT_OURS", True, True, "ALREADY_ANSWERED"),
        ("WITHDRAWN", "DONE", False, True, "TAKEN_BACK"),
        ("WITHDRAWN", "DONE", False, False, ""),
        ("WITHDRAWN", "ACCEPTED", False, False, "ALREADY_ACCEPTED"),
        ("WITHDRAWN", "DONE", True, False, "ALREADY_ANSWERED"),
        ("GIVEN_UP", "DONE", False, True, ""),
        ("GIVEN_UP", "ACCEPTED", False, True, "ALREADY_ACCEPTED"),
    ],
)
def test_what_may_be_said_when(state, kind, is_answered, is_case_open, refusal):
    assert refusal_of(state, kind, is_answered=is_answered, is_case_open=is_case_open) == refusal
