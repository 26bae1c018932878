"""The cases of an export, read page by page as the person who asked for it sees them, and their exports."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from django.db.models import Min, QuerySet

from moked.accounts.rules import Actor
from moked.base.labels import label
from moked.cases.models import Case, CaseArea, Contact, Participant
from moked.cases.queries import in_view, labels_of_town, labels_on, of_label, of_service
from moked.exchange.exports.rules import ANY, CLOSED, CONTACTS, Column, Selection, columns_for
from moked.exchange.exports.words import Spoken
from moked.exchange.models import Export
from moked.municipalities.models import Municipality
from moked.places.rules import AreaKind
from moked.residents.rules import mask

PAGE = 500
MOST_SHOWN = 20
READ = (
    *("municipality_id", "number", "title", "kind", "state", "outcome", "channel", "language"),
    *("opened_at", "promised_at", "closed_at", "address", "latitude", "longitude", "department_id"),
    *("priority", "team_id", "is_imported", "closing_is_dated"),
    *("service__name", "department__name"),
)
Value = str | float | datetime | None
Row = tuple[Value, ...]


def selected(actor: Actor, selection: Selection, *, town: Municipality, now: datetime) -> QuerySet[Case]:
    """Return the cases of a selection that the actor may see, in no order."""
    if selection.which in {CLOSED, ANY}:
        cases: QuerySet[Case] = Case.objects.visible_to(actor)
        cases = cases.filter(is_open=False) if selection.which == CLOSED else cases
    else:
        cases = in_view(actor, selection.which, now=now)
    if selection.service:
        cases = of_service(cases, actor, selection.service)
    if selection.label:
        cases = of_label(cases, actor, selection.label)
    if selection.opened_from:
        first = datetime.combine(selection.opened_from, time(), town.zone)
        cases = cases.filter(opened_at__gte=first.astimezone(UTC))
    if selection.opened_to:
        end = datetime.combine(selection.opened_to + timedelta(days=1), time(), town.zone)
        cases = cases.filter(opened_at__lt=end.astimezone(UTC))
    return cases


def size(actor: Actor, selection: Selection, *, town: Municipality, now: datetime, most: int) -> int:
    """Return how many cases a selection holds, counted no further than `most`."""
    return selected(actor, selection, town=town, now=now).order_by()[:most].count()


def page(cases: QuerySet[Case], *, after: int, most: int) -> list[Case]:
    """Return the next cases by id, service and department at hand."""
    found = cases.filter(id__gt=after).order_by("id").select_related("service", "department")
    return list(found.only(*READ)[:most])


def rows_of(
    cases: list[Case], actor: Actor, *, town: Municipality, words: Spoken, language: str
) -> list[Row]:
    """Return what is told of cases, in the order of `columns_for`; moments are in the town's time.

    Takes the same few queries for any number of cases.
    """
    columns = columns_for(actor)
    ids = [case.pk for case in cases]
    answers, districts = _first_answers(ids), _districts(ids)
    labels = labels_on(cases, labels_of_town(town.pk, language, town.language))
    reporters = _reporters(ids) if CONTACTS & set(columns) else {}
    rows = []
    for case in cases:
        told = _of_case(case, town, words, language) | _contacts(reporters.get(case.pk), actor, case)
        told[Column.FIRST_ANSWER] = _local(answers.get(case.pk), town)
        told[Column.DISTRICT] = label(districts.get(case.pk, {}), language, town.language)
        names = (one.name_in(language, town.language) for one in labels.get(case.pk, ()))
        told[Column.LABELS] = ", ".join(names)
        rows.append(tuple(told[column] for column in columns))
    return rows


def exports_of(actor: Actor, *, now: datetime) -> list[Export]:
    """Return the exports that somebody asked for and that have not expired, the newest first."""
    return list(Export.objects.of(actor).filter(expires_at__gt=now).order_by("-id")[:MOST_SHOWN])


def _of_case(case: Case, town: Municipality, words: Spoken, language: str) -> dict[Column, Value]:
    department = case.department
    return {
        Column.NUMBER: case.number or "",
        Column.TITLE: case.title,
        Column.KIND: words.of(Column.KIND, case.kind),
        Column.SERVICE: case.service.name_in(language, town.language),
        Column.DEPARTMENT: department.name_in(language, town.language) if department else "",
        Column.STATE: words.of(Column.STATE, case.state),
        Column.OUTCOME: words.of(Column.OUTCOME, case.outcome),
        Column.CHANNEL: words.of(Column.CHANNEL, case.channel),
        Column.LANGUAGE: words.of(Column.LANGUAGE, case.language),
        Column.OPENED: _local(case.opened_at, town),
        Column.PROMISED: _local(case.promised_at, town),
        Column.CLOSED: _local(case.closed_at, town),
        Column.ADDRESS: case.address,
        Column.LATITUDE: case.latitude,
        Column.LONGITUDE: case.longitude,
    }


def _contacts(reporter: Participant | None, actor: Actor, case: Case) -> dict[Column, Value]:
    if reporter is None:
        return dict.fromkeys(CONTACTS, "")
    shown = str if actor.sees_contact_details_of(case.department_id) else mask
    return {
        Column.NAME: shown(reporter.name),
        Column.PHONE: shown(reporter.phone),
        Column.EMAIL: shown(reporter.email),
    }


def _local(at: datetime | None, town: Municipality) -> datetime | None:
    return at.astimezone(town.zone) if at else None


def _first_answers(ids: list[int]) -> dict[int, datetime]:
    words = Contact.objects.filter(case_id__in=ids, direction=Contact.Direction.OUT)
    return dict(words.order_by().values_list("case_id").annotate(first=Min("at")))


def _districts(ids: list[int]) -> dict[int, Mapping[str, str]]:
    areas = CaseArea.objects.filter(case_id__in=ids, area__kind=AreaKind.DISTRICT)
    return dict(areas.order_by("-id").values_list("case_id", "area__name"))


def _reporters(ids: list[int]) -> dict[int, Participant]:
    parts = Participant.objects.filter(case_id__in=ids, role=Participant.Role.REPORTER)
    shown = parts.only("case_id", "name", "phone", "email").order_by("-id")
    return {part.case_id: part for part in shown}
