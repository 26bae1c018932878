"""The texts of notices: one file a language, read once."""

import dataclasses
import functools
import tomllib
from pathlib import Path

FALLBACK = "en"


@dataclasses.dataclass(frozen=True)
class Text:
    """One notice in one language; `labels` are the words on its buttons, by placeholder."""

    language: str
    subject: str
    body: str
    labels: dict[str, str]


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the languages there are texts in."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.toml")))


@functools.cache
def _file(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))


def text_for(kind: str, language: str, *, fallback: str = FALLBACK) -> Text:
    """Return the text of a kind of notice in a language, else in `fallback`, else in English."""
    known = next(code for code in (language, fallback, FALLBACK) if code in languages())
    entry = dict(_file(known)[kind])
    return Text(known, entry.pop("subject"), entry.pop("body").strip(), entry)
