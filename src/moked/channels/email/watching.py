"""Watch every mailbox at once: a thread for each, started and ended as mailboxes come, change and go."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from django.db import DatabaseError, close_old_connections, connection

from moked.channels import operations
from moked.channels.email import imap
from moked.channels.email.receiving import Tries, access_to, receive
from moked.channels.models import MailServer
from moked.channels.queries import mailboxes_to_watch
from moked.channels.rules import Trouble
from moked.files.operations import NotKept

LOOK_EVERY = 10.0
ASK_EVERY = 60.0  # although the server tells by itself: it may have forgotten us
LONGEST_PAUSE = 300.0
STOP_WITHIN = 4.0

log = structlog.get_logger("moked.mailboxes")


class Watcher(threading.Thread):
    """Reads one mailbox, as it was set at a moment, until told to end."""

    def __init__(self, server_id: int, changed_at: datetime) -> None:
        super().__init__(name=f"mailbox-{server_id}", daemon=True)
        self.changed_at = changed_at
        self._server_id = server_id
        self._ended = threading.Event()
        self._session: imap.Session | None = None
        self._failures = 0
        self._tries: Tries = Counter()

    def run(self) -> None:
        """Read; after a failure pause, longer each time, and begin again."""
        while not self._ended.is_set():
            try:
                self._read()
            except imap.UnableToRead as problem:
                self._fail(problem.trouble, problem.said)
            except NotKept:
                self._fail(Trouble.NO_ROOM)
            except MailServer.DoesNotExist:
                break
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with one mailbox, it is tried again
                self._fail(Trouble.OURS, error=error)
        connection.close()

    def end(self) -> None:
        """Have the thread end, also when it waits for the server."""
        self._ended.set()
        if session := self._session:
            session.break_off()

    def _read(self) -> None:
        close_old_connections()
        server = MailServer.objects.select_related("account").get(pk=self._server_id)
        with imap.opened(access_to(server)) as session:
            self._session = session
            try:
                while not self._ended.is_set():
                    session.forget_news()
                    close_old_connections()
                    receive(server, session, self._tries)
                    self._failures = 0
                    if not session.has_news():
                        session.wait(ASK_EVERY)
            finally:
                self._session = None

    def _fail(self, trouble: Trouble, said: str = "", error: Exception | None = None) -> None:
        if self._ended.is_set():
            return
        log.warning("mailbox_not_read", server=self._server_id, trouble=trouble, exc_info=error)
        try:
            close_old_connections()
            server = MailServer(pk=self._server_id)
            operations.note_trouble(server, trouble, said, datetime.now(UTC))
        except DatabaseError:
            log.exception("mailbox_trouble_not_noted", server=self._server_id)
        # Nothing is left open while we wait.
        connection.close()
        self._ended.wait(min(LONGEST_PAUSE, 2.0**self._failures))
        self._failures = min(self._failures + 1, 20)


def watch(keep_going: Callable[[], bool]) -> None:
    """Read all mailboxes until `keep_going` says no; then end within a few seconds.

    Two processes may do so at the same time: what both fetch is kept once.
    """
    readers: dict[int, Watcher] = {}
    while keep_going():
        try:
            close_old_connections()
            readers = _adjusted(readers, mailboxes_to_watch())
        except DatabaseError:
            log.exception("mailboxes_not_known")
        looked_at = time.monotonic()
        while keep_going() and time.monotonic() < looked_at + LOOK_EVERY:
            time.sleep(0.1)
    _end(list(readers.values()))


def _adjusted(readers: dict[int, Watcher], wanted: dict[int, datetime]) -> dict[int, Watcher]:
    """Return a reader for each mailbox; those whose mailbox changed or went are told to end."""
    keep = {
        server: reader
        for server, reader in readers.items()
        if reader.is_alive() and reader.changed_at == wanted.get(server)
    }
    for server in readers.keys() - keep.keys():
        readers[server].end()
    new = {server: Watcher(server, wanted[server]) for server in wanted.keys() - keep.keys()}
    for reader in new.values():
        reader.start()
    return keep | new


def _end(readers: list[Watcher]) -> None:
    """Let what is being kept be finished; a mail cut off is fetched again next time."""
    for reader in readers:
        reader.end()
    deadline = time.monotonic() + STOP_WITHIN
    for reader in readers:
        reader.join(max(0.0, deadline - time.monotonic()))
