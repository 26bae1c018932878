"""What differs between two revisions of a configured thing. Plain values, no database."""

import dataclasses
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Difference:
    """One value that differs; `path` leads to it, list entries counted from 1. None means it is not there."""

    path: Path
    was: Any
    now: Any


def differences(was: Any, now: Any) -> list[Difference]:
    """Return every value that differs between two documents, in the order of the newer one."""
    return list(_differences(was, now, ()))


def _differences(was: Any, now: Any, path: Path) -> Iterator[Difference]:
    if was == now:
        return
    if _is_branch(was) and _is_branch(now) and type(was) is type(now):
        before, after = _entries(was), _entries(now)
        for name in dict.fromkeys([*after, *before]):
            yield from _differences(before.get(name), after.get(name), (*path, name))
    else:
        yield Difference(path, was, now)


def _is_branch(value: Any) -> bool:
    """Tell whether a value is compared inside: a mapping, or a list of them."""
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _entries(branch: Any) -> dict[str, Any]:
    if isinstance(branch, dict):
        return branch
    return {str(number): entry for number, entry in enumerate(branch, 1)}
