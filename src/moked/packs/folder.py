"""Read the files of a pack's folder, whoever made it: bounded, plain files, UTF-8, TOML that is not deep."""

import os
import re
import stat
import tomllib
from itertools import islice
from pathlib import Path
from typing import Any

from moked.packs.problems import Problem

FILES = ("town.toml", "services.toml", "replies.toml", "guides.toml", "bodies.toml", "map.toml", "demo.toml")
NEEDED = frozenset({"town.toml", "services.toml"})
MOST_BYTES = 2 * 1024 * 1024
MOST_ENTRIES = 1_000
DEEPEST = 16
_DATA = frozenset({".toml", ".yaml", ".yml", ".json"})
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# What decides how deep a document is; texts and comments are stepped over.
# A text that never ends reaches to the end, so that no input is looked through twice.
_SIGN = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"{3,5}|\\?\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:\\[^\n]|[^"\\\n])*"?'
    r"|'[^'\n]*'?|#[^\n]*|[\[\]{}.\n=,]",
    re.DOTALL,
)


class _Refused(Exception):
    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(what)
        self.what, self.place = what, place


def read(folder: Path) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Return the documents of the folder's files by name, and what is wrong with those that cannot be read.

    Only files of the known names are opened; other data files are told, whatever else lies there is not read.
    """
    documents: dict[str, dict[str, Any]] = {}
    problems = _strangers(folder)
    for name in FILES:
        try:
            documents[name] = _document(folder / name)
        except FileNotFoundError:
            if name in NEEDED:
                problems.append(Problem(name, "", "This file is missing: a pack cannot do without it."))
        except _Refused as refusal:
            problems.append(Problem(name, refusal.place, refusal.what))
        except OSError as error:
            problems.append(
                Problem(name, "", f"It cannot be read ({error.strerror}): put a plain file here.")
            )
    return documents, problems


def _strangers(folder: Path) -> list[Problem]:
    """Tell data files that no pack has, so that a misspelt name is not passed over in silence."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in islice(entries, MOST_ENTRIES + 1))
    if len(names) > MOST_ENTRIES:
        return [Problem("", "", f"Keep other files out of the folder: it may hold {MOST_ENTRIES}.")]
    known = f"A pack consists of {', '.join(FILES)}: rename it, or take it out."
    return [
        Problem(repr(name[:60]), "", known)
        for name in names
        if name not in FILES and Path(name.strip().lower()).suffix in _DATA
    ]


def _document(path: Path) -> dict[str, Any]:
    text = _text(_bytes(path))
    _check_depth(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Refused(f"This is no TOML ({str(error)[:200]}): mend it there.") from None


def _bytes(path: Path) -> bytes:
    if path.is_symlink():
        raise _Refused("This is a link to somewhere else: put the file itself here.")
    with os.fdopen(os.open(path, _OPEN), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _Refused("This is no plain file: put one here.")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _Refused(f"It is larger than {MOST_BYTES // 1024 // 1024} MB: shorten it.")
    return content


def _text(content: bytes) -> str:
    if (at := content.find(b"\x00")) >= 0:
        raise _Refused("It holds a NUL byte: take it out.", _line(content.count(b"\n", 0, at)))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Refused("Save it as UTF-8.", _line(content.count(b"\n", 0, error.start))) from None


def _check_depth(text: str) -> None:
    """Refuse what lies too deep before it is parsed, which takes time by the square of the depth."""
    brackets = dots = line = 0
    for sign in _SIGN.findall(text):
        line += sign.count("\n")
        if sign in "[{":
            brackets += 1
        elif sign in "]}":
            brackets = max(0, brackets - 1)
        if sign == ".":
            dots += 1
        elif sign in "[]{}=,\n":
            dots = 0
        if brackets + dots > DEEPEST:
            raise _Refused(f"It is nested more than {DEEPEST} deep: flatten it.", _line(line))


def _line(breaks_before: int) -> str:
    return f"line {breaks_before + 1}"
