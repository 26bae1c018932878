"""Get to know many residents at once, for histories; and let go of those again."""

from collections.abc import Sequence
from datetime import datetime

from moked.base.references import referred_to
from moked.residents.models import ContactPoint, NameKey, Resident
from moked.residents.operations import ContactDetails, get_to_know
from moked.residents.rules import ContactKind, normalise_email


def identify_many(
    municipality_id: int, people: Sequence[tuple[ContactDetails, str]], now: datetime
) -> tuple[list[Resident | None], list[int]]:
    """Return the resident of each, from details and language, and the ids of those who are new.

    Who left nothing is None. As with `identify` only an e-mail address makes two people one. Residents known
    already stay as they are: whatever a history added to them could not be taken out again.
    """
    emails = [normalise_email(details.email) for details, _ in people]
    known = _known(municipality_id, set(emails) - {""})
    first_with = {email: at for at, email in reversed(list(enumerate(emails))) if email}
    new_at = [
        at
        for at, ((details, _), email) in enumerate(zip(people, emails, strict=True))
        if not details.is_anonymous and email not in known and first_with.get(email, at) == at
    ]
    new = dict(zip(new_at, get_to_know(municipality_id, [people[at] for at in new_at], now), strict=True))
    found = [known.get(email) or new.get(first_with.get(email, at)) for at, email in enumerate(emails)]
    return found, [resident.pk for resident in new.values()]


def withdraw_residents(municipality_id: int, ids: Sequence[int]) -> int:
    """Delete residents whom a history brought and nobody refers to; return how many went."""
    own = (ContactPoint, NameKey)
    gone = set(ids) - referred_to(Resident, ids, but=own)
    for model in own:
        model._default_manager.filter(resident_id__in=gone).delete()
    Resident.objects.filter(municipality_id=municipality_id, pk__in=gone).delete()
    return len(gone)


def _known(municipality_id: int, emails: set[str]) -> dict[str, Resident]:
    rows = ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised__in=emails
    )
    return {row.normalised: row.resident for row in rows.select_related("resident")} if emails else {}
