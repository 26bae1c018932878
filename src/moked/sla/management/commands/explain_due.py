"""`manage.py explain_due`: when is something due on a calendar, and why?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moked.sla.calendars import BadCalendar, Calendar
from moked.sla.rules import (
    MOST_PAUSES,
    BadPause,
    BadTarget,
    Explanation,
    Pause,
    Step,
    Target,
    TooFar,
    check_moment,
    explain,
)

LONGEST_LINE = 1_000_000


class BadQuestion(ValueError):
    """What is asked cannot be read; the message says what to write."""


class Command(BaseCommand):
    help = "Say when something is due on a calendar, and how the date comes about."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--calendar", type=Path, help="a calendar as JSON")
        parser.add_argument("--start", help="the moment it begins, with its offset")
        parser.add_argument("--target", help="8h, 90m, 3d or 30c")
        parser.add_argument(
            "--pause", action="append", default=[], metavar="FROM/TO", help="a pause; no TO means it goes on"
        )
        parser.add_argument("--batch", type=Path, help="questions as JSON, one a line, answered likewise")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            for answer in answers(options["batch"]):
                self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        if not all(options[name] for name in ("calendar", "start", "target")):
            raise CommandError("Give --calendar, --start and --target, or a --batch of questions.")
        try:
            found = _explain(
                {
                    "calendar": json.loads(options["calendar"].read_text(encoding="utf-8")),
                    "start": options["start"],
                    "target": options["target"],
                    "pauses": [_split(text) for text in options["pause"]],
                }
            )
        except (OSError, RecursionError, ValueError) as error:
            raise CommandError(_sentence(error)) from error
        if options["json"]:
            steps = {"open_at_start": found.is_open_at_start, "steps": [_step(step) for step in found.steps]}
            self.stdout.write(json.dumps(_answer(found) | steps, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(found)))


def answers(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the answer to each line of a file; a line that cannot be answered gets an `error`, a sentence.

    Raises CommandError when there is no such file.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                yield _answer_line(line)
    except OSError as error:
        raise CommandError(_sentence(error)) from error


def _answer_line(line: bytes) -> dict[str, Any]:
    try:
        if len(line) > LONGEST_LINE:
            raise BadQuestion("This line is too long: keep a question to a million characters.")
        return _answer(_explain(json.loads(line)))
    except (RecursionError, ValueError) as error:
        return {"error": _sentence(error)}


def _sentence(error: Exception) -> str:
    """Return a refusal as one whole sentence."""
    if isinstance(error, BadCalendar | BadTarget | BadPause | TooFar | BadQuestion):
        return str(error)
    if isinstance(error, OSError):
        return f"The file cannot be read: {error.strerror}."
    return "This is no JSON: write one whole object."


def _explain(question: Any) -> Explanation:
    if not isinstance(question, dict):
        raise BadQuestion("Write the question as an object with a calendar, a start and a target.")
    calendar = Calendar.from_document(question.get("calendar"))
    return explain(
        calendar,
        _moment(question.get("start"), "start"),
        Target.read(question.get("target", "")),
        list(_pauses(question.get("pauses", []))),
    )


def _pauses(value: Any) -> Iterator[Pause]:
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise BadQuestion("Write the pauses as a list of pairs of moments; the second may be null.")
    if len(value) > MOST_PAUSES:
        raise BadQuestion("Keep the pauses to 1,000.")
    for from_at, to_at in value:
        yield Pause(_moment(from_at, "pause"), None if to_at is None else _moment(to_at, "pause"))


def _moment(value: Any, place: str) -> datetime:
    if not isinstance(value, str):
        raise BadQuestion(f"Write the {place} as text, for example 2026-03-27T08:00:00+03:00.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadQuestion(f"{value!r:.60} is no moment: write one like 2026-03-27T08:00:00+03:00.") from None
    try:
        return check_moment(moment)
    except ValueError as error:
        raise BadQuestion(str(error)) from None


def _split(text: str) -> list[str | None]:
    from_at, _, to_at = text.partition("/")
    return [from_at, to_at or None]


def _answer(found: Explanation) -> dict[str, Any]:
    seconds = found.elapsed.total_seconds()
    return {
        "due": _written(found.due) if found.due else None,
        "elapsed": int(seconds) if seconds.is_integer() else seconds,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "on": step.on.isoformat(),
        "what": step.what,
        "opening": [[_written(opens), _written(closes)] for opens, closes in step.opening],
        "counted": step.counted.total_seconds(),
        "total": step.total.total_seconds(),
        "number": step.number,
        "special": step.is_special,
        "name": dict(step.name),
    }


def _lines(found: Explanation) -> Iterator[str]:
    yield f"Received {_written(found.start)}, {'open' if found.is_open_at_start else 'closed'} then."
    for step in found.steps:
        number = f", working day {step.number}" if step.number else ""
        yield f"{step.on}  {step.what.replace('_', ' ').lower()}: {step.counted}, {step.total} so far{number}"
    yield f"Due {_written(found.due)}." if found.due else "Not due: the clock stands still."


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
