"""Do what a reaction says on a case; each action changes it by the operation that people use."""

from collections.abc import Callable
from datetime import datetime

from moked.accounts.models import Department, Team
from moked.accounts.rules import system
from moked.base.labels import label
from moked.cases import operations as cases
from moked.cases.models import Case, CaseLabel, Review
from moked.cases.operations import UnableToChangeCase
from moked.cases.rules import ReviewReason
from moked.catalogue.rules import Priority
from moked.events.operations import publish
from moked.notices import staff
from moked.notices.rules import StaffKind
from moked.processes.actions import Action, ActionKind, priority_after
from moked.processes.events import ResidentReminded, ResidentWrittenTo
from moked.replies.models import ReplyTemplate
from moked.replies.queries import words_about
from moked.sla.people import People


def perform(action: Action, case: Case, now: datetime) -> None:
    """Do one thing on a locked case. Raises UnableToChangeCase where the case does not allow it."""
    _PERFORM[action.kind](action, case, now)


def has_effect(action: Action, case: Case) -> bool:
    """Tell whether doing it would change anything; what is said to somebody always does."""
    match action.kind:
        case ActionKind.PRIORITY:
            return priority_after(action, case.priority) != case.priority
        case ActionKind.GIVE:
            return _differs(action, case)
        case ActionKind.REVIEW:
            return not case.is_open and not Review.objects.filter(case=case, is_open=True).exists()
        case ActionKind.LABEL:
            has = CaseLabel.objects.filter(case=case).values_list("label__code", flat=True)
            return not set(action.add_labels) <= set(has)
    return True


def _differs(action: Action, case: Case) -> bool:
    has = (case.department.code if case.department else "", case.team.code if case.team else "")
    return (
        has[0] != action.department
        or bool(action.team and has[1] != action.team)
        or bool(action.person and case.assignee_id != action.person)
    )


def _set_priority(action: Action, case: Case, now: datetime) -> None:
    after = Priority(priority_after(action, case.priority))
    cases.set_priority(case_id=case.pk, priority=after, by=system(case.municipality_id), now=now)
    case.priority = after


def _give(action: Action, case: Case, now: datetime) -> None:
    of_town = {"municipality_id": case.municipality_id, "is_retired": False}
    department = Department.objects.filter(code=action.department, **of_town).first()
    team = Team.objects.filter(code=action.team, **of_town).first() if action.team else None
    if department is None or (action.team and team is None):
        raise UnableToChangeCase("UNKNOWN_HANDLER")
    is_there = department.pk == case.department_id
    # Whoever has it keeps it when it only stays where it is.
    team_id = team.pk if team else (case.team_id if is_there else None)
    assignee_id = action.person or (case.assignee_id if is_there and team_id == case.team_id else None)
    cases.assign(
        case_id=case.pk,
        department_id=department.pk,
        team_id=team_id,
        assignee_id=assignee_id,
        by=system(case.municipality_id),
        now=now,
    )
    case.department, case.team_id, case.assignee_id = department, team_id, assignee_id


def _label(action: Action, case: Case, now: datetime) -> None:
    cases.change_labels(case_id=case.pk, add=action.add_labels, by=system(case.municipality_id), now=now)


def _note(action: Action, case: Case, now: datetime) -> None:
    language = case.municipality.language
    words = label(action.words, language, language)
    cases.add_note(case_id=case.pk, body=words, by=system(case.municipality_id), now=now)


def _tell(action: Action, case: Case, now: datetime) -> None:
    people = People()
    told = (user_id for whom in action.whom for user_id in people.told(whom, case, now))
    staff.tell(case, told, kind=StaffKind.REACTED, by_mail=action.by_mail, now=now)


def _remind(action: Action, case: Case, now: datetime) -> None:
    publish(ResidentReminded(municipality_id=case.municipality_id, case_id=case.pk), now=now)


def _write(action: Action, case: Case, now: datetime) -> None:
    by = system(case.municipality_id)
    contact = cases.write_by_rule(case_id=case.pk, body=_words(action, case), by=by, now=now)
    publish(
        ResidentWrittenTo(municipality_id=case.municipality_id, case_id=case.pk, contact_id=contact.pk),
        now=now,
    )


def _close(action: Action, case: Case, now: datetime) -> None:
    if case.awaits_check:
        # The centre is to confirm what the department did; no rule does that for it.
        raise UnableToChangeCase("AWAITS_CHECK")
    cases.close_case(
        case_id=case.pk,
        outcome=action.outcome,
        message=_words(action, case),
        by=system(case.municipality_id),
        now=now,
    )


def _review(action: Action, case: Case, now: datetime) -> None:
    by = system(case.municipality_id)
    cases.open_review(case_id=case.pk, reason=ReviewReason.BY_RULE, by=by, now=now)


def _words(action: Action, case: Case) -> str:
    """Return the words of the reply that the action names, about the case and in its resident's language."""
    template = ReplyTemplate.objects.filter(
        municipality_id=case.municipality_id, code=action.reply, is_retired=False
    ).first()
    if template is None:
        raise UnableToChangeCase("NOTHING_SAID")
    return words_about(template, case)


_PERFORM: dict[ActionKind, Callable[[Action, Case, datetime], None]] = {
    ActionKind.PRIORITY: _set_priority,
    ActionKind.GIVE: _give,
    ActionKind.LABEL: _label,
    ActionKind.NOTE: _note,
    ActionKind.TELL: _tell,
    ActionKind.REMIND: _remind,
    ActionKind.WRITE: _write,
    ActionKind.CLOSE: _close,
    ActionKind.REVIEW: _review,
}
