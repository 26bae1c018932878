"""The demo's mail server over real SMTP."""

import smtplib
import subprocess
import sys
import time
from pathlib import Path

from moked.config.demo import free_port

MAIL = "Subject: =?utf-8?b?16nXnNeV150=?=\r\nMessage-ID: <a@b.example>\r\n\r\n.dot first\r\nשלום\r\n".encode()


def test_demo_mail_keeps_each_mail_byte_for_byte(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "moked.config.demo_mail", str(tmp_path / "mail"), str(port)]
    with subprocess.Popen(command, env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")}) as server:
        try:
            for _ in range(2):
                with connect(port) as client:
                    client.sendmail("town@a.example", ["rut@b.example"], MAIL)
        finally:
            server.terminate()
    files = sorted((tmp_path / "mail").iterdir())
    assert [path.read_bytes() for path in files] == [MAIL, MAIL]
    assert {path.suffix for path in files} == {".eml"}


def connect(port: int) -> smtplib.SMTP:
    deadline = time.monotonic() + 20
    while True:
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=10)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
