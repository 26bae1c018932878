"""Take cases of the past out again: only for undoing an import, since nobody else deletes cases."""

import dataclasses
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models, transaction

from moked.accounts.rules import ActorKind
from moked.base.references import referring
from moked.cases import events
from moked.cases.models import Answer, Case, CaseArea, CaseLabel, Change, Contact, Participant
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link

WRITTEN = (Contact, Change, Answer)
GOES_ALONG = (Participant, CaseArea, CaseLabel)


class UnableToWithdraw(Exception):
    """Not each of the cases is an imported one that nobody has worked on since."""


@dataclasses.dataclass(frozen=True)
class WorkedOn:
    """A case that is more than what was imported, and the table that shows it."""

    case_id: int
    number: str
    table: str


def worked_on(case_ids: Collection[int], *, since: datetime) -> list[WorkedOn]:
    """Return which cases people did anything about since a moment, by case, each with one table that says so.

    What the clock did by itself is no work. Rows that go along with a case when it is deleted (on_delete
    CASCADE) are part of it; rows of any other table that protects it are work.
    """
    found: dict[int, str] = {}
    for key in referring(Case):
        rows = key.model._default_manager.filter(**{f"{key.name}__in": list(case_ids)})
        if key.model in (Contact, Change):
            rows = rows.filter(at__gt=since)
            rows = rows.exclude(actor_kind=ActorKind.SYSTEM) if key.model is Change else rows
        elif key.model is Participant:
            rows = rows.filter(role=Participant.Role.FOLLOWER)
        elif key.model is Answer or _goes_along(key):
            continue
        for case_id in rows.values_list(key.attname, flat=True):
            found.setdefault(case_id, key.model._meta.object_name or "")
    numbers = dict(Case.objects.filter(pk__in=found).values_list("pk", "number"))
    return [WorkedOn(case_id, numbers[case_id] or "", found[case_id]) for case_id in sorted(found)]


def _goes_along(key: Any) -> bool:
    return key.remote_field.on_delete is models.CASCADE


@transaction.atomic
def withdraw_many(
    municipality_id: int, case_ids: Collection[int], *, imported_at: datetime, now: datetime
) -> int:
    """Delete imported cases with all their rows, and tell projections; return how many there were.

    Raises UnableToWithdraw when any is not imported, or was worked on since `imported_at`. Give a hundred or
    so at a time, so that it commits within 200 ms.
    """
    cases = Case.objects.filter(municipality_id=municipality_id, pk__in=list(case_ids))
    locked = list(cases.select_for_update().order_by("id").values_list("pk", "is_imported"))
    ids = [pk for pk, _ in locked]
    if not all(is_imported for _, is_imported in locked) or worked_on(ids, since=imported_at):
        raise UnableToWithdraw
    if not ids:
        return 0
    for model in WRITTEN:
        model._default_manager.filter(case_id__in=ids).delete()
    links.delete_many(purpose=Link.Purpose.TRACKING, object_ids=ids)
    Case.objects.filter(pk__in=ids).delete()
    publish(events.CasesWithdrawn(municipality_id=municipality_id, case_ids=tuple(ids)), now=now)
    return len(ids)
