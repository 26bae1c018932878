"""Texts that a town has not written in the reader's language, marked with the one they are in.

A screen reader then says them as they are written, and their letters run as they should.
"""

from collections.abc import Mapping

from django.conf.locale import LANG_INFO
from django.utils.html import format_html

from moked.base.labels import spoken


def marked(labels: Mapping[str, str], language: str, fallback: str) -> str:
    """Return what `label` returns, as safe HTML with `lang` and `dir` when it is in another language."""
    text, found = spoken(labels, language, fallback)
    return text if found == language else in_language(text, found)


def in_language(text: str, language: str) -> str:
    """Return a text as safe HTML that says which language it is in."""
    direction = "rtl" if LANG_INFO.get(language, {}).get("bidi") else "ltr"
    return format_html('<span lang="{}" dir="{}">{}</span>', language, direction, text)


def lines_in(lines: Mapping[str, list[str]], language: str, town: str) -> list[str]:
    """Return lines in a language, else in `town`, the town's, then each marked with it."""
    joined = {code: "\n".join(some) for code, some in lines.items()}
    text, found = spoken(joined, language, town)
    said = [line for line in text.split("\n") if line]
    return said if found == language else [in_language(line, found) for line in said]
