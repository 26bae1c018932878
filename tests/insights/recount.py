"""Figures counted anew from an exported timeline alone, sharing nothing with the product.

It reads the file as anybody could who was handed it, follows each case from event to event, and measures by
the minute-by-minute oracle. Moments are minutes since 1970 in UTC.
"""

import csv
import io
import json
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.sla import oracle

WAITING = {"WAITING_FOR_RESIDENT", "WITH_EXTERNAL_BODY", "SCHEDULED"}
FOR_OTHERS = {"WAITING_FOR_RESIDENT", "WITH_EXTERNAL_BODY"}
STATE_OF = {
    "FIXED": "RESOLVED",
    "ANSWERED": "RESOLVED",
    "NOTHING_FOUND": "RESOLVED",
    "NOT_POSSIBLE": "DECLINED",
    "NOT_OURS": "DECLINED",
    "WITHDRAWN_BY_RESIDENT": "WITHDRAWN",
}
DAY = 24 * 60
BANDS = ((0, 1), (1, 8), (8, 31), (31, 10**6))
BOUNDS = [15 * 2 ** (step / 4) for step in range(69)]
UNITS = ("department", "team", "service", "area", "channel")


@dataclass
class Timeline:
    cases: list[dict[str, str]]
    happened: dict[str, list[dict[str, str]]]
    promised: dict[str, list[dict[str, str]]]
    hours: dict[tuple[str, int], dict]
    zone: str


def read(data: bytes) -> Timeline:
    """Take the file apart."""
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:

        def table(name):
            return list(csv.DictReader(io.StringIO(bundle.read(name).decode(), newline="")))

        calendars = json.loads(bundle.read("calendars.json"))
        cases, lines, promises = (table(f"{name}.csv") for name in ("cases", "timeline", "promises"))
    happened, promised = defaultdict(list), defaultdict(list)
    for line in lines:
        happened[line["number"]].append(line)
    for line in promises:
        promised[line["number"]].append(line)
    hours = {
        (code, revision["number"]): revision["hours"]
        for code, revisions in calendars["calendars"].items()
        for revision in revisions
    }
    return Timeline(cases, happened, promised, hours, calendars["zone"])


def minute(text: str) -> int:
    seconds = datetime.fromisoformat(text).timestamp()
    assert seconds % 60 == 0
    return int(seconds) // 60


@dataclass
class Story:
    """What became of one case."""

    opened: int
    state: str = "RECEIVED"
    answered: int | None = None
    said: int | None = None
    closed: int | None = None
    outcome: str = ""
    was_with_body: bool = False
    pauses: list[list] = field(default_factory=list)
    priorities: list[tuple[int, str, str]] = field(default_factory=list)

    def pauses_in(self, states: set[str]) -> list[tuple[int, int | None]]:
        return [(begins, ends) for state, begins, ends in self.pauses if state in states]


def story(case: dict[str, str], lines: list[dict[str, str]]) -> Story:
    """Follow a case from event to event."""
    one = Story(minute(case["opened_at"]))
    moments = sorted({line["at"] for line in lines})
    for moment in moments:
        at, together = minute(moment), [line for line in lines if line["at"] == moment]
        changes = [line for line in together if line["kind"] != "CONTACT"]
        wrote = any(
            line["after"] == "OUT" and (line["by"] == "STAFF" or case["is_imported"] == "1")
            for line in together
            if line["kind"] == "CONTACT"
        ) or any(line["kind"] == "ANSWERED" for line in changes)
        withdrawn = any(line["after"] == "WITHDRAWN_BY_RESIDENT" for line in changes)
        reopened = any(line["kind"] == "REOPENED" for line in changes)
        if wrote:
            one.said = at if one.said is None else one.said
            aside = withdrawn or (one.state in {"WITHDRAWN", "MERGED"} and not reopened)
            one.answered = at if one.answered is None and not aside else one.answered
        for line in changes:
            go(one, line, at)
    return one


def go(one: Story, line: dict[str, str], at: int) -> None:
    kind, after = line["kind"], line["after"]
    if kind in {"STATE", "CLOSED", "MERGED"} and one.state in WAITING:
        one.pauses[-1][2] = at
    if kind == "STATE":
        one.state = after
        one.was_with_body |= after == "WITH_EXTERNAL_BODY"
        if after in WAITING:
            one.pauses.append([after, at, None])
    elif kind == "CLOSED":
        one.state, one.closed, one.outcome = STATE_OF[after], at, after
    elif kind == "REOPENED":
        one.state, one.closed, one.outcome = "IN_PROGRESS", None, ""
    elif kind == "MERGED":
        one.state, one.closed = "MERGED", at
    elif kind == "UNMERGED":
        one.state, one.closed = after, None
        if after in WAITING:
            one.pauses[-1][2] = None
    elif kind == "PRIORITY":
        one.priorities.append((at, line["before"], after))


@dataclass
class Clock:
    """A promise that counts: what for, by which hours, and where it stands still."""

    promise: dict[str, str]
    hours: dict
    start: int
    pauses: list[tuple[int, int | None]]

    def due(self) -> int | None:
        amount, unit = int(self.promise["target"][:-1]), self.promise["target"][-1]
        if unit in "mh":
            minutes = amount * (60 if unit == "h" else 1)
            return oracle.due_after_minutes(self.hours, self.start, minutes, self.pauses)
        by = {"d": oracle.due_after_days, "c": oracle.due_after_calendar_days}[unit]
        return by(self.hours, self.start, amount, self.pauses)

    def took(self, end: int) -> int:
        return oracle.elapsed(self.hours, self.start, end, self.pauses)


def clock(timeline: Timeline, number: str, kind: str, one: Story) -> Clock | None:
    for promise in timeline.promised[number]:
        if promise["kind"] == kind and promise["is_current"] == "1":
            hours = timeline.hours[promise["calendar"], int(promise["calendar_revision"])]
            states = set(promise["paused_by"].split(","))
            return Clock(promise, hours, minute(promise["started_at"]), one.pauses_in(states))
    return None


def urgent_answer(case: dict[str, str], one: Story) -> int | None:
    """Return the minutes by the clock to the answer of a case that was urgent when it got it."""
    is_undone = one.state not in {"RESOLVED", "DECLINED"}
    moments = [one.said, None if is_undone else one.closed]
    answered = min((at for at in moments if at is not None), default=None)
    if answered is None or (one.state == "WITHDRAWN" and answered == one.closed):
        return None
    priority = one.priorities[0][1] if one.priorities else case["priority"]
    since = one.opened
    for at, _, after in one.priorities:
        if at <= answered:
            since = since if priority == "URGENT" else at
            priority = after
    return answered - since if priority == "URGENT" else None


def empty() -> dict:
    counts = (
        *("received", "answer_promised", "answer_kept", "finished", "end_promised", "end_kept"),
        *("handed_over", "set_aside", "open", "waiting"),
    )
    durations = ("answer", "end", "urgent")
    return dict.fromkeys(counts, 0) | {name: [] for name in durations} | {"overdue": [0] * len(BANDS)}


def recount(data: bytes, months: list[str], now: datetime) -> dict[str, dict[str, dict]]:
    """Return the figures by unit and by the code of each; those of all together under `total`."""
    timeline, at = read(data), int(now.astimezone(UTC).timestamp()) // 60
    found = defaultdict(lambda: defaultdict(empty))

    def month(of: int) -> str:
        local = datetime.fromtimestamp(of * 60, ZoneInfo(timeline.zone))
        return f"{local:%Y-%m}"

    for case in timeline.cases:
        one = story(case, timeline.happened[case["number"]])
        units = [("total", ""), *((unit, case[unit]) for unit in UNITS)]

        def put(of: int | None, names, durations=(), case=case, units=units):
            """Count something, in a month or now."""
            if of is not None and month(of) not in months:
                return
            of_month = [("month", month(of))] if of is not None else []
            for unit, code in units + of_month:
                for name in names:
                    found[unit][code][name] += 1
                for name, took in durations:
                    found[unit][code][name].append(took)

        count_case(timeline, case, one, at, put, found, units)
    return {unit: {code: told(one) for code, one in codes.items()} for unit, codes in found.items()}


def count_case(timeline, case, one, at, put, found, units) -> None:
    number = case["number"]
    assert case["closing_is_dated"] == "1"
    is_open = one.state in {"RECEIVED", "IN_PROGRESS", *WAITING}
    put(one.opened, ["received"])
    if is_open:
        put(None, ["open", *(["waiting"] if one.state in FOR_OTHERS else [])])
    answer, end = (clock(timeline, number, kind, one) for kind in ("FIRST_ANSWER", "RESOLUTION"))
    if answer and one.answered is not None:
        kept = ["answer_kept"] if one.answered <= answer.due() else []
        put(one.opened, ["answer_promised", *kept], [("answer", answer.took(one.answered))])
    if (took := urgent_answer(case, one)) is not None:
        put(one.opened, [], [("urgent", took)])
    if one.state in {"RESOLVED", "DECLINED"} and one.outcome != "NOT_OURS":
        put(one.closed, ["finished", *(["handed_over"] if one.was_with_body else [])])
        if end:
            kept = ["end_kept"] if one.closed <= end.due() else []
            put(one.closed, ["end_promised", *kept], [("end", end.took(one.closed))])
    elif not is_open:
        put(one.closed, ["set_aside"])
    owed = answer if case["kind"] == "QUESTION" else end
    if is_open and owed and not (owed is answer and one.answered is not None):
        due = owed.due()
        told_until = owed.promise["told_until"]
        due = max(due, minute(told_until)) if due is not None and told_until else due
        if due is not None and due <= at:
            band = next(n for n, (least, most) in enumerate(BANDS) if least * DAY <= at - due < most * DAY)
            for unit, code in units:
                found[unit][code]["overdue"][band] += 1


def told(one: dict) -> dict:
    """Return counts as they are shown: shares, and quantiles from steps of a fourth root of two."""
    return {
        "received": one["received"],
        "answered_in_time": share(one["answer_kept"], one["answer_promised"]),
        "answer_median": quantile(one["answer"], 0.5),
        "answer_high": quantile(one["answer"], 0.9),
        "finished": one["finished"],
        "finished_in_time": share(one["end_kept"], one["end_promised"]),
        "end_median": quantile(one["end"], 0.5),
        "end_high": quantile(one["end"], 0.9),
        "handed_over": one["handed_over"],
        "set_aside": one["set_aside"],
        "urgent": len(one["urgent"]),
        "urgent_median": quantile(one["urgent"], 0.5),
        "urgent_high": quantile(one["urgent"], 0.9),
        "answer_promised": one["answer_promised"],
        "end_promised": one["end_promised"],
        "open": one["open"],
        "waiting": one["waiting"],
        "overdue": tuple(one["overdue"]),
    }


def share(part: int, of: int) -> int | None:
    return int(100 * part / of + 0.5) if of else None


def quantile(values: list[int], of: float) -> int | None:
    """Return the value below which a share lies, each step's values taken as evenly spread over it."""
    if not values:
        return None
    steps = [[], *([] for _ in BOUNDS)]
    for value in values:
        steps[sum(1 for bound in BOUNDS if bound <= value)].append(value)
    below = 0
    for number, step in enumerate(steps):
        if step and below + len(step) >= of * len(values):
            low, high = [0.0, *BOUNDS, BOUNDS[-1]][number : number + 2]
            return round(low + (high - low) * (of * len(values) - below) / len(step))
        below += len(step)
    raise AssertionError
