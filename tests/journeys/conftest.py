"""A whole installation with its two towns, and a real browser that tolerates no error."""

import contextlib
import email
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from moked.config.demo import HOST, base_url, children_of, environment_of, free_port
from moked.config.server import is_healthy, manage
from script import needs
from script.postgres import postgres

ROOT = Path(__file__).resolve().parents[2]
CASES = 60
SOFTWARE_WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WAIT = 30
READY_WITHIN = 120
PATIENCE = 20_000  # milliseconds: other journeys run beside this one


@dataclass
class Installation:
    """A running demo: its addresses, its mails, its database."""

    data: Path
    access: dict[str, Any]
    read: Callable[[str], list[tuple[Any, ...]]]
    environment: dict[str, str]

    def town(self, slug: str) -> dict[str, str]:
        return next(town for town in self.access["towns"] if town["slug"] == slug)

    def login(self, role: str, slug: str) -> dict[str, str]:
        return next(one for one in self.access["logins"] if (one["role"], one["town"]) == (role, slug))

    def receive(self, raw: bytes) -> dict[str, Any]:
        """Hand over a mail as the town's mail server does; return what it came to."""
        command = [sys.executable, str(ROOT / "manage.py"), "receive_mail"]
        said = subprocess.run(command, input=raw, env=self.environment, capture_output=True, check=True)
        return json.loads(said.stdout)

    def mails_to(self, address: str, *, count: int) -> list[EmailMessage]:
        """Wait for that many mails to an address and return them, oldest first."""
        deadline = time.monotonic() + WAIT
        while True:
            files = sorted((self.data / "mail").glob("[0-9]*.eml"))  # those with a dot are being written
            mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
            found = [mail for mail in mails if address in str(mail["To"])]
            if len(found) >= count:
                assert len(found) == count
                return found
            assert time.monotonic() < deadline, f"only {len(found)} of {count} mails came"
            time.sleep(0.2)


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("sqlite"), {}) as installation:
        yield installation


@pytest.fixture(scope="session")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with (
        postgres(fsync=True) as url,
        installed(tmp_path_factory.mktemp("postgresql"), {"MOKED_DATABASE_URL": url}) as installation,
    ):
        yield installation


@pytest.fixture(scope="session")
def in_czechia(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("cz"), {}, pack="cz") as installation:
        yield installation


@pytest.fixture(scope="session")
def in_hungary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("hu"), {}, pack="hu") as installation:
        yield installation


@contextlib.contextmanager
def installed(data: Path, more: dict[str, str], *, pack: str = "generic") -> Iterator[Installation]:
    port, mail_port = free_port(), free_port()
    if "MOKED_DATABASE_URL" not in more:
        shutil.copytree(prepared_once(data, pack), data, dirs_exist_ok=True)
    environment = environment_of(data, port, mail_port) | {"MOKED_PHOTO_SECONDS": "14"} | more
    prepare(environment, pack)  # of a copy, only what differs: its addresses
    processes = [
        subprocess.Popen(child.command, env=environment, start_new_session=True, **logs(child.log))
        for child in children_of(data, port, mail_port)
    ]
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not is_healthy(HOST, port, base_url(port)):
            assert time.monotonic() < deadline, "the installation does not become ready"
            time.sleep(0.2)
        access = json.loads((data / "access.json").read_text(encoding="utf-8"))
        yield Installation(data, access, reader(data, more.get("MOKED_DATABASE_URL")), environment)
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(60)


def prepared_once(data: Path, pack: str) -> Path:
    """Return a folder with the demo of a pack, which whoever asks first in this run prepares for all."""
    run = data.parent.parent if "PYTEST_XDIST_WORKER" in os.environ else data.parent
    prepared = run / f"prepared-{pack}"
    with (run / f"{pack}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (prepared / "access.json").exists():
            prepared.mkdir(exist_ok=True)
            prepare(environment_of(prepared, free_port(), free_port()), pack)
    return prepared


def prepare(environment: dict[str, str], pack: str) -> None:
    assert manage(environment, "prepare", "--demo", "--pack", pack, "--cases", str(CASES)) == 0


def logs(path: Path | None) -> dict[str, Any]:
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if path else subprocess.DEVNULL
    return {"stdout": output, "stderr": output}


def reader(data: Path, url: str | None) -> Callable[[str], list[tuple[Any, ...]]]:
    """Return a function that asks the installation's database, beside the application."""

    def read(query: str) -> list[tuple[Any, ...]]:
        if url:
            with psycopg.connect(url) as connection:
                return connection.execute(query).fetchall()
        connection = sqlite3.connect(f"file:{data / 'moked.sqlite3'}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    return read


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=needs.chromium(),
            args=[
                "--no-sandbox",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-gpu-rasterization",
                "--disable-gpu-compositing",  # without it software draws every page as WebGL, twice as slowly
                *SOFTWARE_WEBGL,
            ],
        )
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person with a browser of their own; `complaints` are what its console and policy complained of."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; at the end none of their browsers may have complained of anything."""
    made: list[Visitor] = []

    def visitor(**options: Any) -> Visitor:
        made.append(Visitor(browser.new_context(**options)))
        return made[-1]

    yield visitor
    for one in made:
        one.context.close()
    complaints = [complaint for one in made for complaint in one.complaints]
    assert not complaints, "\n".join(complaints)
