"""Compile the gettext catalogues, and say what is wrong with them.

    python script/catalogues.py compile     write each .mo beside its .po
    python script/catalogues.py check       exit 1 unless each catalogue says everything the source asks for

Compiling needs only Babel, so that nobody needs GNU gettext to run Moked; extracting, which only
developers do, is Django's `makemessages` and needs it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parents[1] / "src" / "moked"
CATALOGUES = sorted((SOURCE / "locale").glob("*/LC_MESSAGES/*.po"))

Key = tuple[str, str]


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit status."""
    if arguments == ["compile"]:
        for path in CATALOGUES:
            compile_catalogue(path)
        return 0
    if arguments == ["check"]:
        complaints = list(complaints_about_all())
        sys.stdout.write("".join(f"{complaint}\n" for complaint in complaints))
        return 1 if complaints else 0
    sys.stderr.write(__doc__ or "")
    return 2


def compile_catalogue(path: Path) -> None:
    """Write the .mo file beside the .po file; it appears whole or not at all."""
    unfinished = path.with_suffix(".mo.new")
    with unfinished.open("wb") as file:
        write_mo(file, read(path))
    unfinished.replace(path.with_suffix(".mo"))


def complaints_about_all() -> Iterator[str]:
    """Yield a line for each fault of each catalogue."""
    if not CATALOGUES:
        yield f"There is no catalogue under {SOURCE.name}/locale."
        return
    wanted = {domain: extract(domain) for domain in {path.stem for path in CATALOGUES}}
    for path in CATALOGUES:
        name = str(path.relative_to(SOURCE))
        for complaint in complaints_about(read(path), wanted[path.stem]):
            yield f"{name}: {complaint}"


def complaints_about(catalogue: Catalog, wanted: dict[Key, str]) -> Iterator[str]:
    """Yield what is untranslated, uncertain, wrong in its placeholders, missing or no longer asked for.

    `wanted` maps each message of the source to where it stands.
    """
    messages = {key_of(message): message for message in catalogue if message.id}
    for key, message in messages.items():
        if message.fuzzy:
            yield f"fuzzy: {key[1]!r}"
        elif not is_translated(message):
            yield f"not translated: {key[1]!r}"
        for error in message.check(catalogue):
            yield f"{error}: {key[1]!r}"
    for key in sorted(wanted.keys() - messages.keys()):
        yield f"missing: {key[1]!r} (asked for in {wanted[key]})"
    for key in sorted(messages.keys() - wanted.keys()):
        yield f"no longer asked for: {key[1]!r}"


def key_of(message: Message) -> Key:
    """Return context and singular, which name a message."""
    return (message.context or "", message.id if isinstance(message.id, str) else message.id[0])


def is_translated(message: Message) -> bool:
    """Return whether each form has words."""
    return bool(message.string) if isinstance(message.string, str) else all(message.string or [""])


def read(path: Path) -> Catalog:
    """Return the catalogue without its obsolete entries."""
    with path.open("rb") as file:
        return read_po(file, ignore_obsolete=True, abort_invalid=True)


def extract(domain: str, source: Path = SOURCE) -> dict[Key, str]:
    """Return each message that a copy of the source asks for, with the first place that does."""
    with tempfile.TemporaryDirectory(prefix="moked-catalogues-") as folder:
        copy = Path(folder) / "moked"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("locale", "__pycache__"))
        (copy / "locale").mkdir()
        options = ["--locale=he", "--verbosity=0", f"--domain={domain}"]
        command = [sys.executable, "-m", "django", "makemessages", *options]
        without_settings = {"PATH": os.environ["PATH"]}
        subprocess.run(command, cwd=copy, env=without_settings, check=True)
        path = copy / "locale" / "he" / "LC_MESSAGES" / f"{domain}.po"
        messages = [message for message in read(path) if message.id] if path.exists() else []
    return {key_of(message): message.locations[0][0] for message in messages}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
