"""Short texts in several languages: `{language: text}` kept in one JSON column."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from moked.base.text import has_unstorable

Labels = Mapping[str, str]


class ReadableEncoder(json.JSONEncoder):
    """Write Hebrew and Arabic as letters, not as escapes, so that the database can be read and searched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "ensure_ascii": False})


def label(labels: Labels, language: str, fallback: str) -> str:
    """Return the text in `language`, else in `fallback`, else in any language there is, else ''."""
    return spoken(labels, language, fallback)[0]


def spoken(labels: Labels, language: str, fallback: str) -> tuple[str, str]:
    """Return what `label` returns with the language it is in; that of '' is `language`."""
    order = dict.fromkeys((language, fallback, *labels))
    return next(((labels[code], code) for code in order if labels.get(code)), ("", language))


def is_missing(labels: Labels, language: str) -> bool:
    """Tell whether there is no text in this language although there is one in another."""
    return not labels.get(language, "").strip() and say_something(labels)


def are_labels(value: object, *, longest: int) -> TypeGuard[Labels]:
    """Tell whether this is `{language: text}`, every text storable and at most `longest` characters."""
    return isinstance(value, Mapping) and all(
        isinstance(language, str)
        and isinstance(text, str)
        and len(text) <= longest
        and not has_unstorable(language + text)
        for language, text in value.items()
    )


def say_something(labels: Labels) -> bool:
    """Tell whether there are words in at least one language."""
    return any(text.strip() for text in labels.values())
