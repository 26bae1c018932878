"""The import linter's contracts are what the architecture says: exhaustive and without exceptions.

That they hold is checked by `script/lint`, once; here, that nobody loosened them.
"""

import subprocess
import sys
import tomllib

from tests.architecture import source


def contracts() -> list[dict[str, object]]:
    pyproject = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = pyproject["tool"]["importlinter"]["contracts"]
    return found


def test_no_contract_makes_an_exception() -> None:
    loosened = {"ignore_imports", "exhaustive_ignores", "unmatched_ignore_imports_alerting"}
    assert [one["name"] for one in contracts() if loosened & one.keys()] == []


def test_both_storeys_are_exhaustive() -> None:
    layered = [one for one in contracts() if one["type"] == "layers"]
    assert [one["containers"] for one in layered] == [["moked"], ["moked.web"]]
    assert all(one["exhaustive"] is True for one in layered)


def test_what_reads_mails_of_strangers_knows_nothing_of_django() -> None:
    files = (source.SOURCE / "channels" / "email" / "reading").glob("*.py")
    names = sorted(f"moked.channels.email.reading.{path.stem}" for path in files)
    program = f"import sys, importlib\nfor name in {names}: importlib.import_module(name)\n"
    program += "print([name for name in sys.modules if name.startswith(('django', 'psycopg', 'sqlite3'))])"
    environment = {"PYTHONPATH": str(source.SOURCE.parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert len(names) > 10
    assert done.stdout == b"[]\n"


def test_every_app_has_its_storey() -> None:
    apps = {path.parent.name for path in source.SOURCE.glob("*/__init__.py")}
    assert source.layers().keys() == apps
