"""What is said about a catalogue that lacks something, and that compiling keeps plural forms."""

import gettext
import shutil
from pathlib import Path

import pytest

from script.catalogues import compile_catalogue, complaints_about, extract, read

HEAD = r"""
msgid ""
msgstr ""
"Language: he\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n == 1 ? 0 : n == 2 ? 1 : 2);\n"
"""


def catalogue(folder: Path, text: str) -> Path:
    path = folder / "django.po"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_complaints_when_complete_then_none(tmp_path: Path) -> None:
    path = catalogue(tmp_path, 'msgctxt "verb"\nmsgid "Close"\nmsgstr "לסגור"\n')
    assert list(complaints_about(read(path), {("verb", "Close"): "desk/case.html"})) == []


def test_complaints_name_each_fault(tmp_path: Path) -> None:
    path = catalogue(
        tmp_path,
        '#, fuzzy\nmsgid "Reply"\nmsgstr "תשובה"\n\n'
        'msgid "Note"\nmsgstr ""\n\n'
        '#, python-format\nmsgid "%(n)s late"\nmsgstr "%(m)s באיחור"\n\n'
        'msgid "Gone"\nmsgstr "הלך"\n',
    )
    wanted = {("", message): "a.html" for message in ("Reply", "Note", "%(n)s late", "Send")}
    assert list(complaints_about(read(path), wanted)) == [
        "fuzzy: 'Reply'",
        "not translated: 'Note'",
        "unknown named placeholder 'm': '%(n)s late'",
        "missing: 'Send' (asked for in a.html)",
        "no longer asked for: 'Gone'",
    ]


def test_compile_keeps_each_plural_form_and_the_context(tmp_path: Path) -> None:
    path = catalogue(
        tmp_path,
        'msgid "%(n)s case"\nmsgid_plural "%(n)s cases"\n'
        'msgstr[0] "אחת"\nmsgstr[1] "שתיים"\nmsgstr[2] "%(n)s פניות"\n\n'
        'msgctxt "verb"\nmsgid "Close"\nmsgstr "לסגור"\n',
    )
    compile_catalogue(path)
    with (tmp_path / "django.mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    assert [words.ngettext("%(n)s case", "%(n)s cases", n) for n in (1, 2, 7)] == [
        "אחת",
        "שתיים",
        "%(n)s פניות",
    ]
    assert words.pgettext("verb", "Close") == "לסגור"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="GNU gettext is missing; script/lint installs it")
def test_extract_finds_what_templates_and_code_ask_for(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '{% load i18n %}{% translate "Close" context "verb" %}'
        "{% blocktranslate count n=n %}{{ n }} case{% plural %}{{ n }} cases{% endblocktranslate %}"
    )
    (tmp_path / "forms.py").write_text('raise UnableToReply(_("Write what the resident should read."))\n')
    assert extract("django", tmp_path) == {
        ("verb", "Close"): "page.html",
        ("", "%(n)s case"): "page.html",
        ("", "Write what the resident should read."): "forms.py",
    }
