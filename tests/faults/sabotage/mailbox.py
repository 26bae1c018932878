"""pass-by-before-keeping: a mail is done with before it is kept. forget-what-was-kept: none is recognised."""

import time
import uuid
from typing import Any

KEEP_AFTER = 0.1


def pass_by_first() -> None:
    """Mark a mail as read and pass it by, and keep it a moment later."""
    from moked.channels import operations
    from moked.channels.email import receiving
    from moked.channels.email.imap import Listed, Session
    from moked.channels.models import MailServer

    receive_mail = receiving._receive_mail

    def receive_after_passing_by(server: MailServer, session: Session, mail: Listed, tries: Any) -> None:
        session.mark_seen(mail.uid)
        operations.note_kept(server, mail.uid)
        time.sleep(KEEP_AFTER)
        receive_mail(server, session, mail, tries)

    receiving._receive_mail = receive_after_passing_by


def recognise_nothing() -> None:
    """Give each mail an id of its own whenever it is fetched."""
    from moked.channels.base import receiving
    from moked.channels.operations import Kept

    keep_message = receiving.keep_message

    def keep_as_new(**columns: Any) -> Kept:
        return keep_message(**columns | {"provider_id": str(uuid.uuid4())})

    receiving.keep_message = keep_as_new
