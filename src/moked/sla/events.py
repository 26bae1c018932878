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


ALL = (CalendarPublished,)
