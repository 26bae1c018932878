"""Two residents who turn out to be one person, or not to be.

Merging moves nothing: whatever hangs on a resident stays there, and reading follows `known_as`. So a merge is
undone by forgetting it, and no two rows can get in each other's way.
"""

from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.residents.models import KeptApart, Resident
from moked.residents.queries import rows_of
from moked.residents.refusals import UnableToChangeResident


@transaction.atomic
def merge(*, resident_id: int, into_id: int, by: Actor, now: datetime) -> list[int]:
    """Note that a resident is the same person as another; return the ids of those known otherwise now.

    Both are known as themselves until then, so that no circle can come about. Raises UnableToChangeResident.
    """
    if resident_id == into_id:
        raise UnableToChangeResident("SAME_RESIDENT")
    one, into = _both_locked(resident_id, into_id, by)
    if one.merged_into_id or into.merged_into_id:
        raise UnableToChangeResident("WRONG_STATE")
    changed = list(rows_of([one]).values_list("id", flat=True))
    Resident.objects.filter(id=one.pk).update(merged_into=into, known_as=into)
    Resident.objects.filter(known_as=one).update(known_as=into)
    _record(one, "merged", by, now, into.pk)
    return changed


@transaction.atomic
def unmerge(*, resident_id: int, by: Actor, now: datetime) -> list[int]:
    """Take a resident out of the one they were merged into, with all who were merged into them before.

    Return the ids of those known otherwise now. Raises UnableToChangeResident.
    """
    one = Resident.objects.filter(id=resident_id, municipality_id=by.municipality_id).first()
    if one is None:
        raise UnableToChangeResident("NOT_FOUND")
    rows = {row.pk: row for row in rows_of([one]).select_for_update(of=("self",)).order_by("id")}
    one = rows.get(one.pk)
    if one is None or one.merged_into_id is None:
        raise UnableToChangeResident("WRONG_STATE")
    left = one.merged_into_id
    changed = [one.pk]
    for pk in changed:
        changed += [row.pk for row in rows.values() if row.merged_into_id == pk]
    Resident.objects.filter(id=one.pk).update(merged_into=None, known_as=None)
    Resident.objects.filter(id__in=changed[1:]).update(known_as=one)
    _record(one, "unmerged", by, now, left)
    return changed


@transaction.atomic
def keep_apart(*, resident_id: int, other_id: int, by: Actor, now: datetime) -> None:
    """Note that two residents are not the same person, so that nobody is asked again.

    Raises UnableToChangeResident.
    """
    if resident_id == other_id:
        raise UnableToChangeResident("SAME_RESIDENT")
    one, other = sorted(_both_locked(resident_id, other_id, by), key=lambda row: row.pk)
    _, is_new = KeptApart.objects.get_or_create(
        one=one,
        other=other,
        defaults={"municipality_id": by.municipality_id, "by_id": by.user_id, "at": now},
    )
    if is_new:
        _record(one, "kept_apart", by, now, other.pk)


def _both_locked(first_id: int, second_id: int, by: Actor) -> tuple[Resident, Resident]:
    """Return two residents of the actor's town, locked in the order of their ids."""
    wanted = Resident.objects.filter(id__in=(first_id, second_id), municipality_id=by.municipality_id)
    found = {row.pk: row for row in wanted.select_for_update(of=("self",)).order_by("id")}
    if len(found) < 2:
        raise UnableToChangeResident("NOT_FOUND")
    return found[first_id], found[second_id]


def _record(resident: Resident, what: str, by: Actor, now: datetime, other_id: int) -> None:
    audit.record(
        municipality_id=resident.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=f"resident.{what}",
        object_kind="resident",
        object_id=resident.pk,
        after={"resident": other_id},
        now=now,
    )
