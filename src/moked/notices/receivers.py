"""React to cases: plan who is told, then tell them. Both run from the outbox, outside any transaction."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction

from moked.accounts.events import SignInMailRequested
from moked.accounts.models import User
from moked.cases import events as cases
from moked.cases.models import Case, Participant
from moked.cases.rules import State
from moked.catalogue.rules import Priority
from moked.channels.base.troubles import NotNow, Refused
from moked.channels.email import smtp
from moked.channels.registry import channel_of
from moked.events.subscribers import NotBefore, Work
from moked.municipalities.models import Municipality
from moked.municipalities.queries import public_url
from moked.notices import operations, queries, rendering, staff
from moked.notices.delivery import note_refusal
from moked.notices.models import Notice
from moked.notices.persons import is_told_already
from moked.notices.rules import NEVER_QUIET, Kind, StaffKind, WhyNot, is_wanted
from moked.notices.texts import text_for

FOLLOWER = Participant.Role.FOLLOWER


def plan_opened(work: Work) -> None:
    """Tell the reporter the number and the tracking link."""
    event: cases.CaseOpened = work.event
    why_not = operations.why_not_acknowledged(event.case_id, datetime.now(UTC))
    _plan(work, event.case_id, Kind.CASE_OPENED, None, why_not=why_not)
    if why_not == WhyNot.TOO_MANY and operations.is_news_of_a_loop(event.case_id):
        case = Case.objects.get(id=event.case_id)
        with transaction.atomic():
            staff.tell(case, staff.handlers_of(case), kind=StaffKind.LOOPING, now=datetime.now(UTC))


def plan_reply(work: Work) -> None:
    """Carry the words of a colleague to the resident."""
    event: cases.ReplySent = work.event
    _plan(work, event.case_id, Kind.REPLY, event.contact_id)


def plan_closed(work: Work) -> None:
    """Tell the outcome: to the reporter with the survey, to everybody else whose case it is too without."""
    event: cases.CaseClosed = work.event
    kind = Kind.CASE_DECLINED if event.state == State.DECLINED else Kind.CASE_CLOSED
    _plan(work, event.case_id, kind, event.contact_id)
    _plan(work, event.case_id, Kind.FOLLOWED_CLOSED, event.contact_id, to=FOLLOWER)


def plan_reopened(work: Work) -> None:
    """Tell that work goes on."""
    event: cases.CaseReopened = work.event
    kind = Kind.WORDS_REOPENED if event.contact_id is None else Kind.CASE_REOPENED
    _plan(work, event.case_id, kind, event.contact_id)
    _plan(work, event.case_id, Kind.FOLLOWED_REOPENED, None, to=FOLLOWER)


def plan_promise_moved(work: Work, why_not: WhyNot | None = None) -> None:
    """Tell the reporter by when it is to be done now."""
    event: cases.PromiseMoved = work.event
    _plan(work, event.case_id, Kind.PROMISE_MOVED, None, why_not=why_not)


def plan_joined(work: Work) -> None:
    """Tell whoever said that a case is theirs too how they can follow it."""
    event: cases.CaseJoined = work.event
    if not event.is_new:
        return
    why_not = operations.why_not_welcomed(event.participant_id, datetime.now(UTC))
    part_id = event.participant_id
    _plan(work, event.case_id, Kind.CASE_JOINED, None, to=FOLLOWER, participant_id=part_id, why_not=why_not)


def plan_corrected(work: Work) -> None:
    """Tell at the right address what was told last, or the number and the link, as nothing came so far."""
    event: cases.AddressCorrected = work.event
    part = Participant.objects.get(id=event.participant_id)
    last = Notice.objects.filter(case_id=part.case_id, recipient_id=part.resident_id).order_by("id").last()
    first = Kind.CASE_JOINED if part.role == FOLLOWER else Kind.CASE_OPENED
    kind, contact_id, about = (Kind(last.kind), last.contact_id, last.about) if last else (first, None, None)
    role = Participant.Role(part.role)
    _plan(work, event.case_id, kind, contact_id, to=role, participant_id=part.pk, about=about)


def plan_merged(work: Work) -> None:
    """Tell everybody on a merged case where it goes on."""
    event: cases.CaseMerged = work.event
    for role in Participant.Role:
        _plan(work, event.case_id, Kind.CASE_MERGED, None, to=role)


def plan_review_answered(work: Work) -> None:
    """Tell why the case stays closed."""
    event: cases.ReviewAnswered = work.event
    _plan(work, event.case_id, Kind.REVIEW_ANSWERED, event.contact_id)


def send(work: Work) -> None:
    """Send one planned notice by its channel, or one that failed and is to be tried again.

    One that its recipient does not want any more, or has no address for, is dropped, as is a second one to
    somebody who is known as two residents; others wait for the end of the town's quiet hours.
    """
    notice = (
        Notice.objects.select_related(
            "municipality",
            "case",
            "case__department",
            "case__service",
            "case__merged_into",
            "contact",
            "recipient",
        )
        .filter(id=work.event.notice_id, state__in=operations.NOT_SENT)
        .first()
    )
    if notice is None:
        return
    if is_told_already(notice):
        operations.mark(notice, Notice.State.DROPPED, now=datetime.now(UTC), failure=WhyNot.TOLD_ALREADY)
        return
    part = Participant.objects.filter(case=notice.case, resident=notice.recipient_id).first()
    if part is None or not part.email:
        operations.mark(notice, Notice.State.DROPPED, now=datetime.now(UTC), failure=WhyNot.NO_ADDRESS)
        return
    if not is_wanted(notice.kind, part.wants):
        operations.mark(notice, Notice.State.DROPPED, now=datetime.now(UTC), failure=WhyNot.UNWANTED)
        return
    if quiet_until := _quiet_until(notice, datetime.now(UTC)):
        operations.put_off(notice, quiet_until)
        raise NotBefore(quiet_until)
    outgoing = rendering.outgoing_for(notice, part, now=notice.due_at or notice.planned_at)
    try:
        channel_of(notice.channel).send(outgoing, still_mine=work.still_mine)
    except Refused as problem:
        note_refusal(notice, problem, datetime.now(UTC))
        raise
    except NotNow as problem:
        if work.is_last_try:
            operations.mark(notice, Notice.State.FAILED, now=datetime.now(UTC), failure=problem.reason)
        raise
    operations.mark(notice, Notice.State.SENT, now=datetime.now(UTC), sent_to=part.email)


def _quiet_until(notice: Notice, now: datetime) -> datetime | None:
    """Return when a notice may be sent; None for now."""
    if notice.kind in NEVER_QUIET or notice.case.priority == Priority.URGENT:
        return None
    return queries.quiet_hours_of(notice.municipality_id).until(now, notice.municipality.zone)


def send_sign_in_mail(work: Work) -> None:
    """Send a mail of the sign-in pages; its secret is made here and kept nowhere."""
    event: SignInMailRequested = work.event
    user = User.objects.filter(id=event.user_id, is_active=True).first()
    if user is None:
        return
    town = Municipality.objects.get(id=event.municipality_id)
    secret = (user_pk_to_url_str(user), default_token_generator.make_token(user))
    now = datetime.now(UTC)
    mail = rendering.build(
        town,
        text_for(event.template, event.language, fallback=town.language),
        {
            "link": public_url(town, "account_reset_password_from_key", *secret),
            "new_link": public_url(town, "account_reset_password"),
        },
        to=user.email,
        message_id=operations.message_id(work.event_id, user.pk, town.sender),
        automatic="auto-generated",
        now=now,
    )
    smtp.carry(mail, still_mine=work.still_mine)


def _plan(
    work: Work,
    case_id: int,
    kind: Kind,
    contact_id: int | None,
    *,
    to: Participant.Role = Participant.Role.REPORTER,
    participant_id: int | None = None,
    why_not: WhyNot | None = None,
    about: Mapping[str, Any] | None = None,
) -> None:
    operations.plan(
        event_id=work.event_id,
        case_id=case_id,
        kind=kind,
        contact_id=contact_id,
        now=datetime.now(UTC),
        to=to,
        participant_id=participant_id,
        why_not=why_not,
        about=about,
    )
