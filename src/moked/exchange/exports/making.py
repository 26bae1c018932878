"""Make an export, step by step: each reads a few pages, writes them, and says how far it came.

Between two steps the worker does what else is due. A step that is done twice, or broken off, leaves no row
twice: the next one writes from where the last finished one ended.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import translation

from moked.accounts.queries import actor_for
from moked.accounts.rules import SEES_CASES, Actor, ActorKind
from moked.audit import operations as audit
from moked.base.transactions import in_transaction
from moked.events.operations import publish
from moked.events.subscribers import LeaseLost
from moked.exchange.exports import queries, store, timeline, writing
from moked.exchange.exports.events import ExportAdvanced
from moked.exchange.exports.rules import (
    CONTACTS,
    KEPT_FOR,
    Format,
    Selection,
    State,
    columns_for,
    rights_of,
)
from moked.exchange.exports.words import Spoken, Words
from moked.exchange.models import Export

STEP_ROWS = 2_000


class InTransaction(RuntimeError):
    """A step was about to be done inside a transaction, which would hold up every writer."""


def always() -> bool:
    """Say that the one who asks may go on: nobody else could be doing the same."""
    return True


def advance(
    *, export_id: int, step: int, words: Words, now: datetime, still_mine: Callable[[], bool] = always
) -> None:
    """Do one step of an export, outside any transaction; one that was done before is left alone.

    Rows are read with the rights its person has now. When these have changed since the step before, all
    begins anew; without a role that sees cases nothing is kept. `still_mine` is asked before anything is
    written; when it says no, LeaseLost is raised.
    """
    if in_transaction():
        raise InTransaction
    found = Export.objects.select_related("user", "municipality")
    export = found.filter(id=export_id, state=State.ASKED, step=step).first()
    if export is None:
        return
    actor = actor_for(export.user, export.municipality_id)
    if actor is None or not actor.has_any(SEES_CASES):
        _deny(export, now)
        return
    if export.rights != rights_of(actor):
        export.rights, export.last_case_id, export.rows, export.size = rights_of(actor), 0, 0, 0
    with translation.override(export.language):
        spoken = words.spoken()
    if _write_some(export, actor, spoken, still_mine):
        _finish(export, actor, spoken, now, still_mine)
    else:
        _go_on(export, now)


def file_of(export: Export) -> Path:
    """Return where the finished file of an export lies."""
    return _path(export, export.format.lower())


def keep_record(export: Export, verb: str, after: dict[str, Any], now: datetime) -> None:
    """Add what happened to an export to the audit trail, on behalf of who asked for it."""
    audit.record(
        municipality_id=export.municipality_id,
        actor_kind=ActorKind.STAFF,
        actor_id=export.user_id,
        verb=verb,
        object_kind="export",
        object_id=export.pk,
        after={"format": export.format, **after},
        now=now,
    )


def _write_some(export: Export, actor: Actor, words: Spoken, still_mine: Callable[[], bool]) -> bool:
    """Read and write the rows of one step; tell whether these were the last."""
    selection, town = Selection.from_document(export.selection), export.municipality
    cases = queries.selected(actor, selection, town=town, now=export.asked_at)
    rows: list[queries.Row] = []
    if export.size == 0 and export.format != Format.ZIP:
        rows.append(tuple(words.headers[column] for column in columns_for(actor)))
    read = 0
    while read < STEP_ROWS:
        page = queries.page(cases, after=export.last_case_id, most=queries.PAGE)
        if export.format == Format.ZIP:
            rows += timeline.lines_of(page, town)
        else:
            rows += queries.rows_of(page, actor, town=town, words=words, language=export.language)
        export.last_case_id = page[-1].pk if page else export.last_case_id
        read += len(page)
        if len(page) < queries.PAGE:
            break
    if not still_mine():
        raise LeaseLost
    export.size = store.append(_stage_of(export), _encoded(export, rows), at=export.size)
    export.rows += read
    return read < STEP_ROWS


def _encoded(export: Export, rows: list[queries.Row]) -> bytes:
    if export.format != Format.CSV:
        return writing.kept_lines(rows)
    mark = writing.BYTE_ORDER_MARK if export.size == 0 else b""
    return mark + writing.csv_lines(rows)


@transaction.atomic
def _go_on(export: Export, now: datetime) -> None:
    if _settle(export):
        next_step = ExportAdvanced(
            municipality_id=export.municipality_id, export_id=export.pk, step=export.step + 1
        )
        publish(next_step, now=now)


def _finish(
    export: Export, actor: Actor, words: Spoken, now: datetime, still_mine: Callable[[], bool]
) -> None:
    """Make the file what was asked for, and note that it is there."""
    columns, stage = columns_for(actor), _stage_of(export)
    if export.format != Format.CSV:
        part = _path(export, "part")
        if export.format == Format.ZIP:
            calendars = timeline.calendars_document(export.municipality)
            writing.write_bundle(part, stage, calendars=calendars)
            columns = ()
        else:
            writing.write_workbook(part, stage, columns=columns, sheet=words.sheet, language=export.language)
        if not still_mine():
            raise LeaseLost
        export.size = store.publish(part, file_of(export))
    _note_made(export, has_contacts=bool(CONTACTS & set(columns)), now=now)
    if stage != file_of(export):
        stage.unlink(missing_ok=True)


@transaction.atomic
def _note_made(export: Export, *, has_contacts: bool, now: datetime) -> None:
    if not _settle(export, state=State.READY, ready_at=now, expires_at=now + KEPT_FOR):
        return
    keep_record(export, "export.made", {"rows": export.rows, "contacts": has_contacts}, now)
    audit.note_access(
        municipality_id=export.municipality_id,
        actor_id=export.user_id,
        object_kind="export",
        object_id=export.pk,
        what="cases_exported",
        now=now,
    )


def _deny(export: Export, now: datetime) -> None:
    with transaction.atomic():
        if _settle(export, state=State.DENIED):
            keep_record(export, "export.denied", {}, now)
    store.remove(municipality_id=export.municipality_id, key=export.key)


def _settle(export: Export, **columns: Any) -> bool:
    """Keep how far the export came; False when somebody else has done this step."""
    mine = Export.objects.filter(pk=export.pk, state=State.ASKED, step=export.step)
    names = ("rights", "last_case_id", "rows", "size")
    reached = {name: getattr(export, name) for name in names}
    return bool(mine.update(step=export.step + 1, **reached, **columns))


def _stage_of(export: Export) -> Path:
    """Return the file that grows: of CSV the finished one itself, which nobody is given before its end."""
    return _path(export, "csv" if export.format == Format.CSV else "rows")


def _path(export: Export, kind: str) -> Path:
    return store.path(municipality_id=export.municipality_id, key=export.key, kind=kind)
