"""Try whether a mailbox can be read, while somebody waits for the answer."""

import queue
import threading

from django.db import connection

from moked.base.transactions import in_transaction
from moked.channels.base.channel import Found
from moked.channels.email import imap
from moked.channels.email.imap import UnableToRead
from moked.channels.email.receiving import access_to
from moked.channels.models import MailServer
from moked.channels.rules import Trouble

LONGEST_WAIT = 10.0


def try_out(server: MailServer) -> Found:
    """Connect, sign in and count; changes nothing there.

    Raises UnableToRead, with TOO_SLOW after ten seconds. Must not be called inside a transaction.
    """
    if in_transaction():
        raise RuntimeError("A mail server was about to be asked inside a transaction.")
    answer: queue.SimpleQueue[Found | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(_count(server))
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            answer.put(error)
        finally:
            connection.close()

    # In a thread of its own, since nothing else bounds how long a name is looked up.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=LONGEST_WAIT)
    except queue.Empty:
        raise UnableToRead(Trouble.TOO_SLOW) from None
    if isinstance(found, Exception):
        raise found
    return found


def _count(server: MailServer) -> Found:
    with imap.opened(access_to(server), changes_nothing=True) as session:
        is_same = session.uid_validity == server.uid_validity
        above = session.uids_above(server.last_uid if is_same else 0, server.reads_from)
        return Found(session.mails, len(above))
