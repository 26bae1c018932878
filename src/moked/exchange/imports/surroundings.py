"""What imported cases refer to: the town's services, departments and areas, and those made for them."""

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from shapely.geometry import shape

from moked.accounts.models import Department
from moked.accounts.operations import add_department
from moked.accounts.rules import system
from moked.base.ids import slug_for
from moked.base.labels import Labels
from moked.base.text import clean_line
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service
from moked.catalogue.rules import CaseKind, PlaceNeed, ServiceDocument
from moked.exchange.imports.files import BadFile
from moked.exchange.imports.mapping import Areas, BadMapping, Mapping
from moked.exchange.imports.reasons import LONGEST_SAID, Refused
from moked.exchange.imports.rows import ReadCase
from moked.exchange.models import MadeByImport
from moked.municipalities.models import Municipality
from moked.places.area_index import AreaIndex, KeptArea
from moked.places.geojson import Choice, read_areas
from moked.places.indexes import editions
from moked.places.models import Area
from moked.places.operations import add_areas
from moked.places.problems import BadFile as BadBoundaries
from moked.places.queries import outline_box
from moked.places.records import LONGEST_CODE, AreaRecord, code_of
from moked.places.rules import AreaKind, Box, Place, Point

MOST_MADE = 1_000
Note = Callable[[MadeByImport.Kind, int, str], None]


class Surroundings:
    """Finds what a read case refers to, and makes what the mapping lets it make.

    In a dry run nothing is made: stand-ins with negative ids are used, and `made` lists the names.
    """

    def __init__(
        self,
        municipality: Municipality,
        mapping: Mapping,
        beside: Sequence[Path],
        *,
        now: datetime,
        note: Note | None,
    ) -> None:
        self._town = municipality
        self._mapping = mapping
        self._now = now
        self._note = note
        self.made: dict[str, list[str]] = {"services": [], "departments": [], "areas": []}
        self._departments = _by_name(Department.objects.filter(municipality=municipality), "code")
        self._services = _by_name(Service.objects.filter(municipality=municipality), "slug")
        self._records = _boundaries(mapping.areas, beside, mapping.language) if mapping.areas else []
        self._index = AreaIndex([])
        self._areas: dict[str, int] = {}
        self._read_areas()

    def boxes(self) -> list[Box]:
        """Return where positions should lie: the town's outline, and all areas of the kind that is named."""
        found = [box] if (box := outline_box(self._town.pk)) else []
        kind = self._mapping.areas.kind if self._mapping.areas else None
        boxes = [area.box for area in self._index.areas if area.kind == kind]
        boxes += [_box(record) for record in self._records]
        return [*found, _around(boxes)] if boxes else found

    def make_areas(self) -> None:
        """Add the areas of the file of boundaries that the town does not have, if the mapping says so."""
        missing = [one for one in self._records if _key(_name(one)) not in self._areas]
        if "areas" not in self._mapping.makes or not missing or self._mapping.areas is None:
            return
        self.made["areas"] = [_name(one) for one in missing]
        if self._note is None:
            kept = [
                KeptArea(-at, self._mapping.areas.kind, one.code, one.name, _box(one), shape(one.geometry))
                for at, one in enumerate(missing, 1)
            ]
            self._take_areas([*self._index.areas, *kept])
            return
        with transaction.atomic():
            self._add_areas(self._mapping.areas, missing, self._note)
        self._read_areas()

    def areas_at(self, points: Sequence[Point | None]) -> list[list[KeptArea]]:
        """Return for each position the areas in which it lies, none where there is no position."""
        found = iter(self._index.at_each([point for point in points if point]))
        return [next(found) if point else [] for point in points]

    def place(self, one: ReadCase, around: Sequence[KeptArea]) -> Place:
        """Return where a case is, with its areas. Raises Refused (UNKNOWN_AREA).

        `around` are those in which its position lies. Of the kind that records name, the named one counts.
        """
        named = None
        if one.area:
            named = self._areas.get(_key(one.area))
            if named is None:
                raise Refused("UNKNOWN_AREA", "area", value=one.area[:LONGEST_SAID])
        kind = self._mapping.areas.kind if named is not None and self._mapping.areas else None
        ids = [area.id for area in around if area.kind not in (AreaKind.OUTLINE, kind)]
        is_inside = any(area.kind == AreaKind.OUTLINE for area in around)
        return Place(
            address=one.address,
            point=one.point,
            is_outside=self._has_outline and one.point is not None and not is_inside,
            area_ids=tuple([*ids, named] if named is not None else ids),
        )

    def handled(self, one: ReadCase) -> tuple[Service, int | None]:
        """Return a case's service, and the department that had it unless that was the service's own.

        Nothing is made for a case that is refused (UNKNOWN_SERVICE, UNKNOWN_DEPARTMENT).
        """
        if "departments" in self._mapping.makes:
            service = self._service(one)
            return service, self._department(one.department).pk if one.department else None
        department_id = self._department(one.department).pk if one.department else None
        return self._service(one), department_id

    def _service(self, one: ReadCase) -> Service:
        found = self._services.get(_key(one.service))
        if found is None:
            if "services" not in self._mapping.makes:
                raise Refused("UNKNOWN_SERVICE", "service", value=one.service[:LONGEST_SAID])
            found = self._services[_key(one.service)] = self._make_service(one)
        return found

    def _department(self, name: str) -> Department:
        found = self._departments.get(_key(name))
        if found is None:
            if "departments" not in self._mapping.makes:
                raise Refused("UNKNOWN_DEPARTMENT", "department", value=name[:LONGEST_SAID])
            found = self._departments[_key(name)] = self._make_department({self._mapping.language: name})
        return found

    def _make_department(self, name: Labels) -> Department:
        self._count("departments", next(iter(name.values())))
        if self._note is None:
            return Department(pk=-len(self.made["departments"]), municipality=self._town, name=dict(name))
        with transaction.atomic():
            by = system(self._town.pk)
            made = add_department(municipality=self._town, name=name, by=by, now=self._now)
            self._note(MadeByImport.Kind.DEPARTMENT, made.pk, "")
        return made

    def _make_service(self, one: ReadCase) -> Service:
        department = self._department_of_new(one)
        self._count("services", one.service)
        about = " · ".join(part for part in (one.life_event, one.service_group) if part)
        language = self._mapping.language
        if self._note is None:
            return Service(pk=-len(self.made["services"]), municipality=self._town, department=department)
        taken = {service.slug for service in self._services.values()}
        with transaction.atomic():
            made = publish_service(
                municipality=self._town,
                slug=slug_for(one.service, taken | {"new"}, longest=60),
                document=ServiceDocument(
                    name={language: one.service},
                    description={language: about} if about else {},
                    words={},
                    kind=CaseKind.REPORT,
                    department=department.code,
                    place=PlaceNeed.ASKED,
                ),
                by_user_id=None,
                now=self._now,
                is_offered=False,
            )
            self._note(MadeByImport.Kind.SERVICE, made.pk, "")
        return made

    def _department_of_new(self, one: ReadCase) -> Department:
        """Return who is to handle a service that is made: as the mapping says, else as its first record says.

        With neither it is the town's first department; a town that has none gets one by its own name.
        """
        name = self._mapping.department or one.department
        if name and not (said := self._department(name)).is_retired:
            return said
        first = min(
            (row for row in self._departments.values() if not row.is_retired),
            key=lambda row: abs(row.pk),
            default=None,
        )
        if first is None:
            first = self._make_department(self._town.name)
            self._departments[_key(first.name_in(self._town.language, ""))] = first
        return first

    def _count(self, what: str, name: str) -> None:
        if len(self.made[what]) >= MOST_MADE:
            raise BadFile(
                f"More than {MOST_MADE} {what} would be made. Does the mapping name the right column?"
            )
        self.made[what].append(name)

    def _add_areas(self, areas: Areas, missing: list[AreaRecord], note: Note) -> None:
        of_kind = Area.objects.filter(municipality=self._town, kind=areas.kind)
        taken = set(of_kind.values_list("code", flat=True))
        records = []
        for one in missing:
            code = _code(_name(one), taken)
            taken.add(code)
            records.append(AreaRecord(code, one.name, one.geometry))
        before, _ = editions(self._town.pk)
        added, revision = add_areas(
            municipality=self._town,
            kind=areas.kind,
            records=records,
            source=Path(areas.boundaries).name[:200],
            by_user_id=None,
            now=self._now,
        )
        for area in added:
            note(MadeByImport.Kind.AREA, area.pk, "")
        note(MadeByImport.Kind.MAP, revision.pk, before)

    def _read_areas(self) -> None:
        rows = Area.objects.filter(municipality=self._town, is_retired=False).order_by("kind", "code")
        self._take_areas(
            [KeptArea(row.pk, row.kind, row.code, row.name, row.box, shape(row.geometry)) for row in rows]
        )

    def _take_areas(self, areas: list[KeptArea]) -> None:
        self._index = AreaIndex(areas)
        self._has_outline = bool(self._index.of_kind(AreaKind.OUTLINE))
        kind = self._mapping.areas.kind if self._mapping.areas else None
        of_kind = [area for area in areas if area.kind == kind]
        self._areas = {_key(area.code): area.id for area in of_kind}
        self._areas |= {_key(name): area.id for area in of_kind for name in area.name.values()}


def _boundaries(areas: Areas, beside: Sequence[Path], language: str) -> list[AreaRecord]:
    """Return the areas that the file of boundaries draws, under the names that records use."""
    if not areas.boundaries:
        return []
    places = [folder / areas.boundaries for folder in beside]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise BadMapping(f"There is no file of boundaries {areas.boundaries!r} beside data or mapping.")
    content = path.read_bytes()
    try:
        _check_names(content, areas)
        read = read_areas(content, language=language, choice=Choice("", ((language, areas.name),)))
    except BadBoundaries as bad:
        raise BadMapping(f"The file of boundaries cannot be used. {bad.problem.sentence()}") from None
    return [
        AreaRecord(one.code, {language: _name(one).removeprefix(areas.trim_prefix)}, one.geometry)
        for one in read.records
    ]


def _check_names(content: bytes, areas: Areas) -> None:
    """Refuse a mapping that names a property which no boundary has."""
    try:
        features = json.loads(content.decode("utf-8-sig"))["features"]
        properties = {key for feature in features for key in feature["properties"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # said better by who reads it next
    if areas.name not in properties:
        known = ", ".join(sorted(map(str, properties)))[:600]
        raise BadMapping(f"No boundary has the property {areas.name!r} of area.name. They have: {known}.")


def _by_name(rows: Iterable[Any], code: str) -> dict[str, Any]:
    """Return rows by each of their names, and by their code; of two with one name, one in use."""
    found: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: (not _is_in_use(row), row.pk)):
        for name in (*row.name.values(), getattr(row, code)):
            found.setdefault(_key(name), row)
    return found


def _is_in_use(row: Any) -> bool:
    return not getattr(row, "is_retired", False) and getattr(row, "is_offered", True)


@functools.lru_cache(4096)
def _key(name: str) -> str:
    return clean_line(name).casefold()


def _name(record: AreaRecord) -> str:
    return next(iter(record.name.values()), "")


def _code(name: str, taken: set[str]) -> str:
    """Return a code made of a name's Latin letters, or of all its letters where it has none."""
    code = slug_for(name, taken, longest=LONGEST_CODE) if any(map(str.isascii, name.strip(" -"))) else ""
    return code or code_of(name)


def _box(record: AreaRecord) -> Box:
    west, south, east, north = shape(record.geometry).bounds
    return Box(south, west, north, east)


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.south for box in boxes),
        min(box.west for box in boxes),
        max(box.north for box in boxes),
        max(box.east for box in boxes),
    )
