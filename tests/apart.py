"""Run one of the tests' own programs as a process of its own, on the database of the test."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def run_apart(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a module to its end, however that comes."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "MOKED_DATA": str(settings.DATA),
        "MOKED_DATABASE_URL": database_url(),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=ROOT,
    )


def database_url() -> str:
    """Return the address of the database that this test works on."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["MOKED_DATABASE_URL"])._replace(path=f"/{name}").geturl()
