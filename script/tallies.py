"""A pytest plugin that writes what became of each test to the file named in MOKED_TALLY, as JSON."""

import json
import os
from pathlib import Path

import pytest

# In pytest's own words; a test can appear twice, as when it passes and its teardown fails.
OUTCOMES = ("passed", "failed", "subtests failed", "error", "skipped", "xfailed", "xpassed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the ids of the tests by outcome, once, in the process that reports."""
    tally = {outcome: ids(terminalreporter, outcome) for outcome in OUTCOMES}
    Path(os.environ["MOKED_TALLY"]).write_text(json.dumps(tally), encoding="utf-8")


def ids(terminalreporter: pytest.TerminalReporter, outcome: str) -> list[str]:
    """Return the ids of the tests that ended so."""
    return [report.nodeid for report in terminalreporter.getreports(outcome)]
