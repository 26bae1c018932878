"""The kill rig on both databases, and that it would notice a defence that is gone."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.faults.kills import rig
from tests.faults.sabotage import FAILPOINTS

pytestmark = pytest.mark.fault

UnlessMissing = Callable[[], AbstractContextManager[None]]

SHORT = {"sqlite": 12, "postgresql": 8}
LONG = 200
LEAST_SHARE = 0.3
FIRST_TO_SHOW = {
    "ack-before-commit": "missing",
    "send-without-lease": "repeats",
    "mark-sent-before-send": "notices_lost",
    "send-when-woken": "repeats",
}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kills_when_processes_die_and_stand_still_under_load_then_nothing_is_lost_or_doubled(
    database: str, long: bool, unless_missing: UnlessMissing
) -> None:
    with unless_missing():
        report = rig.run(rounds=LONG if long else SHORT[database], seed=1, database_name=database)
    findings = report.findings
    assert (findings.broken, findings.violations) == ({}, [])
    assert findings.kills + findings.stops == report.rounds
    assert findings.acknowledged >= report.rounds
    assert findings.mails >= findings.notices_due > 0
    if long:
        assert findings.kills_with_request_in_flight >= LEAST_SHARE * findings.kills
        assert findings.kills_with_row_leased >= LEAST_SHARE * findings.kills


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_kills_when_a_defence_is_gone_then_the_rig_sees_it(
    failpoint: str, long: bool, unless_missing: UnlessMissing
) -> None:
    if not long:
        pytest.skip("only at full length: script/test --faults-long")
    with unless_missing():
        report = rig.run(rounds=rig.FAILPOINT_ROUNDS, seed=1, database_name="sqlite", failpoint=failpoint)
    assert FIRST_TO_SHOW[failpoint] in report.findings.broken
