"""Mails by which colleagues answer what they were told: a note, or words that go to the resident.

Such words speak for the town. They are taken only with the secret that this colleague was sent, from an
address of theirs that our mail server vouches for, and as far as they may write on the case at this moment.
"""

import re
from datetime import datetime

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.base.text import clean_body
from moked.cases import operations as cases
from moked.cases.models import Contact
from moked.channels.email.authentication import is_proven
from moked.channels.email.reading.mail import Kind, ReadMail
from moked.notices.models import StaffNotice
from moked.notices.rules import REPLY_LINE, StaffKind
from moked.residents.rules import normalise_email

_MARK = re.compile(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]*@(note|reply)\b[\s:,.]*", re.IGNORECASE)
_NO_RIGHT = frozenset({"NOT_FOUND", "NOT_ALLOWED"})


class NotTaken(Exception):
    """The words are not a colleague's, or not theirs to say; a person looks at them.

    `code` is STAFF_MACHINE, STAFF_NOT_TAKEN (this mailbox proves nobody), STAFF_ADDRESS, STAFF_UNPROVEN,
    STAFF_NO_RIGHT or STAFF_FILES.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def write(
    notice: StaffNotice, mail: ReadMail, *, authserv_id: str, now: datetime, submission: str
) -> Contact | None:
    """Write on a case what a colleague answered to a mail of ours; return the words to the resident.

    None for a note. Raises NotTaken, and cases.UnableToChangeCase (NOTHING_SAID).
    """
    _check(notice.user, mail, authserv_id)
    by = actor_for(notice.user, notice.municipality_id)
    if by is None:
        raise NotTaken("STAFF_NO_RIGHT")
    body, is_reply = _said(notice, mail)
    case_id = notice.case_id
    try:
        if is_reply:
            return cases.reply(case_id=case_id, body=body, by=by, now=now, submission=submission)
        cases.add_note(case_id=case_id, body=body, by=by, now=now, submission=submission)
    except cases.UnableToChangeCase as refusal:
        if refusal.code in _NO_RIGHT:
            raise NotTaken("STAFF_NO_RIGHT") from refusal
        raise
    return None


def _check(user: User, mail: ReadMail, authserv_id: str) -> None:
    """Raise NotTaken unless a person wrote this, from an address of the user, and our server says so."""
    if mail.kind != Kind.HUMAN:
        raise NotTaken("STAFF_MACHINE")
    if not authserv_id:
        raise NotTaken("STAFF_NOT_TAKEN")
    senders = [normalise_email(one.address) for one in mail.authors]
    if senders != [normalise_email(user.email)]:
        raise NotTaken("STAFF_ADDRESS")
    if not is_proven(mail.authentication_results, authserv_id, senders[0].rpartition("@")[2]):
        raise NotTaken("STAFF_UNPROVEN")


def _said(notice: StaffNotice, mail: ReadMail) -> tuple[str, bool]:
    """Return what was written, and whether it is for the resident.

    As the first words or the subject say; else it is if what they answer was about the resident's words.
    Files cannot go out with it, and what hangs on it must not be lost on the way.
    """
    body = mail.visible.partition(REPLY_LINE)[0]
    mark = _MARK.match(body)
    body = body[mark.end() :] if mark else body
    mark = mark or _MARK.match(mail.title)
    is_reply = mark[1].casefold() == "reply" if mark else notice.kind == StaffKind.RESIDENT_WROTE
    if any(not one.is_inline for one in mail.attachments):
        raise NotTaken("STAFF_FILES")
    return clean_body(body), is_reply
