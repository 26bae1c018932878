"""React to what happens to cases, in its transaction; plan what residents are told of hand-overs, and send
mails to bodies, outside any.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from moked.accounts.rules import external_body
from moked.cases.events import CaseClosed, CaseMoved, CaseUnmerged, PromiseMoved
from moked.cases.queries import moment_of_change
from moked.cases.rules import MoveReason
from moked.cases.rules import State as CaseState
from moked.channels.base.troubles import NotNow, Refused, is_for_good
from moked.channels.email import smtp
from moked.events.queries import moment_of
from moked.events.subscribers import Work
from moked.handovers import operations, rendering
from moked.handovers.events import CaseCameBack, CaseHandedOver
from moked.handovers.models import NOT_SENT, BodyMail, HandOver
from moked.handovers.rules import Mail, State
from moked.notices import operations as notices
from moked.notices import receivers as notify
from moked.notices.rules import Kind, WhyNot

NO_LONGER = "NO_LONGER"


def leave(event: CaseMoved) -> None:
    """A case that leaves the body without its word was given up waiting for, or taken back by hand."""
    if event.source != CaseState.WITH_EXTERNAL_BODY:
        return
    state = State.GIVEN_UP if event.reason == MoveReason.BODY_SILENT else State.WITHDRAWN
    operations.leave_body(case_id=event.case_id, state=state, now=moment_of_change(event.case_id))


def end(event: CaseClosed) -> None:
    """Of a closed case nothing is expected any more; a merged one may come back, and stays as it was."""
    operations.end_hand_over(case_id=event.case_id)


def take_up(event: CaseUnmerged) -> None:
    """What a body said while its case was merged is waited for again."""
    operations.count_late(
        case_id=event.case_id, by=external_body(event.municipality_id), now=moment_of_change(event.case_id)
    )


def plan_handed_over(work: Work) -> None:
    """Tell the reporter which body has the case and by when it answers."""
    event: CaseHandedOver = work.event
    found = _hand_over(event.hand_over_id)
    due_on = found.answer_due_at.astimezone(found.case.municipality.zone).date()
    _tell(work, found, Kind.HANDED_OVER, {"body": found.body.name, "due": due_on.isoformat()})


def plan_came_back(work: Work) -> None:
    """Tell the reporter that we go on with the case, and what the body said or that it said nothing."""
    event: CaseCameBack = work.event
    found = _hand_over(event.hand_over_id)
    reason = event.state if event.state != State.WITHDRAWN else ""
    _tell(work, found, Kind.CAME_BACK, {"body": found.body.name, "reason": reason})


def plan_promise_moved(work: Work) -> None:
    """Tell the reporter by when it is to be done now, unless what moved it tells them so."""
    event: PromiseMoved = work.event
    at = moment_of(work.event_id)
    by_hand_over = HandOver.objects.filter(Q(handed_at=at) | Q(came_back_at=at), case_id=event.case_id)
    notify.plan_promise_moved(work, WhyNot.TOLD_ALREADY if by_hand_over.exists() else None)


def _hand_over(hand_over_id: int) -> HandOver:
    return HandOver.objects.select_related("body", "case__municipality").get(id=hand_over_id)


def _tell(work: Work, found: HandOver, kind: Kind, about: Mapping[str, Any]) -> None:
    notices.plan(
        event_id=work.event_id,
        case_id=found.case_id,
        kind=kind,
        contact_id=None,
        now=datetime.now(UTC),
        about=about,
    )


def send(work: Work) -> None:
    """Send one planned mail, unless the case is no longer with the body or it has spoken meanwhile."""
    rows = BodyMail.objects.select_related(
        "statement",
        "hand_over__body__revision",
        "hand_over__case__municipality",
        "hand_over__case__service",
    )
    mail = rows.filter(id=work.event.mail_id, state__in=NOT_SENT).first()
    if mail is None:
        return
    if not _is_wanted(mail):
        operations.mark(mail, BodyMail.State.DROPPED, now=datetime.now(UTC), failure=NO_LONGER)
        return
    written = rendering.mail_for(mail)
    try:
        smtp.carry(written, still_mine=work.still_mine)
    except (Refused, NotNow) as problem:
        if is_for_good(problem, work):
            operations.mark(mail, BodyMail.State.FAILED, now=datetime.now(UTC), failure=problem.reason)
        raise
    operations.mark(mail, BodyMail.State.SENT, now=datetime.now(UTC), message_id=written.message_id)


def _is_wanted(mail: BodyMail) -> bool:
    hand_over = mail.hand_over
    if hand_over.case.is_spam or not (hand_over.is_open and hand_over.case.is_open):
        return False
    return mail.kind != Mail.REMINDER or hand_over.state == State.SENT
