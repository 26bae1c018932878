"""Change a town's map. Whatever disappears from it is retired, since cases may lie in it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from shapely.geometry import shape

from moked.audit import operations as audit
from moked.base import ids
from moked.base.references import referred_to
from moked.municipalities.models import Municipality
from moked.places.address_index import forms_of
from moked.places.models import Area, Edition, HouseRange, Landmark, Street
from moked.places.records import AreaRecord, LandmarkRecord, StreetRecord
from moked.revisions import operations as revisions
from moked.revisions.models import Revision

BATCH = 50
STREET_COLUMNS = ("name", "forms", "latitude", "longitude", "lines", "is_retired")
AREA_COLUMNS = ("name", "geometry", "south", "west", "north", "east", "is_retired")
LANDMARK_COLUMNS = ("name", "forms", "latitude", "longitude", "is_retired")


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
    document = {"source": source, "codes": sorted(codes), "retired": sorted(before - codes)}
    return _publish(municipality, f"areas.{kind.lower()}", document, by_user_id, now)


@transaction.atomic
def add_areas(
    *,
    municipality: Municipality,
    kind: str,
    records: Sequence[AreaRecord],
    source: str,
    by_user_id: int | None,
    now: datetime,
) -> tuple[list[Area], Revision]:
    """Add areas of a kind to those the town has; return them with the map's new revision.

    Their codes are ones that no area of the kind has yet.
    """
    known = Area.objects.filter(municipality=municipality, kind=kind, is_retired=False)
    codes = list(known.values_list("code", flat=True))
    areas = Area.objects.bulk_create([_area(municipality, kind, one) for one in records], batch_size=BATCH)
    document = {"source": source, "codes": sorted([*codes, *(one.code for one in records)]), "retired": []}
    return areas, _publish(municipality, f"areas.{kind.lower()}", document, by_user_id, now)


@transaction.atomic
def withdraw_areas(
    *,
    municipality: Municipality,
    area_ids: Sequence[int],
    revision_id: int,
    edition: str,
    by_user_id: int | None,
    now: datetime,
) -> bool:
    """Take out areas that `add_areas` added, if nothing refers to them and the map is still as it left it.

    The map is then what it was before, under its name of then, `edition` ('' where the town had no map);
    returns whether it is.
    """
    revision = Revision.objects.select_for_update().filter(pk=revision_id).first()
    is_last = revision is not None and revision.state == Revision.State.PUBLISHED
    if revision is None or not is_last or referred_to(Area, area_ids):
        return False
    Area.objects.filter(municipality=municipality, pk__in=area_ids).delete()
    revisions.take_back(revision)
    row = Edition.objects.select_for_update().get(municipality=municipality)
    row.areas = edition
    if row.areas or row.addresses:
        row.save(update_fields=["areas"])
    else:
        row.delete()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="map.withdrawn",
        object_kind=revision.kind,
        object_id=municipality.pk,
        before={"revision": revision.number},
        now=now,
    )
    return True


def set_streets(
    *,
    municipality: Municipality,
    records: Iterable[StreetRecord],
    is_whole: bool,
    source: str = "",
    by_user_id: int | None,
    now: datetime,
) -> Revision:
    """Write streets with their houses; where the list `is_whole`, those it lacks are retired.

    Commits in batches, so that others can write in between; the last one makes the new list known. Repeating
    it after an interruption completes it.
    """
    codes: set[str] = set()
    for batch in _batches(records):
        _write_streets([_street(municipality, one) for one in batch], batch)
        codes.update(one.code for one in batch)
    gone = _gone(municipality, codes) if is_whole else []
    for some in _batches(gone):
        Street.objects.filter(pk__in=some).update(is_retired=True)
    document = {"source": source, "written": len(codes), "retired": len(gone)}
    return _publish(municipality, "streets", document, by_user_id, now)


@transaction.atomic
def set_landmarks(
    *,
    municipality: Municipality,
    records: Sequence[LandmarkRecord],
    source: str = "",
    by_user_id: int | None,
    now: datetime,
) -> Revision:
    """Make these the town's landmarks; the others are retired."""
    rows = [_landmark(municipality, one) for one in records]
    _upsert(Landmark, rows, ("municipality", "code"), LANDMARK_COLUMNS)
    others = Landmark.objects.filter(municipality=municipality, is_retired=False)
    retired = others.exclude(code__in=[one.code for one in records]).update(is_retired=True)
    document = {"source": source, "written": len(rows), "retired": retired}
    return _publish(municipality, "landmarks", document, by_user_id, now)


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
def _write_streets(rows: list[Street], batch: list[StreetRecord]) -> None:
    _upsert(Street, rows, ("municipality", "code"), STREET_COLUMNS)
    HouseRange.objects.filter(street__in=rows).delete()
    HouseRange.objects.bulk_create(
        [
            HouseRange(
                municipality_id=street.municipality_id,
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
def _publish(
    municipality: Municipality, kind: str, document: dict[str, Any], by_user_id: int | None, now: datetime
) -> Revision:
    """Make the change a revision, and tell every process that the map is another one now."""
    part = "areas" if kind.startswith("areas.") else "addresses"
    Edition.objects.update_or_create(municipality=municipality, defaults={part: ids.reference()})
    revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=kind,
        object_id=municipality.pk,
        document=document,
        author_id=by_user_id,
        now=now,
    )
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="map.published",
        object_kind=kind,
        object_id=municipality.pk,
        after={"revision": revision.number},
        now=now,
    )
    return revision


def _upsert(model: Any, rows: list[Any], unique: tuple[str, ...], columns: tuple[str, ...]) -> None:
    """Insert the rows, or bring those already there to what these say; the rows know their ids afterwards."""
    model.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=columns
    )


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
