"""Know residents again, or get to know them."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.base.rows import add, insert, new, new_ids
from moked.base.text import folded_words
from moked.residents.models import ContactPoint, NameKey, Resident
from moked.residents.queries import one_each
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
    is_somebody_else: bool = False,
) -> Resident | None:
    """Return the resident with this e-mail address, else a new one; None when nothing was given.

    It is called in a transaction. Only the address decides, since whatever we write goes there: whoever gives
    somebody else's gains nothing. Of several people with one address it is who is called exactly as was said;
    anybody else is new.
    A phone number proves nothing and is shared in households, so it never makes two people one; a person may:
    `known` is who somebody on the staff says it is, and then nothing else decides. With `is_somebody_else`
    they saw who has the address and say that it is nobody of these; a name is needed to tell them apart.
    A known resident keeps the name already on record. One who was merged into another is returned
    themselves, so that the merge can be undone.
    """
    if details.is_anonymous and known is None:
        return None
    email = normalise_email(details.email)
    having = _known_by(municipality_id, email) if email and not known else []
    is_told_by_name = len(one_each(having)) > 1 or bool(having and is_somebody_else and details.name)
    if is_told_by_name:
        having = _known_by_locked(municipality_id, email)
    resident = known or _meant(having, details.name, is_told_by_name)
    if resident:
        _add_points(resident, details)
        return resident
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
    # An address that somebody else took a moment ago is passed over.
    ContactPoint.objects.bulk_create(_points(resident, details, shares=bool(having)), ignore_conflicts=True)
    if email and not having:
        first = _with_email(municipality_id, email).filter(shares=False, retired_at__isnull=True)
        if (owner := first.values_list("resident_id", flat=True).get()) != resident.pk:
            resident.delete()
            return Resident.objects.get(pk=owner)
    return resident


def get_to_know(
    municipality_id: int,
    people: Sequence[tuple[ContactDetails, str]],
    now: datetime,
    shared: Collection[str] = (),
) -> list[Resident]:
    """Make new residents of details and languages, in bulk, for towns that nobody lives in yet.

    Whether any is known already is not looked up; `shared` are e-mail addresses, as compared, that others
    have too. Raises IntegrityError for any other that is taken.
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
        point
        for resident, (details, _) in zip(residents, people, strict=True)
        for point in _points(resident, details, shares=normalise_email(details.email) in shared)
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


def mark_verified(resident: Resident, email: str, now: datetime) -> None:
    """Note that somebody who reads the resident's mail at this address answered from it.

    What proves it is a secret that was sent to this very address and to no other, and came back: in a mail
    whose sender it is, or by pressing a button on a page whose link stood in that mail. Neither a sender
    alone does, which anybody can write, nor a secret alone that is shown elsewhere too, such as the link to a
    case; nor a program's answer, nor a page merely opened, which scanners do. It is a mark for colleagues and
    opens nothing by itself: who was forwarded the mail has the secret, and can write the sender.
    """
    points = ContactPoint.objects.filter(resident=resident, kind=ContactKind.EMAIL, retired_at__isnull=True)
    points.filter(normalised=normalise_email(email)).update(verified_at=now)


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


def _known_by(municipality_id: int, email: str) -> list[Resident]:
    """Return everybody with an address, who had it first in front."""
    points = _with_email(municipality_id, email).filter(retired_at__isnull=True)
    return [point.resident for point in points.select_related("resident").order_by("shares", "id")]


def _known_by_locked(municipality_id: int, email: str) -> list[Resident]:
    """Return everybody with an address that several have, once nobody else can become one of them."""
    list(_with_email(municipality_id, email).select_for_update().order_by("id"))
    return _known_by(municipality_id, email)


def _meant(having: Sequence[Resident], name: str, is_told_by_name: bool) -> Resident | None:
    if is_told_by_name:
        said = sorted(folded_words(name))
        having = [one for one in having if sorted(folded_words(one.name)) == said]
    return having[0] if having else None


def _with_email(municipality_id: int, email: str) -> QuerySet[ContactPoint]:
    """Return the contact points with an address, also those retired."""
    return ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised=email
    )


def _add_points(resident: Resident, details: ContactDetails) -> None:
    """Keep addresses of a known resident that are new, and use those again that were retired."""
    kept = {(one.kind, one.normalised): one for one in ContactPoint.objects.filter(resident=resident)}
    points = _points(resident, details, shares=True)
    if unknown := [one for one in points if (one.kind, one.normalised) not in kept]:
        ContactPoint.objects.bulk_create(unknown, ignore_conflicts=True)
    again = [
        kept[key].pk for one in points if (key := (one.kind, one.normalised)) in kept and kept[key].retired_at
    ]
    if again:
        ContactPoint.objects.filter(pk__in=again).update(retired_at=None, shares=True)


def _points(resident: Resident, details: ContactDetails, *, shares: bool) -> list[ContactPoint]:
    """Return the addresses that somebody left as contact points not yet stored."""
    return [
        new(
            ContactPoint,
            municipality_id=resident.municipality_id,
            resident_id=resident.pk,
            kind=kind,
            value=value,
            normalised=normalised,
            tail=phone_tail(normalised) if kind == ContactKind.PHONE else "",
            shares=shares and kind == ContactKind.EMAIL,
        )
        for kind, value, normalised in points_of(details)
    ]


def points_of(details: ContactDetails) -> list[tuple[ContactKind, str, str]]:
    """Return the addresses that somebody left: kind, as typed, and as compared."""
    offered = [
        (ContactKind.EMAIL, details.email, normalise_email(details.email)),
        (ContactKind.PHONE, details.phone, normalise_phone(details.phone)),
    ]
    return [point for point in offered if point[2]]
