"""What happens to promises."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalendarPublished(DomainEvent):
    """A calendar has other hours from now on; what is open is to be computed anew."""

    name: ClassVar[str] = "sla.calendar_published"

    calendar_id: int
    revision_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromiseBroken(DomainEvent):
    """What was promised for a case was not done in time; `kind` is what it was."""

    name: ClassVar[str] = "sla.promise_broken"

    case_id: int
    commitment_id: int
    kind: str


ALL = (CalendarPublished, PromiseBroken)
