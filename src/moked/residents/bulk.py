"""Get to know many residents at once, for histories; and let go of those again."""

from collections.abc import Collection, Sequence
from datetime import datetime

from moked.base.references import referred_to
from moked.base.text import folded_words
from moked.residents.models import ContactPoint, KeptApart, NameKey, Resident
from moked.residents.operations import ContactDetails, get_to_know
from moked.residents.queries import one_each
from moked.residents.rules import ContactKind, normalise_email


def identify_many(
    municipality_id: int, people: Sequence[tuple[ContactDetails, str]], now: datetime
) -> tuple[list[Resident | None], list[int]]:
    """Return the resident of each, from details and language, and the ids of those who are new.

    Who left nothing is None. As with `identify` only an e-mail address makes two people one, and of several
    who have one the name. Residents known already stay as they are: whatever a history added to them could
    not be taken out again.
    """
    known, shared = _known(municipality_id, {normalise_email(details.email) for details, _ in people} - {""})
    keys = [_key(details, shared) for details, _ in people]
    first_with = {key: at for at, key in reversed(list(enumerate(keys))) if key[0]}
    new_at = [
        at
        for at, ((details, _), key) in enumerate(zip(people, keys, strict=True))
        if not details.is_anonymous and key not in known and first_with.get(key, at) == at
    ]
    made = get_to_know(municipality_id, [people[at] for at in new_at], now, shared)
    new = dict(zip(new_at, made, strict=True))
    found = [known.get(key) or new.get(first_with.get(key, at)) for at, key in enumerate(keys)]
    return found, [resident.pk for resident in new.values()]


def withdraw_residents(municipality_id: int, ids: Sequence[int]) -> int:
    """Delete residents whom a history brought and nobody refers to; return how many went."""
    own = (ContactPoint, NameKey)
    gone = set(ids) - referred_to(Resident, ids, but=(*own, KeptApart))
    for model in own:
        model._default_manager.filter(resident_id__in=gone).delete()
    Resident.objects.filter(municipality_id=municipality_id, pk__in=gone).delete()
    return len(gone)


Key = tuple[str, tuple[str, ...]]


def _key(details: ContactDetails, shared: Collection[str]) -> Key:
    """Return by what somebody is known: the e-mail address, and where several people have it the name."""
    email = normalise_email(details.email)
    return email, tuple(sorted(folded_words(details.name))) if email in shared else ()


def _known(municipality_id: int, emails: set[str]) -> tuple[dict[Key, Resident], set[str]]:
    """Return who is known by which key, and which of the addresses several people have."""
    if not emails:
        return {}, set()
    rows = ContactPoint.objects.filter(
        municipality_id=municipality_id,
        kind=ContactKind.EMAIL,
        normalised__in=emails,
        retired_at__isnull=True,
    )
    having: dict[str, list[Resident]] = {}
    for row in rows.select_related("resident").order_by("shares", "id"):
        having.setdefault(row.normalised, []).append(row.resident)
    shared = {email for email, those in having.items() if len(one_each(those)) > 1}
    known: dict[Key, Resident] = {}
    for email, those in having.items():
        for one in those:
            known.setdefault(_key(ContactDetails(name=one.name, email=email), shared), one)
    return known, shared
