"""Change a town's map. Whatever disappears from it is retired, since cases may lie in it."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from shapely.geometry import shape

from moked.audit import operations as audit
from moked.base import ids
from moked.municipalities.models import Municipality
from moked.places.address_index import forms_of
from moked.places.models import Area, Edition, HouseRange, Landmark, Street
from moked.places.records import AreaRecord, LandmarkRecord, StreetRecord
from moked.revisions import operations as revisions
from moked.revisions.models import Revision

BATCH = 250
STREET_COLUMNS = ("name", "forms", "latitude", "longitude", "lines", "is_retired")
AREA_COLUMNS = ("name", "geometry", "south", "west", "north", "east", "is_retired")
LANDMARK_COLUMNS = ("name", "forms", "latitude", "longitude", "is_retired")


@dataclasses.dataclass(frozen=True)
class Written:
    """How many rows a change of the map wrote and retired."""

    written: int
    retired: int


@transaction.atomic
def set_areas(
    *,
    municipality: Municipality,
    kind: str,
    records: Sequence[AreaRecord],
    source: str,
    by_user_id: int | None,
    now: datetime,
) -> Revision:
    """Make these the town's areas of a kind, as one revision with the file's name; the others are retired."""
    of_kind = Area.objects.filter(municipality=municipality, kind=kind)
    before = set(of_kind.filter(is_retired=False).values_list("code", flat=True))
    _upsert(
        Area,
        [_area(municipality, kind, one) for one in records],
        ("municipality", "kind", "code"),
        AREA_COLUMNS,
    )
    codes = {one.code for one in records}
    of_kind.filter(code__in=before - codes).update(is_retired=True)
    _renew(municipality, areas=ids.reference())
    revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=f"areas.{kind.lower()}",
        object_id=municipality.pk,
        document={"source": source, "codes": sorted(codes), "retired": sorted(before - codes)},
        author_id=by_user_id,
        now=now,
    )
    _audit(municipality, "areas.published", {"kind": kind, "revision": revision.number}, by_user_id, now)
    return revision


def set_streets(
    *,
    municipality: Municipality,
    records: Iterable[StreetRecord],
    is_whole: bool,
    by_user_id: int | None,
    now: datetime,
) -> Written:
    """Write streets with their houses; where the list `is_whole`, those it lacks are retired.

    Commits in batches, so that others can write in between; the last one makes the new list known. Repeating
    it after an interruption completes it.
    """
    codes: set[str] = set()
    for batch in _batches(records):
        _write_streets(municipality, batch)
        codes.update(one.code for one in batch)
    gone = _gone(municipality, codes) if is_whole else []
    for some in _batches(gone):
        Street.objects.filter(pk__in=some).update(is_retired=True)
    _finish(municipality, "streets.written", {"written": len(codes), "retired": len(gone)}, by_user_id, now)
    return Written(len(codes), len(gone))


@transaction.atomic
def set_landmarks(
    *,
    municipality: Municipality,
    records: Sequence[LandmarkRecord],
    by_user_id: int | None,
    now: datetime,
) -> Written:
    """Make these the town's landmarks; the others are retired."""
    rows = [_landmark(municipality, one) for one in records]
    _upsert(Landmark, rows, ("municipality", "code"), LANDMARK_COLUMNS)
    others = Landmark.objects.filter(municipality=municipality, is_retired=False)
    retired = others.exclude(code__in=[one.code for one in records]).update(is_retired=True)
    _finish(municipality, "landmarks.written", {"written": len(rows), "retired": retired}, by_user_id, now)
    return Written(len(rows), retired)


def _area(municipality: Municipality, kind: str, one: AreaRecord) -> Area:
    west, south, east, north = shape(one.geometry).bounds
    return Area(
        municipality=municipality,
        kind=kind,
        code=one.code,
        name=one.name,
        geometry=one.geometry,
        south=south,
        west=west,
        north=north,
        east=east,
    )


@transaction.atomic
def _write_streets(municipality: Municipality, batch: list[StreetRecord]) -> None:
    rows = [_street(municipality, one) for one in batch]
    _upsert(Street, rows, ("municipality", "code"), STREET_COLUMNS)
    HouseRange.objects.filter(street__in=rows).delete()
    HouseRange.objects.bulk_create(
        [
            HouseRange(
                municipality=municipality,
                street=street,
                parity=run.parity,
                first=run.first,
                last=run.last,
                start_latitude=run.start.latitude,
                start_longitude=run.start.longitude,
                end_latitude=run.end.latitude,
                end_longitude=run.end.longitude,
            )
            for street, one in zip(rows, batch, strict=True)
            for run in one.runs
        ]
    )


def _street(municipality: Municipality, one: StreetRecord) -> Street:
    point = one.middle()
    return Street(
        municipality=municipality,
        code=one.code,
        name=one.name,
        forms=forms_of(one.name),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
        lines=one.drawn(),
    )


def _landmark(municipality: Municipality, one: LandmarkRecord) -> Landmark:
    return Landmark(
        municipality=municipality,
        code=one.code,
        name=one.name,
        forms=forms_of(one.name),
        latitude=one.point.latitude,
        longitude=one.point.longitude,
    )


def _gone(municipality: Municipality, codes: set[str]) -> list[int]:
    known = Street.objects.filter(municipality=municipality, is_retired=False).values_list("id", "code")
    return [street_id for street_id, code in known if code not in codes]


@transaction.atomic
def _finish(
    municipality: Municipality, verb: str, after: dict[str, Any], by_user_id: int | None, now: datetime
) -> None:
    """Tell every process that the addresses are others now, and the audit trail who changed them."""
    _renew(municipality, addresses=ids.reference())
    _audit(municipality, verb, after, by_user_id, now)


def _renew(municipality: Municipality, **edition: str) -> None:
    Edition.objects.update_or_create(municipality=municipality, defaults=edition)


def _upsert(model: Any, rows: list[Any], unique: tuple[str, ...], columns: tuple[str, ...]) -> None:
    """Insert the rows, or bring those already there to what these say; the rows know their ids afterwards."""
    model.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=columns
    )


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _audit(
    municipality: Municipality, verb: str, after: dict[str, Any], by_user_id: int | None, now: datetime
) -> None:
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=verb,
        object_kind="map",
        object_id=municipality.pk,
        after=after,
        now=now,
    )
