"""What happens to exports."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExportAdvanced(DomainEvent):
    """An export was asked for, or a step of it is done; the next step, counted from 0, is to follow."""

    name: ClassVar[str] = "export.advanced"

    export_id: int
    step: int


ALL = (ExportAdvanced,)
