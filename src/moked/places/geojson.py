"""Read areas from a GeoJSON file that anybody may have made, within bounds of size, depth and time."""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from moked.base.text import clean_line, has_unstorable
from moked.places.problems import BadFile, Problem
from moked.places.records import LONGEST_CODE, LONGEST_NAME, AreaRecord, code_of
from moked.places.rules import Box, Point, is_swapped
from moked.places.shapes import AREAS, BadShape, document_of, mended, shape_of

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 20
MOST_POINTS = 250_000
MOST_FEATURES = 5_000
MOST_BRACKETS = MOST_POINTS + 20 * MOST_FEATURES
WGS84 = re.compile(r"(CRS:?84|EPSG:+4326)$", re.IGNORECASE)
LANGUAGES = {"he": ("he", "heb", "hebrew"), "ar": ("ar", "arb", "arabic"), "en": ("en", "eng", "english")} | {
    "cs": ("cs", "cz", "ces", "czech"),
    "hu": ("hu", "hun", "hungarian"),
}
_LETTER = re.compile(r"[^\W\d_]")
NAME_KEYS = ("name", "nazev", "název", "nev", "név", "שם", "الاسم", "title", "label")
CODE_KEYS = ("code", "codigo", "kod", "kód", "id", "קוד", "סמל", "ref", "number")


@dataclasses.dataclass(frozen=True)
class Choice:
    """Which property holds the code ('' = the feature's id or name), and which the name in each language."""

    code: str = ""
    names: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class ReadAreas:
    """What a file holds; `numbers` are those of the records' features.

    `is_swapped` means that it would fit if latitude and longitude were exchanged.
    """

    records: tuple[AreaRecord, ...]
    numbers: tuple[int, ...]
    problems: tuple[Problem, ...]
    choice: Choice
    properties: tuple[str, ...]
    is_swapped: bool = False


@dataclasses.dataclass(frozen=True)
class _Feature:
    number: int
    properties: dict[str, Any]
    geometry: dict[str, Any]
    id: str


def read_areas(
    content: bytes,
    *,
    language: str,
    outline_name: Mapping[str, str] | None = None,
    town: Box | None = None,
    swap: bool = False,
    choice: Choice | None = None,
) -> ReadAreas:
    """Return the areas of a file and what is wrong with each. Raises BadFile when there is nothing to use.

    `language` is that of a name whose property tells none. With `outline_name` the features are the parts of
    the town's outline, numbered and named so. With `swap` each pair of numbers is read the other way round.
    Holes are kept; a border that crosses itself is mended where that changes next to nothing.
    """
    problems: list[Problem] = []
    features = list(_features(_document(content), problems))
    choice = choice or _guess(features, language)
    if outline_name is None:
        codes = _codes(features, choice)
        named = [(feature, _names(feature, choice), codes[feature.number]) for feature in features]
    else:
        named = [(feature, dict(outline_name), f"part-{feature.number}") for feature in features]
    reading = _Reading(problems, town, swap)
    for feature, names, code in named:
        reading.take(feature, names, code)
    looks_swapped = not swap and reading.swapped > len(features) / 2
    if looks_swapped:
        problems.insert(0, Problem("SWAPPED"))
    return ReadAreas(
        records=tuple(record for _, record in reading.records.values()),
        numbers=tuple(number for number, _ in reading.records.values()),
        problems=tuple(problems),
        choice=choice,
        properties=tuple(dict.fromkeys(key for one in features for key in one.properties))[:100],
        is_swapped=looks_swapped,
    )


class _Reading:
    """The areas read so far, and what was wrong with them."""

    def __init__(self, problems: list[Problem], town: Box | None, swap: bool) -> None:
        self.records: dict[str, tuple[int, AreaRecord]] = {}
        self.swapped = 0
        self._problems = problems
        self._town = town
        self._swap = swap

    def take(self, feature: _Feature, names: dict[str, str], code: str) -> None:
        """Add one feature, or say what is wrong with it."""
        called = next(iter(names.values()), "") or code or "?"
        try:
            self._check(feature, names, code)
            drawn = shape_of(feature.geometry, swap=self._swap)
            self.swapped += _looks_swapped(drawn, self._town)
            geometry, notes = mended(drawn)
        except BadShape as bad:
            self._problems.append(Problem(bad.code, feature.number, {"name": called, **bad.values}))
            self.swapped += bad.code == "OUT_OF_RANGE" and _could_be_swapped(feature)
            return
        code = code or code_of(called)
        self._problems += [
            Problem(note, feature.number, {"name": called, **values}) for note, values in notes
        ]
        self.records[code] = (feature.number, AreaRecord(code, names, document_of(geometry)))

    def _check(self, feature: _Feature, names: dict[str, str], code: str) -> None:
        if not names:
            raise BadShape("NO_NAME")
        if has_unstorable(code + "".join(names.values())):
            raise BadShape("UNSTORABLE")
        if len(code) > LONGEST_CODE:
            raise BadShape("LONG_CODE", most=LONGEST_CODE)
        code = code or code_of(next(iter(names.values())))
        if code in self.records:
            raise BadShape("DUPLICATE_CODE", code=code, other=self.records[code][0])


def _document(content: bytes) -> Any:
    """Return the parsed file; what is too large is refused before any of it is parsed."""
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFile("EMPTY")
    if len(content) > MOST_MEGABYTES * MEGABYTE:
        raise BadFile("TOO_BIG", most=MOST_MEGABYTES)
    if content.count(b"[") > MOST_BRACKETS:
        raise BadFile("TOO_MANY_POINTS", most=MOST_POINTS)
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        return json.loads(text)
    except UnicodeDecodeError:
        raise BadFile("NOT_TEXT") from None
    except json.JSONDecodeError as error:
        raise BadFile("NOT_JSON", line=error.lineno) from None
    except RecursionError:
        raise BadFile("TOO_DEEP") from None
    except ValueError:  # a number of more digits than Python converts
        raise BadFile("NOT_GEOJSON") from None


def _features(document: Any, problems: list[Problem]) -> Iterator[_Feature]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        entries = document["features"]
    elif kind == "Feature":
        entries = [document]
    elif kind in AREAS:
        entries = [{"type": "Feature", "properties": {}, "geometry": document}]
    else:
        raise BadFile("NOT_GEOJSON")
    _refuse_other_crs(document)
    if not entries:
        raise BadFile("NO_FEATURES")
    if len(entries) > MOST_FEATURES:
        raise BadFile("TOO_MANY_FEATURES", count=len(entries), most=MOST_FEATURES)
    for number, entry in enumerate(entries, 1):
        geometry = entry.get("geometry") if isinstance(entry, dict) else None
        if not isinstance(geometry, dict):
            problems.append(Problem("NOT_A_FEATURE", number))
            continue
        properties = entry.get("properties")
        known = properties if isinstance(properties, dict) else {}
        yield _Feature(number, known, geometry, _said(entry.get("id")))


def _refuse_other_crs(document: dict[str, Any]) -> None:
    """Refuse what an older GeoJSON could say: coordinates of a national grid."""
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and not WGS84.search(name):
        raise BadFile("OTHER_CRS", crs=clean_line(name)[:60])


def _looks_swapped(geometry: BaseGeometry, town: Box | None) -> bool:
    if town is None:
        return False
    middle = geometry.centroid
    return not middle.is_empty and is_swapped(Point(middle.y, middle.x), town)


def _could_be_swapped(feature: _Feature) -> bool:
    """Tell whether coordinates that are out of range would be in it the other way round."""
    try:
        shape_of(feature.geometry, swap=True)
    except BadShape:
        return False
    return True


def _guess(features: Sequence[_Feature], language: str) -> Choice:
    keys = list(dict.fromkeys(key for feature in features for key in feature.properties))
    names = _name_keys(features, keys, language) or _first_telling(features, keys, language)
    of_names = {key for _, key in names}
    known = (key for key in keys if _words(key)[-1] in CODE_KEYS and key not in of_names)
    return Choice(next((key for key in known if _is_telling(features, key)), ""), tuple(names))


def _name_keys(features: Sequence[_Feature], keys: list[str], language: str) -> list[tuple[str, str]]:
    """Return a property for each language whose key says so: name, name_he, name:en, MUN_HEB."""
    found: dict[str, str] = {}
    for key in keys:
        *others, last = _words(key)
        told = next((code for code, ends in LANGUAGES.items() if last in ends), "")
        if told and others and (others[0] in NAME_KEYS or _is_telling(features, key)):
            found.setdefault(told, key)
        elif last in NAME_KEYS and not others:
            found.setdefault(language, key)
    return sorted(found.items())


def _words(key: str) -> list[str]:
    return re.split(r"[\W_]+", key.casefold())


def _first_telling(features: Sequence[_Feature], keys: list[str], language: str) -> list[tuple[str, str]]:
    """Return the first property that is a different text, with letters, for every feature."""
    for key in keys:
        texts = [feature.properties.get(key) for feature in features]
        if _is_telling(features, key) and all(isinstance(one, str) and _LETTER.search(one) for one in texts):
            return [(language, key)]
    return []


def _is_telling(features: Sequence[_Feature], key: str) -> bool:
    values = [_said(feature.properties.get(key)) for feature in features]
    return all(values) and len(set(values)) == len(values)


def _codes(features: Sequence[_Feature], choice: Choice) -> dict[int, str]:
    """Return each feature's code by its number; ids of features count only where they differ."""
    if choice.code:
        return {one.number: _said(one.properties.get(choice.code)) for one in features}
    are_ids = len({one.id for one in features}) == len(features)
    return {one.number: one.id if are_ids else "" for one in features}


def _names(feature: _Feature, choice: Choice) -> dict[str, str]:
    said = {
        language: clean_line(_said(feature.properties.get(key)))[:LONGEST_NAME]
        for language, key in choice.names
    }
    return {language: text for language, text in said.items() if text}


def _said(value: Any) -> str:
    """Return a text or whole number of the file as one line, '' for anything else."""
    if isinstance(value, str):
        return value.strip() if has_unstorable(value) else clean_line(value)
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18
    return str(value) if is_number else ""
