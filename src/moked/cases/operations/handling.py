"""Who handles a case, in which state it is, what it is about and where."""

import dataclasses
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from moked.accounts.models import Department, Membership, Team, User
from moked.accounts.rules import WORKS_ON_CASES, Actor, ActorKind, system
from moked.base.event import DomainEvent
from moked.cases import events, rules
from moked.cases.models import Case, CaseArea, Change
from moked.cases.operations import steps
from moked.cases.operations.indexing import index_case, index_department
from moked.cases.operations.refusals import UnableToChangeCase
from moked.catalogue.models import Service
from moked.catalogue.rules import CaseKind, Priority
from moked.events.operations import publish, publish_together
from moked.places.rules import Place


@transaction.atomic
def assign(
    *,
    case_id: int,
    department_id: int | None,
    assignee_id: int | None,
    by: Actor,
    now: datetime,
    team_id: int | None = None,
    reason: str = "",
) -> Case:
    """Give an open case to a department and, if named, a team of it or of the centre, and a person.

    `reason` is the code of why this person has it, where a rule decided.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, UNKNOWN_HANDLER).
    """
    case = steps.locked_open_for_work(case_id, by)
    _give(case, _handlers(case, department_id, team_id, assignee_id), by, now, reason)
    return case


@transaction.atomic
def start(*, case_id: int, by: Actor, now: datetime) -> Case:
    """Begin to work on an open case: it is in progress, and of whoever begins when it was nobody's.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    case = steps.locked_open_for_work(case_id, by)
    if case.assignee_id is None and by.user_id is not None:
        _give(case, _Handlers(case.department, case.team, User.objects.get(id=by.user_id)), by, now)
    if case.state != rules.State.IN_PROGRESS:
        steps.move(case, rules.Step.BY_HAND, rules.State.IN_PROGRESS, by, now)
    return case


@transaction.atomic
def move(*, case_id: int, target: str, by: Actor, now: datetime, until: datetime | None = None) -> Case:
    """Set another open state by hand; `until` is when scheduled work is to be done, or a body to answer.

    A scheduled case may be scheduled anew. Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE,
    DATE_PASSED for a day before today's).
    """
    case = steps.locked_for_work(case_id, by)
    if until is not None and until < now - timedelta(days=1):
        raise UnableToChangeCase("DATE_PASSED")
    steps.move(case, rules.Step.BY_HAND, target, by, now, until=until)
    return case


@transaction.atomic
def route_case(
    *,
    case_id: int,
    department_id: int,
    reason: str,
    now: datetime,
    team_id: int | None = None,
    assignee_id: int | None = None,
) -> None:
    """Note on the timeline why a case is with its department, and give it there if it is elsewhere.

    For routing, inside the transaction of the change it follows; `reason` is its code. Team and person stay
    when the department does and somebody works on it already.
    """
    case = Case.objects.select_related("municipality").get(id=case_id)
    by = system(case.municipality_id)
    before = case.department_id, case.team_id, case.assignee_id
    if before[0] != department_id or before[1:] == (None, None):
        case.department_id, case.team_id, case.assignee_id = department_id, team_id, assignee_id
    after = case.department_id, case.team_id, case.assignee_id
    if after != before:
        case.save(update_fields=["department", "team", "assignee"])
    if before[0] != department_id:
        index_department(case)
    kinds = (rules.ChangeKind.ROUTED, rules.ChangeKind.TEAM, rules.ChangeKind.ASSIGNEE)
    for kind, was, now_is in zip(kinds, before, after, strict=True):
        # Why it is with its department is told also where it stays; of team and person, when they are set.
        if kind == rules.ChangeKind.ROUTED or (now_is is not None and now_is != was):
            steps.record(case, by, now, kind, before=was, after=now_is, reason=reason)


@transaction.atomic
def change_service(*, case_id: int, service_id: int, by: Actor, now: datetime) -> Case:
    """Say that an open case is about another service; routing and promise follow from its original start.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, UNKNOWN_SERVICE).
    """
    case = steps.locked_open_for_work(case_id, by)
    service = Service.objects.filter(
        id=service_id, municipality_id=case.municipality_id, is_offered=True
    ).first()
    if service is None:
        raise UnableToChangeCase("UNKNOWN_SERVICE")
    before = case.service_id
    if before == service.pk:
        return case
    # What a person, a rule or danger set stays; what came with the service goes with it.
    priority = case.priority
    if priority == case.service.priority and case.may_become(service.priority):
        case.priority = service.priority
    case.service, case.revision_id, case.kind = service, service.revision_id, service.kind
    # What was public may not be any more; nothing becomes public that the resident did not expect to.
    if not service.is_public or service.is_confidential:
        case.is_public, case.public_title = False, ""
    case.save(update_fields=["service", "revision", "kind", "priority", "is_public", "public_title"])
    index_case(case)
    steps.record(case, by, now, rules.ChangeKind.SERVICE, before=before, after=service.pk)
    happened: list[DomainEvent] = [
        events.ServiceChanged(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            before_id=before,
            service_id=service.pk,
        )
    ]
    if case.priority != priority:
        kind, reason = rules.ChangeKind.PRIORITY, rules.BY_SERVICE
        steps.record(case, by, now, kind, before=priority, after=case.priority, reason=reason)
        happened += [_priority_changed(case, priority)]
    # Together: who is told of the priority is known once the case is routed; what that changes comes after.
    publish_together(happened, now=now)
    return case


@transaction.atomic
def set_priority(*, case_id: int, priority: Priority, by: Actor, now: datetime, reason: str = "") -> Case:
    """Say how soon an open case is to be seen to; its promises follow. `reason` is the code of a rule.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    case = steps.locked_open_for_work(case_id, by)
    if case.priority == priority:
        return case
    before, case.priority = case.priority, priority
    case.save(update_fields=["priority"])
    steps.record(case, by, now, rules.ChangeKind.PRIORITY, before=before, after=priority, reason=reason)
    publish(_priority_changed(case, before), now=now)
    return case


@transaction.atomic
def set_priority_by_rule(*, case_id: int, priority: Priority, reason: str, now: datetime) -> None:
    """Say how soon an open case is to be seen to, unless a person said so by hand.

    For routing, inside the transaction of the change it follows; `reason` is its code.
    """
    changes = Change.objects.filter(case_id=case_id, kind=rules.ChangeKind.PRIORITY)
    last = changes.order_by("-id").first()
    if last and last.actor_kind == ActorKind.STAFF and last.reason != rules.BY_SERVICE:
        return
    by = system(Case.objects.values_list("municipality_id", flat=True).get(id=case_id))
    set_priority(case_id=case_id, priority=priority, by=by, now=now, reason=reason)


@transaction.atomic
def set_kind(*, case_id: int, kind: CaseKind, by: Actor, now: datetime) -> Case:
    """Say what somebody wants with an open case, or that it is what it is taken for; its promises follow.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    case = steps.locked_open_for_work(case_id, by)
    before = case.kind
    if before == kind and Change.objects.filter(case=case, kind=rules.ChangeKind.KIND).exists():
        return case
    steps.record(case, by, now, rules.ChangeKind.KIND, before=before, after=kind)
    if before == kind:
        return case
    case.kind = kind
    case.save(update_fields=["kind"])
    publish(
        events.KindChanged(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            service_id=case.service_id,
            before=before,
            kind=kind,
        ),
        now=now,
    )
    return case


@transaction.atomic
def note_danger(*, case_id: int, danger: str, advice: str, now: datetime) -> Case:
    """Note that a case is dangerous, and make an open one urgent; the resident reads the advice meanwhile.

    For routing, inside the transaction in which it was noticed; `danger` is its code. The same danger is
    noted once, and once more when the case has been closed since.
    """
    case = Case.objects.get(id=case_id)
    is_back = case.danger == danger
    if is_back and not _was_closed_in_danger(case):
        return case
    by = system(case.municipality_id)
    case.danger, case.advice = danger, advice
    case.save(update_fields=["danger", "advice"])
    steps.record(case, by, now, rules.ChangeKind.DANGER, after=danger)
    if case.is_open and not (is_back and case.priority == Priority.URGENT):
        return set_priority(case_id=case_id, priority=Priority.URGENT, by=by, now=now)
    publish(events.DangerNoted(municipality_id=case.municipality_id, case_id=case_id), now=now)
    return case


@transaction.atomic
def change_place(*, case_id: int, place: Place, by: Actor, now: datetime) -> Case:
    """Say where an open case really is; routing follows.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    case = steps.locked_open_for_work(case_id, by)
    if case.place == dataclasses.replace(place, area_ids=()):
        return case
    steps.put_at(case, place)
    case.save(update_fields=["address", "latitude", "longitude", "position_source", "is_outside"])
    CaseArea.objects.filter(case=case).delete()
    CaseArea.objects.bulk_create(steps.in_areas(case, place))
    index_case(case)
    steps.record(case, by, now, rules.ChangeKind.PLACE)
    publish(events.PlaceChanged(municipality_id=case.municipality_id, case_id=case.pk), now=now)
    return case


def _was_closed_in_danger(case: Case) -> bool:
    """Tell whether a case was closed after its danger had been noted."""
    kinds = (rules.ChangeKind.DANGER, rules.ChangeKind.CLOSED)
    last = Change.objects.filter(case=case, kind__in=kinds).order_by("-id").first()
    return last is not None and last.kind == rules.ChangeKind.CLOSED


def _priority_changed(case: Case, before: str) -> events.PriorityChanged:
    return events.PriorityChanged(
        municipality_id=case.municipality_id, case_id=case.pk, before=before, priority=case.priority
    )


@dataclasses.dataclass(frozen=True)
class _Handlers:
    """Who has a case, or is to have it."""

    department: Department | None
    team: Team | None
    assignee: User | None

    @property
    def ids(self) -> dict[str, int | None]:
        of = {"department": self.department, "team": self.team, "assignee": self.assignee}
        return {name: one.pk if one else None for name, one in of.items()}


def _give(case: Case, to: _Handlers, by: Actor, now: datetime, reason: str = "") -> None:
    before = {"department": case.department_id, "team": case.team_id, "assignee": case.assignee_id}
    after = to.ids
    if before == after:
        return
    for kind in (rules.ChangeKind.DEPARTMENT, rules.ChangeKind.TEAM, rules.ChangeKind.ASSIGNEE):
        if before[kind.lower()] != after[kind.lower()]:
            why = reason if kind == rules.ChangeKind.ASSIGNEE else ""
            steps.change(case, by, now, kind, before[kind.lower()], after[kind.lower()], why)
    case.department, case.team, case.assignee = to.department, to.team, to.assignee
    case.save(update_fields=["department", "team", "assignee"])
    if before["department"] != after["department"]:
        index_department(case)
    steps.audit(case, by, now, "case.assigned", before=before, after=after)
    publish(
        events.CaseAssigned(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            department_id=after["department"],
            assignee_id=after["assignee"],
            team_id=after["team"],
        ),
        now=now,
    )


def _handlers(
    case: Case, department_id: int | None, team_id: int | None, assignee_id: int | None
) -> _Handlers:
    """Return who is to have a case, all of its municipality: the team must be of the department or of the
    centre, the person must be able to work here.
    """
    town = case.municipality_id
    members = Membership.objects.filter(municipality_id=town, role__in=sorted(WORKS_ON_CASES))
    department = team = assignee = None
    if department_id is not None:
        department = Department.objects.filter(id=department_id, municipality_id=town).first()
    if team_id is not None:
        teams = Team.objects.filter(Q(department_id=department_id) | Q(department__isnull=True))
        team = teams.filter(id=team_id, municipality_id=town, is_retired=False).first()
    if assignee_id is not None:
        people = User.objects.filter(id__in=members.values("user_id"), is_active=True)
        assignee = people.filter(id=assignee_id).first()
    found = _Handlers(department, team, assignee)
    if found.ids != {"department": department_id, "team": team_id, "assignee": assignee_id}:
        raise UnableToChangeCase("UNKNOWN_HANDLER")
    return found
