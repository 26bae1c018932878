"""mark-sent-before-send: a notice is SENT, and its row done, before the mail server has heard of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models.functions import Now

SEND_AFTER = 0.05


def mark_first() -> None:
    """Settle notice and row before the conversation with the mail server."""
    from moked.channels.email import smtp
    from moked.events.models import OutboxRow
    from moked.notices import operations
    from moked.notices.models import Notice

    carry = smtp.carry

    def carry_after_marking(mail: smtp.Mail, *, still_mine: Callable[[], bool]) -> None:
        work: Any = still_mine.__self__  # type: ignore[attr-defined]
        notice = Notice.objects.get(id=work.event.notice_id)
        operations.mark(notice, Notice.State.SENT, now=datetime.now(UTC))
        work.settle(OutboxRow.State.DONE, settled_at=Now(), last_error="")
        time.sleep(SEND_AFTER)
        carry(mail, still_mine=lambda: True)

    smtp.carry = carry_after_marking
