"""Front doors write only through operations, and reading opens no transaction."""

import ast

from tests.architecture import source

WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "update",
    "delete",
    "raw",
    "execute",
    "executemany",
    "create_user",
    "set_password",
    "add",
    "remove",
    "clear",
    "set",
}
# The same words said to something that is not a row, or one statement that only reads.
NO_WRITE = {
    ("moked.web.desk.forms", "self.errors.clear"): "forgets what a form complained of",
    ("moked.web.ui.throttle", "cache.add"): "counts failed tries in the cache, not in the database",
    ("moked.web.ops.health", "cursor.execute"): "SELECT 1: does the database answer?",
}
JOINS_TWO_OPERATIONS = {
    "moked.web.ops.operations": "the outbox lies below the audit trail and cannot write to it"
}


def writes(tree: ast.Module, module: str) -> list[str]:
    """Return the calls that look like a write of rows."""
    return [
        f"{module}: {name}"
        for name, call in source.calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITES
        and (module, name) not in NO_WRITE
    ]


def opens_transaction(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in {"transaction.atomic", "atomic"}
        for node in ast.walk(tree)
    )


def doors() -> dict[str, ast.Module]:
    return {name: tree for name, tree in source.modules().items() if name.startswith("moked.web.")}


def readers() -> dict[str, ast.Module]:
    names = [name for name in source.modules() if name.endswith((".queries", ".published"))]
    return {name: source.modules()[name] for name in names}


def test_no_front_door_writes_rows_itself() -> None:
    assert len(doors()) > 20
    assert [found for module, tree in doors().items() for found in writes(tree, module)] == []


def test_no_reader_opens_a_transaction() -> None:
    found = {module for module, tree in (doors() | readers()).items() if opens_transaction(tree)}
    assert found == JOINS_TWO_OPERATIONS.keys()


def test_a_view_that_writes_is_found() -> None:
    view = ast.parse("def close(request, case):\n    case.state = 'CLOSED'\n    case.save()\n")
    assert writes(view, "moked.web.desk.views") == ["moked.web.desk.views: case.save"]


def test_each_exception_is_still_needed() -> None:
    said = {(module, name) for module, tree in doors().items() for name, _ in source.calls(tree)}
    assert NO_WRITE.keys() - said == set()
