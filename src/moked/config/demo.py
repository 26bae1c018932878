"""`script/demo`: invented towns on this machine, from one command; mails stay in a folder.

Plain Python without Django: this process lives as long as the demo's others and must stay small.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from moked.config.server import PRIVATE, ROOT, is_free, is_healthy, kept_secret, manage, processes
from moked.config.supervise import Child, say, supervise

HOST = "127.0.0.1"
FIRST_PORT = 8000
PORTS = 100
LOCK = "demo.lock"


class UnableToRunDemo(Exception):
    """Why the demo cannot run, and what to do about it, in a sentence."""


def main() -> int:
    """Run the demo until Ctrl-C; returns the exit status."""
    arguments = parse()
    os.umask(PRIVATE)
    data = arguments.data.resolve()
    try:
        with only_one_on(data, fresh=arguments.fresh) as lock:
            port = choose_port(arguments.port)
            os.pwrite(lock, f"{os.getpid()} {base_url(port)}\n".encode(), 0)
            return run(data, port, arguments)
    except UnableToRunDemo as reason:
        say(str(reason))
        return 1


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="script/demo", description="Run two invented towns on this machine. Ctrl-C ends them."
    )
    parser.add_argument("--port", type=int, help=f"port to listen on ({FIRST_PORT} or the next free one)")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "demo", help="folder (var/demo)")
    parser.add_argument("--pack", default="generic", help="ready-made town to begin with (%(default)s)")
    parser.add_argument("--cases", type=int, help="how many cases to invent")
    parser.add_argument("--fresh", action="store_true", help="throw the folder's former demo away first")
    return parser.parse_args()


def run(data: Path, port: int, arguments: argparse.Namespace) -> int:
    """Prepare the towns and keep the demo's processes running."""
    mail_port = free_port()
    environment = environment_of(data, port, mail_port)
    cases = ["--cases", str(arguments.cases)] if arguments.cases is not None else []
    if status := manage(environment, "prepare", "--demo", "--pack", arguments.pack, *cases):
        return status
    return supervise(
        children_of(data, port, mail_port),
        environment,
        is_ready=lambda: is_healthy(HOST, port, base_url(port)),
        on_ready=lambda: welcome(data, port),
    )


def environment_of(data: Path, port: int, mail_port: int) -> dict[str, str]:
    """Return the environment of the demo; nothing that is set for a real installation enters it."""
    own = {
        "MOKED_PROFILE": "demo",
        "MOKED_DATA": str(data),
        "MOKED_SECRET_KEY_FILE": str(kept_secret(data)),
        "MOKED_BASE_URL": base_url(port),
        "MOKED_ALLOWED_HOSTS": f"localhost,.localhost,{HOST}",
        "MOKED_SMTP_URL": f"smtp://{HOST}:{mail_port}",
        "PYTHONPATH": str(ROOT / "src"),
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("MOKED_")} | own


def children_of(data: Path, port: int, mail_port: int) -> list[Child]:
    """Return the demo's processes: the mail server first, since it is the last to be needed."""
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    keeper = [sys.executable, "-m", "moked.config.demo_mail", str(data / "mail"), str(mail_port)]
    return [Child("mail", keeper, logs / "mail.log"), *processes(HOST, port, logs)]


def welcome(data: Path, port: int) -> None:
    """Say that the demo is there, and where what is."""
    access = json.loads((data / "access.json").read_text(encoding="utf-8"))
    lines = ["", "Moked is ready", ""]
    for town in access["towns"]:
        lines += [f"  {town['slug']:<12} {town['portal']}", f"  {'':<12} desk: {town['desk']}"]
    lines += [
        "",
        f"  Mails the towns sent: {base_url(port)}/demo/mail",
        f"  Who may sign in, and the password: {shown(data / 'access.json')}",
        f"  Logs: {shown(data / 'logs')}",
        "",
        "Ctrl-C ends it.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def only_one_on(data: Path, *, fresh: bool) -> Iterator[int]:
    """Hold the folder, emptied if need be; raises UnableToRunDemo when it is held, or not a demo's.

    Yields the descriptor of the lock file, which says who holds it.
    """
    if data.exists() and not (data / LOCK).exists() and any(data.iterdir()):
        raise UnableToRunDemo(f"{shown(data)} holds other things than a demo. Choose another with --data.")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with refused_when_held(data):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Without access.json an earlier start was interrupted, and its towns are half made.
        if fresh or not (data / "access.json").exists():
            throw_away(data)
        os.ftruncate(lock, 0)
        yield lock
    finally:
        os.close(lock)


@contextlib.contextmanager
def refused_when_held(data: Path) -> Iterator[None]:
    """Turn a lock that another demo holds into the sentence that says so."""
    try:
        yield
    except BlockingIOError:
        process, _, url = (data / LOCK).read_text(encoding="utf-8").strip().partition(" ")
        where = f"at {url} (process {process})" if url else "and is just starting"
        raise UnableToRunDemo(
            f"A demo already runs on {shown(data)}, {where}. "
            "Stop it with Ctrl-C, or start another on a folder of its own with --data."
        ) from None


def throw_away(data: Path) -> None:
    """Empty the folder, but for the lock that we hold."""
    for path in data.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def choose_port(wanted: int | None) -> int:
    """Return the port to listen on; raises UnableToRunDemo when it is taken."""
    if wanted is not None:
        if not is_free(HOST, wanted):
            raise UnableToRunDemo(f"Port {wanted} is in use by another program. Choose another with --port.")
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        if is_free(HOST, port):
            return port
    raise UnableToRunDemo(f"{PORTS} ports from {FIRST_PORT} on are in use. Choose another with --port.")


def free_port() -> int:
    """Return a port of this machine that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def base_url(port: int) -> str:
    """Return the address to print: by name, since passkeys work at `localhost` and not at its number."""
    return f"http://localhost:{port}"


def shown(path: Path) -> str:
    """Return a path as short as it can be said here."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # while preparing; later, the supervisor has its own way
        sys.exit(130)
