"""Publish calendars and targets."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from moked.accounts.models import Department
from moked.accounts.queries import with_all_above, with_all_below
from moked.audit import operations as audit
from moked.base.labels import Labels
from moked.catalogue.models import Service
from moked.events.operations import publish
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.revisions import operations as revisions
from moked.revisions.models import Revision
from moked.sla import calendars
from moked.sla.commitments import OWED, Kind
from moked.sla.events import CalendarPublished
from moked.sla.models import Calendar, Commitment
from moked.sla.models import Target as TargetRow
from moked.sla.rules import BadTarget, Target, due
from moked.sla.targets import Promise

CALENDAR_KIND = "calendar"
TARGET_KIND = "target"


class UnableToGive(Exception):
    """A calendar cannot be given to a department; `code` is RETIRED, or SERVICES for others that use it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
    department: Department | None = None,
) -> Calendar:
    """Publish a new revision of a calendar, making the calendar when it is new.

    What is open and counts by it is computed anew soon after; what is closed keeps the hours it had. With a
    department it is for the services of that one and of those below it only. Raises rules.TooFar when the
    hours do not suffice for a target that counts by them, UnableToGive.
    """
    calendar, is_new = Calendar.objects.select_for_update().get_or_create(
        municipality=municipality, code=code
    )
    if not is_new:
        _check_reach(hours, now, *_targets_by(calendar))
    if department and department.pk != calendar.department_id:
        _check_department(calendar, department)
    document: dict[str, Any] = {"name": dict(name), "hours": hours.as_document()}
    if department:
        document["department"] = department.code
    calendar.department = department
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
    promise: Promise,
    by_user_id: int | None,
    now: datetime,
    from_at: datetime | None = None,
) -> TargetRow:
    """Publish what is promised for a service; cases opened or changed to it from now on follow it.

    With `from_at` later than now they do so from then on; what was to begin later before is dropped. Raises
    BadTarget for a calendar or an area that the town does not have or a calendar of another department,
    TooFar when a calendar opens too rarely.
    """
    town = service.municipality
    named = _calendars_named(town, promise)
    check_owners(named.values(), service.department_id)
    _check_areas(town, promise)
    for terms in promise.all_terms:
        _check_reach(named[terms.calendar].hours, now, *terms.targets.values())
    is_later = from_at is not None and from_at > now
    calendar, document = named[promise.usual.calendar], promise.as_document()
    row = TargetRow.objects.select_for_update(of=("self",)).filter(service=service).first()
    if row is None:
        # Nothing was promised before: until it begins, nothing is.
        row = TargetRow(municipality=town, service=service, calendar=calendar)
        row.document = {"calendar": calendar.code}
        row.save()
    else:
        _put_in_force(row, now)
        if not is_later and row.upcoming is None and row.document == document:
            row.save()
            return row
    revision = _revision(town, TARGET_KIND, row.pk, document, by_user_id, now)
    if is_later:
        row.upcoming, row.upcoming_at = revision, from_at
    else:
        row.upcoming = row.upcoming_at = None
        _set_promise(row, promise, calendar, revision)
    row.save()
    _audit(town, "target.published", TARGET_KIND, row.pk, by_user_id, now, revision)
    return row


def begin_upcoming(now: datetime) -> str:
    """Copy what is promised from now on into the columns that lists read; cases follow it already."""
    begun = 0
    for pk in TargetRow.objects.filter(upcoming_at__lte=now).values_list("id", flat=True):
        with transaction.atomic():
            row = TargetRow.objects.select_for_update(of=("self",)).get(id=pk)
            begun += _put_in_force(row, now)
            row.save()
    return f"{begun} promises begun"


def _put_in_force(row: TargetRow, now: datetime) -> bool:
    if row.upcoming is None or row.upcoming_at is None or row.upcoming_at > now:
        return False
    promise = Promise.from_document(row.upcoming.document)
    calendar = Calendar.objects.get(municipality_id=row.municipality_id, code=promise.usual.calendar)
    _set_promise(row, promise, calendar, row.upcoming)
    row.upcoming = row.upcoming_at = None
    return True


def _set_promise(row: TargetRow, promise: Promise, calendar: Calendar, revision: Revision) -> None:
    row.calendar, row.document, row.revision = calendar, promise.as_document(), revision
    row.first_answer, row.resolution = (
        str(promise.usual.targets.get(kind, "")) for kind in (Kind.FIRST_ANSWER, Kind.RESOLUTION)
    )


def _calendars_named(town: Municipality, promise: Promise) -> dict[str, Calendar]:
    """Return the calendars in use that a promise counts by, locked, by code."""
    codes = {terms.calendar for terms in promise.all_terms}
    rows = Calendar.objects.select_for_update(of=("self",)).select_related("revision")
    named = {one.code: one for one in rows.filter(municipality=town, code__in=codes, is_retired=False)}
    for code in sorted(codes - named.keys()):
        raise BadTarget(_("There is no calendar “%(code)s” in use in this town.") % {"code": code})
    return named


def check_owners(named: Iterable[Calendar], department_id: int | None) -> None:
    """Raise BadTarget for a calendar that the services of a department may not count by."""
    for one in named:
        if one.department_id and one.department_id not in with_all_above(department_id, one.municipality_id):
            raise BadTarget(
                _("The calendar “%(code)s” is another department's. Choose one that this service may use.")
                % {"code": one.code}
            )


def _check_department(calendar: Calendar, department: Department) -> None:
    """Refuse a department that others than its own services would lose the calendar to."""
    if department.municipality_id != calendar.municipality_id or department.is_retired:
        raise UnableToGive("RETIRED")
    below = with_all_below({department.pk}, calendar.municipality_id)
    rows = TargetRow.objects.filter(municipality=calendar.municipality).select_related("upcoming", "service")
    for row in rows.exclude(service__department_id__in=below):
        if any(calendar.code == terms.calendar for one in _promises_in(row) for terms in one.all_terms):
            raise UnableToGive("SERVICES")


def _check_areas(town: Municipality, promise: Promise) -> None:
    areas = set(
        Area.objects.filter(municipality=town, is_retired=False).values_list("kind", "code")
        if any(one.area_kind for one in promise.exceptions)
        else ()
    )
    for one in promise.exceptions:
        for code in one.areas:
            if (one.area_kind, code) not in areas:
                raise BadTarget(_("There is no area “%(code)s” in use in this town.") % {"code": code})


@transaction.atomic
def retire_calendar(
    *, calendar_id: int, municipality: Municipality, by_user_id: int | None, now: datetime
) -> None:
    """Offer a calendar no longer. Raises UnableToRetire while a target or an open case counts by it."""
    calendar = _locked(calendar_id, municipality)
    if any(calendar.code in codes for codes in _codes_by_target(municipality)):
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


def _promises_of(municipality: Municipality) -> Iterator[Promise]:
    """Yield all that the town promises or will promise."""
    for row in TargetRow.objects.filter(municipality=municipality).select_related("upcoming"):
        yield from _promises_in(row)


def _promises_in(row: TargetRow) -> Iterator[Promise]:
    yield Promise.from_document(row.document)
    if row.upcoming:
        yield Promise.from_document(row.upcoming.document)


def _codes_by_target(municipality: Municipality) -> Iterator[set[str]]:
    return ({terms.calendar for terms in one.all_terms} for one in _promises_of(municipality))


def _targets_by(calendar: Calendar) -> list[Target]:
    return [
        target
        for promise in _promises_of(calendar.municipality)
        for terms in promise.all_terms
        if terms.calendar == calendar.code
        for target in terms.targets.values()
    ]


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
