"""The source as syntax trees, for rules that no linter knows."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "moked"


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the product but its migrations, by dotted name."""
    return {
        name_of(path): ast.parse(path.read_text(encoding="utf-8"), str(path))
        for path in sorted(SOURCE.rglob("*.py"))
        if "migrations" not in path.parts
    }


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


def layers() -> dict[str, int]:
    """Return each app's storey, 0 at the bottom, from the contract that import-linter checks."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    [declared] = [one["layers"] for one in contracts["contracts"] if one.get("containers") == ["moked"]]
    return {app.strip(): height for height, line in enumerate(reversed(declared)) for app in line.split("|")}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call with the dotted text of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name of a module stands for, in full."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def full_name(node: ast.Name | ast.Attribute, names: dict[str, str]) -> str:
    """Return what a name or a chain of attributes stands for, in full; `names` are those imported."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node.value, ast.Name | ast.Attribute):
        return f"{full_name(node.value, names)}.{node.attr}"
    return node.attr


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield each top-level function or method with its dotted name; the rest of the module as ''."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                yield f"{node.name}.{getattr(part, 'name', '')}".rstrip("."), part
        else:
            yield "", node
