"""Which notice follows which event, and how its text is filled in."""

import re
from collections.abc import Mapping
from enum import StrEnum

_PLACE = re.compile(r"\{([a-z_]+)\}")


class Kind(StrEnum):
    """What a notice tells."""

    CASE_OPENED = "CASE_OPENED"
    REPLY = "REPLY"
    CASE_CLOSED = "CASE_CLOSED"
    CASE_DECLINED = "CASE_DECLINED"
    CASE_REOPENED = "CASE_REOPENED"
    REVIEW_ANSWERED = "REVIEW_ANSWERED"
    PROMISE_MOVED = "PROMISE_MOVED"
    CASE_JOINED = "CASE_JOINED"
    CASE_MERGED = "CASE_MERGED"
    FOLLOWED_CLOSED = "FOLLOWED_CLOSED"
    FOLLOWED_REOPENED = "FOLLOWED_REOPENED"


# To people whose case it is too: they read what the public may, never what the reporter wrote.
FOR_FOLLOWERS = frozenset({Kind.CASE_JOINED, Kind.FOLLOWED_CLOSED, Kind.FOLLOWED_REOPENED})
AUTOMATIC = {Kind.CASE_OPENED: "auto-replied", Kind.CASE_JOINED: "auto-replied"}
PERSONAL = frozenset({Kind.REPLY})


def auto_submitted(kind: str) -> str | None:
    """Return the Auto-Submitted value of a notice (RFC 3834); None for what a person wrote."""
    return None if kind in PERSONAL else AUTOMATIC.get(Kind(kind), "auto-generated")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put each `{name}` of the fixed list in its place, once; what is filled in is never read again.

    Raises KeyError for a name that is not in `values`, so that a wrong text is found by its test.
    """
    return _PLACE.sub(lambda place: values[place.group(1)], template)
