"""Know residents again, or get to know them."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.base.rows import add, insert, new, new_ids
from moked.base.text import folded_words
from moked.residents.models import ContactPoint, NameKey, Resident
from moked.residents.rules import (
    LONGEST_WORD,
    ContactKind,
    name_keys,
    normalise_email,
    normalise_phone,
    phone_tail,
)


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
    *,
    municipality_id: int,
    details: ContactDetails,
    language: str,
    now: datetime,
    known: Resident | None = None,
) -> Resident | None:
    """Return the resident with this e-mail address, else a new one; None when nothing was given.

    Only the address decides, since whatever we write goes there: whoever gives somebody else's gains nothing.
    A phone number proves nothing and is shared in households, so it never makes two people one; a person may:
    `known` is who somebody on the staff says it is, and then nothing else decides.
    A known resident keeps the name already on record.
    """
    if details.is_anonymous and known is None:
        return None
    email = normalise_email(details.email)
    resident = known or _known_by(municipality_id, email)
    is_new = resident is None
    if resident is None:
        resident = add(
            new(
                Resident,
                municipality_id=municipality_id,
                name=details.name,
                language=language,
                created_at=now,
            )
        )
        file_names([resident])
    # Points it has already are passed over, and an address that somebody else took a moment ago.
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
            for kind, value, normalised in points_of(details)
        ],
        ignore_conflicts=True,
    )
    if is_new and email:
        first = _with_email(municipality_id, email).values_list("resident_id", flat=True).get()
        if first != resident.pk:
            resident.delete()
            return Resident.objects.get(pk=first)
    return resident


def get_to_know(
    municipality_id: int, people: Sequence[tuple[ContactDetails, str]], now: datetime
) -> list[Resident]:
    """Make new residents of details and languages, in bulk, for towns that nobody lives in yet.

    Whether any is known already is not looked up. Raises IntegrityError for an e-mail address that is taken.
    """
    ids = new_ids(Resident)
    residents = [
        new(
            Resident,
            id=next(ids),
            municipality_id=municipality_id,
            name=details.name,
            language=language,
            created_at=now,
        )
        for details, language in people
    ]
    points = (
        new(
            ContactPoint,
            municipality_id=municipality_id,
            resident_id=resident.id,
            kind=kind,
            value=value,
            normalised=normalised,
            tail=phone_tail(normalised) if kind == ContactKind.PHONE else "",
        )
        for resident, (details, _) in zip(residents, people, strict=True)
        for kind, value, normalised in points_of(details)
    )
    with transaction.atomic():
        insert(residents)
        insert(points)
        file_names(residents)
    return residents


def mark_undeliverable(municipality_id: int, email: str, now: datetime) -> None:
    """Note that there is no such address, as far as a mail server knows."""
    points = _with_email(municipality_id, normalise_email(email))
    points.filter(undeliverable_at__isnull=True).update(undeliverable_at=now)


def mark_deliverable(municipality_id: int, email: str) -> None:
    """Note that an address works: somebody wrote from it."""
    points = _with_email(municipality_id, normalise_email(email))
    points.filter(undeliverable_at__isnull=False).update(undeliverable_at=None)


def note_contacts_shown(*, resident: Resident, by: Actor, now: datetime) -> None:
    """Note in the access log that a member of staff reads how the resident can be reached."""
    assert by.user_id is not None  # noqa: S101 - only staff are shown anything
    audit.note_access(
        municipality_id=resident.municipality_id,
        actor_id=by.user_id,
        object_kind="resident",
        object_id=resident.pk,
        what="CONTACTS",
        now=now,
    )


def file_names(residents: Iterable[Resident]) -> None:
    """File new residents under the words of their names, so that they are found by them."""
    insert(_name_keys(residents))


def _name_keys(residents: Iterable[Resident]) -> list[NameKey]:
    return [
        new(NameKey, municipality_id=one.municipality_id, resident_id=one.pk, key=key, word=word)
        for one in residents
        for word in sorted({word[:LONGEST_WORD] for word in folded_words(one.name)})
        for key in name_keys(word)
    ]


def _known_by(municipality_id: int, email: str) -> Resident | None:
    points = _with_email(municipality_id, email).select_related("resident") if email else ()
    return next((point.resident for point in points), None)


def _with_email(municipality_id: int, email: str) -> QuerySet[ContactPoint]:
    """Return the one contact point with an address, if there is one."""
    return ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised=email
    )


def points_of(details: ContactDetails) -> list[tuple[ContactKind, str, str]]:
    """Return the addresses that somebody left: kind, as typed, and as compared."""
    offered = [
        (ContactKind.EMAIL, details.email, normalise_email(details.email)),
        (ContactKind.PHONE, details.phone, normalise_phone(details.phone)),
    ]
    return [point for point in offered if point[2]]
