"""The throw-away server is as strong as asked for, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from script.postgres import find_binaries, postgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def folder_of_servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder that the server's own user may enter, unlike pytest's."""
    find_binaries()
    with tempfile.TemporaryDirectory(prefix="moked-servers-") as folder:
        Path(folder).chmod(0o711)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.mark.parametrize(("fsync", "said"), [(True, "on"), (False, "off")])
def test_postgres_is_as_strong_as_asked_for_and_leaves_nothing(
    folder_of_servers: Path, fsync: bool, said: str
) -> None:
    with postgres(fsync=fsync) as url:
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT current_setting('fsync'), current_setting('full_page_writes'), datctype,"
                " pg_encoding_to_char(encoding), rolsuper, rolcreatedb"
                " FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user"
            ).fetchone()
        assert row == (said, said, "C.UTF-8", "UTF8", False, True)
        assert len(list(folder_of_servers.iterdir())) == 1
    assert list(folder_of_servers.iterdir()) == []
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_postgres_when_terminated_then_the_server_ends_and_nothing_is_left(folder_of_servers: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(folder_of_servers), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "script.postgres"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    assert list(folder_of_servers.iterdir()) == []
    url = said.removeprefix("export MOKED_DATABASE_URL=").strip()
    assert urlsplit(url).hostname == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
