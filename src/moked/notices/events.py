"""What happens to notices."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoticePlanned(DomainEvent):
    """A notice is ready to be sent."""

    name: ClassVar[str] = "notice.planned"

    notice_id: int


ALL = (NoticePlanned,)
