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
    """Return the resident with this e-mail address, else a new one; None when nothing was given.

    Only the address decides, since whatever we write goes there: whoever gives somebody else's gains nothing.
    A phone number proves nothing and is shared in households, so it never makes two people one; a person may.
    A known resident keeps the name already on record.
    """
    if details.is_anonymous:
        return None
    email = normalise_email(details.email)
    resident = _known_by(municipality_id, email)
    is_new = resident is None
    if resident is None:
        resident = Resident.objects.create(
            municipality_id=municipality_id, name=details.name, language=language, created_at=now
        )
    # Points it has already are passed over, and an address that somebody else took a moment ago.
    ContactPoint.objects.bulk_create(
        [
            ContactPoint(
                municipality_id=municipality_id,
                resident=resident,
                kind=kind,
                value=value,
                normalised=normalised,
            )
            for kind, value, normalised in _points(details)
        ],
        ignore_conflicts=True,
    )
    if is_new and (first := _known_by(municipality_id, email)) not in {None, resident}:
        resident.delete()
        return first
    return resident


def _known_by(municipality_id: int, email: str) -> Resident | None:
    if not email:
        return None
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised=email
    )
    point = points.select_related("resident").first()
    return point.resident if point else None


def _points(details: ContactDetails) -> list[tuple[ContactKind, str, str]]:
    offered = [
        (ContactKind.EMAIL, details.email, normalise_email(details.email)),
        (ContactKind.PHONE, details.phone, normalise_phone(details.phone)),
    ]
    return [point for point in offered if point[2]]
