"""What happens to reactions."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReactionsPublished(DomainEvent):
    """A town reacts by other rules from now on; what is a matter of time is to be counted anew."""

    name: ClassVar[str] = "processes.reactions_published"

    revision_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResidentReminded(DomainEvent):
    """A rule reminds the reporter that an answer of theirs is waited for."""

    name: ClassVar[str] = "processes.resident_reminded"

    case_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResidentWrittenTo(DomainEvent):
    """A rule wrote to the reporter in words of the town."""

    name: ClassVar[str] = "processes.resident_written_to"

    case_id: int
    contact_id: int


ALL = (ReactionsPublished, ResidentReminded, ResidentWrittenTo)
