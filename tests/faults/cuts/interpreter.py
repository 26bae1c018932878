"""A Python whose `sqlite3` and `apsw` share one SQLite library, so that a VFS made in one serves the other.

Debian's apsw does (the wheel of PyPI carries a library of its own and does not). Root gets it installed;
everybody else gets the package downloaded and unpacked into var/.
"""

import dataclasses
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from script import needs

ROOT = Path(__file__).resolve().parents[3]
UNPACKED = ROOT / "var" / "apsw"
SYSTEM = Path("/usr/lib/python3/dist-packages/apsw")
PACKAGE = "python3-apsw"

PROBE = """
import os, sqlite3, sys, tempfile
import apsw
import django
opened = []
class VFS(apsw.VFS):
    def __init__(self):
        super().__init__("probe", "unix", True)
    def xOpen(self, name, flags):
        opened.append(name)
        return apsw.VFSFile("unix", name, flags)
vfs = VFS()
with tempfile.TemporaryDirectory() as folder:
    sqlite3.connect(os.path.join(folder, "probe")).execute("CREATE TABLE probe (id)")
sys.exit(not opened)
"""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    """A Python and the folders it must look into for apsw and for the packages of our environment."""

    program: str
    folders: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """Return our environment with the folders on the interpreter's path."""
        paths = [str(ROOT / "src"), str(ROOT), *self.folders]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

    def works(self) -> bool:
        """Try whether a VFS made by apsw is seen by sqlite3."""
        command = [self.program, "-c", PROBE]
        tried = subprocess.run(command, check=False, env=self.environment(), capture_output=True)
        return tried.returncode == 0


def find() -> Interpreter:
    """Return such a Python, getting apsw where it is missing; raises MissingProgram."""
    if found := first_that_works():
        return found
    missing = needs.MissingProgram("apsw for Python", f"sudo apt-get install {PACKAGE}")
    if os.geteuid() == 0:
        needs.install("apsw for Python", PACKAGE)
    elif not unpack():
        raise missing
    if found := first_that_works():
        return found
    raise missing


def first_that_works() -> Interpreter | None:
    """Try our own Python before the system's, each with apsw where it may lie."""
    link_system_package()
    packages = [UNPACKED / "apsw", *UNPACKED.glob("usr/lib/python3*/dist-packages/apsw")]
    ours = sysconfig.get_path("purelib")
    candidates = [
        Interpreter(program, (str(package.parent), ours))
        for program in (sys.executable, "/usr/bin/python3")
        for package in packages
    ]
    return next((candidate for candidate in candidates if candidate.works()), None)


def link_system_package() -> None:
    """Make the installed package reachable alone, without everything else that the system has."""
    link = UNPACKED / "apsw"
    if SYSTEM.is_dir() and not link.is_symlink():
        UNPACKED.mkdir(parents=True, exist_ok=True)
        link.symlink_to(SYSTEM)


def unpack() -> bool:
    """Download the package without installing it and unpack it into var/; tell whether that went well."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", "-qq", PACKAGE], check=True, cwd=UNPACKED, capture_output=True)
        for package in UNPACKED.glob(f"{PACKAGE}_*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(UNPACKED)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
