"""Remove one defence after the other, each in a copy of the checkout, and show which test notices.

    tests/mutants/run [--list] [--jobs N] [NAME …]

First the tests that are to notice must pass on an untouched copy. Exits 1 when a removal goes unnoticed, when
the text to remove is no longer there, or when the tests do not even start; 3 when a part could not run for
want of a program that only the machine's owner may install.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from script import needs
from script.postgres import postgres
from tests.mutants.removals import REMOVALS, Removal

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".git", ".venv", "node_modules", "var", ".hypothesis", "__pycache__", ".*_cache", "screenshots")
LINKED = (".venv", "node_modules")
# A test of any kind that leaves an empty database behind, for all others to copy.
MAKES_DATABASE = "tests/mutants/test_also_kept.py::test_planning_the_same_event_again_plans_nothing"
LONGEST, LONGEST_OF_ALL = 300, 2400
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
PASSED, FAILED = 0, 1


@dataclass(frozen=True)
class Verdict:
    """What became of one removal; `by` is the test that noticed, or what went wrong."""

    removal: Removal
    killed: bool
    by: str
    seconds: float

    def line(self) -> str:
        """Return the verdict in one line."""
        word = "killed  " if self.killed else "SURVIVED"
        return f"{word}  {self.removal.name:<44} {self.seconds:5.1f} s  {self.by}"


class Laboratory:
    """A folder of copies, and the databases their tests run on.

    Each run on SQLite begins with a copy of one empty database, which is made once.
    """

    def __init__(self, folder: Path, postgresql: str | None) -> None:
        self.folder = folder
        self.postgresql = postgresql
        self._empty = folder / "empty.sqlite3"
        self._one_at_a_time = threading.Lock()  # all tests on PostgreSQL use a database of one name

    def copy(self, name: str) -> Path:
        """Return a new copy of the checkout with the same installed packages."""
        target = self.folder / name
        shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        for linked in LINKED:
            (target / linked).symlink_to(ROOT / linked)
        return target

    def test(
        self,
        checkout: Path,
        tests: Sequence[str],
        database: str,
        *,
        on_new: bool = False,
        longest: int = LONGEST,
    ) -> tuple[int, str]:
        """Run tests in a copy; return pytest's exit status and the first complaint.

        With `on_new` the copy makes its own database, as code that is part of making one needs.
        """
        if database == "sqlite":
            return self._run(checkout, tests, {}, longest, is_new=on_new)
        with self._one_at_a_time:
            return self._run(checkout, tests, {"MOKED_DATABASE_URL": self.postgresql or ""}, longest)

    def _run(
        self,
        checkout: Path,
        tests: Sequence[str],
        more: dict[str, str],
        longest: int,
        *,
        is_new: bool = True,
    ) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MOKED_")}
        with tempfile.TemporaryDirectory(prefix="moked-mutant-", dir=MEMORY) as data:
            database = Path(data) / "test.sqlite3"
            if not is_new and self._empty.exists():
                shutil.copyfile(self._empty, database)
            environment = {
                **kept,
                **more,
                "MOKED_DATA": data,
                "PYTHONPATH": f"{checkout / 'src'}:{checkout}",
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--abuse-long"]
            command += tests if is_new else [*tests, "--reuse-db"]
            try:
                done = subprocess.run(
                    command,
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=longest,
                    cwd=checkout,
                    env=environment,
                )
            except subprocess.TimeoutExpired:
                return FAILED, f"the tests did not end within {longest} seconds"
            if not is_new and not self._empty.exists():
                shutil.copyfile(database, self._empty)
        return done.returncode, first_complaint(done.stdout, done.stderr)


def first_complaint(said: str, complained: str) -> str:
    """Return the first test that failed, as pytest names it, or the last thing it said."""
    lines = said.splitlines()
    # A test that fails may also end badly: that is an error beside its failure.
    named = next(
        (line for what in ("FAILED", "ERROR") for line in lines if line.startswith(f"{what} tests")), None
    )
    if named:
        return named.split(" - ")[0].removeprefix("FAILED ")
    return next(iter((complained.strip() or said.strip()).splitlines()[-1:]), "pytest said nothing")


def main() -> int:
    """Try what the command line asks for; return the exit status."""
    arguments = parse()
    chosen = [one for one in REMOVALS if not arguments.names or one.name in arguments.names]
    if unknown := set(arguments.names) - {one.name for one in REMOVALS}:
        return complain(f"There is no removal called {', '.join(sorted(unknown))}; see --list.")
    if arguments.list:
        for one in chosen:
            say(f"{one.name:<44} {one.file}")
        return 0
    if gone := [one for one in chosen if not one.is_possible(ROOT)]:
        return complain(
            "\n".join(f"{one.name}: {one.file} has changed; say anew what to remove." for one in gone)
        )
    try:
        return try_all(chosen, arguments.jobs)
    except needs.MissingProgram as missing:
        sys.stderr.write(f"{missing}\n")
        return 3


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tests/mutants/run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the removals and do nothing")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (%(default)s)")
    parser.add_argument("names", nargs="*", help="only these")
    return parser.parse_args()


def try_all(chosen: Sequence[Removal], jobs: int) -> int:
    """Try each removal and say what became of it; return the exit status."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="moked-mutants-")))
        needs_server = any(one.database == "postgresql" for one in chosen)
        laboratory = Laboratory(folder, stack.enter_context(postgres()) if needs_server else None)
        if broken := broken_without_removal(laboratory, chosen):
            return complain(broken)
        with ThreadPoolExecutor(jobs) as pool:
            verdicts = []
            for verdict in pool.map(lambda one: attempt(laboratory, one), chosen):
                say(verdict.line())
                verdicts.append(verdict)
    survived = [verdict.removal.name for verdict in verdicts if not verdict.killed]
    say(f"{len(verdicts) - len(survived)} of {len(verdicts)} removals were noticed.")
    return complain(f"Not noticed: {', '.join(survived)}.") if survived else 0


def broken_without_removal(laboratory: Laboratory, chosen: Iterable[Removal]) -> str:
    """Return what is wrong with the tests themselves, or nothing when all pass on an untouched copy."""
    checkout = laboratory.copy("untouched")
    laboratory.test(checkout, [MAKES_DATABASE], "sqlite")
    for database in sorted({one.database for one in chosen}):
        tests = sorted({test for one in chosen if one.database == database for test in one.tests})
        status, complaint = laboratory.test(checkout, tests, database, longest=LONGEST_OF_ALL)
        if status != PASSED:
            return f"Without any removal the tests do not pass on {database}: {complaint}"
    return ""


def attempt(laboratory: Laboratory, removal: Removal) -> Verdict:
    """Remove one defence in a copy and run the tests that must notice."""
    started = time.monotonic()
    checkout = laboratory.copy(removal.name.replace(" ", "-").replace("/", "-"))
    removal.apply(checkout)
    status, by = laboratory.test(checkout, removal.tests, removal.database)
    if status == PASSED and removal.database == "sqlite":
        status, by = laboratory.test(checkout, removal.tests, removal.database, on_new=True)
    shutil.rmtree(checkout)
    return Verdict(removal, status == FAILED and not by.startswith("ERROR"), by, time.monotonic() - started)


def complain(words: str) -> int:
    """Say what is wrong; return the exit status."""
    sys.stderr.write(f"{words}\n")
    return 1


def say(words: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
