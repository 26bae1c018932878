"""A throw-away PostgreSQL for tests, benchmarks and rigs.

    with postgres(fsync=True) as url: ...

    script/postgres [--fsync] [-- COMMAND…]

The server has a data and a socket folder of its own under the system's temporary folder, listens on a
free port of 127.0.0.1 only, never runs as root, and is stopped and removed at the end, also after
Ctrl-C or SIGTERM. The role is an ordinary one that may create databases. Without `fsync` the server
forgets what a power cut interrupts: for tests, never to measure.
"""

import argparse
import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from script import needs

OLDEST_MAJOR = 15
ROLE = DATABASE = "moked"
START_SECONDS = 60
STOP_SECONDS = 30


class UnableToStart(Exception):
    """PostgreSQL did not start; the message holds the end of its log."""


@contextlib.contextmanager
def postgres(*, fsync: bool = False) -> Iterator[str]:
    """Yield the URL of an empty database on a server that lives as long as the block.

    Raises MissingProgram when PostgreSQL is not installed and may not be, UnableToStart when it fails.
    """
    binaries = find_binaries()
    owner = unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="moked-postgres-"))
    try:
        with sigterm_ends_the_block():
            if owner:
                shutil.chown(folder, owner.pw_uid, owner.pw_gid)
            run_as = runner(owner, folder)
            make_cluster(binaries, folder, run_as)
            server, port = start(binaries, folder, run_as, fsync=fsync)
            try:
                make_database(binaries, folder, port, run_as)
                yield f"postgresql://{ROLE}@127.0.0.1:{port}/{DATABASE}"
            finally:
                stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> Path:
    """Return the folder of the newest PostgreSQL that is new enough, installing Debian's as root."""
    if (found := newest_binaries()) is None:
        needs.install("PostgreSQL", "postgresql")
        found = newest_binaries()
    if found is None:
        raise needs.MissingProgram("PostgreSQL", f"sudo apt-get install postgresql-{OLDEST_MAJOR}")
    return found


def newest_binaries() -> Path | None:
    """Look where Debian keeps its versions, then on the path."""
    initdb = shutil.which("initdb")
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *([Path(initdb).resolve().parent] if initdb else []),
    ]
    return max(
        (path for path in folders if major_version(path) >= OLDEST_MAJOR), key=major_version, default=None
    )


def major_version(binaries: Path) -> int:
    """Return 15 for `initdb (PostgreSQL) 15.18 (Debian …)`, 0 where there is no whole server."""
    if not (binaries / "postgres").exists():
        return 0
    command = [str(binaries / "initdb"), "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(re.findall(r"\d+", said)[0])


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as when we are root, which PostgreSQL refuses to be; else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise needs.MissingProgram("A user to run PostgreSQL as", "useradd --system postgres")


Start = Callable[..., "subprocess.Popen[str]"]


def runner(owner: pwd.struct_passwd | None, folder: Path) -> Start:
    """Return a function that starts a command in the folder, as the owner.

    In a session of its own, so that Ctrl-C reaches only us and the order of stopping stays ours.
    """

    def start_command(*command: str, **options: object) -> "subprocess.Popen[str]":
        log = (folder / "log").open("a")
        become = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        with log:
            return subprocess.Popen(
                command,
                cwd=folder,
                env={"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
                **become,
                **options,
            )

    return start_command


def make_cluster(binaries: Path, folder: Path, run_as: Start) -> None:
    """Make the data folder: UTF-8, and a locale that knows letters beyond ASCII."""
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--username=postgres", "--no-sync"]
    require(run_as(str(binaries / "initdb"), "--pgdata", str(folder / "data"), *options), folder)


def start(binaries: Path, folder: Path, run_as: Start, *, fsync: bool) -> "tuple[subprocess.Popen[str], int]":
    """Start the server; tries another port when somebody was quicker to take it."""
    for _ in range(5):
        port = free_port()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": 100,
            "shared_buffers": "128MB",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        server = run_as(str(binaries / "postgres"), "-D", str(folder / "data"), *options)
        if answers(server, binaries, folder, port, run_as):
            return server, port
        stop(server)
    raise UnableToStart(end_of_log(folder))


def answers(server: "subprocess.Popen[str]", binaries: Path, folder: Path, port: int, run_as: Start) -> bool:
    """Wait until the server takes connections; False once it has ended or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if run_as(str(binaries / "pg_isready"), "--quiet", f"--host={folder}", f"--port={port}").wait() == 0:
            return True
        time.sleep(0.1)
    return False


def make_database(binaries: Path, folder: Path, port: int, run_as: Start) -> None:
    """Make the role and its database."""
    psql = [str(binaries / "psql"), "--no-psqlrc", "--quiet", f"--host={folder}", f"--port={port}"]
    statements = [f"CREATE ROLE {ROLE} LOGIN CREATEDB", f"CREATE DATABASE {DATABASE} OWNER {ROLE}"]
    commands = [word for statement in statements for word in ("--command", statement)]
    require(run_as(*psql, "--username=postgres", "--dbname=postgres", *commands), folder)


def stop(server: "subprocess.Popen[str]") -> None:
    """End the server by its process id: politely, then not."""
    for way in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, way)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)


def require(process: "subprocess.Popen[str]", folder: Path) -> None:
    """Wait for a command; raises UnableToStart with the log when it fails."""
    if process.wait() != 0:
        raise UnableToStart(end_of_log(folder))


def end_of_log(folder: Path) -> str:
    """Return the last lines that the server and its tools wrote."""
    return "\n".join((folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def sigterm_ends_the_block() -> Iterator[None]:
    """Let SIGTERM leave the block by SystemExit, so that what must be stopped is stopped."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def leave(number: int, frame: FrameType | None) -> None:
    """End this process as the signal would, but by way of the `finally` clauses."""
    raise SystemExit(128 + number)


def main() -> int:
    """Run a command beside a server, or keep the server until Ctrl-C; returns the exit status."""
    parser = argparse.ArgumentParser(prog="script/postgres", description="A throw-away PostgreSQL.")
    parser.add_argument("--fsync", action="store_true", help="keep what was committed through a power cut")
    parser.add_argument("command", nargs="*", help="runs with MOKED_DATABASE_URL set; none: wait for Ctrl-C")
    arguments = parser.parse_args()
    try:
        with postgres(fsync=arguments.fsync) as url:
            if arguments.command:
                return subprocess.run(
                    arguments.command, check=False, env={**os.environ, "MOKED_DATABASE_URL": url}
                ).returncode
            sys.stdout.write(f"export MOKED_DATABASE_URL={url}\n")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        return 130
    except needs.MissingProgram as missing:
        sys.stderr.write(f"{missing}\n")
        return 3
    except UnableToStart as problem:
        sys.stderr.write(f"PostgreSQL did not start:\n{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
