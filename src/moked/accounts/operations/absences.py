"""Days on which colleagues are not there."""

from datetime import date, datetime

from django.db import transaction

from moked.accounts.models import Absence, Membership, User
from moked.accounts.rules import Actor
from moked.audit import operations as audit


class UnableToChangeAbsence(Exception):
    """A change was refused; `code` says why and the front door chooses the words.

    Codes: NOT_FOUND, UNKNOWN_PERSON, BACKWARDS, OVERLAPS.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def add_absence(*, user_id: int, first_day: date, last_day: date, by: Actor, now: datetime) -> Absence:
    """Note that somebody of the staff is not there from one day to another, both included.

    Raises UnableToChangeAbsence (UNKNOWN_PERSON, BACKWARDS, OVERLAPS).
    """
    here = Membership.objects.filter(municipality_id=by.municipality_id).values("user_id")
    # Locked, so that no two absences of one person come to overlap.
    user = User.objects.select_for_update(no_key=True).filter(id__in=here, id=user_id).first()
    if user is None:
        raise UnableToChangeAbsence("UNKNOWN_PERSON")
    if last_day < first_day:
        raise UnableToChangeAbsence("BACKWARDS")
    others = Absence.objects.filter(municipality_id=by.municipality_id, user=user)
    if others.filter(first_day__lte=last_day, last_day__gte=first_day).exists():
        raise UnableToChangeAbsence("OVERLAPS")
    absence = Absence.objects.create(
        municipality_id=by.municipality_id, user=user, first_day=first_day, last_day=last_day
    )
    _audit(absence, "absence.added", by, now)
    return absence


@transaction.atomic
def remove_absence(*, absence_id: int, by: Actor, now: datetime) -> None:
    """Take an absence back. Raises UnableToChangeAbsence (NOT_FOUND)."""
    rows = Absence.objects.select_for_update().filter(municipality_id=by.municipality_id)
    absence = rows.filter(id=absence_id).first()
    if absence is None:
        raise UnableToChangeAbsence("NOT_FOUND")
    _audit(absence, "absence.removed", by, now)
    absence.delete()


def _audit(absence: Absence, verb: str, by: Actor, now: datetime) -> None:
    days = {"first_day": absence.first_day.isoformat(), "last_day": absence.last_day.isoformat()}
    audit.record(
        municipality_id=by.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind="user",
        object_id=absence.user_id,
        after=days,
        now=now,
    )
