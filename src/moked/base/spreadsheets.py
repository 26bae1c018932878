"""Which text a spreadsheet program would take for a formula, and how it is kept from that."""

import re
import unicodedata

_FORMULA = ("=", "+", "-", "@", "|", "\N{MINUS SIGN}")
_ENDS_CELL = re.compile(r"[;\t\n]")


def harmless(text: str) -> str:
    """Return text that no spreadsheet program runs when it opens it in a CSV file.

    A quote goes before whatever would begin a formula: at the beginning, and behind each line break,
    tabulator and semicolon, where programs end a cell that expect another separator. Full-width and small
    forms of the signs count as the signs.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept, start = [], 0
    for end in (*(found.end() for found in _ENDS_CELL.finditer(text)), len(text)):
        part = text[start:end]
        is_odd = begins_formula(part) or (start == 0 and part.startswith(("\t", "\n")))
        kept.append(f"'{part}" if is_odd else part)
        start = end
    return "".join(kept)


def begins_formula(part: str) -> bool:
    """Tell whether the first letter that a spreadsheet program looks at is one that begins a formula."""
    # A quote that begins a cell for one separator stands within a cell for another, and vanishes there.
    seen = (
        char for char in part if not char.isspace() and char != '"' and unicodedata.category(char) != "Cf"
    )
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return first.startswith(_FORMULA)
