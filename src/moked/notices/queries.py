"""The text of a notice, the town's own or the one that comes with Moked; and what became of notices."""

from collections.abc import Collection

from django.db.models import OuterRef, Q, QuerySet, Subquery

from moked.cases.models import Case, Participant
from moked.municipalities.models import Municipality
from moked.notices.models import Notice, NoticeText, QuietTime
from moked.notices.rules import QuietHours
from moked.notices.texts import FALLBACK, Text, languages, text_for

LOST = (Notice.State.BOUNCED, Notice.State.FAILED)
ARRIVED = (Notice.State.SENT, Notice.State.DELIVERED)


def own_texts(municipality_id: int) -> dict[tuple[str, str], NoticeText]:
    """Return the texts a town wrote itself, by kind and language."""
    rows = NoticeText.objects.filter(municipality_id=municipality_id, is_default=False)
    return {(one.kind, one.language): one for one in rows}


def row_of(municipality_id: int, kind: str, language: str) -> NoticeText | None:
    """Return the town's row for a text, also when the town went back to the default."""
    return NoticeText.objects.filter(municipality_id=municipality_id, kind=kind, language=language).first()


def text_of_town(town: Municipality, kind: str, language: str) -> Text:
    """Return the text in a language, else in the town's, else in English; the town's own comes first."""
    own = own_texts(town.pk)
    for code in (language, town.language, FALLBACK):
        if row := own.get((kind, code)):
            return Text(code, row.subject, row.body, dict(row.labels))
        if code in languages():
            return text_for(kind, code)
    return text_for(kind, FALLBACK)


def notice_called(municipality_id: int, message_ids: Collection[str]) -> Notice | None:
    """Return the newest notice of a town that went out under one of these Message-IDs."""
    found = Notice.objects.filter(municipality_id=municipality_id, message_id__in=list(message_ids))
    return found.select_related("case").order_by("-id").first() if message_ids else None


def notices_of(case: Case, contact_ids: Collection[int]) -> list[Notice]:
    """Return what was told about a case, and in these words on cases merged into it, in its order.

    `role` is that of the recipient on the case, None for who has no part in it any more.
    """
    role = Participant.objects.filter(case=OuterRef("case"), resident=OuterRef("recipient"))
    told = Notice.objects.filter(Q(case=case) | Q(contact_id__in=contact_ids))
    return list(told.annotate(role=Subquery(role.values("role")[:1])).order_by("id"))


def not_arrived(case: Case) -> QuerySet[Notice]:
    """Return what the reporter of a case was not told by mail, and not otherwise since."""
    reporter = Participant.objects.filter(case=case, role=Participant.Role.REPORTER)
    return Notice.objects.filter(
        case=case, state__in=LOST, told_by__isnull=True, recipient_id__in=reporter.values("resident_id")
    )


def quiet_hours_of(municipality_id: int) -> QuietHours:
    """Return when a town sends nothing by itself."""
    row = QuietTime.objects.filter(municipality_id=municipality_id).first()
    return QuietHours(row.begins, row.ends) if row else QuietHours()


def has_own_quiet_hours(municipality_id: int) -> bool:
    """Tell whether a town set its quiet hours itself."""
    return QuietTime.objects.filter(municipality_id=municipality_id).exists()
