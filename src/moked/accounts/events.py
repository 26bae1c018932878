"""What happens to accounts."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class SignInMailRequested(DomainEvent):
    """Somebody asked for a mail about their own account; no secret is kept here."""

    name: ClassVar[str] = "account.sign_in_mail_requested"

    user_id: int
    template: str
    language: str
