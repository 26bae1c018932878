"""Every write of what is promised: the town's calendars and targets, and the commitments of cases."""

from moked.sla.operations.clock import (
    acknowledge,
    answer,
    ask,
    begin,
    break_overdue,
    close,
    end_review,
    move,
    promise_anew,
    recompute,
    recompute_calendar,
    stand_still_again,
    start_review,
)
from moked.sla.operations.settings import (
    UnableToRetire,
    begin_upcoming,
    publish_calendar,
    publish_target,
    restore_calendar,
    retire_calendar,
)
from moked.sla.operations.warnings import UnableToPostpone, postpone, publish_warnings, warn

__all__ = [
    "UnableToPostpone",
    "UnableToRetire",
    "acknowledge",
    "answer",
    "ask",
    "begin",
    "begin_upcoming",
    "break_overdue",
    "close",
    "end_review",
    "move",
    "postpone",
    "promise_anew",
    "publish_calendar",
    "publish_target",
    "publish_warnings",
    "recompute",
    "recompute_calendar",
    "restore_calendar",
    "retire_calendar",
    "stand_still_again",
    "start_review",
    "warn",
]
