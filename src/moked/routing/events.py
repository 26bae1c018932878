"""What routing decides that is done afterwards."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class BodyChosen(DomainEvent):
    """A rule wants a case to be handed to an external body."""

    name: ClassVar[str] = "routing.body_chosen"

    case_id: int
    body_id: int


ALL = (BodyChosen,)
