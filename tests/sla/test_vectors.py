"""Dates worked out by hand, where clocks jump, shifts cross midnight and days are unlike others."""

import pytest

from tests.sla.asking import ask_batch
from tests.sla.calendars import EUROPEAN, ISRAELI, NIGHTS, ROUND_THE_CLOCK, calendar

WITH_LUNCH = {name: [["08:00", "12:00"], ["13:00", "16:00"]] for name in ("sun", "mon", "tue", "wed", "thu")}
HUNGARIAN_DAYS = {"2026-08-08": [["08:00", "16:00"]], "2026-08-20": [], "2026-08-21": []}

VECTORS = {
    "the night shift in which Jerusalem's clocks skip an hour is seven hours long": (
        calendar(**NIGHTS), "2026-03-26T22:00:00+02:00", "8h", [], "2026-03-27T20:00:00Z", 8 * 3600
    ),
    "the one in which they show an hour twice is nine hours long": (
        calendar(**NIGHTS), "2026-10-24T22:00:00+03:00", "9h", [], "2026-10-25T04:00:00Z", 9 * 3600
    ),
    "Prague's day without the hour after two has twenty-three hours": (
        calendar("Europe/Prague", **ROUND_THE_CLOCK),
        "2026-03-28T12:00:00+01:00", "1d", [], "2026-03-29T22:00:00Z", 35 * 3600,
    ),
    "half past two comes twice in Prague, and the office opens the first time": (
        calendar("Europe/Prague", sun=[["02:30", "06:00"]]),
        "2026-10-24T12:00:00Z", "4h", [], "2026-10-25T04:30:00Z", 4 * 3600,
    ),
    "an office open only in the hour that Jerusalem's clocks skip opens a day later": (
        calendar(fri=[["02:00", "03:00"]], sat=[["02:00", "03:00"]]),
        "2026-03-26T12:00:00+02:00", "1h", [], "2026-03-28T00:00:00Z", 3600,
    ),
    "two intervals on either side of that hour are not counted twice": (
        calendar(fri=[["01:00", "02:30"], ["02:30", "04:00"]]),
        "2026-03-26T12:00:00+02:00", "2h", [], "2026-03-27T01:00:00Z", 2 * 3600,
    ),
    "an office that closes in the hour that comes twice closes the first time": (
        calendar(sat=[["22:00", "25:30"]]),
        "2026-10-23T12:00:00+03:00", "1d", [], "2026-10-24T22:30:00Z", 12_600,
    ),
    "a morning that the night shift before it reaches into counts once": (
        calendar(sun=[["22:00", "32:00"]], mon=[["06:00", "10:00"]]),
        "2026-07-05T22:00:00+03:00", "12h", [], "2026-07-06T07:00:00Z", 12 * 3600,
    ),
    "Lord Howe's clocks go back by half an hour": (
        calendar("Australia/Lord_Howe", **ROUND_THE_CLOCK),
        "2026-04-04T12:00:00+11:00", "1d", [], "2026-04-05T13:30:00Z", 131_400,
    ),
    "what a night shift does not finish by six goes on at ten": (
        calendar(**NIGHTS), "2026-07-01T23:00:00+03:00", "8h", [], "2026-07-02T20:00:00Z", 8 * 3600
    ),
    "what comes in at two in the morning counts from the shift that began the evening before": (
        calendar(**NIGHTS), "2026-07-02T02:00:00+03:00", "3h", [], "2026-07-02T02:00:00Z", 3 * 3600
    ),
    "a Hungarian Saturday that is worked is a working day, the Friday it is worked for is none": (
        calendar("Europe/Budapest", HUNGARIAN_DAYS, **EUROPEAN),
        "2026-08-07T10:00:00+02:00", "10d", [], "2026-08-24T14:00:00Z", (6 + 10 * 8) * 3600,
    ),
    "neither lunch nor a short Friday's afternoon counts": (
        calendar(**WITH_LUNCH, fri=[["08:00", "12:00"]]),
        "2026-07-02T11:30:00+03:00", "8h", [], "2026-07-05T05:30:00Z", 8 * 3600,
    ),
    "two pauses that overlap stop the clock once, and one by night not at all": (
        ISRAELI, "2026-07-05T08:00:00+03:00", "8h",
        [
            ["2026-07-05T08:00:00Z", "2026-07-05T10:00:00Z"],
            ["2026-07-05T07:00:00Z", "2026-07-05T09:00:00Z"],
            ["2026-07-05T13:00:00Z", "2026-07-06T05:00:00Z"],
        ],
        "2026-07-06T08:00:00Z", 8 * 3600,
    ),
    "thirty days end with a Saturday and so with the Monday after it": (
        calendar("Europe/Budapest", HUNGARIAN_DAYS, **EUROPEAN),
        "2026-07-02T10:00:00+02:00", "30c", [], "2026-08-03T14:00:00Z", (6 + 22 * 8) * 3600,
    ),
    "days that all count end at closing where the last is open": (
        ISRAELI, "2026-07-02T10:00:00+03:00", "3c", [], "2026-07-05T13:00:00Z", 14 * 3600,
    ),
    "a weekend waited through is two days lost, a night none": (
        calendar("Europe/Budapest", **EUROPEAN), "2026-07-01T10:00:00+02:00", "7c",
        [["2026-07-01T16:00:00Z", "2026-07-02T05:00:00Z"], ["2026-07-03T15:00:00Z", "2026-07-06T05:00:00Z"]],
        "2026-07-10T14:00:00Z", (6 + 7 * 8) * 3600,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_a_date_worked_out_by_hand(name, tmp_path):
    document, start, target, pauses, due, elapsed = VECTORS[name]
    question = {"calendar": document, "start": start, "target": target, "pauses": pauses}
    assert ask_batch(tmp_path, question) == [{"due": due, "elapsed": elapsed}]


@pytest.mark.parametrize(
    ("pause", "due"),
    [
        (["2026-07-06T07:00:00Z", "2026-07-06T11:00:00Z"], "2026-07-07T13:00:00Z"),
        (["2026-07-06T11:00:00Z", "2026-07-07T07:00:00Z"], "2026-07-08T13:00:00Z"),
        (["2026-07-05T20:00:00Z", "2026-07-07T20:00:00Z"], "2026-07-09T13:00:00Z"),
        (["2026-07-06T13:00:00Z", "2026-07-07T05:00:00Z"], "2026-07-07T13:00:00Z"),
        (["2026-07-07T12:00:00Z", None], None),
        (["2026-07-07T13:00:00Z", None], "2026-07-07T13:00:00Z"),
    ],
)
def test_a_pause_moves_working_days_by_the_closings_it_covers(pause, due, tmp_path):
    question = {"calendar": ISRAELI, "start": "2026-07-05T10:00:00Z", "target": "2d", "pauses": [pause]}
    assert [answer["due"] for answer in ask_batch(tmp_path, question)] == [due]
