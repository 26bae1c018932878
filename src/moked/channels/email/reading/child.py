"""Have strangers' mails read by a process of its own, which may fail, hang or die without harm here."""

import dataclasses
import json
import subprocess
import sys
import threading
from pathlib import Path
from signal import SIGALRM, SIGXCPU
from types import TracebackType
from typing import IO, Self

import structlog
from pydantic import TypeAdapter, ValidationError

from moked.channels.email.reading import frames
from moked.channels.email.reading.mail import MOST_BYTES, Ours, ReadMail, Trouble, Unreadable

SOURCE = Path(__file__).resolve().parents[4]
COMMAND = [sys.executable, "-m", "moked.channels.email.reading.reader"]
ANSWER_WITHIN = 20.0
MOST_MAILS = 500  # then a new process begins, should the old one have kept anything
LARGE = 4 * 1024 * 1024
MOST_ANSWER = 64 * 1024 * 1024
TOOK_TOO_LONG = {-SIGALRM, -SIGXCPU}

log = structlog.get_logger("moked.channels")


@dataclasses.dataclass(frozen=True)
class _Answer:
    mail: ReadMail | None = None
    trouble: Trouble | None = None


ANSWERS = TypeAdapter(_Answer)


class Reader:
    """Reads mails one at a time, in a process that is started for the first and kept for the next.

    Threads take turns. Close it, or use it in a `with`; its process ends at the latest with this one.
    """

    def __init__(self, *, seconds: float = ANSWER_WITHIN) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._mails = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        with self._turn:
            self._end()

    def read(self, raw: bytes, ours: Ours, folder: Path) -> ReadMail:
        """Read a mail as `message.read` does; the attachments' files lie in `folder`. Raises Unreadable.

        What is in the folder after Unreadable is of no worth. A mail may have taken the process over and have
        it say what it likes: clean `html_clean` again wherever it is shown.
        """
        if len(raw) > MOST_BYTES:
            raise Unreadable(Trouble.TOO_LARGE)
        request = {"ours": dataclasses.asdict(ours), "folder": str(folder.resolve())}
        with self._turn:
            answer = _parsed(self._ask(json.dumps(request).encode(), raw))
            if len(raw) > LARGE or not answer.mail:
                self._end()  # its memory is in pieces by now, and the next mail may need all of it
        if not answer.mail:
            raise Unreadable(answer.trouble or Trouble.BROKEN)
        _check_files(answer.mail, folder)
        return answer.mail

    def _ask(self, request: bytes, raw: bytes) -> bytes:
        """Send a mail and return the answer. The process is killed when it takes too long."""
        process = self._started()
        assert process.stdin and process.stdout  # noqa: S101 - both are pipes
        is_late = threading.Event()
        timer = threading.Timer(self._seconds, _kill, (process, is_late))
        timer.daemon = True
        timer.start()
        try:
            answer = _exchange(process.stdin, process.stdout, request, raw)
        finally:
            timer.cancel()
            timer.join()  # it may be killing right now
        if answer is None or is_late.is_set():
            status = self._end()
            log.warning("mail_reader_died", status=status, late=is_late.is_set())
            slow = is_late.is_set() or status in TOOK_TOO_LONG
            raise Unreadable(Trouble.TOO_SLOW if slow else Trouble.DIED)
        return answer

    def _started(self) -> "subprocess.Popen[bytes]":
        """Return a running process; without our environment, which holds secrets."""
        if self._process and (self._mails >= MOST_MAILS or self._process.poll() is not None):
            self._end()
        if not self._process:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(SOURCE)},
                cwd="/",
            )
            self._mails = 0
        self._mails += 1
        return self._process

    def _end(self) -> int | None:
        """End the process and return how it ended; None when there was none."""
        process, self._process = self._process, None
        if not process:
            return None
        with process:  # closes the pipes and waits
            process.kill()
        return process.returncode


def _kill(process: "subprocess.Popen[bytes]", is_late: threading.Event) -> None:
    is_late.set()
    process.kill()


def _exchange(requests: IO[bytes], answers: IO[bytes], request: bytes, raw: bytes) -> bytes | None:
    try:
        frames.write(requests, request, raw)
        return frames.read(answers, MOST_ANSWER)
    except (OSError, ValueError):
        return None


def _parsed(answer: bytes) -> _Answer:
    """Return what was answered; it is a stranger's answer too once a mail has taken the process over."""
    try:
        return ANSWERS.validate_json(answer)
    except ValidationError:
        return _Answer(trouble=Trouble.BROKEN)


def _check_files(mail: ReadMail, folder: Path) -> None:
    """Raise Unreadable unless each attachment is a plain file of its size in the folder."""
    for number, attachment in enumerate(mail.attachments, start=1):
        path = folder / str(number)
        if attachment.file != path.name or path.is_symlink() or not path.is_file():
            raise Unreadable(Trouble.BROKEN)
        if path.stat().st_size != attachment.size:
            raise Unreadable(Trouble.BROKEN)
