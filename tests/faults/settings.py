"""Settings of a system under a rig: those of an installation, with probes and, if asked for, sabotage.

Nothing here can be reached from `src`. `FAILPOINT` names the defence to take away, `RIG_SYNCHRONOUS` the
weaker syncing of the power rig's negative control.
"""

import os

from moked.config.settings import *  # noqa: F403
from moked.config.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

FAILPOINT = os.environ.get("FAILPOINT", "")

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.probes", "tests.faults.sabotage"]

if FAILPOINT == "ack-before-commit":
    MIDDLEWARE = ["tests.faults.sabotage.early_answer.commit_later", *MIDDLEWARE]

if synchronous := os.environ.get("RIG_SYNCHRONOUS"):
    options = DATABASES["default"]["OPTIONS"]
    full, less = "synchronous=FULL", f"synchronous={synchronous}"
    options["init_command"] = options["init_command"].replace(full, less)
