"""Try whether a mailbox can be read and mails can be sent, while somebody waits for the answer."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from moked.base.transactions import in_transaction
from moked.channels.base.channel import Found
from moked.channels.base.troubles import NotNow, UnableToReach
from moked.channels.email import imap, smtp
from moked.channels.email.imap import UnableToRead
from moked.channels.email.receiving import access_to
from moked.channels.email.sending import UnableToSend, why_not
from moked.channels.models import MailServer
from moked.channels.rules import SendingTrouble, Trouble

LONGEST_WAIT = 10.0
LONGEST_WAIT_TO_SEND = 20.0
Answer = TypeVar("Answer")


def try_out(server: MailServer) -> Found:
    """Connect, sign in and count; changes nothing there.

    Raises UnableToRead, with TOO_SLOW after ten seconds. Must not be called inside a transaction.
    """
    return _within(LONGEST_WAIT, lambda: _count(server), UnableToRead(Trouble.TOO_SLOW))


def try_sending() -> None:
    """Connect to the server that mails go out through, and sign in; sends nothing.

    Raises UnableToSend, with TOO_SLOW after twenty seconds. Must not be called inside a transaction.
    """
    _within(LONGEST_WAIT_TO_SEND, _knock, UnableToSend(SendingTrouble.TOO_SLOW))


def _within(seconds: float, do: Callable[[], Answer], too_slow: UnableToReach) -> Answer:
    if in_transaction():
        raise RuntimeError("A mail server was about to be asked inside a transaction.")
    answer: queue.SimpleQueue[tuple[Answer] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put((do(),))
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            answer.put(error)
        finally:
            connection.close()

    # In a thread of its own, since nothing else bounds how long a name is looked up.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        raise too_slow from None
    if isinstance(found, Exception):
        raise found
    return found[0]


def _count(server: MailServer) -> Found:
    with imap.opened(access_to(server), changes_nothing=True) as session:
        is_same = session.uid_validity == server.uid_validity
        above = session.uids_above(server.last_uid if is_same else 0, server.reads_from)
        return Found(session.mails, len(above))


def _knock() -> None:
    try:
        smtp.knock()
    except NotNow as problem:
        raise why_not(problem) from problem
    except ValueError as error:
        raise UnableToSend(SendingTrouble.OURS) from error
