"""The order in which the apps react to each other's events: the only place that knows everybody."""

from datetime import UTC, datetime

from moked.accounts.events import SignInMailRequested
from moked.cases import events as cases
from moked.cases import projections as searching
from moked.cases.operations import time_out_waiting
from moked.channels import events as channels
from moked.channels.email import smtp
from moked.events.operations import forget_settled
from moked.events.subscribers import Durable, Immediate, Lane, Projection, Recurring, Work, directory
from moked.exchange.exports import events as exports
from moked.exchange.exports.making import advance
from moked.exchange.exports.operations import forget_expired
from moked.files.operations import sweep_orphans, sweep_unclaimed
from moked.handovers import events as handovers
from moked.handovers import receivers as bodies
from moked.handovers.operations import remind_silent
from moked.insights import projections
from moked.intake import by_hand, taking
from moked.municipalities.statistics import take_statistics
from moked.notices import events as notices
from moked.notices import mailboxes, staff
from moked.notices import receivers as notify
from moked.processes import events as processes
from moked.processes import receivers as reactions
from moked.processes.operations import forget_reactions, react_on_time
from moked.routing import events as routing_events
from moked.routing import receivers as routing
from moked.routing import sharing
from moked.sla import events as sla
from moked.sla import receivers as promise
from moked.sla.operations import begin_upcoming, break_overdue, warn
from moked.surveys import events as surveys
from moked.surveys import receivers as ask
from moked.web.desk.export_words import WORDS

EVENTS = (
    SignInMailRequested,
    *cases.ALL,
    *channels.ALL,
    *notices.ALL,
    *surveys.ALL,
    *handovers.ALL,
    *routing_events.ALL,
    *sla.ALL,
    *processes.ALL,
    *exports.ALL,
)

IMMEDIATE = (
    Immediate(cases.ResidentWrote, staff.tell_of_words),
    Immediate(cases.CaseMoved, staff.tell_of_waiting),
    Immediate(cases.ResidentWrote, routing.look_for_danger),
    Immediate(cases.FollowerWrote, routing.look_for_danger),
    Immediate(cases.CaseOpened, routing.route_opened),
    Immediate(cases.ServiceChanged, routing.route_again),
    Immediate(cases.PlaceChanged, routing.route_again),
    Immediate(cases.CaseAssigned, sharing.share_assigned),
    Immediate(cases.CaseClosed, ask.ask),
    Immediate(cases.CaseReopened, ask.stop_asking),
    Immediate(cases.CaseMoved, bodies.leave),
    Immediate(cases.CaseClosed, bodies.end),
    Immediate(cases.CaseOpened, promise.begin),
    Immediate(cases.CaseOpened, promise.alarm_for_opened),
    Immediate(notices.CaseAcknowledged, promise.acknowledge),
    Immediate(cases.ReplySent, promise.answer),
    Immediate(cases.ResidentWrote, promise.ask),
    Immediate(cases.CaseMoved, promise.move),
    Immediate(cases.CaseClosed, promise.close),
    Immediate(cases.CaseMerged, promise.merge),
    Immediate(cases.CaseReopened, promise.reopen),
    Immediate(cases.CaseUnmerged, promise.unmerge),
    Immediate(cases.CaseUnmerged, bodies.take_up),
    Immediate(cases.ServiceChanged, promise.change_service),
    Immediate(cases.PriorityChanged, promise.change_priority),
    Immediate(cases.KindChanged, promise.change_kind),
    Immediate(cases.PriorityChanged, promise.alarm_for_raised),
    Immediate(cases.DangerNoted, promise.alarm_for_danger),
    Immediate(cases.ReviewOpened, promise.start_review),
    Immediate(cases.ReviewAnswered, promise.end_review),
)


def advance_export(work: Work) -> None:
    """Do the next step of an export, in the words of the desk."""
    event: exports.ExportAdvanced = work.event
    advance(
        export_id=event.export_id,
        step=event.step,
        words=WORDS,
        now=datetime.now(UTC),
        still_mine=work.still_mine,
    )


DURABLE = (
    Durable("intake.take_stored", channels.MessageStored, taking.take_stored),
    Durable("intake.bring_along", channels.MessageTakenByHand, by_hand.bring_along),
    Durable("notices.plan_opened", cases.CaseOpened, notify.plan_opened),
    Durable("notices.plan_reply", cases.ReplySent, notify.plan_reply),
    Durable("notices.plan_closed", cases.CaseClosed, notify.plan_closed),
    Durable("notices.plan_reopened", cases.CaseReopened, notify.plan_reopened),
    Durable("notices.plan_review_answered", cases.ReviewAnswered, notify.plan_review_answered),
    Durable("notices.plan_promise_moved", cases.PromiseMoved, bodies.plan_promise_moved),
    Durable("notices.plan_joined", cases.CaseJoined, notify.plan_joined),
    Durable("notices.plan_corrected", cases.AddressCorrected, notify.plan_corrected),
    Durable("notices.plan_merged", cases.CaseMerged, notify.plan_merged),
    Durable("sla.recompute_calendar", sla.CalendarPublished, promise.recompute_calendar),
    Durable("notices.send", notices.NoticePlanned, notify.send, Lane.OUTGOING),
    Durable("notices.send_to_staff", notices.StaffMailPlanned, staff.send, Lane.AT_ONCE),
    Durable("notices.send_about_mailbox", notices.MailboxMailPlanned, mailboxes.send, Lane.OUTGOING),
    Durable("routing.hand_over", routing_events.BodyChosen, routing.hand_over_as_chosen),
    Durable("handovers.plan_handed_over", handovers.CaseHandedOver, bodies.plan_handed_over),
    Durable("handovers.plan_came_back", handovers.CaseCameBack, bodies.plan_came_back),
    Durable("handovers.send", handovers.BodyMailPlanned, bodies.send, Lane.OUTGOING),
    Durable("accounts.send_sign_in_mail", SignInMailRequested, notify.send_sign_in_mail, Lane.AT_ONCE),
    *(Durable(f"processes.react_to.{event.name}", event, reactions.react) for event in reactions.REACTED_TO),
    Durable("processes.replan", processes.ReactionsPublished, reactions.replan),
    Durable("processes.replan_by_calendar", sla.CalendarPublished, reactions.replan),
    Durable("processes.remind", processes.ResidentReminded, reactions.remind),
    Durable("processes.write", processes.ResidentWrittenTo, reactions.write),
    Durable("exchange.advance_export", exports.ExportAdvanced, advance_export),
)

PROJECTIONS = (
    Projection("insights.facts", projections.EVENTS, projections.follow, weight=projections.weight),
    Projection("search.cases", searching.EVENTS, searching.keep_searchable, searching.weight),
)

MINUTE, HOUR, DAY = 60, 3600, 86400


def forget_sessions(now: datetime) -> str:
    """Delete sessions that have ended."""
    from django.contrib.sessions.models import Session

    return f"{Session.objects.filter(expire_date__lt=now).delete()[0]} sessions forgotten"


def end_waiting(now: datetime) -> str:
    """Do what the town's reactions say about waiting, and only then end waiting that is over by itself.

    Both may be due at the same moment: whoever has waited ten days may be told that the case is closed.
    """
    return f"{react_on_time(now)}, {time_out_waiting(now)}"


RECURRING = (
    Recurring("cases.time_out_waiting", MINUTE, end_waiting),
    Recurring("handovers.remind_silent", MINUTE, remind_silent),
    Recurring("notices.tell_of_mailboxes", MINUTE, mailboxes.tell_of_mailboxes),
    Recurring("sla.break_overdue", MINUTE, break_overdue),
    Recurring("sla.warn", MINUTE, warn),
    Recurring("sla.begin_upcoming", MINUTE, begin_upcoming),
    Recurring("insights.follow_confidentiality", MINUTE, projections.follow_confidentiality),
    Recurring("database.take_statistics", HOUR, take_statistics),
    Recurring("outbox.forget_settled", DAY, forget_settled),
    Recurring("processes.forget", DAY, forget_reactions),
    Recurring("sessions.forget_ended", DAY, forget_sessions),
    Recurring("files.sweep_unclaimed", HOUR, sweep_unclaimed),
    Recurring("files.sweep_orphans", DAY, sweep_orphans),
    Recurring("exchange.forget_exports", HOUR, forget_expired),
)


def declare() -> None:
    """Tell the event machinery about everybody."""
    directory.declare(
        events=EVENTS,
        immediate=IMMEDIATE,
        durable=DURABLE,
        projections=PROJECTIONS,
        recurring=RECURRING,
        at_rest=(smtp.hang_up,),
    )
