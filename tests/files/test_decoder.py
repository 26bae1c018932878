"""The process that pictures are unpacked in: how little it may do, and what becomes of us when it dies."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from moked.base import limits
from moked.files import decoder, photos
from moked.files.rules import BadPhoto, Problem
from tests.files import pictures

pytestmark = pytest.mark.abuse("A18")

SOURCE = Path(decoder.__file__).parents[2]
LIMITED = "from moked.files import decoder; decoder.limit_self()\n"


def refused(data: bytes) -> Problem:
    with pytest.raises(BadPhoto) as refusal:
        photos.read(data)
    return refusal.value.code


def run_limited(program: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a few lines as if a picture had taken over the decoder."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED + program],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        timeout=30,
    )


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Have a program of ours run instead of the decoder."""
    monkeypatch.setattr(photos, "COMMAND", [sys.executable, "-c", program])


def test_the_decoder_knows_nothing_of_django() -> None:
    program = "import sys, moked.files.decoder; print([m for m in sys.modules if m.startswith('django')])"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, check=True
    )
    assert done.stdout == b"[]\n"


def test_the_decoder_has_none_of_our_secrets(monkeypatch) -> None:
    monkeypatch.setenv("MOKED_SECRET_KEY_TOO", "planted-secret")
    note = "import os, json; print(json.dumps({'problem': 'BUSY' if set(os.environ) - %r else 'TIMED_OUT'}))"
    own = {"PYTHONPATH", "LC_CTYPE"}
    stand_in(monkeypatch, note % own)
    assert refused(pictures.photo()) == Problem.TIMED_OUT


def test_memory_ends_before_the_machines_does() -> None:
    done = run_limited("x = bytearray(300_000_000)")
    assert b"MemoryError" in done.stderr


def test_a_picture_that_takes_more_memory_than_there_is_is_refused(monkeypatch) -> None:
    greedy = "decoder.decode = lambda data: bytearray(300_000_000)"
    stand_in(monkeypatch, f"from moked.files import decoder; {greedy}; decoder.main()")
    assert refused(pictures.photo()) == Problem.TOO_MANY_PIXELS


def test_time_ends() -> None:
    started = time.monotonic()
    done = run_limited("while True: pass")
    assert done.returncode in {-signal.SIGXCPU, -signal.SIGALRM}
    assert time.monotonic() - started < decoder.ALL_SECONDS + 5


def test_waiting_ends_too() -> None:
    assert run_limited("import time; time.sleep(60)").returncode == -signal.SIGALRM


def test_no_large_file_and_no_core_is_left_behind(tmp_path) -> None:
    done = run_limited(f"open({str(tmp_path / 'x')!r}, 'wb').write(bytes(20_000_000))")
    assert b"File too large" in done.stderr
    core = run_limited("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))")
    assert core.stdout == b"(0, 0)\n"


def test_the_decoder_lets_others_go_first() -> None:
    niceness = int(run_limited("import os; print(os.nice(0))").stdout)
    assert niceness == min(19, os.nice(0) + limits.POLITENESS)


def test_limits_are_for_the_decoder_alone() -> None:
    photos.read(pictures.photo())
    assert resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("import os; os.kill(os.getpid(), 9)", Problem.UNREADABLE),
        ("import os; os.kill(os.getpid(), 11)", Problem.UNREADABLE),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", Problem.TIMED_OUT),
        ("raise SystemExit(3)", Problem.UNREADABLE),
        ("pass", Problem.UNREADABLE),
        ("print('[]')", Problem.UNREADABLE),
        ("print('{}')", Problem.UNREADABLE),
        ("print('null')", Problem.UNREADABLE),
        ('print(\'{"problem": "ELSE"}\')', Problem.UNREADABLE),
        ("print('x' * 5_000_000)", Problem.UNREADABLE),
        ("print('{' * 900)", Problem.UNREADABLE),
    ],
)
def test_a_decoder_that_fails_refuses_one_picture(monkeypatch, program: str, problem: Problem) -> None:
    stand_in(monkeypatch, program)
    assert refused(pictures.photo()) == problem


@pytest.mark.parametrize(
    "facts",
    [
        {"lengths": [5, 5]},
        {"lengths": [-1, 5]},
        {"lengths": ["many", 5]},
        {"lengths": [5]},
        {"width": 0},
        {"point": ["here"]},
        {"point": 7},
    ],
)
def test_an_answer_of_a_decoder_taken_over_is_not_believed(monkeypatch, facts: dict[str, object]) -> None:
    jpeg = pictures.photo()
    good = {"problem": "", "width": 64, "height": 48, "point": None, "lengths": [len(jpeg)] * 2}
    stand_in(monkeypatch, saying(good, jpeg + jpeg))
    assert photos.read(jpeg).large == jpeg
    stand_in(monkeypatch, saying(good | facts, jpeg + jpeg))
    assert refused(jpeg) == Problem.UNREADABLE


def test_a_decoder_taken_over_cannot_have_a_page_kept_as_a_picture(monkeypatch) -> None:
    page = b"<html><script>alert(1)</script>"
    facts = {"problem": "", "width": 64, "height": 48, "point": None, "lengths": [len(page)] * 2}
    stand_in(monkeypatch, saying(facts, page + page))
    assert refused(pictures.photo()) == Problem.UNREADABLE


def saying(facts: dict[str, object], copies: bytes) -> str:
    """Return a program that answers this."""
    answer = json.dumps(facts).encode() + b"\n" + copies
    return f"import sys; sys.stdout.buffer.write({answer!r})"


def test_a_decoder_that_hangs_is_ended(monkeypatch) -> None:
    monkeypatch.undo()  # the product's own patience, which other tests extend
    stand_in(monkeypatch, "import time; time.sleep(60)")
    started = time.monotonic()
    assert refused(pictures.photo()) == Problem.TIMED_OUT
    assert time.monotonic() - started < 15  # and not for a minute
    monkeypatch.undo()
    monkeypatch.setattr(photos, "ANSWER_WITHIN", 14)
    assert photos.read(pictures.photo()).width == 64


def test_only_one_decoder_runs_one_waits_and_others_are_told_to_come_back(monkeypatch) -> None:
    stand_in(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(photos, "ANSWER_WITHIN", 6)
    monkeypatch.setattr(photos, "WAIT_AT_MOST", 3)
    answers: dict[int, tuple[Problem, float]] = {}

    def ask(number: int) -> None:
        time.sleep(0.5 * number)
        started = time.monotonic()
        answers[number] = refused(pictures.photo()), time.monotonic() - started

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers[number][0] for number in range(4)] == [
        Problem.TIMED_OUT,
        Problem.BUSY,
        Problem.BUSY,
        Problem.BUSY,
    ]
    assert answers[1][1] >= 3
    assert max(answers[2][1], answers[3][1]) < 3
    monkeypatch.undo()
    monkeypatch.setattr(photos, "ANSWER_WITHIN", 14)
    assert photos.read(pictures.photo()).width == 64
