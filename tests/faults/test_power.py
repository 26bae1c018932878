"""The power rig, and that it would notice."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.faults.cuts import rig

pytestmark = pytest.mark.fault

UnlessMissing = Callable[[], AbstractContextManager[None]]


def test_power_when_cut_at_any_moment_then_nothing_acknowledged_is_lost_and_nothing_is_half(
    long: bool, unless_missing: UnlessMissing
) -> None:
    with unless_missing():
        report = rig.run(200 if long else 40, "FULL", seed=1)
    assert report.first_violations == []
    assert report.is_clean
    assert report.acknowledged == rig.REPORTS
    assert report.checked > report.cuts * 20
    assert set(report.fates) == {"LOST", "SOME", "TORN", "KEPT"}


def test_power_when_sqlite_syncs_less_then_acknowledged_cases_are_lost_but_none_is_half(
    unless_missing: UnlessMissing,
) -> None:
    with unless_missing():
        report = rig.run(20, "NORMAL", seed=1)
    assert report.missing > 0
    assert (report.half, report.doubled, report.strays, report.damaged) == (0, 0, 0, 0)


def test_power_when_acknowledged_before_the_commit_then_the_rig_sees_what_is_lost(
    unless_missing: UnlessMissing,
) -> None:
    with unless_missing():
        report = rig.run(20, "FULL", seed=1, early=True)
    assert report.missing > 0
    assert (report.half, report.doubled, report.strays, report.damaged) == (0, 0, 0, 0)
