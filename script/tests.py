"""Run the tests on both databases, then the browser journeys and the fault rigs, and count.

Tests that touch no database run first and once.

    script/test [--realdata] [--faults-long] [--mutants] [-- PYTEST ARGUMENTS]

Ends with how many of the tests that both databases share passed on each, which must be the same tests, and
with the sum over everything: there, what tests/one_database_only.txt lists, what touches no database,
journeys and rigs count too.
Exits 1 when anything failed, 3 when a part could not run for want of a program that only the machine's owner
may install; under CI=true a part that did not run is a failure.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from script import needs
from script.postgres import UnableToStart, postgres

ROOT = Path(__file__).resolve().parents[1]
ONE_DATABASE_ONLY = ROOT / "tests" / "one_database_only.txt"
MUTANTS = ROOT / "tests" / "mutants" / "run"
DATABASES = ("sqlite", "postgresql")
MOST_NAMES = 20
# What waits more than it works: processes that are killed, limits of time. Browsers do work.
WAITING = ("-n3", "--dist=worksteal")
BROWSING = ("-n2", "--dist=worksteal")

# What pytest's exit status means when it is not about single tests.
FINISHED, SOME_FAILED, NONE_SELECTED = 0, 1, 5


@dataclass(frozen=True)
class Tally:
    """How the tests of one run of pytest ended; `broke_off` when it did not get through them."""

    passed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    skipped: int = 0
    broke_off: bool = False

    @property
    def failures(self) -> int:
        """Return how many failed; a run that broke off without naming one counts as one."""
        return len(self.failed) or int(self.broke_off)

    @property
    def ran(self) -> frozenset[str]:
        """Return the tests that were not skipped."""
        return self.passed | self.failed

    def line(self, name: str, without: set[str]) -> str:
        """Return the run in the words that whoever reads the end relies on; `without` is not counted."""
        passed = sum(plain_name(test) not in without for test in self.passed)
        return f"{name}: {passed} passed, {self.failures} failed, {self.skipped} skipped"


@dataclass
class Outcome:
    """What the whole run came to."""

    halves: dict[str, Tally] = field(default_factory=dict)
    others: list[Tally] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    missing: list[needs.MissingProgram] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """Return how many tests passed, each counted on each database it ran on."""
        return sum(len(tally.passed) for tally in self._tallies())

    @property
    def failed(self) -> int:
        """Return how many tests failed, and what else is wrong with the run as a whole."""
        wrong = len(self.complaints) + (len(self.missing) if needs.in_ci() else 0)
        return sum(tally.failures for tally in self._tallies()) + wrong

    def _tallies(self) -> list[Tally]:
        return [*self.halves.values(), *self.others]


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    arguments = parse(sys.argv[1:])
    if arguments.mutants:
        return run_mutants(arguments.pytest)
    outcome = Outcome()
    try:
        run_everything(arguments, outcome)
    except KeyboardInterrupt:
        say("Interrupted.")
        return 130
    outcome.complaints += complaints_about(outcome.halves, is_whole_run=not arguments.pytest)
    report(outcome)
    if outcome.failed:
        return 1
    return 3 if outcome.missing else 0


def parse(words: list[str]) -> argparse.Namespace:
    """Return our own options, and in `pytest` what stands after `--`."""
    ours, _, theirs = partition(words, "--")
    parser = argparse.ArgumentParser(prog="script/test", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--realdata", action="store_true", help="fail where the real data sets are absent")
    parser.add_argument("--faults-long", action="store_true", help="run the fault rigs at full length")
    parser.add_argument("--mutants", action="store_true", help="show that the tests see a defence removed")
    parser.epilog = "What stands after -- goes to each run of pytest."
    return parser.parse_args(ours, argparse.Namespace(pytest=theirs))


def partition(words: list[str], separator: str) -> tuple[list[str], list[str], list[str]]:
    """Return what stands before the separator, the separator, and what stands after it."""
    if separator not in words:
        return words, [], []
    at = words.index(separator)
    return words[:at], [separator], words[at + 1 :]


def run_mutants(arguments: list[str]) -> int:
    """Hand over to the runner that removes one defence after the other."""
    return subprocess.run([str(MUTANTS), *arguments], check=False, cwd=ROOT).returncode


def run_everything(arguments: argparse.Namespace, outcome: Outcome) -> None:
    """Run each part; what is missing is noted and the rest still runs."""
    own = ["--realdata"] if arguments.realdata else []
    given = [*own, *arguments.pytest]
    unit = ["--part=unit", "-n2", *given]

    outcome.others.append(run_pytest("Tests that touch no database", ["--part=pure", *WAITING, *given]))
    outcome.halves["sqlite"] = run_pytest("Unit tests on SQLite", unit)
    with_what_is_needed(outcome, lambda: run_on_postgresql(unit, outcome))
    with_what_is_needed(outcome, lambda: run_journeys(given, outcome))
    long = ["--faults-long"] if arguments.faults_long else []
    outcome.others.append(run_pytest("Fault rigs", ["--part=fault", *WAITING, *long, *given]))


def with_what_is_needed(outcome: Outcome, part: Callable[[], None]) -> None:
    """Run a part, noting the program for want of which it could not run."""
    try:
        part()
    except needs.MissingProgram as missing:
        outcome.missing.append(missing)
    except UnableToStart as problem:
        outcome.complaints.append(f"PostgreSQL did not start:\n{problem}")


def run_on_postgresql(unit: list[str], outcome: Outcome) -> None:
    """Run the unit tests on a PostgreSQL of their own."""
    with postgres() as url:
        outcome.halves["postgresql"] = run_pytest("Unit tests on PostgreSQL", unit, url)


def run_journeys(given: list[str], outcome: Outcome) -> None:
    """Run the browser journeys, if any is selected; each says on which database its installation runs."""
    selection = ["--part=journey", *BROWSING, *given]
    if needs.installed_chromium() is None and not selects_any(selection):
        return
    needs.chromium()
    outcome.others.append(run_pytest("Journeys", selection))


def selects_any(arguments: list[str]) -> bool:
    """Return whether pytest would run a test."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", *arguments]
    quiet = subprocess.run(command, check=False, cwd=ROOT, env=environment(None), capture_output=True)
    return quiet.returncode != NONE_SELECTED


def run_pytest(title: str, arguments: list[str], url: str | None = None) -> Tally:
    """Run pytest on the database at `url` (none: SQLite) and return how its tests ended."""
    say(f"\n── {title}")
    with tempfile.TemporaryDirectory(prefix="moked-test-") as folder:
        tally = Path(folder) / "tally.json"
        command = [sys.executable, "-m", "pytest", "-p", "script.tallies", *arguments]
        settings = environment(url) | {"MOKED_TALLY": str(tally)}
        status = subprocess.run(command, check=False, cwd=ROOT, env=settings).returncode
        return read_tally(tally, status)


def read_tally(path: Path, status: int) -> Tally:
    """Return what the plugin wrote; a run without a word broke off."""
    broke_off = status not in {FINISHED, SOME_FAILED, NONE_SELECTED}
    if not path.exists():
        return Tally(broke_off=True)
    ids = json.loads(path.read_text(encoding="utf-8"))
    failed = frozenset([*ids["failed"], *ids["subtests failed"], *ids["error"]])
    return Tally(
        passed=frozenset(ids["passed"]) - failed,
        failed=failed,
        skipped=len(ids["skipped"]) + len(ids["xfailed"]),
        broke_off=broke_off or (status == SOME_FAILED and not failed),
    )


def environment(url: str | None) -> dict[str, str]:
    """Return our environment without what an installation may have set for itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOKED_")}
    handed_on = {
        name: os.environ[name] for name in ("MOKED_REALDATA", "MOKED_CHROMIUM") if name in os.environ
    }
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    fixed = {"PYTHONPATH": paths, "MOKED_SECRET_KEY": "only-for-tests-" + 40 * "k"}
    return kept | handed_on | fixed | ({"MOKED_DATABASE_URL": url} if url else {})


def complaints_about(halves: dict[str, Tally], *, is_whole_run: bool) -> list[str]:
    """Return in which tests the two databases differ, and which listed exceptions are stale."""
    if set(halves) != set(DATABASES):
        return []
    listed = one_database_tests()
    apart = halves["sqlite"].ran ^ halves["postgresql"].ran
    unlisted = sorted(test for test in apart if plain_name(test) not in listed)
    complaints = []
    if unlisted:
        names = "".join(f"\n  {test}" for test in unlisted[:MOST_NAMES])
        complaints.append(
            f"{len(unlisted)} tests ran on one database only and are not in {ONE_DATABASE_ONLY.name}:{names}"
        )
    if is_whole_run:
        seen = {plain_name(test) for test in apart}
        complaints += [
            f"{ONE_DATABASE_ONLY.name} lists what is no such test: {test}" for test in listed - seen
        ]
        complaints += [f"no test ran on {name}" for name in DATABASES if not halves[name].ran]
    return complaints


def plain_name(test: str) -> str:
    """Return a test's id without its parameters."""
    return test.partition("[")[0]


def one_database_tests() -> set[str]:
    """Return the ids of the tests that run on one database only."""
    lines = ONE_DATABASE_ONLY.read_text(encoding="utf-8").splitlines()
    return {line.split(maxsplit=1)[1] for line in lines if line.strip() and not line.startswith("#")}


def report(outcome: Outcome) -> None:
    """Print what is wrong, what is missing, and the counts as the last lines."""
    say("")
    for complaint in outcome.complaints:
        say(f"Wrong: {complaint}")
    for missing in dict.fromkeys(map(str, outcome.missing)):
        say(f"Not run: {missing}")
    for name in DATABASES:
        if name in outcome.halves:
            say(outcome.halves[name].line(name, one_database_tests()))
        else:
            say(f"{name}: did not run")
    say(f"{outcome.passed} passed, {outcome.failed} failed")


def say(line: str) -> None:
    """Print a line at once, so that it stands where it belongs among pytest's."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
