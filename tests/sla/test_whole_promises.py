"""What is promised to a case equals a replay of its facts, whatever the town wrote and whatever happened.

Five cases are opened under each promise; `--promises-long` looks at ten thousand.
"""

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moked.accounts.rules import Role
from moked.cases.models import Case, CaseArea, Contact
from moked.places.models import Area
from moked.sla import operations as clock
from moked.sla.models import Commitment
from moked.sla.operations import break_overdue, recompute_calendar
from tests.factories import make_actor, make_service, make_town
from tests.sla import oracle
from tests.sla.promising import make_calendar, promise
from tests.sla.replay import KINDS, WAITING, Replay, Town
from tests.sla.test_properties import ZONES, calendars, minutes_of, moment_of, moments

pytestmark = pytest.mark.django_db

PRIORITIES = ("LOW", "NORMAL", "HIGH", "URGENT")
CHANNELS = ("WEB", "EMAIL", "PHONE", "LETTER")
AREAS = ("north", "south")
CASES = 5
FEW, MANY = 20, 2_000

targets = st.one_of(
    st.integers(5, 900).map("{}m".format),
    st.integers(1, 30).map("{}h".format),
    st.integers(1, 5).map("{}d".format),
    st.integers(1, 10).map("{}c".format),
)


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values)).map(sorted)


@st.composite
def terms(draw) -> dict[str, Any]:
    mostly = st.sampled_from([True, True, True, False])
    promised = {kind.lower(): draw(targets) for kind in KINDS if draw(mostly)}
    pausing = st.dictionaries(st.sampled_from(["next_answer", "resolution"]), some(WAITING))
    written = {"calendar": draw(st.sampled_from(["office", "other"])), **promised}
    return written | {"paused_by": draw(pausing), "legal": draw(some(tuple(kind.lower() for kind in KINDS)))}


@st.composite
def exceptions(draw) -> dict[str, Any]:
    meant = {"priorities": draw(some(PRIORITIES)), "channels": draw(some(CHANNELS))}
    if draw(st.booleans()):
        meant |= {"area_kind": "DISTRICT", "areas": draw(some(AREAS))}
    if not any(meant.values()):
        meant["priorities"] = ["HIGH"]
    return draw(terms()) | meant


@st.composite
def towns(draw) -> Town:
    written = draw(terms()) | {"exceptions": draw(st.lists(exceptions(), min_size=1, max_size=3))}
    by_code = {"office": draw(calendars()), "other": draw(calendars())}
    return Town(written, by_code, draw(st.sampled_from(ZONES)))


steps = st.tuples(
    st.integers(0, 2 * 1440),
    st.one_of(
        st.sampled_from([*WAITING, "IN_PROGRESS"]).map(lambda state: ("move", state)),
        st.sampled_from(PRIORITIES).map(lambda priority: ("set_priority", priority)),
        st.sampled_from([("reply", ""), ("write", "")]),
    ),
)
histories = st.fixed_dictionaries(
    {
        "opened": moments,
        "channel": st.sampled_from(CHANNELS),
        "area": st.sampled_from(["", *AREAS]),
        "steps": st.lists(steps, min_size=2, max_size=6),
        "closing": st.sampled_from(["", "", "FIXED", "WITHDRAWN_BY_RESIDENT"]),
        "after": st.integers(0, 5 * 1440),
    }
)


class Scene:
    """A town in the database that has written its promise, and somebody who works there."""

    def __init__(self, written: Town, priority: str, now: int) -> None:
        self.town = make_town(time_zone=written.zone)
        self.agent = make_actor(self.town, Role.AGENT)
        self.calendars = {
            code: make_calendar(self.town, document, code=code, now=moment_of(now))
            for code, document in written.calendars.items()
        }
        self.areas = {
            code: Area.objects.create(
                municipality=self.town, kind="DISTRICT", code=code, name={}, geometry={}, **BOX
            )
            for code in AREAS
        }
        self.service = make_service(self.town, priority=priority)
        said = {key: value for key, value in written.promise.items() if key != "calendar"}
        promise(self.service, calendar=self.calendars[written.promise["calendar"]], **said)


BOX = {"south": 0.0, "west": 0.0, "north": 1.0, "east": 1.0}


@pytest.fixture
def examples(pytestconfig) -> int:
    return MANY if pytestconfig.getoption("--promises-long") else FEW


def test_what_is_owed_equals_a_replay_of_the_facts(examples):
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        towns(),
        st.sampled_from(PRIORITIES),
        st.lists(histories, min_size=CASES, max_size=CASES),
        st.one_of(st.none(), calendars()),
    )
    def holds(written, priority, several, edited):
        with transaction.atomic():
            compare(written, priority, several, edited)
            transaction.set_rollback(True)

    holds()


def compare(
    written: Town, priority: str, several: list[dict[str, Any]], edited: dict[str, Any] | None
) -> None:
    """Let all happen in the database and in the replay, and compare what is owed."""
    scene = Scene(written, priority, min(one["opened"] for one in several))
    try:
        played = [play(scene, written, priority, history) for history in several]
        now = max(at for _, _, at in played)
        if edited:
            written.calendars["office"] = edited
            office = make_calendar(scene.town, edited, now=moment_of(now))
            recompute_calendar(calendar_id=office.pk, now=moment_of(now), may_go_on=lambda: True)
        break_overdue(moment_of(now))
        for case, replay, _ in played:
            assert stands(case) == replay.stands(now)
        assert break_overdue(moment_of(now)) == "0 promises broken"
    except oracle.OutOfSight:
        assume(False)


def play(scene: Scene, written: Town, priority: str, history: dict[str, Any]) -> tuple[Case, Replay, int]:
    """Let a case go through its history; returns it, its replay, and when it was looked at."""
    at, area = history["opened"], history["area"]
    case = open_case(scene, priority, history["channel"], area, moment_of(at))
    areas = {("DISTRICT", area)} if area else set()
    replay = Replay(written, history["channel"], areas, priority, at)
    for gap, (step, word) in history["steps"]:
        at += gap
        take(scene, case, replay, step, word, at)
    if history["closing"]:
        at += 1
        is_done = history["closing"] == "FIXED"
        Case.objects.filter(id=case.pk).update(state="RESOLVED", is_open=False, closed_at=moment_of(at))
        clock.close(case_id=case.pk, is_done=is_done, at=moment_of(at))
        replay.close(at, is_done=is_done)
    return case, replay, at + history["after"]


def open_case(scene: Scene, priority: str, channel: str, area: str, now: datetime) -> Case:
    """Open a case as far as clocks know of it; that the rest of opening calls them is tested elsewhere."""
    case = Case.objects.create(
        municipality=scene.town,
        service=scene.service,
        kind="REPORT",
        priority=priority,
        title="Lamp",
        language="en",
        channel=channel,
        opened_at=now,
        queue_at=now,
    )
    if area:
        CaseArea.objects.create(municipality=scene.town, case=case, area=scene.areas[area])
    clock.begin(case_id=case.pk, service_id=scene.service.pk)
    return case


def take(scene: Scene, case: Case, replay: Replay, step: str, word: str, at: int) -> None:
    """Do one step in the database and in the replay, if it can be done."""
    now = moment_of(at)
    match step:
        case "move" if word != replay.state:
            until = moment_of(at + 1440) if word == "SCHEDULED" else None
            go(case, replay.state, word, now, until)
            replay.move(word, at)
        case "set_priority" if word != replay.priority:
            Case.objects.filter(id=case.pk).update(priority=word)
            clock.promise_anew(case_id=case.pk, service_id=scene.service.pk, at=now)
            replay.set_priority(word, at)
        case "reply":
            say(scene, case, "OUT", scene.agent.user_id, now)
            clock.answer(case_id=case.pk, at=now)
            replay.reply(at)
        case "write":
            if replay.state == "WAITING_FOR_RESIDENT":
                go(case, replay.state, "IN_PROGRESS", now, None)
            say(scene, case, "IN", None, now)
            clock.ask(case_id=case.pk, at=now)
            replay.write(at)


def go(case: Case, source: str, target: str, now: datetime, until: datetime | None) -> None:
    Case.objects.filter(id=case.pk).update(state=target, follow_up_at=None)
    clock.move(case_id=case.pk, source=source, target=target, until=until, at=now)


def say(scene: Scene, case: Case, direction: str, author_id: int | None, now: datetime) -> None:
    Contact.objects.create(
        municipality=scene.town,
        case=case,
        direction=direction,
        author_id=author_id,
        channel="WEB",
        body="Well.",
        at=now,
    )


def stands(case: Case) -> dict[str, tuple[str, int | None, int | None]]:
    rows = Commitment.objects.filter(case=case, is_current=True).exclude(kind="REVIEW")
    return {row.kind: told(row) for row in rows}


def told(row: Commitment) -> tuple[str, int | None, int | None]:
    if row.state == "CANCELLED":
        return row.state, None, None
    return row.state, row.due_at and minutes_of(row.due_at), row.met_at and minutes_of(row.met_at)
