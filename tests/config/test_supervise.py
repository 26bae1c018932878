"""The supervisor with real children: small Python programs instead of web and worker."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SUPERVISOR = """
import sys
from pathlib import Path
from moked.config.supervise import Child, supervise

folder = Path(sys.argv[1])
children = [
    Child(name, [sys.executable, "-c", program, str(folder / name)], folder / f"{name}.log")
    for name, program in zip(sys.argv[2::2], sys.argv[3::2])
]
sys.exit(
    supervise(
        children,
        {},
        is_ready=lambda: all((folder / child.name).exists() for child in children),
        on_ready=(folder / "ready").touch,
    )
)
"""
LIVES = (
    "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
)
DIES = "import sys; sys.exit('the disk is missing')"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}
FORKS = "import os; os.fork();" + LIVES


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Start]:
    """Start a supervisor of the given programs; it has ended when the test has."""
    with contextlib.ExitStack() as processes:

        def start(**programs: str) -> "subprocess.Popen[str]":
            pairs = [word for pair in programs.items() for word in pair]
            command = [sys.executable, "-c", SUPERVISOR, str(tmp_path), *pairs]
            process = processes.enter_context(
                subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
            )
            processes.callback(process.kill)
            return process

        yield start


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and (path.name == "ready" or path.read_text()):
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path.name} did not appear")


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_supervise_when_told_to_stop_then_ends_all_and_exits_with_0(
    supervisor: Start, tmp_path: Path, number: int
) -> None:
    process = supervisor(worker=LIVES, web=LIVES)
    wait_for(tmp_path / "ready")
    process.send_signal(number)
    assert process.wait(20) == 0
    assert not is_running(int((tmp_path / "worker").read_text()))
    assert not is_running(int((tmp_path / "web").read_text()))


def test_supervise_when_a_child_is_killed_then_says_so_and_starts_it_again(
    supervisor: Start, tmp_path: Path
) -> None:
    process = supervisor(worker=LIVES, web=LIVES)
    wait_for(tmp_path / "ready")
    first, other = int((tmp_path / "worker").read_text()), (tmp_path / "web").read_text()
    (tmp_path / "worker").unlink()
    os.kill(first, signal.SIGKILL)
    assert int(wait_for(tmp_path / "worker")) != first
    process.terminate()
    assert "worker was killed by signal 9 and is started again.\n" in process.communicate(timeout=20)[1]
    assert (tmp_path / "web").read_text() == other


def test_supervise_when_a_child_is_killed_then_what_it_left_behind_ends(
    supervisor: Start, tmp_path: Path
) -> None:
    process = supervisor(web=FORKS)
    wait_for(tmp_path / "ready")
    leader = os.getpgid(int((tmp_path / "web").read_text()))
    members = members_of(leader)
    assert len(members) == 2
    os.kill(leader, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(map(is_running, members)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [member for member in members if is_running(member)] == []
    process.terminate()
    process.communicate(timeout=20)


def test_supervise_when_a_child_never_starts_then_shows_its_words_and_exits_with_1(
    supervisor: Start, tmp_path: Path
) -> None:
    process = supervisor(worker=DIES, web=LIVES)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "worker cannot be started:\n  the disk is missing\n" in said
    assert not (tmp_path / "ready").exists()
    assert not is_running(int((tmp_path / "web").read_text()))


def test_supervise_when_killed_itself_then_the_kernel_ends_the_children(
    supervisor: Start, tmp_path: Path
) -> None:
    process = supervisor(worker=LIVES)
    wait_for(tmp_path / "ready")
    child = int((tmp_path / "worker").read_text())
    process.kill()
    process.communicate(timeout=20)
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def members_of(group: int) -> list[int]:
    found = subprocess.run(["pgrep", "-g", str(group)], check=True, capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]
