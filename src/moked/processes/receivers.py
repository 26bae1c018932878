"""React to what happens to cases, from the outbox, after it was committed."""

from datetime import UTC, datetime

from moked.base.event import DomainEvent
from moked.cases import events as cases
from moked.events.subscribers import Work
from moked.notices import operations as notices
from moked.notices.rules import Kind
from moked.processes import events, operations
from moked.processes.operations import Occurrence
from moked.processes.triggers import TriggerKind
from moked.sla.events import PromiseBroken
from moked.surveys.events import SurveyAnswered

# Those of no kind only change what is a matter of time.
REACTED_TO: dict[type[DomainEvent], TriggerKind | None] = {
    cases.CaseOpened: TriggerKind.OPENED,
    cases.ResidentWrote: TriggerKind.RESIDENT_WROTE,
    cases.CaseJoined: TriggerKind.JOINED,
    cases.CaseMoved: TriggerKind.MOVED,
    cases.PriorityChanged: TriggerKind.PRIORITY_CHANGED,
    cases.CaseClosed: TriggerKind.CLOSED,
    cases.CaseReopened: TriggerKind.REOPENED,
    SurveyAnswered: TriggerKind.SURVEY_ANSWERED,
    PromiseBroken: TriggerKind.PROMISE_BROKEN,
    cases.ServiceChanged: None,
    cases.CaseUnmerged: None,
}


def react(work: Work) -> None:
    """Do what the town's reactions say about what happened."""
    event = work.event
    if isinstance(event, cases.CaseJoined) and not event.is_new:
        return
    commitment_id = 0
    match event:
        case cases.CaseMoved():
            got = event.target
        case cases.PriorityChanged():
            got = event.priority
        case PromiseBroken():
            got, commitment_id = event.kind, event.commitment_id
        case _:
            got = ""
    operations.react(
        municipality_id=event.municipality_id,
        case_id=event.case_id,
        occurrence=Occurrence(REACTED_TO[type(event)], got, commitment_id),
        event_id=work.event_id,
        now=datetime.now(UTC),
    )


def replan(work: Work) -> None:
    """Count anew what is a matter of time: the rules are others, or the calendars they count by."""
    operations.replan_town(municipality_id=work.event.municipality_id, may_go_on=work.still_mine)


def remind(work: Work) -> None:
    """Remind the reporter that an answer of theirs is waited for."""
    event: events.ResidentReminded = work.event
    notices.plan(
        event_id=work.event_id,
        case_id=event.case_id,
        kind=Kind.REMINDER,
        contact_id=None,
        now=datetime.now(UTC),
    )


def write(work: Work) -> None:
    """Carry the town's words to the reporter."""
    event: events.ResidentWrittenTo = work.event
    notices.plan(
        event_id=work.event_id,
        case_id=event.case_id,
        kind=Kind.BY_RULE,
        contact_id=event.contact_id,
        now=datetime.now(UTC),
    )
