"""What happens to hand-overs."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseHandedOver(DomainEvent):
    """A case was handed to an external body; it stays open for the resident."""

    name: ClassVar[str] = "handover.made"

    hand_over_id: int
    case_id: int
    body_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class BodyAnswered(DomainEvent):
    """A body said something about a case by its link; `is_late` when nobody waited for it any more."""

    name: ClassVar[str] = "handover.answered"

    hand_over_id: int
    case_id: int
    statement_id: int
    kind: str
    is_late: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseCameBack(DomainEvent):
    """A case is with its body no more and still to be seen to; the `state` of the hand-over says why."""

    name: ClassVar[str] = "handover.came_back"

    hand_over_id: int
    case_id: int
    state: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class BodyMailPlanned(DomainEvent):
    """A mail to a body is ready to be sent."""

    name: ClassVar[str] = "handover.mail_planned"

    mail_id: int


ALL = (CaseHandedOver, BodyAnswered, CaseCameBack, BodyMailPlanned)
