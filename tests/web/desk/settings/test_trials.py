"""A trial that a page asks for part by part comes to the same as one that is asked for at once."""

import json
from collections import Counter

import pytest

from moked.web.desk.settings import trials
from tests.factories import make_case, make_department, make_service
from tests.processes.reacting import reaction, to
from tests.routing.making import rule
from tests.web.desk.pages import text

pytestmark = pytest.mark.django_db

GAS = {"code": "gas", "name": {"en": "Gas"}, "words": {"en": ["gas"]}}
UP = reaction("up", "OPENED", to("HIGH"), asks={"field": "words", "mentions": ["gas"]})


@pytest.fixture
def five(town):
    """Three smell of gas."""
    service = make_service(town)
    smells = [make_case(town, service=service, matter=f"A smell of gas {number}.") for number in range(3)]
    return smells + [make_case(town, service=service, matter="A hole.") for _ in range(2)]


def rules_of(town):
    gas = rule(make_department(town).code, words=("gas",))
    return {"rules": json.dumps([gas.as_document()])}


PAGES = {
    "routing": (rules_of, {"tried": 5, "changed": 3, "unchanged": 2, "0": 2, "1": 3}),
    "dangers": (lambda _town: {"dangers": json.dumps([GAS])}, {"tried": 5, "urgent": 3}),
    "reactions": (
        lambda _town: {"reactions": json.dumps([UP])},
        {"tried": 5, "1": 3, "1-soon": 0, "1-refused": 0},
    ),
}


@pytest.mark.parametrize("size", [1, 2, 200])
@pytest.mark.parametrize("page", PAGES)
def test_parts_add_up_to_the_whole(page, size, manager, town, five, monkeypatch):
    monkeypatch.setattr(trials, "PART", size)
    document, expected = PAGES[page]
    said = document(town) | {"base": "0"}
    counts, rows, tried, every = Counter(), "", 0, 1
    while tried < every:
        found = manager.post(f"/desk/settings/{page}/", said | {"step": f"part:{tried}"}).json()
        counts.update(found["counts"])
        rows += found["rows"]
        assert tried < found["tried"] == min(tried + size, 5)
        tried, every = found["tried"], found["all"]
    assert counts == expected
    assert [case.number in rows for case in five] == [True, True, True, False, False]
    whole = text(manager.post(f"/desk/settings/{page}/", said | {"step": "try"}))
    assert [case.number in whole for case in five] == [True, True, True, False, False]


@pytest.mark.parametrize("page", ["routing", "reactions"])
def test_what_cannot_be_tried_is_refused(page, manager, town, five):
    said = PAGES[page][0](town) | {"base": "0", "step": "part:0", "last": "7"}
    assert manager.post(f"/desk/settings/{page}/", said).status_code == 400


@pytest.mark.parametrize("typed", ["", "x", "9" * 20, "7"])
def test_a_part_that_is_not_there_comes_to_nothing_or_is_the_first(typed, manager, town, five):
    said = PAGES["dangers"][0](town) | {"base": "0", "step": f"part:{typed}"}
    found = manager.post("/desk/settings/dangers/", said).json()
    assert found["counts"]["urgent"] == (0 if typed == "7" else 3)
