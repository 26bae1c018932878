"""Every write of what is promised: the town's calendars and targets, and the commitments of cases."""

from moked.sla.operations.clock import (
    acknowledge,
    answer,
    ask,
    begin,
    close,
    end_review,
    move,
    promise_anew,
    stand_still_again,
    start_review,
)
from moked.sla.operations.counting import break_overdue, recompute, recompute_calendar
from moked.sla.operations.settings import (
    UnableToGive,
    UnableToRetire,
    begin_upcoming,
    check_owners,
    publish_calendar,
    publish_target,
    restore_calendar,
    retire_calendar,
)
from moked.sla.operations.warnings import UnableToPostpone, postpone, publish_warnings, raise_alarm, warn

__all__ = [
    "UnableToGive",
    "UnableToPostpone",
    "UnableToRetire",
    "acknowledge",
    "answer",
    "ask",
    "begin",
    "begin_upcoming",
    "break_overdue",
    "check_owners",
    "close",
    "end_review",
    "move",
    "postpone",
    "promise_anew",
    "publish_calendar",
    "publish_target",
    "publish_warnings",
    "raise_alarm",
    "recompute",
    "recompute_calendar",
    "restore_calendar",
    "retire_calendar",
    "stand_still_again",
    "start_review",
    "warn",
]
