"""What reactions may ask of a case, besides what all rules may: where it stands now. No database."""

from enum import StrEnum

from moked.base.conditions import FieldType, Kind
from moked.cases import facts
from moked.cases.rules import Outcome, PromiseState, State


class Fact(StrEnum):
    """More fields. `rating`, `fixed` and `has_words` are of the survey last answered; `joined` is how many
    others said that the case is theirs too; `labels` are codes.
    """

    STATE = "state"
    OUTCOME = "outcome"
    DEPARTMENT = "department"
    TEAM = "team"
    IS_ASSIGNED = "is_assigned"
    WAS_REOPENED = "was_reopened"
    PROMISE = "promise"
    JOINED = "joined"
    RATING = "rating"
    FIXED = "fixed"
    HAS_WORDS = "has_words"
    LABELS = "labels"


SURVEYED = (Fact.RATING, Fact.FIXED, Fact.HAS_WORDS)
FIELDS: dict[str, FieldType] = facts.FIELDS | {
    Fact.STATE: FieldType(Kind.CHOICE, frozenset(State)),
    Fact.OUTCOME: FieldType(Kind.CHOICE, frozenset(Outcome)),
    Fact.DEPARTMENT: FieldType(Kind.CHOICE),
    Fact.TEAM: FieldType(Kind.CHOICE),
    Fact.IS_ASSIGNED: FieldType(Kind.YES_NO),
    Fact.WAS_REOPENED: FieldType(Kind.YES_NO),
    Fact.PROMISE: FieldType(Kind.CHOICE, frozenset(PromiseState)),
    Fact.JOINED: FieldType(Kind.NUMBER),
    Fact.RATING: FieldType(Kind.NUMBER),
    Fact.FIXED: FieldType(Kind.CHOICE, frozenset({"YES", "NO", "CANT_TELL"})),
    Fact.HAS_WORDS: FieldType(Kind.YES_NO),
    Fact.LABELS: FieldType(Kind.CHOICES),
}
