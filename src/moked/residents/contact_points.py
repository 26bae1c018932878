"""Change how somebody can be reached, as a person on the staff says.

A person may be several residents merged into one: what they have alike is changed on all of them, what is new
is kept with the one they are known as.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.base.rows import add, new
from moked.residents.models import ContactPoint, Resident
from moked.residents.queries import rows_of
from moked.residents.refusals import UnableToChangeResident
from moked.residents.rules import ContactKind, normalise_email, normalise_phone, phone_tail

LONGEST = 254


@transaction.atomic
def add_point(*, resident: Resident, value: str, by: Actor, now: datetime) -> ContactPoint:
    """Add an e-mail address or phone number, or use one again that was retired.

    An e-mail address may be somebody else's too. Raises UnableToChangeResident.
    """
    kind, normalised = read(value)
    point = _of(resident).filter(kind=kind, normalised=normalised).order_by("id").first()
    if point is None:
        point = add(
            new(
                ContactPoint,
                municipality_id=resident.municipality_id,
                resident_id=resident.pk,
                kind=kind,
                value=value.strip(),
                normalised=normalised,
                tail=phone_tail(normalised) if kind == ContactKind.PHONE else "",
                shares=kind == ContactKind.EMAIL,
            )
        )
    elif point.retired_at:
        point.retired_at, point.shares = None, kind == ContactKind.EMAIL
        point.save(update_fields=["retired_at", "shares"])
    else:
        return point
    _record(resident, point, "added", by, now)
    return point


@transaction.atomic
def retire_point(*, resident: Resident, point_id: int, by: Actor, now: datetime) -> ContactPoint:
    """Note that an address is the person's no longer; nobody is found or known by it any more.

    Raises UnableToChangeResident.
    """
    point, same = _same(resident, point_id)
    if same.filter(retired_at__isnull=True).update(retired_at=now, is_preferred=False):
        _record(resident, point, "retired", by, now)
    return point


@transaction.atomic
def correct_point(
    *, resident: Resident, point_id: int, value: str, by: Actor, now: datetime
) -> tuple[ContactPoint, ContactPoint]:
    """Write an address anew that was noted wrong; return the wrong and the right one.

    The right one is preferred if the wrong one was. Raises UnableToChangeResident.
    """
    wrong, same = _same(resident, point_id)
    if read(value) == (wrong.kind, wrong.normalised):
        same.update(value=value.strip())
        _record(resident, wrong, "corrected", by, now)
        return wrong, wrong
    was_preferred = same.filter(is_preferred=True).exists()
    right = add_point(resident=resident, value=value, by=by, now=now)
    retire_point(resident=resident, point_id=wrong.pk, by=by, now=now)
    if was_preferred:
        prefer_point(resident=resident, point_id=right.pk, by=by, now=now)
    return wrong, right


@transaction.atomic
def prefer_point(*, resident: Resident, point_id: int, by: Actor, now: datetime) -> ContactPoint:
    """Let the town write or call to one address first, and no longer to the one before.

    Raises UnableToChangeResident.
    """
    point, same = _same(resident, point_id)
    chosen = same.filter(retired_at__isnull=True).order_by("id").first()
    if chosen is None:
        raise UnableToChangeResident("NOT_FOUND")
    if not chosen.is_preferred:
        _of(resident).filter(is_preferred=True).update(is_preferred=False)
        ContactPoint.objects.filter(pk=chosen.pk).update(is_preferred=True)
        _record(resident, chosen, "preferred", by, now)
    return point


def read(value: str) -> tuple[ContactKind, str]:
    """Return the kind of an address and the form it is compared in. Raises UnableToChangeResident."""
    if len(value.strip()) <= LONGEST:
        if "@" in value:
            return ContactKind.EMAIL, normalise_email(value)
        if number := normalise_phone(value):
            return ContactKind.PHONE, number
    raise UnableToChangeResident("BAD_VALUE")


def _of(resident: Resident) -> QuerySet[ContactPoint]:
    """Return the points of all that were merged into one person."""
    return ContactPoint.objects.filter(resident__in=rows_of([resident]))


def _same(resident: Resident, point_id: int) -> tuple[ContactPoint, QuerySet[ContactPoint]]:
    """Return a point of a person, and all rows that hold it."""
    point = _of(resident).filter(id=point_id).first()
    if point is None:
        raise UnableToChangeResident("NOT_FOUND")
    return point, _of(resident).filter(kind=point.kind, normalised=point.normalised)


def _record(resident: Resident, point: ContactPoint, what: str, by: Actor, now: datetime) -> None:
    audit.record(
        municipality_id=resident.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=f"resident.contact_{what}",
        object_kind="resident",
        object_id=resident.pk,
        after={"point": point.pk, "kind": point.kind},
        now=now,
    )
