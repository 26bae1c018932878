"""React to cases, in the transaction of the change: give each to whom the rules say."""

from datetime import UTC, datetime

from moked.accounts.rules import system
from moked.cases import operations as cases
from moked.cases.events import CaseOpened, FollowerWrote, PlaceChanged, ResidentWrote, ServiceChanged
from moked.cases.facts import Fact
from moked.cases.models import Case, Contact
from moked.cases.queries import moment_of_change
from moked.cases.queries.facts import facts_of
from moked.cases.rules import BY_SERVICE
from moked.catalogue.rules import Priority
from moked.events.operations import publish
from moked.events.subscribers import Work
from moked.handovers.models import HandOver
from moked.handovers.operations import hand_over
from moked.places.models import Area
from moked.routing import rules
from moked.routing.dangers import NO_SIGNS, Danger, Signs
from moked.routing.decisions import Decision, Targets
from moked.routing.events import BodyChosen
from moked.routing.models import RuleSet
from moked.routing.queries import signs_of_town
from moked.routing.sharing import share


def route_opened(event: CaseOpened) -> None:
    """Look for danger in a new case and route it; without rules it stays with its service's department."""
    town = event.municipality_id
    rule_set, signs = _rule_set(town), signs_of_town(town)
    if rule_set or signs.dangers:
        _look_and_route(event.case_id, signs, rule_set, is_routed=rule_set is not None)


def route_again(event: ServiceChanged | PlaceChanged) -> None:
    """Route a case anew that turned out to be about something else, or to be somewhere else.

    Where the town has no rules only another service leads elsewhere.
    """
    rule_set, is_other = _rule_set(event.municipality_id), isinstance(event, ServiceChanged)
    signs = signs_of_town(event.municipality_id) if is_other else NO_SIGNS
    if rule_set or is_other:
        _look_and_route(event.case_id, signs, rule_set, is_routed=True)


def look_for_danger(event: ResidentWrote | FollowerWrote) -> None:
    """Look for danger in what a resident adds to a case, open or closed, or somebody whose case it is too."""
    signs = signs_of_town(event.municipality_id)
    if not signs.dangers:
        return
    said = Contact.objects.get(id=event.contact_id)
    if danger := signs.first({Fact.WORDS: said.body}):
        case = Case.objects.select_related("municipality").get(id=event.case_id)
        _note(case, danger, said.at)


def hand_over_as_chosen(work: Work) -> None:
    """Hand a case to the body a rule chose, unless that cannot be done any more: then it is with people."""
    event: BodyChosen = work.event
    submission = f"routing-{work.event_id}"
    if HandOver.objects.filter(submission=submission).exists():
        return
    try:
        hand_over(
            case_id=event.case_id,
            body_id=event.body_id,
            message="",
            submission=submission,
            by=system(event.municipality_id),
            now=datetime.now(UTC),
        )
    except cases.UnableToChangeCase:
        return


def _rule_set(municipality_id: int) -> RuleSet | None:
    found = RuleSet.objects.filter(municipality_id=municipality_id).select_related("revision")
    return found.defer("document", "revision__document").first()


def _look_and_route(case_id: int, signs: Signs, rule_set: RuleSet | None, *, is_routed: bool) -> None:
    case = Case.objects.select_related("service", "municipality").get(id=case_id)
    found = rule_set.rules if rule_set else ()
    asked = signs.fields | (rule_set.fields if rule_set else frozenset())
    facts, now = facts_of([case], asked)[case.pk], moment_of_change(case.pk)
    if danger := signs.first(facts):
        _note(case, danger, now)
        facts[Fact.PRIORITY] = case.priority
    if is_routed:
        _route(case, rule_set, Targets(case.municipality_id).decide(case, found, facts), now)


def _note(case: Case, danger: Danger, now: datetime) -> None:
    """Make a case urgent that is dangerous; its resident reads in their language what to do meanwhile."""
    town = case.municipality
    advice = danger.advice_in(case.language, town.language, town.emergency_phone)
    noted = cases.note_danger(case_id=case.pk, danger=danger.code, advice=advice, now=now)
    case.danger, case.priority = noted.danger, noted.priority


def _route(case: Case, rule_set: RuleSet | None, decision: Decision, now: datetime) -> None:
    reason = _reason(case, decision, rule_set)
    if decision.department_id is not None:
        cases.route_case(
            case_id=case.pk,
            department_id=decision.department_id,
            team_id=decision.team_id,
            assignee_id=decision.person_id,
            reason=reason,
            now=now,
        )
    if decision.team_id is not None:
        share(case_id=case.pk, now=now)
    if decision.priority:
        priority = Priority(decision.priority)
        cases.set_priority_by_rule(case_id=case.pk, priority=priority, reason=reason, now=now)
    if decision.label_ids:
        cases.label_by_rule(case_id=case.pk, label_ids=decision.label_ids, reason=reason, now=now)
    if decision.body_id is not None:
        publish(
            BodyChosen(municipality_id=case.municipality_id, case_id=case.pk, body_id=decision.body_id),
            now=now,
        )


def _reason(case: Case, decision: Decision, rule_set: RuleSet | None) -> str:
    if not (decision.match or decision.skipped) or rule_set is None or rule_set.revision is None:
        return BY_SERVICE
    area_id = None
    if decision.match and decision.match.area:
        kind, code = decision.match.area
        areas = Area.objects.filter(municipality_id=case.municipality_id, kind=kind, code=code)
        area_id = areas.values_list("id", flat=True).first()
    return str(rules.Reason(decision.number, rule_set.revision.number, area_id, decision.skipped))
