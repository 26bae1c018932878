"""Streets, house numbers and landmarks from the rows of a table, each bad row with its reason."""

import dataclasses
import re
from collections.abc import Iterator
from typing import BinaryIO

from moked.base.text import clean_line, has_unstorable
from moked.places.addresses import normalise
from moked.places.problems import BadFile, Problem
from moked.places.records import (
    LONGEST_CODE,
    LONGEST_NAME,
    LandmarkRecord,
    StreetRecord,
    code_of,
)
from moked.places.rules import BadPoint, Box, HouseRun, Parity, Point, is_swapped, read_point
from moked.places.tables import Table, plain, read_table

MOST_RECORDS = 300_000
MOST_PROBLEMS = 200
MARGIN = 0.05

_LANGUAGES = {
    "he": ("he", "heb", "hebrew", "עברית", "בעברית"),
    "ar": ("ar", "arb", "arabic", "ערבית", "בערבית"),
    "cs": ("cs", "cz", "czech", "cesky", "česky"),
    "hu": ("hu", "hun", "hungarian", "magyar", "magyarul"),
    "en": ("en", "eng", "english", "אנגלית", "באנגלית", "anglicky", "angolul"),
}
_NAMES = (
    *("name", "street", "streetname", "landmark"),
    *("שם", "רחוב", "שםרחוב", "שםהרחוב", "שםאתר", "אתר"),
    *("nazev", "název", "ulice", "nazevulice", "názevulice", "jmeno", "jméno"),
    *("nev", "név", "utca", "utcanev", "utcanév", "kozterulet", "közterület", "közterületnév"),
    *("اسم", "شارع", "اسمالشارع"),
)
HEADERS: dict[str, tuple[str, ...]] = {
    "name": _NAMES,
    **{
        f"name_{language}": tuple(plain(name + word) for name in _NAMES for word in words)
        for language, words in _LANGUAGES.items()
    },
    "code": (
        "code",
        "id",
        "streetcode",
        "streetid",
        "סמל",
        "סמלרחוב",
        "קוד",
        "קודרחוב",
        "kod",
        "kód",
        "azonosito",
    ),
    "district": (
        "district",
        "רובע",
        "שכונה",
        "mestskacast",
        "městskáčást",
        "ctvrt",
        "čtvrť",
        "kerulet",
        "kerület",
    ),
    "town": (
        "city",
        "town",
        "municipality",
        "עיר",
        "יישוב",
        "ישוב",
        "שםישוב",
        "obec",
        "mesto",
        "město",
        "telepules",
    ),
    "latitude": ("lat", "latitude", "y", "קורוחב", "רוחב", "zemepisnasirka", "sirka", "šířka", "szelesseg"),
    "longitude": ("lon", "lng", "long", "longitude", "x", "קואורך", "אורך", "delka", "délka", "hosszusag"),
    "first": ("from", "first", "housefrom", "מבית", "ממספר", "od", "cislood", "číslood", "tol", "tól"),
    "last": ("to", "last", "houseto", "עדבית", "עדמספר", "do", "cislodo", "číslodo", "ig"),
    "parity": ("parity", "side", "זוגיות", "צד", "strana", "oldal"),
    "start_latitude": ("startlat", "startlatitude", "fromlat"),
    "start_longitude": ("startlon", "startlng", "startlongitude", "fromlon"),
    "end_latitude": ("endlat", "endlatitude", "tolat"),
    "end_longitude": ("endlon", "endlng", "endlongitude", "tolon"),
}
_PARITIES = {
    **dict.fromkeys(["", "all", "both", "הכול", "הכל", "vse", "vše", "mind"], Parity.ALL),
    **dict.fromkeys(["odd", "איזוגי", "אי־זוגי", "liche", "liché", "paratlan"], Parity.ODD),
    **dict.fromkeys(["even", "זוגי", "sude", "sudé", "paros", "páros"], Parity.EVEN),
}
_LETTER = re.compile(r"[^\W_]")
_HOUSE = re.compile(r"\d{1,5}")


@dataclasses.dataclass(frozen=True)
class Expected:
    """What a file should be about: the town's language and languages, its names, and where it lies.

    With `swap` the columns of latitude and longitude are read the other way round.
    """

    language: str
    languages: tuple[str, ...]
    town_names: tuple[str, ...] = ()
    box: Box | None = None
    swap: bool = False

    @property
    def surroundings(self) -> Box | None:
        """The town's box with some kilometres around, in which its streets may end."""
        box = self.box
        if box is None:
            return None
        return Box(box.south - MARGIN, box.west - MARGIN, box.north + MARGIN, box.east + MARGIN)


@dataclasses.dataclass(frozen=True)
class ReadTable:
    """What a file holds. `rejected` counts all bad records, of which `problems` tells the first."""

    streets: tuple[StreetRecord, ...]
    landmarks: tuple[LandmarkRecord, ...]
    problems: tuple[Problem, ...]
    read: int
    rejected: int
    encoding: str


class _BadRecord(Exception):
    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclasses.dataclass(frozen=True)
class _Row:
    number: int
    fields: dict[str, str]

    def get(self, what: str) -> str:
        return self.fields.get(what, "")


def read_streets(file: BinaryIO, expected: Expected) -> ReadTable:
    """Return the streets of a table; several rows of one street are its house ranges. Raises BadFile."""
    reading = _Reading(file, expected)
    found: dict[str, tuple[int, StreetRecord]] = {}
    for row in reading.rows():
        try:
            street = _street(row, expected)
            found[street.code] = _joined(found.get(street.code), row.number, street)
        except _BadRecord as bad:
            reading.reject(row, bad)
    return reading.result(streets=tuple(street for _, street in found.values()))


def read_landmarks(file: BinaryIO, expected: Expected) -> ReadTable:
    """Return the landmarks of a table; each needs a position. Raises BadFile."""
    reading = _Reading(file, expected)
    found: dict[str, tuple[int, LandmarkRecord]] = {}
    for row in reading.rows():
        try:
            names, code = _called(row, expected)
            if code in found:
                raise _BadRecord("RECORD_DUPLICATE", name=_first(names), other=found[code][0])
            point = _point(row, "latitude", "longitude", expected, names)
            if point is None:
                raise _BadRecord("RECORD_NO_POSITION")
            found[code] = row.number, LandmarkRecord(code, names, point)
        except _BadRecord as bad:
            reading.reject(row, bad)
    return reading.result(landmarks=tuple(landmark for _, landmark in found.values()))


class _Reading:
    """The rows of a file that belong to the town, and what was wrong with others."""

    def __init__(self, file: BinaryIO, expected: Expected) -> None:
        self._table: Table = read_table(file, languages=expected.languages, headers=HEADERS)
        self._towns = {normalise(name) for name in expected.town_names}
        self._ours: dict[str, bool] = {}
        self._town = expected.town_names[0] if expected.town_names else ""
        self._problems: list[Problem] = []
        self._read = self._rejected = self._swapped = 0
        if not any(what.startswith("name") for what in self._table.columns):
            raise BadFile("NO_HEADER", column="name")

    def rows(self) -> Iterator[_Row]:
        """Yield the town's rows. Raises BadFile when there are none, or too many."""
        others = 0
        for number, values in self._table.rows:
            if number > MOST_RECORDS:
                raise BadFile("TOO_MANY_RECORDS", most=MOST_RECORDS)
            if values is None:
                self._add(Problem("RECORD_BROKEN", number))
                return
            row = self._row(number, values)
            if not self._is_ours(row.get("town")):
                others += 1
            elif any(has_unstorable(value) for value in values):
                self._add(Problem("RECORD_UNSTORABLE", number))
            else:
                self._read += 1
                yield row
        if not self._read and not self._rejected:
            raise BadFile("OTHER_TOWNS", town=self._town) if others else BadFile("NO_RECORDS")

    def _is_ours(self, town: str) -> bool:
        if town not in self._ours:
            self._ours[town] = not town or not self._towns or normalise(town) in self._towns
        return self._ours[town]

    def reject(self, row: _Row, bad: _BadRecord) -> None:
        """Remember what is wrong with a row."""
        self._swapped += bad.code == "SWAPPED"
        code = "RECORD_FAR_AWAY" if bad.code == "SWAPPED" else bad.code
        self._add(Problem(code, row.number, bad.values))

    def result(
        self, *, streets: tuple[StreetRecord, ...] = (), landmarks: tuple[LandmarkRecord, ...] = ()
    ) -> ReadTable:
        """Return all that was read."""
        swapped = [Problem("SWAPPED")] if self._swapped > self._read / 2 else []
        return ReadTable(
            streets=streets,
            landmarks=landmarks,
            problems=(*swapped, *self._problems),
            read=self._read,
            rejected=self._rejected,
            encoding=self._table.encoding,
        )

    def _add(self, problem: Problem) -> None:
        self._rejected += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)

    def _row(self, number: int, values: list[str]) -> _Row:
        columns = self._table.columns.items()
        return _Row(number, {what: values[at].strip() for what, at in columns if at < len(values)})


def _street(row: _Row, expected: Expected) -> StreetRecord:
    names, code = _called(row, expected)
    point = _point(row, "latitude", "longitude", expected, names)
    return StreetRecord(code, names, point, _runs(row, expected, names))


def _joined(
    before: tuple[int, StreetRecord] | None, number: int, street: StreetRecord
) -> tuple[int, StreetRecord]:
    """Return a street with the houses of one more row."""
    if before is None:
        return number, street
    first, known = before
    if known.name != street.name:
        raise _BadRecord("RECORD_OTHER_NAME", code=street.code, other=first)
    if not street.runs:
        raise _BadRecord("RECORD_DUPLICATE", name=_first(street.name), other=first)
    return first, dataclasses.replace(known, point=known.point or street.point, runs=known.runs + street.runs)


def _called(row: _Row, expected: Expected) -> tuple[dict[str, str], str]:
    """Return a row's names by language, and its code; without one, name and district make it."""
    said = {expected.language: row.get("name")} | {
        language: row.get(f"name_{language}") for language in _LANGUAGES if row.get(f"name_{language}")
    }
    names = {language: clean_line(text) for language, text in said.items() if _LETTER.search(text)}
    if not names:
        raise _BadRecord("RECORD_NO_NAME")
    code = clean_line(row.get("code")) or code_of(_first(names), row.get("district"))
    if len(code) > LONGEST_CODE or any(len(text) > LONGEST_NAME for text in names.values()):
        raise _BadRecord("RECORD_LONG_NAME")
    return names, code


def _first(names: dict[str, str]) -> str:
    return next(iter(names.values()))


def _point(
    row: _Row, latitude: str, longitude: str, expected: Expected, names: dict[str, str]
) -> Point | None:
    """Return a position of the row, or None where it says none. Decimal commas are read."""
    columns = (longitude, latitude) if expected.swap else (latitude, longitude)
    texts = [row.get(one).replace(",", ".") for one in columns]
    if not any(texts):
        return None
    try:
        point = read_point(*texts)
    except BadPoint:
        raise _BadRecord("RECORD_BAD_POSITION") from None
    around = expected.surroundings
    if around and not around.holds(point):
        raise _BadRecord("SWAPPED" if is_swapped(point, around) else "RECORD_FAR_AWAY", name=_first(names))
    return point


def _runs(row: _Row, expected: Expected, names: dict[str, str]) -> tuple[HouseRun, ...]:
    texts = row.get("first"), row.get("last")
    if not any(texts):
        return ()
    found = [_HOUSE.match(text) for text in texts]
    parity = _PARITIES.get(plain(row.get("parity")))
    if not (found[0] and found[1]) or parity is None:
        raise _BadRecord("RECORD_BAD_HOUSES")
    start = _point(row, "start_latitude", "start_longitude", expected, names)
    end = _point(row, "end_latitude", "end_longitude", expected, names)
    if start is None or end is None:
        raise _BadRecord("RECORD_HALF_RANGE")
    first, last = int(found[0][0]), int(found[1][0])
    if first > last:
        first, last, start, end = last, first, end, start
    return (HouseRun(parity, first, last, start, end),)
