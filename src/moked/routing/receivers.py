"""React to cases, in the transaction of the change: give each to the department the rules say."""

from datetime import datetime

from moked.accounts.models import Department
from moked.cases.events import CaseOpened, PlaceChanged, ServiceChanged
from moked.cases.models import Case, CaseArea, Change
from moked.cases.operations import route_case
from moked.places.rules import AreaKind
from moked.routing import rules
from moked.routing.models import RuleSet


def route_opened(event: CaseOpened) -> None:
    """Route a new case; where the town has no rules it stays with the department of its service."""
    if rule_set := _rule_set(event.municipality_id):
        _route(event.case_id, rule_set)


def route_again(event: ServiceChanged | PlaceChanged) -> None:
    """Route a case anew that turned out to be about something else, or to be somewhere else.

    Where the town has no rules only another service leads elsewhere.
    """
    rule_set = _rule_set(event.municipality_id)
    if rule_set or isinstance(event, ServiceChanged):
        _route(event.case_id, rule_set)


def _rule_set(municipality_id: int) -> RuleSet | None:
    return RuleSet.objects.filter(municipality_id=municipality_id).first()


def _route(case_id: int, rule_set: RuleSet | None) -> None:
    case = Case.objects.select_related("service").get(id=case_id)
    areas = _areas(case)
    match = rules.route(rule_set.rules, case.service.slug, areas.keys()) if rule_set else None
    department_id = _department_id(case, match)
    if department_id is None:
        return
    reason = rules.BY_SERVICE
    if match and rule_set and rule_set.revision:
        area_id = areas[match.area] if match.area else None
        reason = str(rules.Reason(match.number, rule_set.revision.number, area_id))
    route_case(case_id=case.pk, department_id=department_id, reason=reason, now=_moment(case))


def _areas(case: Case) -> dict[rules.Area, int]:
    """Return the areas the case lies in, with their ids."""
    rows = CaseArea.objects.filter(case=case).exclude(area__kind=AreaKind.OUTLINE)
    found = rows.values_list("area__kind", "area__code", "area_id")
    return {(kind, code): area_id for kind, code, area_id in found}


def _department_id(case: Case, match: rules.Match | None) -> int | None:
    """Return the department a rule or else the service names, None when neither names one there is."""
    if match is None:
        return case.service.department_id
    named = Department.objects.filter(municipality_id=case.municipality_id, code=match.department)
    return named.values_list("id", flat=True).first() or case.service.department_id


def _moment(case: Case) -> datetime:
    """Return when what led here happened: it is the newest entry of the timeline."""
    return Change.objects.filter(case=case).order_by("-id").values_list("at", flat=True)[0]
