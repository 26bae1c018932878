"""Check everything that can be checked without running the tests: script/lint

Each step is printed with its result; all steps run, also after one has failed. Exits 1 when any failed,
3 when a program is missing that only the machine's owner may install.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from script import needs

ROOT = Path(__file__).resolve().parents[1]
LOCK_FILES = (*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "package-lock.json")

# An address, or an absolute path of some machine: after a blank, a quote or an equals sign.
FOREIGN = re.compile(r"""[a-z+]+://|\bfile:|(?:^|[\s"'=@])(?:/|[A-Za-z]:\\+)[\w.~-]""")


@dataclass(frozen=True)
class Step:
    """A check by its name; it returns what is wrong, or nothing."""

    name: str
    check: Callable[[], str]


def main() -> int:
    """Run each step; returns the exit status."""
    failed, missing = [], []
    for step in steps():
        try:
            complaint = step.check()
        except needs.MissingProgram as program:
            missing.append(program)
            complaint = str(program)
        say(f"{'failed' if complaint else 'ok    '}  {step.name}")
        if complaint:
            failed.append(step.name)
            say(shortened(complaint))
    say(f"\nlint: {', '.join(failed)} failed" if failed else "\nlint: all is well")
    if len(failed) > len(missing):
        return 1
    return 3 if missing else 0


def steps() -> list[Step]:
    """Return the checks, the quick ones first."""
    return [
        Step("lock files without addresses and paths", lambda: "\n".join(foreign_lines())),
        Step("ruff check", lambda: run("ruff", "check", "--quiet", "--output-format=concise")),
        Step("ruff format", lambda: run("ruff", "format", "--check", "--quiet", "--output-format=concise")),
        Step("import-linter", lambda: run("lint-imports", "--no-cache")),
        # Not its formatter: it breaks lines within sentences, and a reader sees these as blanks.
        Step("djlint", lambda: run("djlint", "src", "--lint", "--quiet")),
        Step("migrations complete", lambda: run("python", "manage.py", *MIGRATIONS)),
        Step("catalogues complete", check_catalogues),
        Step("translations", check_translations),
        Step("mypy", lambda: run("mypy")),
    ]


MOST_LINES = 60
MIGRATIONS = ("makemigrations", "--check", "--dry-run")


def run(program: str, *words: str) -> str:
    """Run a program of the virtual environment; returns its words when it fails, else nothing."""
    with tempfile.TemporaryDirectory(prefix="moked-lint-") as data:
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *words],
            check=False,
            cwd=ROOT,
            env=environment(data),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return (done.stdout.strip() or f"ended with status {done.returncode}") if done.returncode else ""


def environment(data: str) -> dict[str, str]:
    """Return our environment with what the settings insist on, and nothing of an installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOKED_")}
    fixed = {"PYTHONPATH": str(ROOT / "src"), "MOKED_SECRET_KEY": "only-for-lint", "MOKED_DATA": data}
    return kept | fixed


def check_catalogues() -> str:
    """Return what is wrong with the translations."""
    needs.gettext()
    return run("python", "script/catalogues.py", "check")


def check_translations() -> str:
    """Return what is wrong with the words people read, in whatever language."""
    needs.hunspell()
    return run("python", "script/translations.py")


def foreign_lines() -> Iterator[str]:
    """Yield each line of a lock file that holds an address or an absolute path."""
    for path in LOCK_FILES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if FOREIGN.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def shortened(complaint: str) -> str:
    """Return the complaint, indented, as far as somebody will read it in one go."""
    lines = complaint.splitlines()
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} lines more"]
    return "\n".join(f"        {line}" for line in lines)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
