"""Which notice follows which event, whether it came by itself, who wants it and when it may be sent."""

import dataclasses
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from moked.base.civil_time import DAY_MINUTES
from moked.cases.rules import Wants


class Kind(StrEnum):
    """What a notice tells."""

    CASE_OPENED = "CASE_OPENED"
    REPLY = "REPLY"
    CASE_CLOSED = "CASE_CLOSED"
    CASE_DECLINED = "CASE_DECLINED"
    CASE_REOPENED = "CASE_REOPENED"
    WORDS_REOPENED = "WORDS_REOPENED"
    REVIEW_ANSWERED = "REVIEW_ANSWERED"
    PROMISE_MOVED = "PROMISE_MOVED"
    CASE_JOINED = "CASE_JOINED"
    CASE_MERGED = "CASE_MERGED"
    FOLLOWED_CLOSED = "FOLLOWED_CLOSED"
    FOLLOWED_REOPENED = "FOLLOWED_REOPENED"
    REMINDER = "REMINDER"
    BY_RULE = "BY_RULE"
    HANDED_OVER = "HANDED_OVER"
    CAME_BACK = "CAME_BACK"


class StaffKind(StrEnum):
    """What a colleague is told: a promise is at risk or was broken, a case is urgent, a body has answered,
    a rule draws attention to a case, a mail to a resident did not arrive, two programs may answer each other,
    the resident of a case of theirs wrote, somebody praised them, what a case waited for has not come.
    """

    AT_RISK = "AT_RISK"
    BROKEN = "BROKEN"
    URGENT = "URGENT"
    BODY_ANSWERED = "BODY_ANSWERED"
    REACTED = "REACTED"
    BOUNCED = "BOUNCED"
    LOOPING = "LOOPING"
    RESIDENT_WROTE = "RESIDENT_WROTE"
    PRAISED = "PRAISED"
    NO_ANSWER = "NO_ANSWER"
    DATE_PASSED = "DATE_PASSED"
    BODY_SILENT = "BODY_SILENT"


class WhyNot(StrEnum):
    """Why a notice was not even given to the mail server."""

    UNDELIVERABLE = "UNDELIVERABLE"
    NO_ADDRESS = "NO_ADDRESS"
    UNWANTED = "UNWANTED"
    TOLD_ALREADY = "TOLD_ALREADY"
    BY_A_PROGRAM = "BY_A_PROGRAM"
    TO_A_PROGRAM = "TO_A_PROGRAM"
    NONE_WANTED = "NONE_WANTED"
    TOO_MANY = "TOO_MANY"


# What did not arrive, where it was no mail to the resident.
TO_BODY = "BODY"

# In the line above which colleagues answer a mail by mail; what stands below it is ours.
REPLY_LINE = "##-##"

# To people whose case it is too: they read what the public may, never what the reporter wrote.
FOR_FOLLOWERS = frozenset({Kind.CASE_JOINED, Kind.FOLLOWED_CLOSED, Kind.FOLLOWED_REOPENED})
AUTOMATIC = dict.fromkeys((Kind.CASE_OPENED, Kind.CASE_JOINED, Kind.WORDS_REOPENED), "auto-replied")
PERSONAL = frozenset({Kind.REPLY})


def auto_submitted(kind: str) -> str | None:
    """Return the Auto-Submitted value of a notice (RFC 3834); None for what a person wrote."""
    return None if kind in PERSONAL else AUTOMATIC.get(Kind(kind), "auto-generated")


# What is told whatever somebody chose: an answer of a colleague, and what they have a right to know.
ALWAYS = frozenset({Kind.REPLY, Kind.REVIEW_ANSWERED, Kind.CASE_DECLINED})
OUTCOMES = ALWAYS | {Kind.CASE_CLOSED, Kind.CASE_REOPENED, Kind.FOLLOWED_CLOSED, Kind.FOLLOWED_REOPENED}


def is_wanted(kind: str, wants: str) -> bool:
    """Tell whether somebody is told this who wants to be told so much."""
    if wants == Wants.NOTHING:
        return kind in ALWAYS
    return wants == Wants.EVERYTHING or kind in OUTCOMES


# What cannot wait: a colleague's words, and that a report has arrived.
NEVER_QUIET = PERSONAL | AUTOMATIC.keys()


class BadHours(Exception):
    """Hours are outside of a day."""


@dataclasses.dataclass(frozen=True)
class QuietHours:
    """When nothing is sent by itself, in minutes after midnight; over midnight, or never if both are one."""

    begins: int = 21 * 60
    ends: int = 7 * 60

    def check(self) -> None:
        """Raise BadHours for what no clock shows."""
        if not (0 <= self.begins < DAY_MINUTES and 0 <= self.ends < DAY_MINUTES):
            raise BadHours

    def until(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return in UTC when the quiet that is now ends by the clocks of a zone; None when it is not quiet.

        Where clocks show the end twice, it is the next of the two; where they skip it, as much later.
        """
        local = now.astimezone(zone)
        minute = local.hour * 60 + local.minute
        is_over_midnight = self.begins > self.ends
        if is_over_midnight:
            is_quiet = minute >= self.begins or minute < self.ends
        else:
            is_quiet = self.begins <= minute < self.ends
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=int(is_over_midnight and minute >= self.begins))
        end = datetime.combine(day, time(self.ends // 60, self.ends % 60), zone)
        moments = (end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return next((moment for moment in moments if moment > now), None)


NEVER = QuietHours(0, 0)
