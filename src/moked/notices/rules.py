"""Which notice follows which event, and whether it came by itself."""

from enum import StrEnum


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


class StaffKind(StrEnum):
    """What a colleague is told: a promise is at risk or was broken, a case is urgent, a body has answered,
    a rule draws attention to a case, a mail to a resident did not arrive, the resident of a case of theirs
    wrote, somebody praised them.
    """

    AT_RISK = "AT_RISK"
    BROKEN = "BROKEN"
    URGENT = "URGENT"
    BODY_ANSWERED = "BODY_ANSWERED"
    REACTED = "REACTED"
    BOUNCED = "BOUNCED"
    RESIDENT_WROTE = "RESIDENT_WROTE"
    PRAISED = "PRAISED"


# In the line above which colleagues answer a mail by mail; what stands below it is ours.
REPLY_LINE = "##-##"

# To people whose case it is too: they read what the public may, never what the reporter wrote.
FOR_FOLLOWERS = frozenset({Kind.CASE_JOINED, Kind.FOLLOWED_CLOSED, Kind.FOLLOWED_REOPENED})
AUTOMATIC = dict.fromkeys((Kind.CASE_OPENED, Kind.CASE_JOINED, Kind.WORDS_REOPENED), "auto-replied")
PERSONAL = frozenset({Kind.REPLY})


def auto_submitted(kind: str) -> str | None:
    """Return the Auto-Submitted value of a notice (RFC 3834); None for what a person wrote."""
    return None if kind in PERSONAL else AUTOMATIC.get(Kind(kind), "auto-generated")
