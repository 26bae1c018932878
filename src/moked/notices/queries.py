"""The text of a notice: the town's own, or the one that comes with Moked."""

from collections.abc import Collection

from moked.municipalities.models import Municipality
from moked.notices.models import Notice, NoticeText
from moked.notices.texts import FALLBACK, Text, languages, text_for


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
