"""What becomes of a message that came in."""

from enum import StrEnum


class State(StrEnum):
    """How far a stored message is: not read yet, read and acted upon, set aside for a person, thrown away."""

    STORED = "STORED"
    TAKEN = "TAKEN"
    QUARANTINED = "QUARANTINED"
    DISCARDED = "DISCARDED"


class Outcome(StrEnum):
    """What a message turned out to be."""

    CONTACT = "CONTACT"
    DELIVERY_EVENT = "DELIVERY_EVENT"
    IGNORED_BY_RULE = "IGNORED_BY_RULE"
    QUARANTINE = "QUARANTINE"


# Why a message came to nothing: it had come before, by another way.
SEEN_BEFORE = "SEEN_BEFORE"
