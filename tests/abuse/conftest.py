"""Abuse that is known to succeed. Each entry goes as soon as it is mended: its test then demands it."""

import pytest

BROKEN: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason in BROKEN.items():
            if item.name.startswith(name):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
