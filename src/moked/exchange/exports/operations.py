"""Ask for an export, fetch it, and forget it when its time is over. `making` does the work between."""

import dataclasses
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO

from django.db import transaction

from moked.accounts.rules import SEES_CASES, Actor
from moked.events.operations import publish
from moked.exchange.exports import queries, store
from moked.exchange.exports.events import ExportAdvanced
from moked.exchange.exports.making import advance, file_of, keep_record
from moked.exchange.exports.rules import (
    AT_ONCE,
    KEPT_FOR,
    MOST_IN_WORKBOOK,
    Format,
    Selection,
    State,
    file_name,
    rights_of,
    still_covers,
)
from moked.exchange.exports.words import Words
from moked.exchange.models import Export
from moked.files.store import has_room
from moked.municipalities.models import Municipality

MADE_AT_ONCE_WITHIN = timedelta(minutes=10)
STRAY_FOR = timedelta(days=1)
MOST_IN_WORK = 3
FORGOTTEN_AT_ONCE = 500


class UnableToExport(Exception):
    """An export is not made; `code` is TOO_MANY_ROWS, TOO_MANY_IN_WORK or NO_ROOM."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchExport(Exception):
    """There is no such export of this person, or none that can be fetched; which of these is not said."""


class RightsTaken(Exception):
    """Whoever asked for the export has fewer rights by now than its rows were read with."""


def ask(
    *,
    town: Municipality,
    selection: Selection,
    kind: Format,
    language: str,
    words: Words,
    by: Actor,
    now: datetime,
    submission: str | None = None,
) -> Export:
    """Return a new export of the cases that `by` sees, or the one that this form has asked for before.

    With up to 1,000 cases it is ready when this returns; a larger one is made by the worker. Raises
    UnableToExport.
    """
    asked = Export.objects.of(by).filter(submission=submission).first() if submission else None
    if asked:
        return asked
    total = queries.selected(by, selection, town=town, now=now).order_by().count()
    _check(by, kind, total)
    columns = {"selection": selection.as_document(), "format": kind, "language": language, "total": total}
    export, is_new = _keep(town, columns, by, now, submission)
    while is_new and total <= AT_ONCE and export.is_in_work:
        advance(export_id=export.pk, step=export.step, words=words, now=now)
        export.refresh_from_db()
    return export


@dataclasses.dataclass(frozen=True)
class Fetched:
    """A finished export, opened; whoever gets it closes it. `name` is what it is to be called."""

    file: BinaryIO
    name: str
    kind: Format


def fetch(*, key: str, by: Actor, now: datetime) -> Fetched:
    """Open a finished export for who asked for it.

    Raises NoSuchExport, and RightsTaken when `by` may no longer see all that was read for them.
    """
    own = Export.objects.of(by).filter(key=key, state=State.READY, expires_at__gt=now)
    export = own.select_related("municipality").first()
    if export is None:
        raise NoSuchExport(key)
    if not by.has_any(SEES_CASES) or not still_covers(rights_of(by), export.rights):
        raise RightsTaken
    day = export.asked_at.astimezone(export.municipality.zone).date()
    try:
        opened = file_of(export).open("rb")
    except FileNotFoundError:
        raise NoSuchExport(key) from None
    return Fetched(opened, file_name(export.municipality.slug, day, export.format), Format(export.format))


def forget_expired(now: datetime) -> str:
    """Delete exports whose time is over with their files, and files that no export knows."""
    forgotten = 0
    while rows := list(Export.objects.filter(expires_at__lte=now).order_by("id")[:FORGOTTEN_AT_ONCE]):
        with transaction.atomic():
            Export.objects.filter(id__in=[row.pk for row in rows]).delete()
            for row in rows:
                transaction.on_commit(partial(store.remove, municipality_id=row.municipality_id, key=row.key))
        forgotten += len(rows)
    for municipality_id, key in store.written_before((now - STRAY_FOR).timestamp()):
        if not Export.objects.filter(municipality_id=municipality_id, key=key).exists():
            store.remove(municipality_id=municipality_id, key=key)
    return f"{forgotten} exports forgotten"


def _check(by: Actor, kind: Format, total: int) -> None:
    if kind == Format.XLSX and total > MOST_IN_WORKBOOK:
        raise UnableToExport("TOO_MANY_ROWS")
    if not has_room():
        raise UnableToExport("NO_ROOM")
    in_work = Export.objects.of(by).filter(state=State.ASKED, total__gt=AT_ONCE)
    if total > AT_ONCE and in_work.count() >= MOST_IN_WORK:
        raise UnableToExport("TOO_MANY_IN_WORK")


@transaction.atomic
def _keep(
    town: Municipality, columns: dict[str, Any], by: Actor, now: datetime, submission: str | None
) -> tuple[Export, bool]:
    is_large = columns["total"] > AT_ONCE
    columns |= {
        "municipality": town,
        "user_id": by.user_id,
        "asked_at": now,
        "expires_at": now + (KEPT_FOR if is_large else MADE_AT_ONCE_WITHIN),
    }
    export, is_new = (
        Export.objects.of(by).get_or_create(submission=submission, defaults=columns)
        if submission
        else (Export.objects.create(**columns), True)
    )
    if is_new:
        keep_record(export, "export.asked", {**export.selection, "rows": export.total}, now)
    if is_new and is_large:
        publish(ExportAdvanced(municipality_id=town.pk, export_id=export.pk, step=0), now=now)
    return export, is_new
