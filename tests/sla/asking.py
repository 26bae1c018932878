"""Ask `manage.py explain_due` as acceptance does."""

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command


def ask_batch(folder: Path, *questions: Any) -> list[dict[str, Any]]:
    """Return the answers to questions; one that is bytes is a line as it is."""
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in questions]
    path, out = folder / "questions.jsonl", io.StringIO()
    path.write_bytes(b"\n".join(lines) + b"\n")
    call_command("explain_due", "--batch", str(path), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def ask(folder: Path, calendar: Any, *arguments: str) -> str:
    """Return what the command says of a single question."""
    path, out = folder / "calendar.json", io.StringIO()
    path.write_text(json.dumps(calendar), encoding="utf-8")
    call_command("explain_due", "--calendar", str(path), *arguments, stdout=out)
    return out.getvalue()
