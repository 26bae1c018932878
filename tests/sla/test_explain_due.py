"""`manage.py explain_due` answers every line, and says how a date comes about."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.sla.asking import ask, ask_batch
from tests.sla.calendars import ISRAELI, calendar

START = "2026-07-02T14:00:00+03:00"
QUESTION = {"calendar": ISRAELI, "start": START, "target": "4h"}
ANSWER = {"due": "2026-07-05T07:00:00Z", "elapsed": 14400}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (b"", "This is no JSON"),
        (b"{", "This is no JSON"),
        (b"\xff\xfe", "This is no JSON"),
        (b"[" * 100_000, "This is no JSON"),
        (b'"' + b"x" * 1_000_000 + b'"', "This line is too long"),
        ([], "Write the question as an object"),
        ({}, "Write the calendar as an object"),
        ({**QUESTION, "calendar": calendar(sun=[])}, "This calendar never opens"),
        ({**QUESTION, "start": None}, "Write the start as text"),
        ({**QUESTION, "start": "yesterday"}, "'yesterday' is no moment"),
        ({**QUESTION, "start": "2026-07-02T14:00:00"}, "Write moments with their offset"),
        ({**QUESTION, "start": "0001-01-01T00:00:00+14:00"}, "between the years 1970 and 2199"),
        ({**QUESTION, "start": "9999-12-31T23:59:59-12:00"}, "between the years 1970 and 2199"),
        ({**QUESTION, "target": "0h"}, "'0h' is no target"),
        ({**QUESTION, "target": "-1d"}, "is no target"),
        ({**QUESTION, "target": "8"}, "is no target"),
        ({**QUESTION, "target": 8}, "8 is no target"),
        ({**QUESTION, "target": "99999h"}, "too far away"),
        ({**QUESTION, "pauses": [START]}, "list of pairs"),
        ({**QUESTION, "pauses": [[None, START]]}, "Write the pause as text"),
        ({**QUESTION, "pauses": [["2026-07-02T12:00:00Z", "2026-07-02T11:00:00Z"]]}, "ends before it begins"),
        ({**QUESTION, "pauses": [[START, START]] * 1001}, "Keep the pauses to 1,000"),
        (
            {**QUESTION, "calendar": calendar(days={"2026-07-03": [["08:00", "09:00"]]}, sun=[])},
            "Nothing is due within ten years",
        ),
    ],
)
def test_a_bad_line_is_answered_with_a_sentence_and_the_next_one_with_its_date(question, message, tmp_path):
    bad, good = ask_batch(tmp_path, question, QUESTION)
    assert list(bad) == ["error"]
    assert message in bad["error"] and bad["error"].endswith(".")
    assert good == ANSWER


def test_a_clock_that_stands_still_has_no_date_and_what_elapsed_before(tmp_path):
    stopped = {**QUESTION, "pauses": [["2026-07-02T12:00:00Z", None]]}
    assert ask_batch(tmp_path, stopped) == [{"due": None, "elapsed": 3600}]


def test_moments_keep_their_fractions(tmp_path):
    question = {**QUESTION, "start": "2026-07-05T05:00:00.250Z", "target": "90m"}
    assert ask_batch(tmp_path, question) == [{"due": "2026-07-05T06:30:00.250000Z", "elapsed": 5400}]


def test_a_single_answer_tells_each_day(tmp_path):
    document = {
        **calendar(days={"2026-07-05": []}),
        "names": {"2026-07-05": {"en": "Municipal holiday"}},
    }
    arguments = ("--start", START, "--target", "8h", "--pause", "2026-07-06T06:00:00Z/2026-07-06T07:00:00Z")
    said = json.loads(ask(tmp_path, document, *arguments, "--json"))
    assert (said["due"], said["elapsed"], said["open_at_start"]) == ("2026-07-06T12:00:00Z", 8 * 3600, True)
    assert [
        (step["on"][8:], step["what"], step["counted"] / 3600, step["name"]) for step in said["steps"]
    ] == [
        ("02", "COUNTED", 2, {}),
        ("03", "CLOSED", 0, {}),
        ("04", "CLOSED", 0, {}),
        ("05", "CLOSED", 0, {"en": "Municipal holiday"}),
        ("06", "COUNTED", 6, {}),
    ]


def test_in_words_working_days_are_numbered(tmp_path):
    arguments = ("--start", START, "--target", "1d", "--pause", "2026-07-05T06:00:00Z/2026-07-05T20:00:00Z")
    assert ask(tmp_path, ISRAELI, *arguments).splitlines() == [
        "Received 2026-07-02T11:00:00Z, open then.",
        "2026-07-02  not counted: 2:00:00, 2:00:00 so far",
        "2026-07-03  closed: 0:00:00, 2:00:00 so far",
        "2026-07-04  closed: 0:00:00, 2:00:00 so far",
        "2026-07-05  paused: 1:00:00, 3:00:00 so far",
        "2026-07-06  counted: 8:00:00, 11:00:00 so far, working day 1",
        "Due 2026-07-06T13:00:00Z.",
    ]


def test_a_single_question_that_is_wrong_is_refused_in_words(tmp_path):
    with pytest.raises(CommandError, match="Give --calendar, --start and --target"):
        call_command("explain_due")
    with pytest.raises(CommandError, match="The file cannot be read"):
        call_command("explain_due", "--batch", str(tmp_path / "absent"))
    with pytest.raises(CommandError, match="is no target"):
        ask(tmp_path, ISRAELI, "--start", START, "--target", "soon")
    with pytest.raises(CommandError, match="'' is no moment"):
        ask(tmp_path, ISRAELI, "--start", START, "--target", "8h", "--pause", "/")
