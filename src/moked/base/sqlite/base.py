"""SQLite for Django, with writers that queue on a file lock instead of racing for the database's own.

Stock SQLite lets waiting writers poll: under saturation some starve and fail with "database is locked".
Here each writer first waits on an advisory lock beside the database file, which the kernel hands over in
order of arrival, and only then begins its transaction. Statements that write outside `atomic()` take the
lock too, since libraries make them. Readers never wait.
"""

import fcntl
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.db.backends.sqlite3 import base as stock

READING = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class WriterLock:
    """An advisory lock on `path`, counted so that one connection can take it more than once."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held = 0

    def acquire(self) -> None:
        """Wait, without limit and in order of arrival, until no other connection writes."""
        if self._held == 0:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        self._held += 1

    def release(self) -> None:
        """Give one hold back; the last one lets the next writer in. Does nothing when none is held."""
        if self._held == 1:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._held = max(0, self._held - 1)

    def close(self) -> None:
        """Release every hold and forget the file."""
        self._held = 0
        os.close(self._file)


class DatabaseWrapper(stock.DatabaseWrapper):
    """Django's SQLite wrapper whose write transactions and lone writes hold the writer lock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lock: WriterLock | None = None
        self._in_transaction = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            self._lock = WriterLock(f"{conn_params['database']}-writers")
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if self._lock is None:
            return super().create_cursor(name)
        cursor = self.connection.cursor(factory=QueueingCursor)
        cursor.wrapper = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        if self._lock and not self._in_transaction:
            self._lock.acquire()
            self._in_transaction = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_transaction()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave_transaction()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_transaction()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._in_transaction = False
            if self._lock:
                self._lock.close()
                self._lock = None

    def _leave_transaction(self) -> None:
        if self._lock and self._in_transaction:
            self._in_transaction = False
            self._lock.release()


class QueueingCursor(stock.SQLiteCursorWrapper):
    """A cursor that holds the writer lock around a statement that writes outside a transaction.

    A statement that returns rows (`INSERT … RETURNING`) is over only when they are read, so its hold lasts
    until the cursor is closed; Django closes its cursors as soon as it has read them.
    """

    wrapper: DatabaseWrapper
    _holds: bool = False

    def execute(self, query: str, params: Any = None) -> Any:
        return self._queued(query, lambda: super(QueueingCursor, self).execute(query, params))

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        return self._queued(query, lambda: super(QueueingCursor, self).executemany(query, param_list))

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._let_go()

    def __del__(self) -> None:
        self._let_go()

    def _queued(self, query: str, run: Callable[[], Any]) -> Any:
        lock = self.wrapper._lock
        lone = self.wrapper.connection is not None and not self.wrapper.connection.in_transaction
        if lock is None or not lone or query.lstrip().upper().startswith((*READING, "BEGIN")):
            return run()
        self._let_go()
        lock.acquire()
        self._holds = True
        try:
            result = run()
        except BaseException:
            self._let_go()
            raise
        if self.description is None:
            self._let_go()
        return result

    def _let_go(self) -> None:
        if self._holds:
            self._holds = False
            if self.wrapper._lock:
                self.wrapper._lock.release()
