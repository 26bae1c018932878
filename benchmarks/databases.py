"""Databases full of cases, made once and copied for each run.

What was made is kept under var/benchmarks/cache, by kind, number of cases and a digest of everything that
decides its content. A benchmark works on a copy, in a folder of its own that vanishes with it.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import children
from benchmarks.children import Child
from script.postgres import find_binaries, postgres

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "benchmarks"
CACHE = HOME / "cache"
SECRET_KEY = "only-for-benchmarks-" + 40 * "k"
FILLING_SECONDS = 4 * 3600
DECIDING = (
    "src/moked/*/migrations/*.py",
    "src/moked/packs/loader.py",
    "src/moked/packs/towns/*/*.toml",
    "src/moked/packs/invented.py",
    "src/moked/cases/bulk/*.py",
    "src/moked/sla/bulk.py",
    "src/moked/links/rules.py",
    "benchmarks/inside/filling.py",
)


@dataclass(frozen=True)
class Database:
    """A database in working order: how processes find it, what is in it, and where they may keep files."""

    cases: int
    url: str
    folder: Path
    facts_file: Path
    facts: dict[str, Any]


class Bench:
    """One run: its kind of database, its folder, its mail server, and its PostgreSQL where needed.

    `history` is a file to import and its mapping, where one was named; for `minutes` mails come, and
    `mails_waiting` are there when the server starts.
    """

    def __init__(
        self,
        kind: str,
        cases: int,
        history: tuple[Path, Path] | None = None,
        *,
        minutes: float = 10,
        mails_waiting: int = 10_000,
    ) -> None:
        self.kind = kind
        self.cases = cases
        self.history = history
        self.minutes = minutes
        self.mails_waiting = mails_waiting
        self.mail_port = children.free_port()
        self.folder: Path
        self._server_url = ""
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "Bench":
        HOME.mkdir(parents=True, exist_ok=True)
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=HOME))
            self._open.callback(shutil.rmtree, self.folder, ignore_errors=True)
            if self.kind == "postgresql":
                self._server_url = self._open.enter_context(postgres(fsync=True))
            self._start_mail_server()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def version(self) -> str:
        """Return the database's version with the settings that decide how durable it is."""
        if self.kind == "sqlite":
            import sqlite3

            return f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL"
        with psycopg.connect(self._server_url) as connection:
            version, fsync, commit = connection.execute(
                "SELECT current_setting('server_version'), current_setting('fsync'),"
                " current_setting('synchronous_commit')"
            ).fetchone() or ("", "", "")
        return f"PostgreSQL {version}, fsync={fsync}, synchronous_commit={commit}"

    def durable_folder(self) -> Path:
        """Return a folder on the file system where the database writes."""
        return Path(tempfile.gettempdir()) if self._server_url else self.folder

    def mails(self) -> int:
        """Return how many mails the mail server has accepted."""
        return int((self.folder / "mails").read_text() or 0)

    def environment(self, database: Database, **more: str) -> dict[str, str]:
        """Return the environment of a process that works on the database."""
        return self._environment(database.url, database.folder, **more)

    def database(self, cases: int | None = None) -> Database:
        """Return a copy of the database with that many cases, which is made if nobody has made it yet."""
        cases = self.cases if cases is None else cases
        cached = CACHE / f"{self.kind}-{cases}-{digest()}"
        if not (cached / "facts.json").exists():
            self._make(cached, cases)
        facts = json.loads((cached / "facts.json").read_text(encoding="utf-8"))
        folder = self.folder / str(cases)
        folder.mkdir()
        url = self._empty(folder)
        if self.kind == "sqlite":
            shutil.copyfile(cached / "moked.sqlite3", folder / "moked.sqlite3")
        else:
            self._restore(cached / "moked.dump", url)
        return Database(cases, url, folder, cached / "facts.json", facts)

    def _make(self, cached: Path, cases: int) -> None:
        say(f"Making {cases:,} cases on {self.kind}; the next run will find them…")
        for stale in CACHE.glob(f"{self.kind}-{cases}-*"):
            shutil.rmtree(stale)
        made = self.folder / f"made-{cases}"
        made.mkdir()
        url = self._empty(made)
        command = children.inside("filling", cases, made / "facts.json")
        children.result_of(command, self._environment(url, made), made / "filling.log", FILLING_SECONDS)
        if self.kind == "postgresql":
            run(find_binaries() / "pg_dump", "--format=custom", f"--file={made / 'moked.dump'}", url)
        kept = self.folder / f"kept-{cases}"
        kept.mkdir()
        for name in ("moked.sqlite3", "moked.dump", "facts.json"):
            if (made / name).exists():
                shutil.move(made / name, kept / name)
        CACHE.mkdir(exist_ok=True)
        with contextlib.suppress(OSError):  # another run may have made the same meanwhile
            kept.rename(cached)

    def _empty(self, folder: Path) -> str:
        """Return the URL of a database without content; on PostgreSQL a new one of the running server."""
        if self.kind == "sqlite":
            return f"sqlite:///{folder / 'moked.sqlite3'}"
        name = "moked_" + folder.name.replace("-", "_")
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        return f"{self._server_url.rpartition('/')[0]}/{name}"

    def _restore(self, dump: Path, url: str) -> None:
        run(find_binaries() / "pg_restore", "--no-owner", "--jobs=2", f"--dbname={url}", dump)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def _start_mail_server(self) -> None:
        command = [
            sys.executable,
            "-m",
            "benchmarks.mail_sink",
            str(self.mail_port),
            str(self.folder / "mails"),
        ]
        environment = clean_environment()
        sink = self._open.enter_context(children.running(command, environment, self.folder / "mail.log"))
        if not children.until(lambda: (self.folder / "mails").exists() or sink.has_ended(), 30):
            raise children.ChildFailed(sink.last_words())

    def _environment(self, url: str, folder: Path, **more: str) -> dict[str, str]:
        own = {
            "DJANGO_SETTINGS_MODULE": "moked.config.settings",
            "MOKED_DATABASE_URL": url,
            "MOKED_DATA": str(folder),
            "MOKED_SECRET_KEY": SECRET_KEY,
            "MOKED_SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}",
        }
        return clean_environment() | own | more


@contextlib.contextmanager
def serving(bench: Bench, database: Database) -> Iterator[tuple[Child, int]]:
    """Run script/server on the database; yields it and its port once it is ready."""
    port = children.free_port()
    environment = bench.environment(database, MOKED_BASE_URL=f"http://localhost:{port}")
    command = [str(ROOT / "script" / "server"), "--port", str(port)]
    with children.running(command, environment, database.folder / "server.log") as server:
        server.wait_for("Moked is ready", 180)
        yield server, port


def clean_environment() -> dict[str, str]:
    """Return our environment without what an installation may have set for itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOKED_")}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def digest() -> str:
    """Return what changes when the content of a made database would."""
    whole = hashlib.sha256(SECRET_KEY.encode())
    for pattern in DECIDING:
        for path in sorted(ROOT.glob(pattern)):
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def run(*command: object) -> None:
    """Run a program to its end; raises ChildFailed with its words."""
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if done.returncode:
        raise children.ChildFailed(f"{command[0]} failed:\n{done.stderr[-3000:]}")


def say(line: str) -> None:
    """Tell whoever waits what takes so long."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
