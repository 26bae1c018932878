"""How the counts of the two databases are compared and summed up."""

import json
from pathlib import Path

import pytest

from script import needs, tests
from script.tests import Outcome, Tally
from tests.conftest import part_of


@pytest.fixture(autouse=True)
def one_database_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "one_database_only.txt"
    path.write_text("# why\nsqlite tests/a.py::test_vacuum\n")
    monkeypatch.setattr(tests, "ONE_DATABASE_ONLY", path)
    monkeypatch.delenv("CI", raising=False)
    return path


def halves(sqlite: set[str], postgresql: set[str]) -> dict[str, Tally]:
    return {"sqlite": Tally(frozenset(sqlite)), "postgresql": Tally(frozenset(postgresql))}


def test_complaints_when_only_a_listed_test_differs_then_none() -> None:
    both = halves({"tests/a.py::test_vacuum[full]", "tests/a.py::test_b"}, {"tests/a.py::test_b"})
    assert tests.complaints_about(both, is_whole_run=True) == []


def test_complaints_when_another_test_differs_then_it_is_named() -> None:
    both = halves({"tests/a.py::test_vacuum", "tests/a.py::test_b"}, {"tests/a.py::test_c"})
    assert tests.complaints_about(both, is_whole_run=False) == [
        "2 tests ran on one database only and are not in one_database_only.txt:"
        "\n  tests/a.py::test_b\n  tests/a.py::test_c"
    ]


def test_complaints_when_a_test_failed_on_one_database_then_that_is_no_difference() -> None:
    both = {"sqlite": Tally(frozenset("a")), "postgresql": Tally(failed=frozenset("a"))}
    assert tests.complaints_about(both, is_whole_run=False) == []


def test_complaints_when_nothing_ran_or_the_list_is_stale_then_a_whole_run_says_so() -> None:
    assert tests.complaints_about(halves(set(), set()), is_whole_run=True) == [
        "one_database_only.txt lists what is no such test: tests/a.py::test_vacuum",
        "no test ran on sqlite",
        "no test ran on postgresql",
    ]
    assert tests.complaints_about(halves(set(), set()), is_whole_run=False) == []


def test_read_tally_counts_an_error_as_failed_and_a_test_once(tmp_path: Path) -> None:
    path = tmp_path / "tally.json"
    ids = {
        "passed": ["a", "b", "c"],
        "failed": ["d"],
        "subtests failed": ["d"],
        "error": ["c"],
        "skipped": ["e"],
        "xfailed": ["f"],
        "xpassed": [],
    }
    path.write_text(json.dumps(ids))
    tally = tests.read_tally(path, 1)
    assert tally == Tally(passed=frozenset("ab"), failed=frozenset("cd"), skipped=2, broke_off=False)
    assert tally.line("sqlite", set()) == "sqlite: 2 passed, 2 failed, 2 skipped"


@pytest.mark.parametrize("status", [2, 3, 4, -9])
def test_read_tally_when_pytest_broke_off_then_that_is_a_failure(tmp_path: Path, status: int) -> None:
    assert tests.read_tally(tmp_path / "absent.json", status).failures == 1


def test_report_ends_with_the_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(halves({"a", "b"}, {"a", "b"}), others=[Tally(frozenset({"c"}), failed=frozenset("d"))])
    tests.report(outcome)
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "sqlite: 2 passed, 0 failed, 0 skipped",
        "postgresql: 2 passed, 0 failed, 0 skipped",
        "5 passed, 1 failed",
    ]


def test_outcome_when_a_program_is_missing_then_it_fails_under_ci_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = needs.MissingProgram("PostgreSQL", "sudo apt-get install postgresql")
    outcome = Outcome(halves({"a"}, set()), missing=[missing])
    assert outcome.failed == 0
    monkeypatch.setenv("CI", "true")
    assert outcome.failed == 1


def test_parse_hands_on_what_stands_after_the_dashes() -> None:
    arguments = tests.parse(["--realdata", "--", "-k", "queue", "--", "x"])
    assert arguments.realdata is True
    assert arguments.pytest == ["-k", "queue", "--", "x"]


def test_part_of_a_test_that_touches_no_database_is_pure(request: pytest.FixtureRequest) -> None:
    assert part_of(request.node, {}) == "pure"
    assert part_of(request.node, {request.node.nodeid: "sqlite"}) == "unit"


def test_part_of_a_test_whose_fixture_needs_the_database_is_unit(
    request: pytest.FixtureRequest, town_in_the_database: None
) -> None:
    assert part_of(request.node, {}) == "unit"


@pytest.fixture
def town_in_the_database(db: None) -> None:
    """Stand for a fixture that makes something."""


@pytest.mark.django_db
def test_part_of_a_test_that_is_marked_is_unit(request: pytest.FixtureRequest) -> None:
    assert part_of(request.node, {}) == "unit"
