"""Numbers and days as people type them, in any digits."""

import functools
import re
from datetime import date
from decimal import Decimal

from babel.dates import get_month_names

from moked.base.text import fold

LARGEST = Decimal(10) ** 12
DECIMALS = 4
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
MONTH_NAMES_IN = ("en", "he", "ar", "ar_LB", "cs", "hu")
_MARKS = re.compile(r"[\u200e\u200f\u061c\s'’_]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
_BETWEEN = re.compile(r"[\s./,\u2010-\u2015-]+")


class BadValue(ValueError):
    """What was typed cannot be read; `code` says why: NOT_A_NUMBER, UNCLEAR_NUMBER or NOT_A_DATE."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def number_from(text: str) -> int | float:
    """Return the number somebody typed, with a point or a comma before its fraction, to four decimals.

    Raises BadValue: UNCLEAR_NUMBER for one like "1,234", which is a thousand to some and near one to others.
    """
    bare = _in_western_digits(_MARKS.sub("", text)).replace("٬", "").replace("٫", ".").replace("−", "-")
    if _GROUPED.fullmatch(bare):
        raise BadValue("UNCLEAR_NUMBER")
    plain = _with_one_point(bare)
    if not _NUMBER.fullmatch(plain) or abs(number := Decimal(plain)) > LARGEST:
        raise BadValue("NOT_A_NUMBER")
    return int(number) if number == int(number) else float(round(number, DECIMALS))


def _with_one_point(text: str) -> str:
    """Drop what groups thousands: the mark that comes first of two, or more than once."""
    point, comma = text.rfind("."), text.rfind(",")
    grouping = "," if point > comma else "."
    if point >= 0 and comma >= 0:
        return text.replace(grouping, "").replace(",", ".")
    mark = "." if point >= 0 else ","
    return text.replace(mark, "" if text.count(mark) > 1 else ".")


def day_from(typed: list[str]) -> date:
    """Return the day somebody typed as day, month and year, or as one text; a month may be named.

    One text is read as year, month, day when it begins with four digits, otherwise as day, month, year.
    Raises BadValue NOT_A_DATE.
    """
    parts = [_in_western_digits(_MARKS.sub(" ", part)).strip() for part in typed]
    if len(parts) == 1:
        parts = _parts_of(parts[0])
    if len(parts) != 3 or not parts[0].isdecimal() or not re.fullmatch(r"\d{4}", parts[2]):
        raise BadValue("NOT_A_DATE")
    year = int(parts[2])
    try:
        found = date(year, _month_from(parts[1]), int(parts[0][:3]))
    except ValueError:
        raise BadValue("NOT_A_DATE") from None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise BadValue("NOT_A_DATE")
    return found


def _parts_of(text: str) -> list[str]:
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) == 3 and len(parts[0]) == 4:
        parts.reverse()
    if len(parts) > 3:
        parts = [parts[0], " ".join(parts[1:-1]), parts[-1]]
    return parts


def _month_from(text: str) -> int:
    """Return the number of a month; raises ValueError for what is none."""
    name = fold(text).strip(" .")
    if name in (months := _months()):
        return months[name]
    if name[:1] == "ב" and name[1:] in months:
        return months[name[1:]]
    return int(name[:3])


@functools.cache
def _months() -> dict[str, int]:
    """Return the months by their names, written out and short, in every language."""
    found: dict[str, int] = {}
    for language in MONTH_NAMES_IN:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    found.setdefault(fold(name).strip(" ."), number)
    return found


def _in_western_digits(text: str) -> str:
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)
