"""Publish calendars and targets."""

from datetime import datetime
from typing import Any

from django.db import transaction

from moked.audit import operations as audit
from moked.base.labels import Labels
from moked.catalogue.models import Service
from moked.events.operations import publish
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.models import Revision
from moked.sla import calendars
from moked.sla.commitments import OWED
from moked.sla.events import CalendarPublished
from moked.sla.models import Calendar, Commitment
from moked.sla.models import Target as TargetRow
from moked.sla.rules import BadTarget, Target, due

CALENDAR_KIND = "calendar"
TARGET_KIND = "target"


class UnableToRetire(Exception):
    """A calendar in use cannot be retired; `code` is TARGETS or COMMITMENTS, for what counts by it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def publish_calendar(
    *,
    municipality: Municipality,
    code: str,
    name: Labels,
    hours: calendars.Calendar,
    by_user_id: int | None,
    now: datetime,
) -> Calendar:
    """Publish a new revision of a calendar, making the calendar when it is new.

    What is open and counts by it is computed anew soon after; what is closed keeps the hours it had.
    Raises rules.TooFar when the hours do not suffice for a target that counts by them.
    """
    calendar, is_new = Calendar.objects.select_for_update().get_or_create(
        municipality=municipality, code=code
    )
    if not is_new:
        _check_reach(hours, now, *_targets_by(calendar))
    document = {"name": dict(name), "hours": hours.as_document()}
    calendar.revision = _revision(municipality, CALENDAR_KIND, calendar.pk, document, by_user_id, now)
    calendar.name = dict(name)
    calendar.save()
    _audit(municipality, "calendar.published", CALENDAR_KIND, calendar.pk, by_user_id, now, calendar.revision)
    if not is_new:
        _tell_worker(calendar, calendar.revision, now)
    return calendar


@transaction.atomic
def publish_target(
    *,
    service: Service,
    calendar: Calendar,
    first_answer: str,
    resolution: str,
    by_user_id: int | None,
    now: datetime,
) -> TargetRow:
    """Publish what is promised for a service; cases opened or changed to it from now on follow it.

    '' promises nothing. Raises rules.BadTarget, or rules.TooFar when the calendar opens too rarely for it.
    """
    calendar = Calendar.objects.select_for_update(of=("self",)).select_related("revision").get(pk=calendar.pk)
    if calendar.municipality_id != service.municipality_id or calendar.is_retired:
        raise BadTarget(f"There is no calendar {calendar.code!r} in use in this town.")
    _check_reach(calendar.hours, now, *(Target.read(text) for text in (first_answer, resolution) if text))
    row, _ = TargetRow.objects.select_for_update(of=("self",)).get_or_create(
        service=service, defaults={"municipality_id": service.municipality_id, "calendar": calendar}
    )
    document = {"calendar": calendar.code, "first_answer": first_answer, "resolution": resolution}
    row.calendar, row.first_answer, row.resolution = calendar, first_answer, resolution
    row.revision = _revision(service.municipality, TARGET_KIND, row.pk, document, by_user_id, now)
    row.save()
    _audit(service.municipality, "target.published", TARGET_KIND, row.pk, by_user_id, now, row.revision)
    return row


@transaction.atomic
def retire_calendar(
    *, calendar_id: int, municipality: Municipality, by_user_id: int | None, now: datetime
) -> None:
    """Offer a calendar no longer. Raises UnableToRetire while a target or an open case counts by it."""
    calendar = _locked(calendar_id, municipality)
    if TargetRow.objects.filter(calendar=calendar).exists():
        raise UnableToRetire("TARGETS")
    owed = Commitment.objects.filter(calendar=calendar, is_current=True, met_at__isnull=True)
    if owed.filter(state__in=OWED).exists():
        raise UnableToRetire("COMMITMENTS")
    _set_retired(calendar, True, by_user_id, now)


@transaction.atomic
def restore_calendar(
    *, calendar_id: int, municipality: Municipality, by_user_id: int | None, now: datetime
) -> None:
    """Offer a retired calendar again."""
    _set_retired(_locked(calendar_id, municipality), False, by_user_id, now)


def _tell_worker(calendar: Calendar, revision: Revision, now: datetime) -> None:
    """Have what is open computed anew."""
    event = CalendarPublished(
        municipality_id=calendar.municipality_id, calendar_id=calendar.pk, revision_id=revision.pk
    )
    publish(event, now=now)


def _locked(calendar_id: int, municipality: Municipality) -> Calendar:
    return (
        Calendar.objects.select_for_update(of=("self",))
        .select_related("municipality", "revision")
        .get(id=calendar_id, municipality=municipality)
    )


def _set_retired(calendar: Calendar, is_retired: bool, by_user_id: int | None, now: datetime) -> None:
    if calendar.is_retired == is_retired:
        return
    calendar.is_retired = is_retired
    calendar.save(update_fields=["is_retired"])
    verb = "calendar.retired" if is_retired else "calendar.restored"
    _audit(calendar.municipality, verb, CALENDAR_KIND, calendar.pk, by_user_id, now, calendar.revision)


def _targets_by(calendar: Calendar) -> list[Target]:
    rows = TargetRow.objects.filter(calendar=calendar).values_list("first_answer", "resolution")
    return [Target.read(text) for row in rows for text in row if text]


def _check_reach(hours: calendars.Calendar, now: datetime, *targets: Target) -> None:
    for target in set(targets):
        due(hours, now, target)


def _revision(
    municipality: Municipality,
    kind: str,
    object_id: int,
    document: dict[str, Any],
    by_user_id: int | None,
    now: datetime,
) -> Revision:
    return revisions.publish(
        municipality_id=municipality.pk,
        kind=kind,
        object_id=object_id,
        document=document,
        author_id=by_user_id,
        now=now,
    )


def _audit(
    municipality: Municipality,
    verb: str,
    kind: str,
    object_id: int,
    by_user_id: int | None,
    now: datetime,
    revision: Revision | None,
) -> None:
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=verb,
        object_kind=kind,
        object_id=object_id,
        after={"revision": revision.number if revision else None},
        now=now,
    )
