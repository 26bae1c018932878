"""The timeline of cases as files: enough to count every figure anew, and nothing that says whose they are.

Codes and moments in UTC, in columns that do not depend on the reader's language: they are for programs.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from moked.accounts.models import Department, Team
from moked.accounts.rules import ActorKind
from moked.cases.models import Case, CaseArea, Change, Contact, Label
from moked.cases.rules import ChangeKind
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.places.rules import AreaKind
from moked.revisions.models import Revision
from moked.sla.models import Calendar, Commitment
from moked.sla.operations.settings import CALENDAR_KIND


class Part(StrEnum):
    """The tables of the file."""

    CASES = "cases"
    TIMELINE = "timeline"
    PROMISES = "promises"


HEADERS: dict[Part, tuple[str, ...]] = {
    Part.CASES: (
        *("number", "kind", "opened_at", "channel", "service", "department", "team", "area", "priority"),
        *("is_imported", "closing_is_dated"),
    ),
    Part.TIMELINE: ("number", "at", "kind", "before", "after", "reason", "by", "channel"),
    Part.PROMISES: (
        *("number", "kind", "target", "calendar", "calendar_revision", "paused_by", "is_legal"),
        *("started_at", "told_until", "is_current"),
    ),
}
"""What stands in which column.

`area` is the district. A promise counts by a revision of a calendar, both told in `calendars.json`; its clock
stands still in the states of `paused_by`. `told_until` is the later time a resident was told; of each kind
one promise is current, the others are those before it.
"""

CONTACT = "CONTACT"
_UNITS: dict[str, type[Department | Team | Service | Label]] = {
    ChangeKind.DEPARTMENT: Department,
    ChangeKind.ROUTED: Department,
    ChangeKind.TEAM: Team,
    ChangeKind.SERVICE: Service,
    ChangeKind.LABELLED: Label,
    ChangeKind.UNLABELLED: Label,
}
Line = tuple[str, ...]


def lines_of(cases: list[Case], town: Municipality) -> list[Line]:
    """Return what is told of cases: lines that begin with their part and go on as its header says.

    Takes the same few queries for any number of cases.
    """
    codes = _codes(town.pk)
    ids = [case.pk for case in cases]
    areas = CaseArea.objects.filter(case_id__in=ids, area__kind=AreaKind.DISTRICT).order_by("-area_id")
    district = dict(areas.values_list("case_id", "area__code"))
    happened, promised = _happened(ids, codes), _promised(ids)
    lines: list[Line] = []
    for case in cases:
        number = case.number or ""
        lines.append((Part.CASES, number, *_case(case, codes, district.get(case.pk, ""))))
        lines += [(Part.TIMELINE, number, *line) for line in happened.get(case.pk, ())]
        lines += [(Part.PROMISES, number, *line) for line in promised.get(case.pk, ())]
    return lines


def calendars_document(town: Municipality) -> dict[str, Any]:
    """Return the zone of a town and every revision of its calendars, retired ones too."""
    calendars = dict(Calendar.objects.filter(municipality=town).order_by("id").values_list("id", "code"))
    rows = Revision.objects.filter(municipality_id=town.pk, kind=CALENDAR_KIND, object_id__in=calendars)
    told: dict[str, list[dict[str, Any]]] = {code: [] for code in calendars.values()}
    for one in rows.order_by("object_id", "number"):
        published_at = _moment(one.published_at)
        told[calendars[one.object_id]].append(
            {"number": one.number, "published_at": published_at, "hours": one.document["hours"]}
        )
    return {"zone": town.time_zone, "calendars": told}


def _codes(municipality_id: int) -> dict[type, dict[str, str]]:
    """Return what departments, teams, services and labels are called by, by the ids that timelines keep."""
    found: dict[type, dict[str, str]] = {}
    for model, name in ((Department, "code"), (Team, "code"), (Service, "slug"), (Label, "code")):
        rows = model._default_manager.filter(municipality_id=municipality_id).values_list("id", name)
        found[model] = {str(pk): code for pk, code in rows}
    return found


def _case(case: Case, codes: Mapping[type, Mapping[str, str]], area: str) -> Line:
    return (
        case.kind,
        _moment(case.opened_at),
        case.channel,
        codes[Service][str(case.service_id)],
        codes[Department].get(str(case.department_id), ""),
        codes[Team].get(str(case.team_id), ""),
        area,
        case.priority,
        _truth(case.is_imported),
        _truth(case.closing_is_dated),
    )


def _happened(ids: list[int], codes: Mapping[type, Mapping[str, str]]) -> dict[int, list[Line]]:
    """Return contacts and changes in the order of time; words to a resident before what they tell of."""
    found: dict[int, list[Line]] = {}
    contacts = Contact.objects.filter(case_id__in=ids).order_by("id")
    for case_id, at, direction, author_id, channel in contacts.values_list(
        "case_id", "at", "direction", "author_id", "channel"
    ):
        by = ActorKind.STAFF if author_id else ActorKind.RESIDENT if direction == "IN" else ""
        line = (_moment(at), CONTACT, "", direction, "", by, channel)
        found.setdefault(case_id or 0, []).append(line)
    changes = Change.objects.filter(case_id__in=ids).order_by("id")
    for case_id, at, kind, before, after, reason, by in changes.values_list(
        "case_id", "at", "kind", "before", "after", "reason", "actor_kind"
    ):
        said = (_code(kind, before, codes), _code(kind, after, codes))
        found.setdefault(case_id, []).append((_moment(at), kind, *said, reason, by, ""))
    for lines in found.values():
        lines.sort(key=lambda line: line[0])
    return found


def _code(kind: str, value: str, codes: Mapping[type, Mapping[str, str]]) -> str:
    """Return what is told of a value: the ids of people, cases and hand-overs are left out."""
    if kind in _UNITS:
        return codes[_UNITS[kind]].get(value, "")
    return "" if value.isdecimal() else value


def _promised(ids: list[int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    rows: Iterable[Commitment] = (
        Commitment.objects.filter(case_id__in=ids)
        .select_related("calendar", "calendar_revision")
        .only(
            *("case_id", "kind", "target", "paused_by", "is_legal", "started_at", "extended_to"),
            *("is_current", "calendar__code", "calendar_revision__number"),
        )
        .order_by("id")
    )
    for one in rows:
        line = (
            one.kind,
            one.target,
            one.calendar.code,
            str(one.calendar_revision.number),
            one.paused_by,
            _truth(one.is_legal),
            _moment(one.started_at),
            _moment(one.extended_to),
            _truth(one.is_current),
        )
        found.setdefault(one.case_id, []).append(line)
    return found


def _moment(at: datetime | None) -> str:
    """Return a moment in UTC, always of the same length, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if at else ""


def _truth(is_so: bool) -> str:
    return "1" if is_so else "0"
