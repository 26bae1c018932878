"""Take a file into a town's map in two steps: check it and show what would change, then apply it.

A checked file is kept, so that applying needs no second upload; an applied one stays and can be applied
again, which brings the map back to what it said.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max, Min
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from moked.base.labels import label
from moked.base.text import clean_line
from moked.municipalities.models import Municipality
from moked.places import geojson, indexes, operations, queries, street_files
from moked.places.area_index import kept_areas
from moked.places.models import Area, Landmark, MapImport, Street
from moked.places.problems import BadFile, Problem
from moked.places.records import AreaRecord, LandmarkRecord, StreetRecord
from moked.places.rules import AreaKind, Box
from moked.places.sketch import Sketch, sketch
from moked.revisions.models import Revision

SHOWN = 100
Subject = MapImport.Subject
Record = AreaRecord | StreetRecord | LandmarkRecord


class UnableToApply(Exception):
    """The import cannot be applied; `code` is MISSING or STALE: the map has changed since the check."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclasses.dataclass(frozen=True)
class Named:
    """How many there are, and the names of the first hundred."""

    count: int
    names: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a file would change. `import_id` is None where it cannot be applied as it is.

    `may_swap` offers to check it again with latitude and longitude exchanged. Of areas, `choice` says which
    of the `properties` were taken for code and names, and `sketch` shows them. `rejected` counts the features
    or records left out.
    """

    import_id: int | None
    new: Named
    changed: Named
    same: Named
    gone: Named
    problems: tuple[Problem, ...] = ()
    may_swap: bool = False
    read: int = 0
    rejected: int = 0
    encoding: str = ""
    choice: geojson.Choice | None = None
    properties: tuple[str, ...] = ()
    sketch: Sketch | None = None


@dataclasses.dataclass(frozen=True)
class _Upload:
    """Whose file it is, what it is about, and who brought it when."""

    municipality: Municipality
    subject: str
    source: str
    by_user_id: int | None
    now: datetime
    area_kind: str = ""
    is_whole: bool = True


def check_areas(
    *,
    municipality: Municipality,
    kind: str,
    content: bytes,
    source: str,
    swap: bool = False,
    choice: geojson.Choice | None = None,
    by_user_id: int | None,
    now: datetime,
) -> Preview:
    """Read a GeoJSON file of areas and keep it for `apply_import` unless something is wrong with it.

    One bad feature keeps the whole file from being applied: an area that is missing would lose its cases.
    """
    is_outline = kind == AreaKind.OUTLINE
    try:
        read = geojson.read_areas(
            content,
            language=municipality.language,
            outline_name=municipality.name if is_outline else None,
            town=_where(municipality.pk, without_outline=is_outline),
            swap=swap,
            choice=choice,
        )
    except BadFile as bad:
        return _refused(bad)
    problems = (*read.problems, *(() if is_outline else _outside(municipality.pk, read)))
    preview = dataclasses.replace(
        _compared(municipality, read.records, _known_areas(municipality.pk, kind), is_whole=True),
        problems=problems,
        may_swap=read.is_swapped,
        read=len(read.records),
        rejected=len({one.number for one in problems if not one.is_note and one.number}),
        choice=read.choice,
        properties=read.properties,
        sketch=None
        if read.is_swapped
        else sketch(read.records, [] if is_outline else _outline(municipality.pk)),
    )
    if any(not problem.is_note for problem in problems):
        return preview
    upload = _Upload(municipality, Subject.AREAS, source, by_user_id, now, area_kind=kind)
    return _kept(preview, upload, read.records)


def check_streets(
    *,
    municipality: Municipality,
    file: BinaryIO,
    source: str,
    is_whole: bool = True,
    swap: bool = False,
    by_user_id: int | None,
    now: datetime,
) -> Preview:
    """Read a table of streets and house numbers and keep what is right in it for `apply_import`.

    Where the list `is_whole`, streets that it lacks will be retired. Closes the file.
    """
    try:
        read = street_files.read_streets(file, _expected(municipality, swap))
    except BadFile as bad:
        return _refused(bad)
    upload = _Upload(municipality, Subject.STREETS, source, by_user_id, now, is_whole=is_whole)
    return _checked_table(upload, read, read.streets, _known(Street, municipality.pk))


def check_landmarks(
    *,
    municipality: Municipality,
    file: BinaryIO,
    source: str,
    swap: bool = False,
    by_user_id: int | None,
    now: datetime,
) -> Preview:
    """Read a table of landmarks and keep what is right in it for `apply_import`. Closes the file."""
    try:
        read = street_files.read_landmarks(file, _expected(municipality, swap))
    except BadFile as bad:
        return _refused(bad)
    upload = _Upload(municipality, Subject.LANDMARKS, source, by_user_id, now)
    return _checked_table(upload, read, read.landmarks, _known(Landmark, municipality.pk))


def apply_import(
    *, municipality: Municipality, import_id: int, by_user_id: int | None, now: datetime
) -> Revision:
    """Bring the map to what a checked or formerly applied file says. Raises UnableToApply.

    Areas and landmarks change in one transaction; streets in batches, the last of which makes them known.
    """
    found = MapImport.objects.filter(municipality=municipality, pk=import_id).first()
    if found is None:
        raise UnableToApply("MISSING")
    edition = _edition(municipality.pk, found.subject)
    if found.state == MapImport.State.CHECKED and found.summary["edition"] != edition:
        raise UnableToApply("STALE")
    if found.subject == Subject.STREETS:
        return _mark(found, _apply_streets(municipality, found, by_user_id, now))
    with transaction.atomic():
        return _mark(found, _apply_small(municipality, found, by_user_id, now))


def _apply_streets(
    municipality: Municipality, found: MapImport, by_user_id: int | None, now: datetime
) -> Revision:
    return operations.set_streets(
        municipality=municipality,
        records=map(StreetRecord.from_document, found.records),
        is_whole=found.summary["is_whole"],
        source=found.source,
        by_user_id=by_user_id,
        now=now,
    )


def _apply_small(
    municipality: Municipality, found: MapImport, by_user_id: int | None, now: datetime
) -> Revision:
    by: dict[str, Any] = {"source": found.source, "by_user_id": by_user_id, "now": now}
    if found.subject == Subject.LANDMARKS:
        landmarks = [LandmarkRecord.from_document(one) for one in found.records]
        return operations.set_landmarks(municipality=municipality, records=landmarks, **by)
    areas = [AreaRecord.from_document(one) for one in found.records]
    return operations.set_areas(municipality=municipality, kind=found.area_kind, records=areas, **by)


def _mark(found: MapImport, revision: Revision) -> Revision:
    MapImport.objects.filter(pk=found.pk).update(state=MapImport.State.APPLIED, revision=revision)
    return revision


def _checked_table(
    upload: _Upload,
    read: street_files.ReadTable,
    records: Sequence[StreetRecord | LandmarkRecord],
    known: Mapping[str, Any],
) -> Preview:
    may_swap = any(problem.code == "SWAPPED" for problem in read.problems)
    preview = dataclasses.replace(
        _compared(upload.municipality, records, known, is_whole=upload.is_whole),
        problems=read.problems,
        may_swap=may_swap,
        read=read.read,
        rejected=read.rejected,
        encoding=read.encoding,
    )
    return preview if may_swap or not records else _kept(preview, upload, records)


def _kept(preview: Preview, upload: _Upload, records: Sequence[Record]) -> Preview:
    """Keep a checked file in place of others that the same person checked and never applied."""
    about = {
        "municipality": upload.municipality,
        "subject": upload.subject,
        "area_kind": upload.area_kind,
        "author_id": upload.by_user_id,
    }
    counts = {part: getattr(preview, part).count for part in ("new", "changed", "same", "gone")}
    edition = _edition(upload.municipality.pk, upload.subject)
    MapImport.objects.filter(**about, state=MapImport.State.CHECKED).delete()
    row = MapImport.objects.create(
        **about,
        source=clean_line(upload.source)[:200],
        records=[record.as_document() for record in records],
        summary={
            **counts,
            "edition": edition,
            "is_whole": upload.is_whole,
            "rejected": preview.rejected,
        },
        created_at=upload.now,
    )
    return dataclasses.replace(preview, import_id=row.pk)


def _refused(bad: BadFile) -> Preview:
    none = Named(0, ())
    return Preview(None, none, none, none, none, (bad.problem,))


def _compared(
    municipality: Municipality, records: Sequence[Record], known: Mapping[str, Any], *, is_whole: bool
) -> Preview:
    """Say which records are new, which differ from `known` by code, and what would be gone."""
    said = {record.code: record for record in records}
    codes: dict[str, list[str]] = {"new": [], "changed": [], "same": []}
    for code, record in said.items():
        is_same = code in known and known[code][0] == _facts(record)
        codes["same" if is_same else "changed" if code in known else "new"].append(code)
    gone = [code for code in known if code not in said] if is_whole else []

    def named(some: Iterable[str]) -> Named:
        names = (said[code].name if code in said else known[code][1] for code in some)
        listed = [label(name, municipality.language, "") for name in names]
        return Named(len(listed), tuple(sorted(listed)[:SHOWN]))

    new, changed, same = map(named, codes.values())
    return Preview(None, new, changed, same, named(gone))


def _facts(record: Record) -> Any:
    """Return what of a record is compared with the map."""
    if isinstance(record, AreaRecord):
        return record.name, _drawn(record.geometry)
    if isinstance(record, StreetRecord):
        point = record.middle()
        pair = (point.latitude, point.longitude) if point else (None, None)
        return record.name, *pair, record.drawn()
    return record.name, record.point.latitude, record.point.longitude, []


def _drawn(geometry: dict[str, Any]) -> bytes:
    """Return the same for every way to write a geometry: where its rings begin, which way they turn."""
    normal: bytes = shape(geometry).normalize().wkb
    return normal


def _known_areas(municipality_id: int, kind: str) -> dict[str, Any]:
    rows = Area.objects.filter(municipality_id=municipality_id, kind=kind, is_retired=False)
    return {row.code: ((row.name, _drawn(row.geometry)), row.name) for row in rows.order_by("code")}


def _known(model: type[Street] | type[Landmark], municipality_id: int) -> dict[str, Any]:
    rows: Any = model.objects.filter(municipality_id=municipality_id, is_retired=False)
    return {
        row.code: (
            (row.name, row.latitude, row.longitude, getattr(row, "lines", [])),
            row.name,
        )
        for row in rows.order_by("code").iterator(chunk_size=2000)
    }


def _outline(municipality_id: int) -> list[BaseGeometry]:
    edition, _ = indexes.editions(municipality_id)
    return [area.geometry for area in kept_areas.of(municipality_id, edition).of_kind(AreaKind.OUTLINE)]


def _outside(municipality_id: int, read: geojson.ReadAreas) -> list[Problem]:
    """Return a note for each area that has nothing in common with the town's outline."""
    outline = _outline(municipality_id)
    return [
        Problem("OUTSIDE_TOWN", number, {"name": label(record.name, "", "")})
        for number, record in zip(read.numbers, read.records, strict=True)
        if outline and not any(part.intersects(shape(record.geometry)) for part in outline)
    ]


def _expected(municipality: Municipality, swap: bool) -> street_files.Expected:
    return street_files.Expected(
        language=municipality.language,
        languages=(municipality.language, *municipality.languages),
        town_names=tuple(municipality.name.values()),
        box=queries.outline_box(municipality.pk),
        swap=swap,
    )


def _where(municipality_id: int, *, without_outline: bool) -> Box | None:
    """Return where the town lies: by its outline, else by its streets."""
    box = None if without_outline else queries.outline_box(municipality_id)
    if box is not None:
        return box
    streets = Street.objects.filter(municipality_id=municipality_id, is_retired=False)
    found = streets.aggregate(Min("latitude"), Min("longitude"), Max("latitude"), Max("longitude"))
    return None if None in found.values() else Box(*found.values())


def _edition(municipality_id: int, subject: str) -> str:
    areas, addresses = indexes.editions(municipality_id)
    return areas if subject == Subject.AREAS else addresses
