"""`script/server`: bring database and static files up to date, then keep web, worker and mailboxes going.

Plain Python without Django: this process lives as long as they do and must stay small.
"""

import argparse
import contextlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from moked.config.supervise import Child, say, supervise

ROOT = Path(__file__).resolve().parents[3]
PRIVATE = 0o077  # what we write, the database above all, is for our user's eyes only
LOCAL_URL = "http://localhost:{port}"


def main() -> int:
    """Run the server until it is told to stop; returns the exit status."""
    arguments = parse()
    os.umask(PRIVATE)
    environment = with_defaults(os.environ, arguments.port)
    if not is_free(arguments.host, arguments.port):
        say(f"Port {arguments.port} is in use by another program. Stop it, or choose another with --port.")
        return 1
    if status := manage(environment, "prepare"):
        return status
    base_url = environment["MOKED_BASE_URL"]
    return supervise(
        processes(arguments.host, arguments.port),
        environment,
        is_ready=lambda: is_healthy(arguments.host, arguments.port, base_url),
        on_ready=lambda: say(f"Moked is ready: {base_url}/"),
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="script/server", description="Run Moked; what an installation may set is in docs/howto/run.md."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
    return parser.parse_args()


def with_defaults(given: Mapping[str, str], port: int) -> dict[str, str]:
    """Return the environment of the children; says in one sentence what was not set and is assumed."""
    data = Path(given.get("MOKED_DATA") or ROOT / "var" / "data").resolve()
    environment = {**given, "MOKED_DATA": str(data), "PYTHONPATH": str(ROOT / "src")}
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    assumed = []
    if not (given.get("MOKED_SECRET_KEY") or given.get("MOKED_SECRET_KEY_FILE")):
        environment["MOKED_SECRET_KEY_FILE"] = str(kept_secret(data))
        assumed.append(f"MOKED_SECRET_KEY (the key kept in {data / 'secret_key'} is used)")
    if not given.get("MOKED_BASE_URL"):
        environment["MOKED_BASE_URL"] = LOCAL_URL.format(port=port)
        assumed.append(f"MOKED_BASE_URL ({environment['MOKED_BASE_URL']} is used)")
    if not given.get("MOKED_SMTP_URL"):
        assumed.append("MOKED_SMTP_URL (mail waits until it is set)")
    if assumed:
        say(f"Not set: {', '.join(assumed)}.")
    return environment


def kept_secret(data: Path) -> Path:
    """Return the file of the secret key in the data folder, made at first, readable by its owner only."""
    path = data / "secret_key"
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
    return path


def manage(environment: dict[str, str], *words: str) -> int:
    """Run a management command to its end; returns its exit status."""
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, check=False, env=environment).returncode  # noqa: S603 - our own command


def processes(host: str, port: int, logs: Path | None = None) -> list[Child]:
    """Return an installation's processes: worker, mailboxes, web; each logs to a file in `logs` if given."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    limits = ["--workers", "1", "--blocking-threads", "16", "--no-ws", "--log-level", "error"]
    commands = {
        "worker": [sys.executable, str(ROOT / "manage.py"), "worker"],
        "mailboxes": [sys.executable, str(ROOT / "manage.py"), "fetch_mail"],
        "web": [*granian, *limits, "moked.config.wsgi:application"],
    }
    return [Child(name, command, logs and logs / f"{name}.log") for name, command in commands.items()]


def is_free(host: str, port: int) -> bool:
    """Return whether nobody listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_healthy(host: str, port: int, base_url: str) -> bool:
    """Ask /health, as somebody would who comes by the base URL; over a bare socket, to stay small."""
    nearby = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
    question = f"GET /health HTTP/1.0\r\nHost: {urlsplit(base_url).netloc}\r\n\r\n"
    try:
        with socket.create_connection((nearby, port), timeout=10) as connection:
            connection.sendall(question.encode())
            status_line = connection.recv(64).split(b"\r\n")[0]
    except OSError:
        return False
    return status_line.split(b" ")[1:2] == [b"200"]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # while preparing; later, the supervisor has its own way
        sys.exit(130)
