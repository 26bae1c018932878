"""React to what happens to cases, in its transaction: clocks start, stand still, go on and are met.

The moment is the one the change carries; where an event names no row of its own, it is the change's on the
timeline.
"""

from datetime import UTC, datetime

from moked.cases import events as cases
from moked.cases.models import Case, Contact, Review
from moked.cases.queries import moment_of_change
from moked.cases.rules import State
from moked.catalogue.rules import Priority
from moked.events.subscribers import Unfinished, Work
from moked.notices import events as notices
from moked.sla import operations


def begin(event: cases.CaseOpened) -> None:
    """Promise what the service's target says."""
    operations.begin(case_id=event.case_id, service_id=event.service_id)


def alarm_for_opened(event: cases.CaseOpened) -> None:
    """Tell at once whoever can act on a case of a service that is urgent."""
    if event.priority == Priority.URGENT:
        operations.raise_alarm(case_id=event.case_id, at=moment_of_change(event.case_id))


def alarm_for_raised(event: cases.PriorityChanged) -> None:
    """Tell at once whoever can act on a case that became urgent."""
    if event.priority == Priority.URGENT:
        operations.raise_alarm(case_id=event.case_id, at=moment_of_change(event.case_id))


def alarm_for_danger(event: cases.DangerNoted) -> None:
    """Tell at once whoever can act that a case is dangerous which is closed, or was in between."""
    operations.raise_alarm(case_id=event.case_id, at=moment_of_change(event.case_id))


def answer(event: cases.ReplySent) -> None:
    """A person's first answer is what was promised; an acknowledgement that goes out by itself is none."""
    operations.answer(case_id=event.case_id, at=_moment_of_contact(event.contact_id))


def acknowledge(event: notices.CaseAcknowledged) -> None:
    """The resident was told that the matter has arrived, be it by a mail that goes out by itself."""
    operations.acknowledge(case_id=event.case_id, at=event.at)


def ask(event: cases.ResidentWrote) -> None:
    """Words of a resident are to be answered."""
    operations.ask(case_id=event.case_id, at=_moment_of_contact(event.contact_id))


def move(event: cases.CaseMoved) -> None:
    """Let the clock stand still while somebody else is waited for."""
    operations.move(
        case_id=event.case_id,
        source=event.source,
        target=event.target,
        until=event.until,
        at=moment_of_change(event.case_id),
    )


def close(event: cases.CaseClosed) -> None:
    """What was promised is met, unless the resident withdrew it."""
    closed_at = Case.objects.values_list("closed_at", flat=True).get(id=event.case_id)
    assert closed_at is not None  # noqa: S101 - a closed case has its moment, by constraint
    operations.close(case_id=event.case_id, is_done=event.state != State.WITHDRAWN, at=closed_at)


def merge(event: cases.CaseMerged) -> None:
    """Another case is worked on instead; nothing is owed on this one."""
    operations.close(case_id=event.case_id, is_done=False, at=moment_of_change(event.case_id))


def reopen(event: cases.CaseReopened) -> None:
    """The clock counts on from the case's original start; the review is decided.

    The words that tell of it are a person's answer, also to a case that was withdrawn before there was any;
    one that the resident's own words opened again has none.
    """
    told = event.contact_id
    at = moment_of_change(event.case_id) if told is None else _moment_of_contact(told)
    operations.end_review(case_id=event.case_id, at=at)
    operations.promise_anew(case_id=event.case_id, service_id=event.service_id, at=at)
    if told is not None:
        operations.answer(case_id=event.case_id, at=at)


def unmerge(event: cases.CaseUnmerged) -> None:
    """The case stands alone again, as if it had never been merged: one that waited has waited all along."""
    state = Case.objects.values_list("state", flat=True).get(id=event.case_id)
    operations.stand_still_again(case_id=event.case_id, state=state)
    operations.promise_anew(
        case_id=event.case_id, service_id=event.service_id, at=moment_of_change(event.case_id)
    )


def change_service(event: cases.ServiceChanged) -> None:
    """Promise what the other service's target says."""
    operations.promise_anew(
        case_id=event.case_id, service_id=event.service_id, at=moment_of_change(event.case_id)
    )


def change_priority(event: cases.PriorityChanged) -> None:
    """Promise what the target says for a case of the other priority."""
    service_id = Case.objects.values_list("service_id", flat=True).get(id=event.case_id)
    operations.promise_anew(case_id=event.case_id, service_id=service_id, at=moment_of_change(event.case_id))


def change_kind(event: cases.KindChanged) -> None:
    """Promise what counts for a case of the other kind."""
    operations.promise_anew(
        case_id=event.case_id, service_id=event.service_id, at=moment_of_change(event.case_id)
    )


def start_review(event: cases.ReviewOpened) -> None:
    """Owe the resident a decision."""
    opened_at = Review.objects.values_list("opened_at", flat=True).get(id=event.review_id)
    operations.start_review(case_id=event.case_id, at=opened_at)


def end_review(event: cases.ReviewAnswered) -> None:
    """The decision was told."""
    operations.end_review(case_id=event.case_id, at=_moment_of_contact(event.contact_id))


def recompute_calendar(work: Work) -> None:
    """Compute anew what is owed by a calendar that has other hours now."""
    follows = operations.recompute_calendar(
        calendar_id=work.event.calendar_id, now=datetime.now(UTC), may_go_on=work.still_mine
    )
    if not follows:
        raise Unfinished


def _moment_of_contact(contact_id: int) -> datetime:
    return Contact.objects.values_list("at", flat=True).get(id=contact_id)
