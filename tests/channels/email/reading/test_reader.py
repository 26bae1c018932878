"""The process that mails are read in: how little it may do, and what becomes of us when it dies."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from moked.base import limits
from moked.channels.email.reading import child, reader
from moked.channels.email.reading.child import Reader
from moked.channels.email.reading.mail import MOST_BYTES, Kind, Ours, ReadMail, Trouble, Unreadable
from moked.channels.email.reading.message import read
from tests.channels.email.reading.letters import OURS, file, head, mail, part, parts

pytestmark = pytest.mark.abuse("A14")

LIMITED = "from moked.channels.email.reading import reader; reader.limit_self()\n"
FRAMES = (
    "import sys; from moked.channels.email.reading import frames\n"
    "i, o = sys.stdin.buffer, sys.stdout.buffer\n"
)
ONE_MAIL = "frames.read(i, 10**6); frames.read(i, 10**8)\n"
SECONDS_OF_A_LARGE_MAIL = 10
MEMORY_OF_A_LARGE_MAIL = 300_000_000
GROWTH = 4_000_000


@pytest.fixture
def mails() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def refused(mails: Reader, raw: bytes, folder: Path) -> Trouble:
    with pytest.raises(Unreadable) as refusal:
        mails.read(raw, OURS, folder)
    return refusal.value.code


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Have a program of ours run instead of the reader."""
    monkeypatch.setattr(child, "COMMAND", [sys.executable, "-c", program])


def run_limited(program: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a few lines as if a mail had taken over the reader."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED + program],
        env={"PYTHONPATH": str(child.SOURCE)},
        capture_output=True,
        timeout=60,
    )


def pid_of(mails: Reader) -> int:
    assert mails._process
    return mails._process.pid


def memory_of(pid: int, what: str = "VmRSS") -> int:
    """Return how much memory a process has now (VmRSS) or had at most (VmHWM), in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def eventually_dead(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


def test_a_mail_comes_over_as_it_is_read_here(mails, tmp_path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    raw = parts(
        part("<p>שלום</p>", "text/html; charset=utf-8"),
        file(b"\xff\xd8\xff photo", "image/jpeg", 'attachment; filename="a.jpg"'),
        headers={
            "Date": "Mon, 5 May 2025 10:23:00 +0300",
            "Return-Path": "<>",
            "Auto-Submitted": "auto-replied",
        },
    )
    assert mails.read(raw, OURS, there) == read(raw, OURS, here)
    assert (there / "1").read_bytes() == b"\xff\xd8\xff photo"
    assert (there / "1").stat().st_mode & 0o777 == 0o600


def test_what_is_ours_comes_over(mails, tmp_path) -> None:
    assert mails.read(mail("Thank you.\r\n##- 7f3a\r\nhello"), OURS, tmp_path).visible == "Thank you."
    assert mails.read(mail(From="106@haifa.example"), OURS, tmp_path).kind is Kind.OWN_LOOP
    assert mails.read(mail(From="106@haifa.example"), Ours(), tmp_path).kind is Kind.HUMAN


def test_why_a_mail_is_not_read_comes_over(mails, tmp_path) -> None:
    assert refused(mails, b"a: b\r\n" * 100_000, tmp_path) is Trouble.TOO_LONG_HEADERS
    assert refused(mails, bytes(MOST_BYTES + 1), tmp_path) is Trouble.TOO_LARGE
    assert mails.read(mail("next"), OURS, tmp_path).text == "next"


def test_one_process_reads_many_mails_without_growing(mails, tmp_path) -> None:
    raw = parts(
        part("<p>words</p>" * 200, "text/html"),
        file(bytes(20_000), "image/png"),
        headers={"Subject": "x" * 999},
    )
    mails.read(raw, OURS, tmp_path)
    first = pid_of(mails)
    for _ in range(50):
        mails.read(raw, OURS, tmp_path)
    before = memory_of(first)
    for _ in range(150):
        mails.read(raw, OURS, tmp_path)
    assert pid_of(mails) == first
    assert memory_of(first) < before + GROWTH


def test_a_process_is_replaced_after_so_many_mails(mails, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(child, "MOST_MAILS", 2)
    pids = []
    for _ in range(5):
        mails.read(mail(), OURS, tmp_path)
        pids.append(pid_of(mails))
    assert [pids[0] == pids[1], pids[1] == pids[2], pids[2] == pids[3], pids[3] == pids[4]] == [
        True,
        False,
        True,
        False,
    ]
    assert not is_alive(pids[0])


def test_threads_take_turns(mails, tmp_path) -> None:
    def one(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        return mails.read(mail(f"mail {number}"), OURS, folder).text

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, range(20))) == [f"mail {number}" for number in range(20)]


def test_the_reader_knows_nothing_of_our_secrets(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("MOKED_SECRET_KEY_TOO", "planted-secret")
    own = {"PYTHONPATH", "LC_CTYPE"}
    answer = f'{{"trouble": "TOO_DEEP" if set(os.environ) - {own!r} else "TOO_SLOW"}}'
    program = f"import os, json; {ONE_MAIL}frames.write(o, json.dumps({answer}).encode())"
    stand_in(monkeypatch, FRAMES + program)
    with Reader() as mails:
        assert refused(mails, mail(), tmp_path) is Trouble.TOO_SLOW


def test_memory_ends_before_the_machines_does() -> None:
    assert b"MemoryError" in run_limited(f"x = bytearray({reader.MEMORY})").stderr


def test_a_mail_that_takes_more_memory_than_there_is_is_refused(mails, tmp_path) -> None:
    assert refused(mails, mail(b"a\n" * (MOST_BYTES // 2 - 500)), tmp_path) is Trouble.TOO_MUCH_MEMORY
    assert mails.read(mail("next"), OURS, tmp_path).text == "next"


def test_large_mails_leave_nothing_to_the_next(mails, tmp_path) -> None:
    mails.read(mail(), OURS, tmp_path)
    first = pid_of(mails)
    mails.read(parts(part("x"), file(bytes(child.LARGE), "image/png")), OURS, tmp_path)
    assert not is_alive(first)
    text = mail(b"hello world, this is a line of a long text\r\n" * (MOST_BYTES // 45))
    for _ in range(2):
        assert refused(mails, mail(b"a\n" * (MOST_BYTES // 2 - 500)), tmp_path) is Trouble.TOO_MUCH_MEMORY
        assert mails.read(text, OURS, tmp_path).defects == ("TEXT_CONTINUES_IN_FILE",)


def test_a_large_mail_is_read_in_time_and_in_little_memory(mails, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(child, "LARGE", MOST_BYTES)
    photos = file(os.urandom(9_000_000), 'image/jpeg; name="a.jpg"')
    raw = parts(part("two photos"), photos, photos)
    assert MOST_BYTES - 2_000_000 < len(raw) <= MOST_BYTES
    started = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    found = mails.read(raw, OURS, tmp_path)
    assert [one.size for one in found.attachments] == [9_000_000] * 2
    assert memory_of(pid_of(mails), "VmHWM") < MEMORY_OF_A_LARGE_MAIL
    mails.close()
    used = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - started
    assert used < SECONDS_OF_A_LARGE_MAIL


def test_no_mail_takes_longer_than_it_may(tmp_path, monkeypatch) -> None:
    stand_in(monkeypatch, FRAMES + ONE_MAIL + "import time; time.sleep(10)")
    with Reader(seconds=0.5) as mails:
        started = time.monotonic()
        assert refused(mails, mail(), tmp_path) is Trouble.TOO_SLOW
        assert time.monotonic() - started < 5


def test_a_reader_that_does_not_listen_is_ended_too(tmp_path, monkeypatch) -> None:
    stand_in(monkeypatch, "import time; time.sleep(60)")
    with Reader(seconds=0.5) as mails:
        assert refused(mails, mail("x" * 1_000_000), tmp_path) is Trouble.TOO_SLOW


@pytest.mark.abuse("A16")
def test_time_of_the_processor_ends() -> None:
    slow = "reader.CPU_SECONDS = 1; reader.limit_next()\nwhile True: pass"
    assert run_limited(slow).returncode == -signal.SIGXCPU


def test_each_mail_has_time_of_its_own() -> None:
    program = (
        "import time\nreader.CPU_SECONDS = 1\n"
        "for _ in range(3):\n    reader.limit_next()\n    end = time.process_time() + 0.7\n"
        "    while time.process_time() < end: pass\n"
        "print('alive')"
    )
    assert run_limited(program).stdout == b"alive\n"


def test_waiting_ends_too() -> None:
    slow = "reader.ALL_SECONDS = 1; reader.limit_next(); import time; time.sleep(60)"
    assert run_limited(slow).returncode == -signal.SIGALRM


def test_between_mails_it_may_wait(mails, tmp_path) -> None:
    mails.read(mail(), OURS, tmp_path)
    timers = Path(f"/proc/{pid_of(mails)}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    assert timers[18] == "0"


@pytest.mark.parametrize(
    ("program", "trouble"),
    [
        ("import os; os.kill(os.getpid(), 9)", Trouble.DIED),
        ("import os; os.kill(os.getpid(), 11)", Trouble.DIED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", Trouble.TOO_SLOW),
        ("import os, signal; os.kill(os.getpid(), signal.SIGALRM)", Trouble.TOO_SLOW),
        ("raise SystemExit(3)", Trouble.DIED),
        ("pass", Trouble.DIED),
        ("o.write(b'x')", Trouble.DIED),
        ("o.write(b'\\xff' * 100)", Trouble.DIED),
        ("frames.write(o, b'')", Trouble.BROKEN),
        ("frames.write(o, b'[]')", Trouble.BROKEN),
        ("frames.write(o, b'{}')", Trouble.BROKEN),
        ("frames.write(o, b'null')", Trouble.BROKEN),
        ("frames.write(o, b'{' * 90_000)", Trouble.BROKEN),
        ('frames.write(o, b\'{"trouble": "ELSE"}\')', Trouble.BROKEN),
        ('frames.write(o, b\'{"mail": {"kind": "HUMAN"}}\')', Trouble.BROKEN),
    ],
)
def test_a_reader_that_fails_loses_one_mail(monkeypatch, tmp_path, program: str, trouble: Trouble) -> None:
    honest = child.COMMAND
    stand_in(monkeypatch, FRAMES + ONE_MAIL + program)
    with Reader() as mails:
        assert refused(mails, mail(), tmp_path) is trouble
        mails.close()
        monkeypatch.setattr(child, "COMMAND", honest)
        assert mails.read(mail("next"), OURS, tmp_path).text == "next"


def test_a_reader_killed_between_mails_is_not_missed(mails, tmp_path) -> None:
    mails.read(mail(), OURS, tmp_path)
    os.kill(pid_of(mails), signal.SIGKILL)
    assert eventually_dead(pid_of(mails))
    assert mails.read(mail("next"), OURS, tmp_path).text == "next"


def test_a_reader_killed_within_a_mail_loses_that_one(tmp_path, monkeypatch) -> None:
    honest = child.COMMAND
    stand_in(monkeypatch, FRAMES + ONE_MAIL + "import time; time.sleep(60)")
    with Reader() as mails:
        killer = threading.Timer(0.5, lambda: os.kill(pid_of(mails), signal.SIGKILL))
        killer.start()
        assert refused(mails, mail(), tmp_path) is Trouble.DIED
        killer.join()
        monkeypatch.setattr(child, "COMMAND", honest)
        assert mails.read(mail("next"), OURS, tmp_path).text == "next"


def answering(found: ReadMail, tmp_path: Path, **changes: object) -> str:
    """Return a program that answers with a mail that was read, changed."""
    answer = json.dumps({"mail": {**reader.plain(found), **changes}})
    path = tmp_path / "answer.json"
    path.write_text(answer, encoding="utf-8")
    return FRAMES + ONE_MAIL + f"frames.write(o, open({str(path)!r}, 'rb').read())"


@pytest.mark.parametrize("change", ["link", "size", "name", "gone", "folder"])
def test_an_answer_of_a_reader_taken_over_is_not_believed(monkeypatch, tmp_path, change: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    raw = parts(part("see"), file(b"photo", "image/jpeg"))
    found = read(raw, OURS, folder)
    stand_in(monkeypatch, answering(found, tmp_path))
    with Reader() as mails:
        assert mails.read(raw, OURS, folder) == found
    only = reader.plain(found)["attachments"][0]
    match change:
        case "link":
            (folder / "1").unlink()
            (tmp_path / "other").write_bytes(b"other")
            (folder / "1").symlink_to(tmp_path / "other")
        case "gone":
            (folder / "1").unlink()
        case "folder":
            (folder / "1").unlink()
            (folder / "1").mkdir()
        case "size":
            stand_in(monkeypatch, answering(found, tmp_path, attachments=[{**only, "size": 4}]))
        case "name":
            stand_in(monkeypatch, answering(found, tmp_path, attachments=[{**only, "file": "../1"}]))
    with Reader() as mails:
        assert refused(mails, raw, folder) is Trouble.BROKEN


def test_no_large_file_and_no_core_is_left_behind(tmp_path) -> None:
    path = str(tmp_path / "x")
    done = run_limited(f"f = open({path!r}, 'wb')\nfor _ in range(7): f.write(bytes(10_000_000))")
    assert b"File too large" in done.stderr
    core = run_limited("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))")
    assert core.stdout == b"(0, 0)\n"


def test_the_reader_lets_others_go_first() -> None:
    niceness = int(run_limited("import os; print(os.nice(0))").stdout)
    assert niceness == min(19, os.nice(0) + limits.POLITENESS)


def test_limits_are_for_the_reader_alone(mails, tmp_path) -> None:
    mails.read(mail(), OURS, tmp_path)
    assert resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY


def test_the_reader_ends_when_it_is_closed(tmp_path) -> None:
    with Reader() as mails:
        mails.read(mail(), OURS, tmp_path)
        pid = pid_of(mails)
    assert not is_alive(pid)


def test_the_reader_ends_with_whoever_started_it(tmp_path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from moked.channels.email.reading.child import Reader\n"
        "from moked.channels.email.reading.mail import Ours\n"
        f"mails = Reader(); mails.read(b'From: a@b\\n\\nx', Ours(), Path({str(tmp_path)!r}))\n"
        "print(mails._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(child.SOURCE)}, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    assert eventually_dead(pid)


def test_a_mail_of_nothing_is_a_mail(mails, tmp_path) -> None:
    assert mails.read(b"", OURS, tmp_path).text == ""
    assert mails.read(head({}), OURS, tmp_path).kind is Kind.HUMAN
