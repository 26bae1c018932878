"""Programs of the machine that tests and checks need: found, installed by root, or named with the command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

AFTER_OTHERS = ("-o", "DPkg::Lock::Timeout=300")  # tests on two cores may miss the same program at once
DICTIONARIES = Path("/usr/share/hunspell")


class MissingProgram(Exception):
    """A program is not there and this user may not install it; `command` is what mends it."""

    def __init__(self, program: str, command: str) -> None:
        super().__init__(f"{program} is missing. Run: {command}")
        self.program = program
        self.command = command


def install(program: str, *packages: str) -> None:
    """Install Debian packages as root; raises MissingProgram for everybody else and where it fails."""
    wanted = " ".join(packages)
    missing = MissingProgram(program, f"sudo apt-get install --no-install-recommends {wanted}")
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise missing
    sys.stderr.write(f"Installing {wanted}…\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"env": environment, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    command = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *AFTER_OTHERS, *packages]
    if subprocess.run(command, check=False, **quiet).returncode != 0:
        raise missing


def chromium() -> str:
    """Return the path of Chromium, installing it as root."""
    path = installed_chromium()
    if path is None:
        install("Chromium", "chromium")
        path = installed_chromium()
    if path is None:
        raise MissingProgram("Chromium", "sudo apt-get install chromium")
    return path


def installed_chromium() -> str | None:
    """Return the path of Chromium or Chrome, or None."""
    candidates = (os.environ.get("MOKED_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


def gettext() -> None:
    """Make sure that GNU gettext, which extracts messages from the source, is there."""
    if not shutil.which("xgettext"):
        install("GNU gettext", "gettext")


def hunspell() -> None:
    """Make sure that hunspell is there with the dictionaries of our languages."""
    known = ("ar", "cs_CZ", "en_GB", "he_IL", "hu_HU")
    if not shutil.which("hunspell") or not all((DICTIONARIES / f"{name}.dic").exists() for name in known):
        install("hunspell", "hunspell", *(f"hunspell-{name}" for name in ("ar", "cs", "en-gb", "he", "hu")))


def dovecot() -> str:
    """Return the path of Dovecot, the mail server that tests read mailboxes of, installing it as root."""
    if not (path := installed_dovecot()):
        install("Dovecot", "dovecot-imapd")
        path = installed_dovecot()
    if not path:
        raise MissingProgram("Dovecot", "sudo apt-get install dovecot-imapd")
    return path


def installed_dovecot() -> str | None:
    """Return the path of Dovecot with its part for IMAP, or None; it may lie where only root looks."""
    path = shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    return path if path and any(Path("/").glob("usr/*/dovecot/imap")) else None


def in_ci() -> bool:
    """Return whether nobody is there to install what is missing, so that missing it is a failure."""
    return os.environ.get("CI", "").lower() in {"true", "1"}
