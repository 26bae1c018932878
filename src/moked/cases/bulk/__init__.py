"""The bulk form of opening, working on and closing cases: whole histories, committed in small batches."""

from moked.cases.bulk.past import (
    PastAssignment,
    PastCase,
    PastClosing,
    PastFollower,
    PastMessage,
    PastMove,
    PastNote,
    PastReopening,
    PastReview,
    PastReviewAnswer,
    PastStep,
)
from moked.cases.bulk.timeline import promise_moved
from moked.cases.bulk.writing import Beside, Written, open_many

__all__ = [
    "Beside",
    "PastAssignment",
    "PastCase",
    "PastClosing",
    "PastFollower",
    "PastMessage",
    "PastMove",
    "PastNote",
    "PastReopening",
    "PastReview",
    "PastReviewAnswer",
    "PastStep",
    "Written",
    "open_many",
    "promise_moved",
]
