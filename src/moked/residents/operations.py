"""Know residents again, or get to know them."""

import dataclasses
from datetime import datetime

from moked.residents.models import ContactPoint, Resident
from moked.residents.rules import ContactKind, normalise_email, normalise_phone


@dataclasses.dataclass(frozen=True)
class ContactDetails:
    """What somebody says about themselves; everything may be empty, and then they stay anonymous."""

    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def is_anonymous(self) -> bool:
        """Neither an address nor a name was given."""
        return not (self.name or self.email or self.phone)


def identify(
    *, municipality_id: int, details: ContactDetails, language: str, now: datetime
) -> Resident | None:
    """Return the resident with one of these addresses, else a new one; None when nothing was given.

    A known resident keeps the name already on record. New addresses are added unless somebody else has them.
    """
    if details.is_anonymous:
        return None
    points = _points(details)
    known = (
        list(
            ContactPoint.objects.filter(
                municipality_id=municipality_id,
                # The kind too, although it decides nothing: the index has it before the address.
                kind__in=sorted({kind for kind, _, _ in points}),
                normalised__in=[normalised for _, _, normalised in points],
            ).select_related("resident")
        )
        if points
        else []
    )
    resident = _best(known)
    if resident is None:
        resident = Resident.objects.create(
            municipality_id=municipality_id, name=details.name, language=language, created_at=now
        )
    taken = {(point.kind, point.normalised) for point in known}
    ContactPoint.objects.bulk_create(
        [
            ContactPoint(
                municipality_id=municipality_id,
                resident=resident,
                kind=kind,
                value=value,
                normalised=normalised,
            )
            for kind, value, normalised in points
            if (kind, normalised) not in taken
        ],
        ignore_conflicts=True,
    )
    return resident


def _points(details: ContactDetails) -> list[tuple[ContactKind, str, str]]:
    offered = [
        (ContactKind.EMAIL, details.email, normalise_email(details.email)),
        (ContactKind.PHONE, details.phone, normalise_phone(details.phone)),
    ]
    return [point for point in offered if point[2]]


def _best(known: list[ContactPoint]) -> Resident | None:
    by_email = [point for point in known if point.kind == ContactKind.EMAIL]
    return next((point.resident for point in by_email + known), None)
