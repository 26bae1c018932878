"""What happens to cases."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseOpened(DomainEvent):
    """A contact became a case."""

    name: ClassVar[str] = "case.opened"

    case_id: int
    service_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResidentWrote(DomainEvent):
    """A resident added something to their case."""

    name: ClassVar[str] = "case.resident_wrote"

    case_id: int
    contact_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReplySent(DomainEvent):
    """A member of staff wrote to the resident."""

    name: ClassVar[str] = "case.reply_sent"

    case_id: int
    contact_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseAssigned(DomainEvent):
    """A case was given to a department or a person."""

    name: ClassVar[str] = "case.assigned"

    case_id: int
    department_id: int | None
    assignee_id: int | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseMoved(DomainEvent):
    """An open case went from one open state to another."""

    name: ClassVar[str] = "case.moved"

    case_id: int
    source: str
    target: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseClosed(DomainEvent):
    """A case was closed; `closing` counts its closings from 1, `contact_id` is the words to the resident."""

    name: ClassVar[str] = "case.closed"

    case_id: int
    service_id: int
    closing: int
    state: str
    contact_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseReopened(DomainEvent):
    """A closed case was opened again by a person."""

    name: ClassVar[str] = "case.reopened"

    case_id: int
    service_id: int
    contact_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReviewOpened(DomainEvent):
    """A resident said a closed case is not finished; a person has to look."""

    name: ClassVar[str] = "case.review_opened"

    case_id: int
    review_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReviewAnswered(DomainEvent):
    """A person looked, left the case closed and said why."""

    name: ClassVar[str] = "case.review_answered"

    case_id: int
    review_id: int
    contact_id: int


ALL = (
    CaseOpened,
    ResidentWrote,
    ReplySent,
    CaseAssigned,
    CaseMoved,
    CaseClosed,
    CaseReopened,
    ReviewOpened,
    ReviewAnswered,
)
