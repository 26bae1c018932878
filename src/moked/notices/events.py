"""What happens to notices."""

import dataclasses
from datetime import datetime
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoticePlanned(DomainEvent):
    """A notice is ready to be sent."""

    name: ClassVar[str] = "notice.planned"

    notice_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CaseAcknowledged(DomainEvent):
    """The mail with number and link was handed over; it went out by itself and answers nothing."""

    name: ClassVar[str] = "notice.case_acknowledged"

    case_id: int
    at: datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class StaffMailPlanned(DomainEvent):
    """A colleague is to be told by mail too."""

    name: ClassVar[str] = "notice.staff_mail_planned"

    staff_notice_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class MailboxMailPlanned(DomainEvent):
    """An administrator is to be told that a mailbox is not read, or that it is again; `since` it is so."""

    name: ClassVar[str] = "notice.mailbox_mail_planned"

    server_id: int
    user_id: int
    is_well: bool
    since: datetime


ALL = (NoticePlanned, CaseAcknowledged, StaffMailPlanned, MailboxMailPlanned)
