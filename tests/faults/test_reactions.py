"""Wherever a worker dies while a rule reacts, what the rule says is done in the end, and once."""

import json
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from moked.cases.models import Case, Change, Note
from moked.events import worker
from moked.events.models import Event, OutboxRow
from moked.municipalities.models import Municipality
from moked.processes.models import Echo, Timer
from moked.processes.operations import react_on_time
from tests.apart import run_apart
from tests.factories import make_case, make_service, make_town
from tests.processes.reacting import fired, note, publish, reaction, to

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

Point = tuple[int, str]
AGES = {"upon a change": timedelta(), "in time": timedelta(days=2)}


@pytest.fixture
def town() -> Municipality:
    """It reacts to a new case and to one of yesterday, and to what those reactions change."""
    town = make_town()
    lasting = {"state": "RECEIVED", "lasts": "1c"}
    publish(
        town,
        reaction("new", "OPENED", to("RAISE"), note("It is new.")),
        reaction("old", "STATE_LASTS", to("RAISE"), note("It is old."), **lasting),
        reaction("told", "PRIORITY_CHANGED", note("It was raised.")),
    )
    finish()
    return town


@pytest.mark.parametrize("age", AGES.values(), ids=AGES)
def test_reactions_when_the_worker_dies_at_any_statement_then_each_is_done_once(
    town: Municipality, age: timedelta, long: bool
) -> None:
    service = make_service(town)
    lived = begin(service, age)
    process = run_apart("tests.faults.reacting", "0", "never")
    assert process.returncode == 0, process.stderr
    expected = told(lived)
    assert expected["fired"] == ["new", "told"] + (["old", "told"] if age else [])
    statements = json.loads(process.stdout)
    points = list(everywhere(statements) if long else around_commits(statements))
    assert len(points) >= 4
    for number, when in points:
        case = begin(service, age)
        process = run_apart("tests.faults.reacting", str(number), when)
        assert process.returncode == -signal.SIGKILL, (number, when, process.stderr)
        react_on_time(datetime.now(UTC))
        finish()
        assert told(case) == expected, f"killed {when} statement {number}: {statements[number - 1][1]}"
    assert not OutboxRow.objects.exclude(state="DONE").exists()


def begin(service, age: timedelta) -> Case:
    """Return a case on which something is to be done now: what was to be done when it was new is done."""
    case = make_case(service.municipality, service=service, now=datetime.now(UTC) - age)
    if age:
        finish()
    return case


def finish() -> None:
    """Do what another worker does as soon as the leases of the dead one are over."""
    OutboxRow.objects.filter(state="LEASED").update(due_at=datetime.now(UTC) - timedelta(hours=1))
    while worker.run_outbox():
        pass


def told(case: Case) -> dict[str, object]:
    """Return all that the rules left of a case."""
    events = Event.objects.filter(document__case_id=case.pk).order_by("id")
    causes = dict(Echo.objects.values_list("event_id", "codes"))
    return {
        "fired": [code for code, result in fired(case) if result == "DONE"],
        "priority": Case.objects.get(pk=case.pk).priority,
        "notes": list(Note.objects.filter(case=case).order_by("id").values_list("body", flat=True)),
        "timeline": list(Change.objects.filter(case=case).order_by("id").values_list("kind", "reason")),
        "events": [(event.name, causes.get(event.pk, "")) for event in events],
        "timers": list(Timer.objects.filter(case=case).values_list("code", flat=True)),
    }


def everywhere(statements: Sequence[tuple[bool, str]]) -> Iterator[Point]:
    """Yield each moment before and after a statement."""
    for number in range(1, len(statements) + 1):
        yield number, "before"
        yield number, "after"


def around_commits(statements: Sequence[tuple[bool, str]]) -> Iterator[Point]:
    """Yield for each transaction in which a rule reacts its middle, its end, and what follows its commit."""
    first = 0
    for number, (is_inside, _sql) in enumerate(statements, 1):
        if is_inside:
            first = first or number
            continue
        inside = statements[first - 1 : number - 1] if first else []
        if any('INSERT INTO "processes_firing"' in sql for _inside, sql in inside):
            yield (first + number) // 2, "after"
            yield number - 1, "after"
            yield number, "before"
        first = 0
