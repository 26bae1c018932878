"""Abuse that is known to succeed. Each entry goes as soon as it is mended: its test then demands it."""

import pytest

BROKEN = {
    "test_controls_of_the_second_set_are_not_kept": "base.text keeps U+0080 to U+009F",
    "test_words_nobody_can_see_are_no_words[": (
        "base.text takes marks nobody can see for words, so an empty mail is sent"
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason in BROKEN.items():
            if item.name.startswith(name):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
