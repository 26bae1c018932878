"""Settings under test: as in an installation, but quick and in folders that vanish.

A process that a rig starts with these settings is told its own MOKED_DATA and MOKED_DATABASE_URL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "MOKED_DATA" not in os.environ:
    # In memory where there is such a folder: what is written is synced, but no disk is waited for.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    os.environ["MOKED_DATA"] = tempfile.mkdtemp(prefix="moked-tests-", dir=memory)
    atexit.register(shutil.rmtree, os.environ["MOKED_DATA"], ignore_errors=True)
os.environ.setdefault("MOKED_SECRET_KEY", "only-for-tests-" + 40 * "k")

from moked.config.settings import *  # noqa: F403
from moked.config.settings import DATA, DATABASES, STATIC_ROOT

# A file, not memory: threads, rigs and the writers' queue need one.
TEST_DATABASE = (
    str(DATA / "test.sqlite3") if "sqlite" in str(DATABASES["default"]["ENGINE"]) else "test_moked"
)
DATABASES["default"] |= {"TEST": {"NAME": TEST_DATABASE}, "CONN_MAX_AGE": 0}

# Unit tests and journeys run on a PostgreSQL without fsync; what refuses one has tests of its own.
SILENCED_SYSTEM_CHECKS = ["moked.E001"] if DATABASES["default"]["ENGINE"].endswith("postgresql") else []

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
