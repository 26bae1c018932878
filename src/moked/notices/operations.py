"""Plan notices and note what became of them."""

import dataclasses
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.cases import operations as cases
from moked.cases.models import Case, Contact, Participant
from moked.cases.rules import Channel
from moked.channels.email.reading.kinds import NEVER_ANSWERED
from moked.events.operations import publish
from moked.municipalities.models import Municipality
from moked.notices.events import CaseAcknowledged, NoticePlanned
from moked.notices.models import Notice, NoticeText, QuietTime
from moked.notices.queries import not_arrived
from moked.notices.rules import Kind, QuietHours, WhyNot
from moked.notices.wording import Wording, check
from moked.residents.queries import at_the_addresses_of, undeliverable
from moked.residents.rules import normalise_email
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published

TEXT_KIND = "notice_text"
# Within an hour to one address, by how a report came; colleagues who write one down know what they do.
MOST_ACKNOWLEDGED = {Channel.EMAIL: 3, Channel.WEB: 10}
ACKNOWLEDGED_WITHIN = timedelta(hours=1)
LOOPS_TOLD_AFTER = timedelta(days=1)
# A failed one is sent when somebody has its dead letter tried again.
NOT_SENT = (Notice.State.PLANNED, Notice.State.FAILED)
QUIET_TIME = "quiet_time"


@transaction.atomic
def plan(
    *,
    event_id: int,
    case_id: int,
    kind: Kind,
    contact_id: int | None,
    now: datetime,
    to: Participant.Role = Participant.Role.REPORTER,
    participant_id: int | None = None,
    why_not: WhyNot | None = None,
    about: Mapping[str, Any] | None = None,
) -> list[Notice]:
    """Plan a notice for everybody in a role on the case, or one of them, who can be reached.

    Planning the same event again adds nothing. With `why_not`, and for programs, which are sent only what a
    person writes, it is just noted that none is sent.
    """
    case = Case.objects.select_related("municipality").get(id=case_id)
    recipients = Participant.objects.filter(case=case, role=to, resident__isnull=False).exclude(email="")
    if participant_id is not None:
        recipients = recipients.filter(id=participant_id)
    planned = []
    parts = list(recipients.order_by("id").values_list("resident_id", "email"))
    unreachable = undeliverable(case.municipality_id, [email for _, email in parts])
    if not why_not and kind != Kind.REPLY and to == Participant.Role.REPORTER and _by_a_program(case_id):
        why_not = WhyNot.BY_A_PROGRAM
    for resident_id, email in parts:
        assert resident_id is not None  # noqa: S101 - asked for just above
        state, failure = Notice.State.PLANNED, ""
        if normalise_email(email) in unreachable:
            state, failure = Notice.State.FAILED, WhyNot.UNDELIVERABLE
        elif kind != Kind.REPLY and NEVER_ANSWERED.fullmatch(email):
            state, failure = Notice.State.DROPPED, WhyNot.TO_A_PROGRAM
        elif why_not:
            state, failure = Notice.State.DROPPED, why_not
        notice, is_new = Notice.objects.get_or_create(
            event_id=event_id,
            recipient_id=resident_id,
            channel=Channel.EMAIL,
            defaults={
                "municipality_id": case.municipality_id,
                "case": case,
                "kind": kind,
                "contact_id": contact_id,
                "about": about,
                "message_id": message_id(event_id, resident_id, case.municipality.sender),
                "planned_at": now,
                "state": state,
                "state_at": now,
                "failure": failure,
            },
        )
        if is_new and state == Notice.State.PLANNED:
            publish(NoticePlanned(municipality_id=case.municipality_id, notice_id=notice.pk), now=now)
            planned.append(notice)
    return planned


def why_not_acknowledged(case_id: int, now: datetime) -> WhyNot | None:
    """Return why no number and no link are to be sent for a case that has just come in, if that is so.

    To one address only so many an hour for mails and for forms that anybody fills in, so that two programs
    cannot keep each other busy and nobody's mailbox is flooded by whoever writes in their name.
    """
    first = Contact.objects.filter(case_id=case_id).order_by("id").first()
    if first is None or first.channel not in MOST_ACKNOWLEDGED:
        return None
    if first.is_automatic:
        return WhyNot.BY_A_PROGRAM
    if first.wants_no_answer:
        return WhyNot.NONE_WANTED
    told = _told_lately(first.municipality_id, first.resident_id, now)
    return WhyNot.TOO_MANY if told >= MOST_ACKNOWLEDGED[Channel(first.channel)] else None


def is_news_of_a_loop(case_id: int) -> bool:
    """Tell whether a case is the first in a day not acknowledged because its sender wrote too many."""
    notice = Notice.objects.filter(case_id=case_id, failure=WhyNot.TOO_MANY).order_by("id").first()
    if notice is None:
        return False
    before = Notice.objects.filter(
        recipient_id=notice.recipient_id, failure=WhyNot.TOO_MANY, id__lt=notice.pk
    )
    return not before.filter(planned_at__gt=notice.planned_at - LOOPS_TOLD_AFTER).exists()


def why_not_welcomed(participant_id: int, now: datetime) -> WhyNot | None:
    """Return why who says that a case is theirs too is sent no link, as anybody may say so, if that is so."""
    part = Participant.objects.get(id=participant_id)
    told = _told_lately(part.municipality_id, part.resident_id, now)
    return WhyNot.TOO_MANY if told >= MOST_ACKNOWLEDGED[Channel.WEB] else None


def _by_a_program(case_id: int) -> bool:
    """Whether a program wrote what the case is about."""
    first = Contact.objects.filter(case_id=case_id).order_by("id")
    return bool(first.values_list("is_automatic", flat=True).first())


def _told_lately(municipality_id: int, resident_id: int | None, now: datetime) -> int:
    """Return how often a number and a link were sent to somebody's addresses within the hour."""
    recent = Notice.objects.filter(
        municipality_id=municipality_id,
        recipient__in=at_the_addresses_of(resident_id),
        kind__in=[Kind.CASE_OPENED, Kind.CASE_JOINED],
        planned_at__gt=now - ACKNOWLEDGED_WITHIN,
    )
    return recent.exclude(state=Notice.State.DROPPED).count()


@transaction.atomic
def mark(notice: Notice, state: Notice.State, *, now: datetime, failure: str = "", sent_to: str = "") -> None:
    """Note what became of a notice that was not sent yet."""
    is_sent = state == Notice.State.SENT
    waiting = Notice.objects.filter(pk=notice.pk, state__in=NOT_SENT)
    changed = waiting.update(
        state=state,
        state_at=now,
        sent_at=now if is_sent else None,
        sent_to=sent_to,
        due_at=None,
        failure=failure[:200],
    )
    if changed and is_sent and notice.kind == Kind.CASE_OPENED:
        publish(
            CaseAcknowledged(municipality_id=notice.municipality_id, case_id=notice.case_id, at=now), now=now
        )


def put_off(notice: Notice, until: datetime) -> None:
    """Note until when a notice waits."""
    Notice.objects.filter(pk=notice.pk, state__in=NOT_SENT).update(due_at=until)


@transaction.atomic
def told_by_phone(*, case_id: int, by: Actor, now: datetime, submission: str | None = None) -> Contact:
    """Note that somebody told the reporter by phone what mails did not; these then count as told.

    Raises cases.UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, ALL_TOLD).
    """
    case = cases.locked_for_work(case_id, by)
    lost = list(not_arrived(case).select_for_update(of=("self",)))
    if not lost:
        raise cases.UnableToChangeCase("ALL_TOLD")
    contact = cases.note_call(case=case, by=by, now=now, submission=submission)
    Notice.objects.filter(id__in=[one.pk for one in lost]).update(told_by=contact)
    return contact


@transaction.atomic
def publish_quiet_hours(
    *, municipality_id: int, hours: QuietHours, by_user_id: int | None, now: datetime
) -> QuietTime:
    """Set when the town sends nothing by itself; what waits already waits as it was told to.

    Raises BadHours.
    """
    hours.check()
    row = QuietTime.objects.select_for_update().filter(municipality_id=municipality_id).first()
    document = dataclasses.asdict(hours)
    if row and is_published(QUIET_TIME, municipality_id, document):
        return row
    row = row or QuietTime(municipality_id=municipality_id)
    row.begins, row.ends = hours.begins, hours.ends
    row.revision = revisions.publish(
        municipality_id=municipality_id,
        kind=QUIET_TIME,
        object_id=municipality_id,
        document=document,
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="quiet_time.published",
        object_kind=QUIET_TIME,
        object_id=municipality_id,
        after={"revision": row.revision.number, **document},
        now=now,
    )
    return row


def message_id(event_id: int, resident_id: int, sender: str) -> str:
    """Return the Message-ID of a notice: always the same for it, and guessed by nobody."""
    key = hmac.new(settings.SECRET_KEY.encode(), b"moked.notices", "sha256").digest()
    digest = hmac.new(key, f"{event_id}.{resident_id}".encode(), hashlib.sha256).hexdigest()
    return f"<{digest[:32]}@{sender.partition('@')[2]}>"


@transaction.atomic
def publish_text(
    *,
    municipality: Municipality,
    kind: Kind,
    language: str,
    text: Wording | None,
    by_user_id: int,
    now: datetime,
) -> NoticeText:
    """Make a text the town's own from the next mail on; None goes back to the one that comes with Moked.

    Raises wording.BadText.
    """
    if text:
        check(kind, text)
    row, _ = NoticeText.objects.select_for_update().get_or_create(
        municipality=municipality, kind=kind, language=language
    )
    document = dataclasses.asdict(text) if text else {"is_default": True}
    if is_published(TEXT_KIND, row.pk, document):
        return row
    row.is_default = text is None
    row.subject, row.body, row.labels = (text.subject, text.body, text.labels) if text else ("", "", {})
    row.revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=TEXT_KIND,
        object_id=row.pk,
        document=document,
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF",
        actor_id=by_user_id,
        verb="notice_text.published",
        object_kind=TEXT_KIND,
        object_id=row.pk,
        after={"revision": row.revision.number, "kind": kind, "language": language},
        now=now,
    )
    return row
