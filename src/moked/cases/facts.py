"""What rules may ask of a case: the fields of their conditions, by name and type. No database."""

import re
from enum import StrEnum

from moked.base.conditions import FieldType, Kind
from moked.cases.rules import Channel
from moked.catalogue.rules import CaseKind, Priority


class Fact(StrEnum):
    """The fields every case has. Areas are `KIND/code`; days and times are those of its opening, in the town.

    Its words are what was first said, its domain that of the reporter's e-mail address.
    """

    SERVICE = "service"
    LIFE_EVENTS = "life_events"
    KIND = "kind"
    AREAS = "areas"
    AREA_KINDS = "area_kinds"
    CHANNEL = "channel"
    LANGUAGE = "language"
    PRIORITY = "priority"
    WORDS = "words"
    DOMAIN = "domain"
    WEEKDAY = "weekday"
    TIME = "time"


WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
FIELDS: dict[str, FieldType] = {
    Fact.SERVICE: FieldType(Kind.CHOICE),
    Fact.LIFE_EVENTS: FieldType(Kind.CHOICES),
    Fact.KIND: FieldType(Kind.CHOICE, frozenset(CaseKind)),
    Fact.AREAS: FieldType(Kind.CHOICES),
    Fact.AREA_KINDS: FieldType(Kind.CHOICES),
    Fact.CHANNEL: FieldType(Kind.CHOICE, frozenset(Channel)),
    Fact.LANGUAGE: FieldType(Kind.CHOICE),
    Fact.PRIORITY: FieldType(Kind.CHOICE, frozenset(Priority)),
    Fact.WORDS: FieldType(Kind.TEXT),
    Fact.DOMAIN: FieldType(Kind.TEXT),
    Fact.WEEKDAY: FieldType(Kind.CHOICE, frozenset(WEEKDAYS)),
    Fact.TIME: FieldType(Kind.TIME),
}
_ANSWER = re.compile(r"answer\.(?P<code>.+)")


def answer_field(code: str) -> str:
    """Return the field that holds the answer to a question."""
    return f"answer.{code}"


def question_of(field: str) -> str | None:
    """Return the code of the question whose answer a field holds; None when it holds something else."""
    found = _ANSWER.fullmatch(field)
    return found["code"] if found else None
