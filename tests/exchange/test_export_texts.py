"""What files and sheets are called, and what their cells may hold."""

from datetime import date

import pytest

from moked.exchange.exports.rules import Selection, cell_text, file_name, sheet_name, still_covers


def test_a_cell_of_a_workbook_holds_no_character_that_xml_lacks() -> None:
    assert cell_text("a\x00\x0b\ud800\ufffe\uffffz\t\nא") == "a\ufffd\ufffd\ufffd\ufffd\ufffdz\t\nא"
    assert len(cell_text("x" * 40_000)) == 32_767


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Cases", "Cases"),
        ("פניות", "פניות"),
        ("=1+1", "1+1"),
        ("'=cmd|' /C calc'!A0", "cmd|'  C calc'!A0"),
        ("a[b]c:d*e?f/g\\h", "a b c d e f g h"),
        ("x" * 40, "x" * 31),
        ("'", "1"),
    ],
)
def test_a_sheet_is_called_what_a_sheet_may_be_called(words: str, name: str) -> None:
    assert sheet_name(words) == name


def test_a_file_is_called_by_town_and_day() -> None:
    assert file_name("riverton", date(2026, 11, 29), "XLSX") == "cases-riverton-2026-11-29.xlsx"


def test_a_selection_is_kept_and_read_again() -> None:
    chosen = Selection("closed", "pothole", date(2026, 1, 2), date(2026, 3, 4))
    assert chosen.as_document() == {
        "which": "closed",
        "service": "pothole",
        "opened_from": "2026-01-02",
        "opened_to": "2026-03-04",
    }
    assert Selection.from_document(chosen.as_document()) == chosen
    assert Selection.from_document(Selection().as_document()) == Selection()


def test_rights_cover_what_they_had_and_more() -> None:
    then = {"roles": ["AGENT"], "departments": [1], "managed": []}
    assert still_covers({"roles": ["AGENT", "AUDITOR"], "departments": [1, 2], "managed": [2]}, then)
    assert not still_covers({"roles": ["AUDITOR"], "departments": [1], "managed": []}, then)
    assert not still_covers({"roles": ["AGENT"], "departments": [], "managed": []}, then)
    assert not still_covers({}, then)
