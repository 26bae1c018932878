"""React to what happens to cases, in its transaction; and send mails to bodies, outside any."""

from datetime import UTC, datetime

from moked.cases.events import CaseClosed, CaseMoved
from moked.cases.models import Change
from moked.cases.rules import ChangeKind, MoveReason
from moked.cases.rules import State as CaseState
from moked.channels.base.troubles import NotNow, Refused, is_for_good
from moked.channels.email import smtp
from moked.events.subscribers import Work
from moked.handovers import operations, rendering
from moked.handovers.models import NOT_SENT, BodyMail
from moked.handovers.rules import Mail, State

NO_LONGER = "NO_LONGER"


def leave(event: CaseMoved) -> None:
    """A case that leaves the body without its word was given up waiting for, or taken back by hand."""
    if event.source != CaseState.WITH_EXTERNAL_BODY:
        return
    moves = Change.objects.filter(case_id=event.case_id, kind=ChangeKind.STATE).order_by("-id")
    was_silent = moves.values_list("reason", flat=True).first() == MoveReason.BODY_SILENT
    operations.leave_body(case_id=event.case_id, state=State.GIVEN_UP if was_silent else State.WITHDRAWN)


def end(event: CaseClosed) -> None:
    """Of a closed case nothing is expected any more; a merged one may come back, and stays as it was."""
    operations.leave_body(case_id=event.case_id, state=State.WITHDRAWN, was_closed=True)


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
