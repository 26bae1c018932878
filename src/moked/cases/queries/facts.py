"""What rules read of cases, for many at once; for the town's own machinery, so not narrowed to a person."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from moked.cases.facts import WEEKDAYS, Fact, answer_field, question_of
from moked.cases.models import Answer, Case, CaseArea, Contact, Participant
from moked.knowledge.models import LifeSituation
from moked.places.rules import AreaKind

Facts = dict[str, Any]


def facts_of(cases: Sequence[Case], fields: Collection[str]) -> dict[int, Facts]:
    """Return the values of these fields of each case, by its id; their services and town are at hand.

    What costs a query is read once for all cases, and only when a field asks for it.
    """
    found: dict[int, Facts] = {case.pk: _own(case) for case in cases}
    for name, read in _READ.items():
        if name in fields:
            for case_id, value in read(cases).items():
                found[case_id][name] = value
    if Fact.AREAS in fields or Fact.AREA_KINDS in fields:
        _put_areas(found)
    if any(question_of(name) for name in fields):
        for case_id, code, value in _rows(Answer, found, "code", "value"):
            found[case_id][answer_field(code)] = value
    return found


def _own(case: Case) -> Facts:
    opened = case.opened_at.astimezone(case.municipality.zone)
    return {
        Fact.SERVICE: case.service.slug,
        Fact.KIND: case.kind,
        Fact.CHANNEL: case.channel,
        Fact.LANGUAGE: case.language,
        Fact.PRIORITY: case.priority,
        Fact.WEEKDAY: WEEKDAYS[opened.weekday()],
        Fact.TIME: f"{opened:%H:%M}",
    }


def _put_areas(found: Mapping[int, Facts]) -> None:
    for facts in found.values():
        facts[Fact.AREAS], facts[Fact.AREA_KINDS] = [], []
    for case_id, kind, code in _rows(CaseArea, found, "area__kind", "area__code"):
        if kind != AreaKind.OUTLINE:
            found[case_id][Fact.AREAS].append(f"{kind}/{code}")
            found[case_id][Fact.AREA_KINDS].append(kind)


def _words(cases: Iterable[Case]) -> dict[int, str]:
    words = {case.pk: case.title for case in cases}
    said = Contact.objects.filter(case_id__in=list(words), direction=Contact.Direction.IN)
    first: dict[int, str] = {}
    for case_id, body in said.order_by("at", "id").values_list("case_id", "body"):
        first.setdefault(case_id, body)
    return words | {pk: body for pk, body in first.items() if body}


def _domains(cases: Iterable[Case]) -> dict[int, str]:
    reporters = Participant.objects.filter(
        case_id__in=[case.pk for case in cases], role=Participant.Role.REPORTER
    ).exclude(email="")
    return {
        case_id: email.rpartition("@")[2].lower()
        for case_id, email in reporters.values_list("case_id", "email")
    }


def _life_events(cases: Sequence[Case]) -> dict[int, list[str]]:
    events: dict[str, set[str]] = {}
    towns = {case.municipality_id for case in cases}
    for guide in LifeSituation.objects.filter(municipality_id__in=towns, is_retired=False):
        for slug in guide.services:
            events.setdefault(slug, set()).update(guide.life_events)
    return {case.pk: sorted(events.get(case.service.slug, ())) for case in cases}


_READ: dict[str, Callable[[Sequence[Case]], Mapping[int, Any]]] = {
    Fact.WORDS: _words,
    Fact.DOMAIN: _domains,
    Fact.LIFE_EVENTS: _life_events,
}


def _rows(
    model: type[Answer | CaseArea], found: Mapping[int, Facts], *columns: str
) -> Iterable[tuple[Any, ...]]:
    rows = model._default_manager.filter(case_id__in=list(found)).order_by("id")
    return rows.values_list("case_id", *columns)
