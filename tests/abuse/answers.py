"""Compare what two requests were answered, and what the database held before and after."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.http import HttpResponse

# What differs between any two answers, of whatever page.
_NOISE = (
    (re.compile(r"nonce-[\w+/=]+"), "nonce-*"),
    (re.compile(r'nonce="[^"]*"'), 'nonce="*"'),
    (re.compile(r'(name="csrfmiddlewaretoken" value=)"[^"]*"'), r'\1"*"'),
    (re.compile(r"(csrftoken=)\w+"), r"\1*"),
    (re.compile(r"(moked_seen=)[^;]+"), r"\1*"),
    (re.compile(r"expires=[^;]+;"), "expires=*;"),
    (re.compile(r'(name="next" value=)"[^"]*"'), r'\1"*"'),  # the address itself, to come back to
    (re.compile(r'(name="submission" value=)"[^"]*"'), r'\1"*"'),
)
NOISY_HEADERS = {"Server-Timing", "Content-Length", "Expires"}
_WRITE = re.compile(
    r'(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?) "?(\w+)', re.IGNORECASE
)
SESSIONS = {"sessions.Session"}


def answer(response: HttpResponse, *, but: str = "") -> tuple[Any, ...]:
    """Return all of an answer that must not depend on whether the object exists.

    The address itself may be repeated in headers, and `but`, another name of the object, anywhere.
    """
    path = response.request["PATH_INFO"]
    told = {name: value for name, value in response.headers.items() if name not in NOISY_HEADERS}
    headers = {name: still(value, path, but) for name, value in told.items()}
    cookies = {name: still(morsel.OutputString()) for name, morsel in response.cookies.items()}
    return response.status_code, headers, cookies, still(response.content.decode(), but)


def still(text: str, *but: str) -> str:
    """Return a text without what differs each time and without the given words."""
    for pattern, instead in _NOISE:
        text = pattern.sub(instead, text)
    for words in filter(None, but):
        text = text.replace(words, "<object>")
    return text


def rows(tables: set[str] | None = None, *, without: set[str] = SESSIONS) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, or of the named ones, by model."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.label not in without and model._meta.managed and not model._meta.proxy
        if tables is None or model._meta.db_table in tables
    }


@contextmanager
def writes(*, but: frozenset[str] = frozenset({"django_session"})) -> Iterator[set[str]]:
    """Yield the tables that the block writes rows to; much quicker than reading every row twice."""
    tables: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        # SQLite does not know yet how many rows an INSERT … RETURNING has written.
        if (found := _WRITE.match(sql)) and (sql.startswith("INSERT") or context["cursor"].rowcount):
            tables.update({found[1]} - but)
        return result

    with connection.execute_wrapper(note):
        yield tables


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return the rows that came, went or differ, by model."""
    return {
        label: [row for row in before[label] + now if (row in before[label]) != (row in now)]
        for label, now in after.items()
        if before[label] != now
    }
