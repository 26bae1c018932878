"""`manage.py write_docs`: the documents that are rendered from the code, so that they cannot be wrong."""

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from moked.base.event import DomainEvent
from moked.cases import rules
from moked.config.subscribers import DURABLE, EVENTS, IMMEDIATE, PROJECTIONS, RECURRING

FOLDER = Path(settings.BASE_DIR) / "docs"
STEPS = {
    rules.Step.BY_HAND: "a person sets it",
    rules.Step.RESIDENT_ANSWERS: "the resident answers",
    rules.Step.BODY_ANSWERS: "the external body that has it says it is done, not theirs, or asks something",
    rules.Step.TIMES_OUT: "it has waited long enough; a person decides what to do now",
    rules.Step.CLOSE: "a person closes the case, with an outcome and words to the resident",
    rules.Step.REOPEN: "a person opens it again, with words to the resident",
    rules.Step.MERGE: "a person finds it to be the same matter as another case, where it goes on",
    rules.Step.UNMERGE: "a person takes that back",
}


class Command(BaseCommand):
    help = "Write docs/states.md and docs/events.md anew from the code."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name, render in DOCUMENTS.items():
            (FOLDER / name).write_text(render(), encoding="utf-8")
            self.stdout.write(f"docs/{name}")


def states() -> str:
    """Return the page about states, transitions and outcomes."""
    return page(
        "States of a case",
        "Every case stands in one of these states, whose names a resident understands. What is not drawn here"
        " is refused. A closed case that a resident is not content with stays closed and gets a review, which"
        " a person decides by reopening the case or by saying why not; where the town says so, the resident's"
        " words open it again.",
        "\n".join(["```mermaid", "stateDiagram-v2", *diagram(), "```"]),
        table(
            ["state", "stands", "asked for a survey", "leads to"], (state_row(state) for state in rules.State)
        ),
        "## Steps",
        table(["step", "happens when"], ([f"`{step}`", STEPS[step]] for step in rules.Step)),
        "## Outcomes",
        "Whoever closes a case says how it ended; the outcome decides the state.",
        table(["outcome", "state"], ([f"`{one}`", f"`{to}`"] for one, to in rules.STATE_OF_OUTCOME.items())),
    )


def diagram() -> Iterator[str]:
    """Yield the lines of the diagram; what all open states share is one arrow from their frame."""
    shared = {
        (move.step, move.target)
        for move in rules.TRANSITIONS
        if all(rules.may_move(source, move.step, move.target) for source in rules.OPEN)
    }
    yield f"    [*] --> {rules.State.RECEIVED}"
    yield "    state Open {"
    for move in rules.TRANSITIONS:
        if move.source in rules.OPEN and move.target in rules.OPEN:
            yield f"        {move.source} --> {move.target}: {move.step}"
    yield "    }"
    for step, target in dict.fromkeys((move.step, move.target) for move in rules.TRANSITIONS):
        if (step, target) in shared:
            yield f"    Open --> {target}: {step}"
    for move in rules.TRANSITIONS:
        crosses = (move.source in rules.OPEN) is not (move.target in rules.OPEN)
        if crosses and (move.step, move.target) not in shared:
            yield f"    {move.source} --> {move.target}: {move.step}"


def state_row(state: rules.State) -> list[str]:
    """Return what the table says about one state."""
    ways: dict[str, list[str]] = {}
    for move in rules.TRANSITIONS:
        if move.source == state:
            ways.setdefault(f"`{move.step}`", []).append(f"`{move.target}`")
    return [
        f"`{state}`",
        "open" if state in rules.OPEN else "closed",
        "yes" if state in rules.SURVEYED else "",
        "; ".join(f"{step}: {', '.join(targets)}" for step, targets in ways.items()),
    ]


def events() -> str:
    """Return the page about events, who reacts to them, and what runs by the clock."""
    return page(
        "Events",
        "What happens is stored as an event in the transaction of the change itself, in the table"
        " `events_event`, under the name and version given here; they do not change their meaning. An"
        " *immediate* reaction runs in that same transaction, in the order given. A *durable* one runs in the"
        " worker after the commit, at least once, and is tried again until it succeeds or a person has to"
        " look. A *projection* counts by position in the log. Events carry numbers and codes, never what a"
        " person wrote.",
        *(event_section(event) for event in EVENTS),
        "## By the clock",
        table(
            ["task", "every", "does"],
            ([f"`{task.name}`", span(task.seconds), summary(task.run)] for task in RECURRING),
        ),
    )


def event_section(event: type[DomainEvent]) -> str:
    """Return what there is to know about one event."""
    fields = [f"`{field.name}`: {type_name(field.type)}" for field in dataclasses.fields(event)]
    reactions = [
        *(f"- immediate: {summary(one.react)}" for one in IMMEDIATE if one.event is event),
        *(f"- durable `{one.name}`: {summary(one.handle)}" for one in DURABLE if one.event is event),
        *(f"- projection `{one.name}`: {summary(one.apply)}" for one in PROJECTIONS if event in one.events),
    ]
    return "\n\n".join(
        [
            f"## `{event.name}`, version {event.version}",
            summary(event),
            ", ".join(fields),
            "\n".join(reactions) or "Nobody reacts yet; it is kept.",
        ]
    )


def page(title: str, *parts: str) -> str:
    """Return a document of paragraphs under a title, with a word about where it comes from."""
    origin = "Written by `manage.py write_docs` from the code; a test fails when the two differ."
    return "\n\n".join([f"# {title}", origin, *parts]) + "\n"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def summary(described: object) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((inspect.getdoc(described) or "").split("\n\n")[0].split())


def type_name(kind: Any) -> str:
    """Return a field's type as a reader says it."""
    if isinstance(kind, type):
        return kind.__name__
    return str(kind).replace("None", "nothing").replace(" |", " or")


def span(seconds: int) -> str:
    """Return a number of seconds in the largest unit that fits."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % length == 0:
            count = seconds // length
            return unit if count == 1 else f"{count} {unit}s"
    return f"{seconds} seconds"


DOCUMENTS: dict[str, Callable[[], str]] = {"states.md": states, "events.md": events}
