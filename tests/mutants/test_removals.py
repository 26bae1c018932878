"""The list of removals stays true: what it removes is there, and who must notice exists."""

from tests.mutants.removals import REMOVALS
from tests.mutants.runner import ROOT, first_complaint


def test_what_is_removed_is_still_there() -> None:
    """Where code has moved, say in removals.py what now has to be removed."""
    assert [one.name for one in REMOVALS if not one.is_possible(ROOT)] == []


def test_every_removal_has_a_name_of_its_own_and_changes_something() -> None:
    assert len({one.name for one in REMOVALS}) == len(REMOVALS)
    assert [one.name for one in REMOVALS if one.old == one.new or not one.tests] == []


def test_who_must_notice_exists() -> None:
    missing = []
    for test in {test for one in REMOVALS for test in one.tests}:
        path, _, function = test.partition("::")
        source = (ROOT / path).read_text(encoding="utf-8")
        if function and f"def {function.partition('[')[0]}(" not in source:
            missing.append(test)
    assert missing == []


def test_the_defences_that_matter_most_are_among_them() -> None:
    assert {one.name for one in REMOVALS} >= {
        "visible_to returns all",
        "CSRF off",
        "IMMEDIATE becomes DEFERRED",
        "synchronous FULL becomes OFF",
        "scripts may be unsafe-inline",
        "the lease is ignored when settling",
    }


def test_a_failed_test_is_told_from_one_that_could_not_start() -> None:
    said = "ERROR    django.request:log.py:1 a log\nFAILED tests/a.py::test_b[c-d] - AssertionError: x"
    assert first_complaint(said, "") == "tests/a.py::test_b[c-d]"
    assert first_complaint("ERROR tests/a.py::test_b - fixture", "") == "ERROR tests/a.py::test_b"
    assert first_complaint("", "no such option\n") == "no such option"
