"""How a promise is told, and drawn on a map."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.utils import translation

from moked.cases.rules import State
from moked.web.ui.marks import SHAPES, collection
from moked.web.ui.promises import Standing, standing

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


@dataclasses.dataclass
class Case:
    promised_at: datetime | None = None
    promise_state: str = ""
    is_open: bool = True
    number: str = "26-000123-4"
    state: str = State.RECEIVED
    latitude: float | None = 32.0
    longitude: float | None = 34.8


def running(**left: float) -> Case:
    return Case(NOW + timedelta(**left), "RUNNING")


@pytest.mark.parametrize(
    ("case", "kind", "word"),
    [
        (running(days=3, hours=1), "on-time", "3 days left"),
        (running(days=2), "on-time", "2 days left"),
        (running(hours=47, minutes=59), "on-time", "47 hours left"),
        (running(hours=4, seconds=1), "on-time", "4 hours left"),
        (running(hours=4), "soon", "4 hours left"),
        (running(hours=1), "soon", "1 hour left"),
        (running(minutes=59), "soon", "59 minutes left"),
        (running(seconds=1), "soon", "1 minute left"),
        (running(seconds=0), "soon", "1 minute left"),
        (running(seconds=-1), "late", "1 minute late"),
        (running(minutes=-61), "late", "1 hour late"),
        (running(hours=-25), "late", "1 day late"),
        (running(days=-11), "late", "11 days late"),
        (Case(NOW - timedelta(days=2), "BROKEN"), "late", "2 days late"),
        (Case(NOW - timedelta(days=2), "BROKEN", is_open=False), "broken", "Not kept"),
        (Case(NOW - timedelta(days=2), "KEPT", is_open=False), "kept", "Kept"),
        (Case(None, "PAUSED"), "paused", "Paused"),
    ],
)
def test_promise_says_what_is_left(case: Case, kind: str, word: str):
    found = standing(case, NOW)

    assert found is not None
    assert (found.kind, found.word) == (kind, word)


@pytest.mark.parametrize("case", [Case(), Case(None, "RUNNING"), Case(NOW, "")])
def test_no_promise_says_nothing(case: Case):
    assert standing(case, NOW) is None


def test_lateness_is_red_and_has_an_icon():
    assert standing(running(days=-1), NOW) == Standing("late", "1 day late", "diamond-fill", "red")


def test_component_carries_the_moment_for_machines():
    case = running(hours=2)
    source = "{% load ui %}{% promise case now %}"
    with translation.override("en"):
        page = engines["django"].from_string(source).render({"case": case, "now": NOW})

    assert '<time datetime="2026-11-17T14:00:00+00:00"' in page
    assert 'data-test="promise">2 hours left</time>' in page
    assert 'data-promise="soon"' in page


def test_every_state_has_a_shape():
    assert set(SHAPES) == set(State)


@pytest.mark.parametrize(
    ("case", "promise"),
    [
        (running(days=3), "on-time"),
        (running(hours=1), "soon"),
        (running(hours=-1), "late"),
        (Case(None, "PAUSED"), "none"),
        (Case(), "none"),
        (Case(NOW, "KEPT", is_open=False), "done"),
        (Case(NOW, "BROKEN", is_open=False), "done"),
    ],
)
def test_mark_is_filled_by_its_promise(case: Case, promise: str):
    assert collection([case], NOW)["features"] == [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [34.8, 32.0]},
            "properties": {"number": "26-000123-4", "shape": "circle", "promise": promise},
        }
    ]


def test_cases_without_a_position_are_not_drawn():
    placed = Case(latitude=0.0, longitude=0.0)

    assert len(collection([Case(latitude=None, longitude=None), placed], NOW)["features"]) == 1
