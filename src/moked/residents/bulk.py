"""Get to know many residents at once, for histories; and let go of those again."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from moked.base.references import referred_to
from moked.residents.models import ContactPoint, NameKey, Resident
from moked.residents.operations import ContactDetails, file_names, points
from moked.residents.rules import ContactKind, normalise_email, phone_tail


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody as a history tells of them, and when they were first heard of."""

    details: ContactDetails
    language: str
    at: datetime


def identify_many(municipality_id: int, people: Sequence[Person]) -> tuple[list[Resident | None], list[int]]:
    """Return the resident of each person, None for who left nothing, and the ids of those who are new.

    As with `identify` only an e-mail address makes two people one. Residents known already stay as they are:
    whatever a history adds to them could not be taken out again. Call it inside a transaction.
    """
    emails = {normalise_email(one.details.email) for one in people} - {""}
    known = _known(municipality_id, emails)
    new: list[tuple[Resident, Person]] = []
    found: list[Resident | None] = []
    for one in people:
        email = normalise_email(one.details.email)
        resident = known.get(email) if email else None
        if resident is None and not one.details.is_anonymous:
            resident = Resident(
                municipality_id=municipality_id,
                name=one.details.name,
                language=one.language,
                created_at=one.at,
            )
            new.append((resident, one))
            known |= {email: resident} if email else {}
        found.append(resident)
    Resident.objects.bulk_create([resident for resident, _ in new])
    _file(municipality_id, new)
    return found, [resident.pk for resident, _ in new]


def withdraw_residents(municipality_id: int, ids: Sequence[int]) -> int:
    """Delete residents whom a history brought and nobody refers to; return how many went."""
    own = (ContactPoint, NameKey)
    gone = set(ids) - referred_to(Resident, ids, but=own)
    for model in own:
        model.objects.filter(resident_id__in=gone).delete()
    return Resident.objects.filter(municipality_id=municipality_id, pk__in=gone).delete()[0]


def _known(municipality_id: int, emails: set[str]) -> dict[str, Resident]:
    rows = ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised__in=emails
    )
    return {row.normalised: row.resident for row in rows.select_related("resident")} if emails else {}


def _file(municipality_id: int, new: Sequence[tuple[Resident, Person]]) -> None:
    file_names([resident for resident, _ in new])
    ContactPoint.objects.bulk_create(
        [
            ContactPoint(
                municipality_id=municipality_id,
                resident=resident,
                kind=kind,
                value=value,
                normalised=normalised,
                tail=phone_tail(normalised) if kind == ContactKind.PHONE else "",
            )
            for resident, one in new
            for kind, value, normalised in points(one.details)
        ]
    )
