"""What the demo refuses, and what it keeps out of its environment."""

import os
import socket
import stat
from pathlib import Path

import pytest

from moked.config import demo
from moked.config.server import kept_secret, with_defaults


def test_only_one_on_when_a_demo_runs_there_then_a_second_is_told_where(tmp_path: Path) -> None:
    with demo.only_one_on(tmp_path, fresh=False) as lock:
        os.pwrite(lock, b"4711 http://localhost:8003\n", 0)
        with pytest.raises(demo.UnableToRunDemo) as refusal, demo.only_one_on(tmp_path, fresh=True):
            pass
    assert "A demo already runs" in str(refusal.value)
    assert "http://localhost:8003 (process 4711)" in str(refusal.value)


def test_only_one_on_when_fresh_then_the_former_demo_is_gone(tmp_path: Path) -> None:
    with demo.only_one_on(tmp_path, fresh=False):
        (tmp_path / "mail").mkdir()
        (tmp_path / "access.json").write_text("{}")
    with demo.only_one_on(tmp_path, fresh=True):
        assert [path.name for path in tmp_path.iterdir()] == ["demo.lock"]


@pytest.mark.parametrize("fresh", [False, True])
def test_only_one_on_when_the_folder_holds_other_things_then_it_is_left_alone(
    tmp_path: Path, fresh: bool
) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(demo.UnableToRunDemo), demo.only_one_on(tmp_path, fresh=fresh):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_choose_port_when_the_wanted_one_is_taken_then_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(demo.UnableToRunDemo, match=f"Port {port} is in use"):
            demo.choose_port(port)


def test_choose_port_when_none_is_wanted_then_the_next_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(demo, "FIRST_PORT", other.getsockname()[1])
        assert demo.choose_port(None) > other.getsockname()[1]


def test_environment_of_the_demo_holds_nothing_of_an_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOKED_DATABASE_URL", "postgresql://town.example/real")
    monkeypatch.setenv("MOKED_SECRET_KEY", "real")
    environment = demo.environment_of(tmp_path, 8001, 2525)
    assert {name: value for name, value in environment.items() if name.startswith("MOKED_")} == {
        "MOKED_PROFILE": "demo",
        "MOKED_DATA": str(tmp_path),
        "MOKED_SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "MOKED_BASE_URL": "http://localhost:8001",
        "MOKED_ALLOWED_HOSTS": "localhost,.localhost,127.0.0.1",
        "MOKED_SMTP_URL": "smtp://127.0.0.1:2525",
    }


def test_kept_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = kept_secret(tmp_path)
    first = path.read_text()
    assert len(first) > 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_secret(tmp_path).read_text() == first


def test_server_when_nothing_is_set_then_says_what_it_assumes_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = with_defaults({"MOKED_DATA": str(tmp_path)}, 8010)
    assert environment["MOKED_SECRET_KEY_FILE"] == str(tmp_path / "secret_key")
    assert environment["MOKED_BASE_URL"] == "http://localhost:8010"
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(name in said for name in ("MOKED_SECRET_KEY", "MOKED_BASE_URL", "MOKED_SMTP_URL"))


def test_server_when_all_is_set_then_says_nothing_and_keeps_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "MOKED_DATA": str(tmp_path),
        "MOKED_SECRET_KEY": "k" * 50,
        "MOKED_BASE_URL": "https://moked.example",
        "MOKED_SMTP_URL": "smtp://mail.example",
    }
    assert with_defaults(given, 8010)["MOKED_BASE_URL"] == "https://moked.example"
    assert capsys.readouterr().err == ""
    assert not (tmp_path / "secret_key").exists()
