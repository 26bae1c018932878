"""States of a case, how it moves between them, outcomes, and the number. Plain values, no database."""

import dataclasses
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from stdnum.iso7064 import mod_11_10

from moked.catalogue.rules import Priority


class State(StrEnum):
    """Where a case stands, in words a resident understands."""

    RECEIVED = "RECEIVED"
    IN_PROGRESS = "IN_PROGRESS"
    SCHEDULED = "SCHEDULED"
    WAITING_FOR_RESIDENT = "WAITING_FOR_RESIDENT"
    WITH_EXTERNAL_BODY = "WITH_EXTERNAL_BODY"
    RESOLVED = "RESOLVED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"


OPEN = (
    State.RECEIVED,
    State.IN_PROGRESS,
    State.SCHEDULED,
    State.WAITING_FOR_RESIDENT,
    State.WITH_EXTERNAL_BODY,
)
CLOSED = (State.RESOLVED, State.DECLINED, State.WITHDRAWN, State.MERGED)


class Step(StrEnum):
    """What moves a case from one state to another."""

    BY_HAND = "BY_HAND"
    RESIDENT_ANSWERS = "RESIDENT_ANSWERS"
    BODY_ANSWERS = "BODY_ANSWERS"
    TIMES_OUT = "TIMES_OUT"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    MERGE = "MERGE"
    UNMERGE = "UNMERGE"


@dataclasses.dataclass(frozen=True)
class Transition:
    """One allowed move."""

    source: State
    step: Step
    target: State


WAITING = (State.SCHEDULED, State.WAITING_FOR_RESIDENT, State.WITH_EXTERNAL_BODY)
_WORKING = (State.IN_PROGRESS, *WAITING)

TRANSITIONS = (
    *(Transition(source, Step.BY_HAND, target) for source in OPEN for target in _WORKING if source != target),
    Transition(State.WAITING_FOR_RESIDENT, Step.RESIDENT_ANSWERS, State.IN_PROGRESS),
    Transition(State.WITH_EXTERNAL_BODY, Step.BODY_ANSWERS, State.IN_PROGRESS),
    *(Transition(source, Step.TIMES_OUT, State.IN_PROGRESS) for source in WAITING),
    *(
        Transition(source, Step.CLOSE, target)
        for source in OPEN
        for target in (State.RESOLVED, State.DECLINED, State.WITHDRAWN)
    ),
    *(
        Transition(source, Step.REOPEN, State.IN_PROGRESS)
        for source in (State.RESOLVED, State.DECLINED, State.WITHDRAWN)
    ),
    *(Transition(source, Step.MERGE, State.MERGED) for source in OPEN),
    *(Transition(State.MERGED, Step.UNMERGE, target) for target in OPEN),
)
_ALLOWED = frozenset((move.source, move.step, move.target) for move in TRANSITIONS)


def may_move(source: str, step: Step, target: str) -> bool:
    """Tell whether a case may go from one state to another by this step."""
    return (source, step, target) in _ALLOWED


def targets_by_hand(source: str) -> list[State]:
    """Return the states a person may set on a case in `source`, closing aside."""
    return [move.target for move in TRANSITIONS if move.source == source and move.step == Step.BY_HAND]


class Outcome(StrEnum):
    """Why a case was closed."""

    FIXED = "FIXED"
    ANSWERED = "ANSWERED"
    NOTHING_FOUND = "NOTHING_FOUND"
    NOT_POSSIBLE = "NOT_POSSIBLE"
    NOT_OURS = "NOT_OURS"
    WITHDRAWN_BY_RESIDENT = "WITHDRAWN_BY_RESIDENT"


STATE_OF_OUTCOME = {
    Outcome.FIXED: State.RESOLVED,
    Outcome.ANSWERED: State.RESOLVED,
    Outcome.NOTHING_FOUND: State.RESOLVED,
    Outcome.NOT_POSSIBLE: State.DECLINED,
    Outcome.NOT_OURS: State.DECLINED,
    Outcome.WITHDRAWN_BY_RESIDENT: State.WITHDRAWN,
}
SURVEYED = frozenset({State.RESOLVED, State.DECLINED})

WITHOUT_PROMISE = timedelta(days=5)
"""Where a case that nothing is promised for stands in the queue: as if it were due then.

So it neither waits for ever nor overtakes what was promised.
"""

BEFORE_ALL_OTHERS = timedelta(days=40 * 365)
"""How far before its opening an urgent case stands in the queue: in front, the oldest first."""


def queue_moment_without_promise(priority: str, opened_at: datetime) -> datetime:
    """Return where a case stands in the queue for which nothing is due."""
    return opened_at - BEFORE_ALL_OTHERS if priority == Priority.URGENT else opened_at + WITHOUT_PROMISE


# How often words on a closed case open it by themselves, so that two programs which answer each other as
# people do cannot go on for ever: from then on a person looks.
MOST_REOPENED_BY_WORDS = 3
REOPENED_BY_WORDS_WITHIN = timedelta(days=30)

LONGEST_BODY = 10_000
LONGEST_TITLE = 100
LONGEST_ADDRESS = 200
LONGEST_TYPED_NUMBER = 40
LONGEST_FILE_NAME = 200
MOST_PHOTOS = 10


class Channel(StrEnum):
    """The way a contact came or went; UNKNOWN only where an imported history does not say."""

    WEB = "WEB"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    COUNTER = "COUNTER"
    LETTER = "LETTER"
    APP = "APP"
    API = "API"
    UNKNOWN = "UNKNOWN"


class Origin(StrEnum):
    """In whose name a case was opened: a resident's, a member of staff's own, or the town's."""

    RESIDENT = "RESIDENT"
    STAFF = "STAFF"
    TOWN = "TOWN"


class PromiseState(StrEnum):
    """How the promise of a case stands; a case without one has none of these."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    KEPT = "KEPT"
    BROKEN = "BROKEN"


class LinkKind(StrEnum):
    """How two cases have to do with each other."""

    RELATED = "RELATED"
    SUGGESTED = "SUGGESTED"
    SPLIT_FROM = "SPLIT_FROM"
    FOLLOWS = "FOLLOWS"


# Bonds that say where a case came from; they stay.
CAME_OUT_OF = frozenset({LinkKind.SPLIT_FROM, LinkKind.FOLLOWS})


class Wants(StrEnum):
    """What somebody on a case wants to be told by itself: all of it, how it ends, or nothing more."""

    EVERYTHING = "EVERYTHING"
    OUTCOME = "OUTCOME"
    NOTHING = "NOTHING"


class PhotoKind(StrEnum):
    """What a photo shows: the matter as reported, something sent later, or the finished work."""

    REPORT = "REPORT"
    CONTACT = "CONTACT"
    PROOF = "PROOF"


class ChangeKind(StrEnum):
    """What a change on the timeline is about."""

    OPENED = "OPENED"
    STATE = "STATE"
    ANSWERED = "ANSWERED"
    DEPARTMENT = "DEPARTMENT"
    TEAM = "TEAM"
    ASSIGNEE = "ASSIGNEE"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    REVIEW_OPENED = "REVIEW_OPENED"
    REVIEW_ANSWERED = "REVIEW_ANSWERED"
    ROUTED = "ROUTED"
    SERVICE = "SERVICE"
    PLACE = "PLACE"
    PROMISE = "PROMISE"
    JOINED = "JOINED"
    MERGED = "MERGED"
    MERGED_HERE = "MERGED_HERE"
    UNMERGED = "UNMERGED"
    UNMERGED_HERE = "UNMERGED_HERE"
    SPLIT_OFF = "SPLIT_OFF"
    SPLIT_FROM = "SPLIT_FROM"
    FOLLOWED = "FOLLOWED"
    FOLLOWS = "FOLLOWS"
    LINKED = "LINKED"
    UNLINKED = "UNLINKED"
    CHECK_ASKED = "CHECK_ASKED"
    CHECK_PASSED = "CHECK_PASSED"
    CHECK_SENT_BACK = "CHECK_SENT_BACK"
    PUBLIC_EDITED = "PUBLIC_EDITED"
    PUBLIC_HIDDEN = "PUBLIC_HIDDEN"
    PRIORITY = "PRIORITY"
    KIND = "KIND"
    PRAISED = "PRAISED"
    DANGER = "DANGER"
    LABELLED = "LABELLED"
    UNLABELLED = "UNLABELLED"
    WARNED = "WARNED"
    REACTED = "REACTED"
    HANDED_OVER = "HANDED_OVER"
    TAKEN_BACK = "TAKEN_BACK"
    BODY_ACCEPTED = "BODY_ACCEPTED"
    BODY_ASKED = "BODY_ASKED"
    BODY_WROTE = "BODY_WROTE"
    BODY_TOLD = "BODY_TOLD"
    BODY_DONE = "BODY_DONE"
    BODY_NOT_OURS = "BODY_NOT_OURS"
    BODY_LATE = "BODY_LATE"


class MoveReason(StrEnum):
    """Why a case left a waiting state by itself; a person decides what to do now."""

    NO_ANSWER = "NO_ANSWER"
    DATE_PASSED = "DATE_PASSED"
    BODY_SILENT = "BODY_SILENT"


BY_SERVICE = "SERVICE"
"""The reason of a change that no rule and no person decided, but what is set down for the service."""


class ShareReason(StrEnum):
    """Why somebody of a team got a case that came to it."""

    TURN = "TURN"
    LEAST_LOADED = "LEAST_LOADED"


TIME_OUT_REASON = {
    State.WAITING_FOR_RESIDENT: MoveReason.NO_ANSWER,
    State.SCHEDULED: MoveReason.DATE_PASSED,
    State.WITH_EXTERNAL_BODY: MoveReason.BODY_SILENT,
}


class ReviewReason(StrEnum):
    """Why a person has to look at a closed case again."""

    NOT_FIXED = "NOT_FIXED"
    WROTE_AGAIN = "WROTE_AGAIN"
    BY_RULE = "BY_RULE"


def case_number(year: int, running: int) -> str:
    """Return `YY-NNNNNN-C`, the check digit by ISO 7064 MOD 11,10 over the eight digits before it."""
    digits = f"{year % 100:02d}{running:06d}"
    return f"{digits[:2]}-{digits[2:]}-{mod_11_10.calc_check_digit(digits)}"


def read_number(typed: str) -> str | None:
    """Return the number somebody typed, with or without dashes, in its proper form; None if it is none."""
    digits = "".join(char for char in typed if char.isdecimal())
    digits = "".join(str(int(char)) for char in digits)
    if len(digits) < 9 or not mod_11_10.is_valid(digits):
        return None
    return f"{digits[:2]}-{digits[2:-1]}-{digits[-1]}"


_RUNNING = re.compile(r"#?\s*(\d{1,6})")
_IN_PARTS = re.compile(r"#?\s*(?:20)?(\d{2})[\s\-./\u2010-\u2015]*(\d{1,6})")


def is_running_number(typed: str) -> bool:
    """Tell whether this may be the running number of a case, its year and check digit left out."""
    return bool(_RUNNING.fullmatch(typed.strip()))


def numbers_meant(typed: str, years: Iterable[int]) -> list[str]:
    """Return the case numbers that somebody may mean who typed this, in their proper form.

    `26-000123-4` in any form, `26-123` without the check digit, and `123` in each of the years.
    """
    if whole := read_number(typed) if len(typed) <= LONGEST_TYPED_NUMBER else None:
        return [whole]
    if match := _RUNNING.fullmatch(typed.strip()):
        return [case_number(year, int(match[1])) for year in years]
    if match := _IN_PARTS.fullmatch(typed.strip()):
        return [case_number(int(match[1]), int(match[2]))]
    return []


# Tried at the beginning of each word only, or long words take the square of their length.
_ADDRESS_OF_MAIL = re.compile(r"(?<![^\s@])[^\s@]+@[^\s@]+")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s\-./()]*\d){5,}")


def without_contact_details(text: str) -> str:
    """Return public words with each e-mail address and each number of six digits or more left out.

    People write their phone number and identity number into what they report; the public must not read them.
    """
    return _LONG_NUMBER.sub("…", _ADDRESS_OF_MAIL.sub("…", text))
