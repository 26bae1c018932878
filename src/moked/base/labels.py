"""Short texts in several languages: `{language: text}` kept in one JSON column."""

import json
from collections.abc import Mapping
from typing import Any

Labels = Mapping[str, str]


class ReadableEncoder(json.JSONEncoder):
    """Write Hebrew and Arabic as letters, not as escapes, so that the database can be read and searched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "ensure_ascii": False})


def label(labels: Labels, language: str, fallback: str) -> str:
    """Return the text in `language`, else in `fallback`, else in any language there is, else ''."""
    return (
        labels.get(language) or labels.get(fallback) or next((text for text in labels.values() if text), "")
    )
