"""What an export of cases holds, and for whom."""

import dataclasses
import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from moked.accounts.rules import Actor
from moked.base.spreadsheets import begins_formula

CLOSED, ANY = "closed", "any"
"""What may be chosen beside the views of the queue: closed cases, and all of them."""

RIGHT_TO_LEFT = frozenset({"he", "ar"})
AT_ONCE = 1_000
KEPT_FOR = timedelta(days=7)
MOST_IN_WORKBOOK = 50_000
"""A workbook cannot be made in steps: this many keep the worker from other work for some ten seconds."""
LONGEST_CELL = 32_767
LONGEST_SHEET_NAME = 31


class Format(StrEnum):
    """The kinds of file: tables of cases, and all that happened on them as several tables in one file."""

    XLSX = "XLSX"
    CSV = "CSV"
    ZIP = "ZIP"


class State(StrEnum):
    """Where an export stands; DENIED when who asked no longer sees cases."""

    ASKED = "ASKED"
    READY = "READY"
    DENIED = "DENIED"


class Column(StrEnum):
    """What is told of each case, in this order."""

    NUMBER = "NUMBER"
    TITLE = "TITLE"
    KIND = "KIND"
    SERVICE = "SERVICE"
    DEPARTMENT = "DEPARTMENT"
    STATE = "STATE"
    OUTCOME = "OUTCOME"
    CHANNEL = "CHANNEL"
    LANGUAGE = "LANGUAGE"
    OPENED = "OPENED"
    FIRST_ANSWER = "FIRST_ANSWER"
    PROMISED = "PROMISED"
    CLOSED = "CLOSED"
    ADDRESS = "ADDRESS"
    DISTRICT = "DISTRICT"
    LABELS = "LABELS"
    LATITUDE = "LATITUDE"
    LONGITUDE = "LONGITUDE"
    NAME = "NAME"
    PHONE = "PHONE"
    EMAIL = "EMAIL"


MOMENTS = frozenset({Column.OPENED, Column.FIRST_ANSWER, Column.PROMISED, Column.CLOSED})
NUMBERS = frozenset({Column.LATITUDE, Column.LONGITUDE})
CONTACTS = frozenset({Column.NAME, Column.PHONE, Column.EMAIL})


@dataclasses.dataclass(frozen=True)
class Selection:
    """Which cases: `which` is a view of the queue, CLOSED or ANY; `service` a slug, `label` a code, or ''.

    The days a case was opened are the town's, both included.
    """

    which: str = "all"
    service: str = ""
    opened_from: date | None = None
    opened_to: date | None = None
    label: str = ""

    def as_document(self) -> dict[str, Any]:
        """Return what JSON can hold, without what was not chosen."""
        said = {key: str(value) for key, value in dataclasses.asdict(self).items() if value}
        return dict(sorted(said.items()))

    @classmethod
    def from_document(cls, document: dict[str, str]) -> Self:
        """Return what `as_document` described."""
        days = {key: date.fromisoformat(document[key]) for key in _DAYS if key in document}
        return cls(**{**document, **days})  # type: ignore[arg-type]


_DAYS = ("opened_from", "opened_to")


def columns_for(actor: Actor) -> tuple[Column, ...]:
    """Return the columns that somebody may have: contact details only if they see any of them unmasked."""
    sees_contacts = actor.works_town_wide or bool(actor.managed_ids)
    return tuple(column for column in Column if sees_contacts or column not in CONTACTS)


def rights_of(actor: Actor) -> dict[str, list[Any]]:
    """Return what decides which cases somebody sees and how much of them, as JSON can hold it."""
    return {
        "roles": sorted(actor.roles),
        "departments": sorted(actor.department_ids),
        "managed": sorted(actor.managed_ids),
    }


def still_covers(now: dict[str, list[Any]], then: dict[str, list[Any]]) -> bool:
    """Tell whether nothing was taken from the rights that somebody had then."""
    return all(set(held) <= set(now.get(kind, [])) for kind, held in then.items())


_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell_text(text: str) -> str:
    """Return text that a cell of a workbook can hold: what XML cannot is replaced, what is too long cut."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", lines)[:LONGEST_CELL]


def sheet_name(words: str) -> str:
    """Return a name that a sheet can have; words that give none become "1"."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", cell_text(words)).strip(" '")
    while plain and begins_formula(plain):
        plain = plain[1:].strip(" '")
    return plain[:LONGEST_SHEET_NAME].strip(" '") or "1"


def file_name(town: str, on: date, kind: str) -> str:
    """Return the name a browser keeps the file under; `town` is a slug."""
    what = "timeline" if kind == Format.ZIP else "cases"
    return f"{what}-{town}-{on.isoformat()}.{kind.lower()}"
