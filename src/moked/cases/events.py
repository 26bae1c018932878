"""What happens to cases."""

import dataclasses
from datetime import datetime
from typing import ClassVar

from moked.base.event import DomainEvent
from moked.catalogue.rules import Priority


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseOpened(DomainEvent):
    """A contact became a case; its priority is that of its service."""

    name: ClassVar[str] = "case.opened"

    case_id: int
    service_id: int
    priority: str = Priority.NORMAL


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResidentWrote(DomainEvent):
    """A resident added something to their case."""

    name: ClassVar[str] = "case.resident_wrote"

    case_id: int
    contact_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class FollowerWrote(DomainEvent):
    """Somebody whose case it is too said something about it."""

    name: ClassVar[str] = "case.follower_wrote"

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
    """A case was given to a department, a team of it or a person."""

    name: ClassVar[str] = "case.assigned"

    case_id: int
    department_id: int | None
    assignee_id: int | None
    team_id: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseMoved(DomainEvent):
    """An open case went from one open state to another; `until` is when scheduled work is to be done, or
    an external body is to have answered. The `reason` says why it waits no more, where that ended by itself.
    """

    name: ClassVar[str] = "case.moved"

    case_id: int
    source: str
    target: str
    until: datetime | None = None
    reason: str = ""


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
    """A closed case was opened again: by a person with words to the resident (`contact_id`), or by the
    resident's own words, where the town says so.
    """

    name: ClassVar[str] = "case.reopened"

    case_id: int
    service_id: int
    contact_id: int | None


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceChanged(DomainEvent):
    """An open case turned out to be about another service."""

    name: ClassVar[str] = "case.service_changed"

    case_id: int
    before_id: int
    service_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PriorityChanged(DomainEvent):
    """An open case is to be seen to sooner or later than before."""

    name: ClassVar[str] = "case.priority_changed"

    case_id: int
    before: str
    priority: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class DangerNoted(DomainEvent):
    """A case is dangerous and no change of its priority tells of it: it is closed, or has been in between."""

    name: ClassVar[str] = "case.danger_noted"

    case_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class KindChanged(DomainEvent):
    """An open case turned out to be of another kind, such as praise, under the same service."""

    name: ClassVar[str] = "case.kind_changed"

    case_id: int
    service_id: int
    before: str
    kind: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseLabelled(DomainEvent):
    """Labels were put on a case or taken off, by their ids."""

    name: ClassVar[str] = "case.labelled"

    case_id: int
    added: tuple[int, ...]
    removed: tuple[int, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlaceChanged(DomainEvent):
    """An open case turned out to be somewhere else."""

    name: ClassVar[str] = "case.place_changed"

    case_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromiseMoved(DomainEvent):
    """The moment a resident was told by is another now."""

    name: ClassVar[str] = "case.promise_moved"

    case_id: int
    promised_at: datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseJoined(DomainEvent):
    """Somebody said that a case is theirs too; `is_new` when they did not take part in it before."""

    name: ClassVar[str] = "case.joined"

    case_id: int
    participant_id: int
    is_new: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class AddressCorrected(DomainEvent):
    """An address was noted wrong: what is told about a case goes to the right one from now on."""

    name: ClassVar[str] = "case.address_corrected"

    case_id: int
    participant_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseMerged(DomainEvent):
    """An open case was joined into another about the same matter."""

    name: ClassVar[str] = "case.merged"

    case_id: int
    service_id: int
    into_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseUnmerged(DomainEvent):
    """A merged case was taken out again and is open as before."""

    name: ClassVar[str] = "case.unmerged"

    case_id: int
    service_id: int
    from_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckAsked(DomainEvent):
    """A department calls a case finished; the centre is to confirm it."""

    name: ClassVar[str] = "case.check_asked"

    case_id: int
    check_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckDecided(DomainEvent):
    """The centre sent work back to the department; a confirmed check is told by the closing."""

    name: ClassVar[str] = "case.check_decided"

    case_id: int
    confirmed: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class CasesRecorded(DomainEvent):
    """Cases of the past were written with all that happened to them; only projections are told."""

    name: ClassVar[str] = "cases.recorded"

    case_ids: tuple[int, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CasesWithdrawn(DomainEvent):
    """Cases of the past that had been written were taken out again, as if they had never been there."""

    name: ClassVar[str] = "cases.withdrawn"

    case_ids: tuple[int, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportersChanged(DomainEvent):
    """Whose these cases are is known otherwise: a resident was merged into another, or taken out again."""

    name: ClassVar[str] = "cases.reporters_changed"

    case_ids: tuple[int, ...]


ALL = (
    CaseOpened,
    AddressCorrected,
    ResidentWrote,
    FollowerWrote,
    ReplySent,
    CaseAssigned,
    CaseMoved,
    CaseClosed,
    CaseReopened,
    ReviewOpened,
    ReviewAnswered,
    ServiceChanged,
    PriorityChanged,
    DangerNoted,
    KindChanged,
    CaseLabelled,
    PlaceChanged,
    PromiseMoved,
    CaseJoined,
    CaseMerged,
    CaseUnmerged,
    CheckAsked,
    CheckDecided,
    CasesRecorded,
    CasesWithdrawn,
    ReportersChanged,
)
