"""How the records of a file become cases: a TOML file, read into plain values or refused in words."""

import dataclasses
import hashlib
import re
import tomllib
from codecs import lookup
from collections.abc import Mapping as Table
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.conf.locale import LANG_INFO

from moked.base.text import clean_line
from moked.cases.rules import Channel, State
from moked.exchange.models.imports import LONGEST_SOURCE
from moked.places.rules import AreaKind

FIELDS = (
    *("external_id", "opened_at", "first_response_at", "closed_at", "status", "channel"),
    *("service", "service_group", "life_event", "department", "title", "text"),
    *("address", "street", "house_number", "area", "latitude", "longitude"),
    *("reporter_name", "reporter_email", "reporter_phone"),
)
TABLES: dict[str, tuple[str, ...]] = {
    "source": ("name", "encoding", "zone", "ignore_offset", "language"),
    "columns": FIELDS,
    "external_id": ("column", "hash_of", "row_number"),
    "area": ("kind", "boundaries", "name", "trim_prefix"),
    "status": ("values",),
    "channel": ("values",),
    "defaults": ("channel", "status", "department", "create"),
    "clean": ("split_leading_update",),
}
STATES = tuple(state for state in State if state != State.MERGED)
MAKES = ("services", "departments", "areas")
LARGEST = 1_000_000
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
Choice = TypeVar("Choice", bound=StrEnum)


class BadMapping(ValueError):
    """A mapping cannot be used; the message says what to write instead."""


@dataclasses.dataclass(frozen=True)
class Areas:
    """Which kind of area the records name, and a file that draws them; `trim_prefix` is cut off its names."""

    kind: AreaKind
    boundaries: str
    name: str
    trim_prefix: str


@dataclasses.dataclass(frozen=True)
class Mapping:
    """A checked mapping. `columns` maps fields of a case to columns of the file.

    A case's id is the column `external_id`, or a digest of the columns `hash_of`, or, with neither, the
    number of its record. `update_marker` begins a later update that stands on top of the text.
    """

    source: str
    encoding: str
    zone: ZoneInfo
    ignores_offset: bool
    language: str
    columns: dict[str, str]
    hash_of: tuple[str, ...]
    areas: Areas | None
    states: dict[str, State]
    channels: dict[str, Channel]
    channel: Channel
    state: State | None
    department: str
    makes: frozenset[str]
    update_marker: str
    sha256: str

    @property
    def by_record(self) -> bool:
        """Whether a record's number is all that tells it from others."""
        return "external_id" not in self.columns and not self.hash_of


def read_mapping(path: Path) -> Mapping:
    """Return the mapping that a file says. Raises BadMapping."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadMapping(f"The mapping cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST:
        raise BadMapping("The mapping is larger than a megabyte: is it the mapping?")
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadMapping("The mapping is not UTF-8. Save it again as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadMapping(f"The mapping is not TOML: {error}.") from None
    return mapping_of(document, source=path.stem, sha256=hashlib.sha256(content).hexdigest())


def mapping_of(document: dict[str, Any], *, source: str, sha256: str = "") -> Mapping:
    """Return the mapping of a parsed document, named `source` unless it says else. Raises BadMapping."""
    _check_keys(document)
    said = _Reader(document)
    columns = {field: said.text("columns", field) for field in document.get("columns", {})}
    identity = _identity(said, columns)
    state = said.choice("defaults", "status", STATES)
    mapping = Mapping(
        source=clean_line(said.text("source", "name", source))[:LONGEST_SOURCE] or "import",
        encoding=_encoding(said.text("source", "encoding", "utf-8")),
        zone=_zone(said.text("source", "zone")),
        ignores_offset=said.flag("source", "ignore_offset"),
        language=_language(said.text("source", "language")),
        columns=columns | ({"external_id": identity} if isinstance(identity, str) and identity else {}),
        hash_of=identity if isinstance(identity, tuple) else (),
        areas=_areas(said) if "area" in document else None,
        states=said.choices("status", STATES),
        channels=said.choices("channel", tuple(Channel)),
        channel=said.choice("defaults", "channel", tuple(Channel)) or Channel.UNKNOWN,
        state=state,
        department=said.text("defaults", "department", ""),
        makes=_makes(said),
        update_marker=said.text("clean", "split_leading_update", ""),
        sha256=sha256,
    )
    _check_together(mapping)
    return mapping


class _Reader:
    """Reads values of known types from the tables of a document."""

    def __init__(self, document: Table[str, Any]) -> None:
        self._document = document

    def value(self, table: str, key: str) -> Any:
        return self._document.get(table, {}).get(key)

    def text(self, table: str, key: str, default: str | None = None) -> str:
        value = self.value(table, key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise BadMapping(f"Write a text for {table}.{key}.")
        return value

    def flag(self, table: str, key: str) -> bool:
        value = self.value(table, key)
        if value is not None and not isinstance(value, bool):
            raise BadMapping(f"Write true or false for {table}.{key}.")
        return bool(value)

    def texts(self, table: str, key: str) -> tuple[str, ...]:
        value = self.value(table, key)
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise BadMapping(f"Write a list of texts for {table}.{key}.")
        return tuple(value)

    def choice(self, table: str, key: str, allowed: tuple[Choice, ...]) -> Choice | None:
        value = self.value(table, key)
        return None if value is None else _one_of(value, allowed, f"{table}.{key}")

    def choices(self, table: str, allowed: tuple[Choice, ...]) -> dict[str, Choice]:
        values = self.value(table, "values")
        if values is None:
            return {}
        if not isinstance(values, dict):
            raise BadMapping(f"Write [{table}.values] as lines of “value in the file” = code.")
        return {key.strip(): _one_of(value, allowed, f"{table}.values") for key, value in values.items()}


def _check_keys(document: dict[str, Any]) -> None:
    for table, content in document.items():
        if table not in TABLES:
            raise BadMapping(f"A mapping has no table [{table[:60]}]. It has: {', '.join(TABLES)}.")
        if not isinstance(content, dict):
            raise BadMapping(f"Write [{table}] as a table.")
        for key in content:
            if key not in TABLES[table]:
                raise BadMapping(f"[{table}] has no key {key[:60]!r}. It has: {', '.join(TABLES[table])}.")


def _check_together(mapping: Mapping) -> None:
    columns = mapping.columns
    for needed in ("opened_at", "service"):
        if needed not in columns:
            raise BadMapping(f"Say in [columns] which column is {needed}.")
    if ("latitude" in columns) != ("longitude" in columns):
        raise BadMapping("A position takes two columns: name both latitude and longitude.")
    if "status" not in columns and mapping.state is None:
        raise BadMapping("Name the column of the status in [columns], or say defaults.status for every case.")
    if "status" in columns and not mapping.states:
        raise BadMapping("Say in [status.values] what each status of the file stands for.")
    if "areas" in mapping.makes and not (mapping.areas and mapping.areas.boundaries):
        raise BadMapping("Areas can only be created from a file of boundaries: say area.boundaries.")
    if "area" in columns and not mapping.areas:
        raise BadMapping("Say in [area] which kind of area the column names.")


def _identity(said: _Reader, columns: dict[str, str]) -> str | tuple[str, ...]:
    """Return the column of the id, the columns to make a digest of, or '' for the record's number."""
    ways: list[str | tuple[str, ...]] = [columns["external_id"]] if "external_id" in columns else []
    if said.value("external_id", "column") is not None:
        ways.append(said.text("external_id", "column"))
    if hash_of := said.texts("external_id", "hash_of"):
        ways.append(hash_of)
    if said.flag("external_id", "row_number"):
        ways.append("")
    if len(ways) != 1:
        raise BadMapping(
            "Say in exactly one way what tells one case from another: columns.external_id, or one of "
            "column, hash_of and row_number in [external_id]."
        )
    return ways[0]


def _areas(said: _Reader) -> Areas:
    kinds = tuple(kind for kind in AreaKind if kind != AreaKind.OUTLINE)
    kind = _one_of(said.text("area", "kind").upper(), kinds, "area.kind")
    boundaries = said.text("area", "boundaries", "")
    name = said.text("area", "name") if boundaries else ""
    return Areas(kind, boundaries, name, said.text("area", "trim_prefix", ""))


def _makes(said: _Reader) -> frozenset[str]:
    makes = said.texts("defaults", "create")
    for one in makes:
        if one not in MAKES:
            raise BadMapping(f"defaults.create cannot have {one[:60]!r}. It can have: {', '.join(MAKES)}.")
    return frozenset(makes)


def _one_of(value: object, allowed: tuple[Choice, ...], place: str) -> Choice:
    found = next((one for one in allowed if one == value), None)
    if found is None:
        raise BadMapping(f"{place} has no {str(value)[:60]!r}. It can be: {', '.join(allowed)}.")
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        if not _ZONE.fullmatch(name):
            raise ValueError
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise BadMapping(f"There is no time zone {name[:60]!r}. Write one like Europe/Budapest.") from None


def _encoding(name: str) -> str:
    """Return a codec's own name; refuse one in which commas and quotation marks are other bytes."""
    marks = '0,;"\r\nAz'
    try:
        codec = lookup(name)
        if codec._is_text_encoding and marks.encode(codec.name) == marks.encode("ascii"):
            return codec.name
    except (LookupError, ValueError):
        pass
    raise BadMapping(f"The encoding {name[:60]!r} cannot be read. Save the file as UTF-8.")


def _language(code: str) -> str:
    if code not in LANG_INFO or len(code) > 5:
        raise BadMapping(f"There is no language {code[:20]!r}. Write its code of two letters, like hu.")
    return code
