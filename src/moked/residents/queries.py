"""Find residents by what somebody says of themselves: phone number, e-mail address or name."""

import dataclasses
from collections.abc import Iterable

from django.db.models import QuerySet

from moked.base.text import clean_line, folded_words, has_unstorable
from moked.residents import rules
from moked.residents.models import ContactPoint, NameKey, Resident
from moked.residents.rules import ContactKind, normalise_email

MOST = 8
LEAST_LETTERS = 2
MOST_WORDS = 4
MOST_CANDIDATES = 100


@dataclasses.dataclass(frozen=True)
class Reach:
    """How a resident can be reached: the newest address of each kind, '' where there is none."""

    email: str = ""
    phone: str = ""


def find(among: QuerySet[Resident], municipality_id: int, text: str, *, most: int = MOST) -> list[Resident]:
    """Return the residents a phone number, an e-mail address or a name may mean, the likeliest first.

    `among` are those the one who asks may find. A number needs its last seven digits, an address has to be
    whole; of a name the beginning of any word does, with few typing errors.
    """
    text = "" if has_unstorable(text) else clean_line(text)
    among = among.filter(municipality_id=municipality_id)
    if "@" in text:
        return _by_email(among, municipality_id, text)[:most]
    if number := rules.normalise_phone(text):
        return _by_phone(among, municipality_id, number)[:most]
    typed = [word for word in folded_words(text) if not word.isdigit()][:MOST_WORDS]
    if not typed or max(map(len, typed)) < LEAST_LETTERS:
        return []
    return _by_name(among, municipality_id, typed, most)


def reach_of(residents: Iterable[Resident]) -> dict[int, Reach]:
    """Return how each of the residents can be reached, by id."""
    found: dict[int, dict[str, str]] = {one.pk: {} for one in residents}
    for point in ContactPoint.objects.filter(resident_id__in=found).order_by("id"):
        found[point.resident_id][point.kind] = point.value
    return {
        key: Reach(email=values.get(ContactKind.EMAIL, ""), phone=values.get(ContactKind.PHONE, ""))
        for key, values in found.items()
    }


def contact_points_of(resident: Resident) -> list[ContactPoint]:
    """Return every address and number of a resident, in the order they became known."""
    return list(ContactPoint.objects.filter(resident=resident).order_by("id"))


def _by_email(among: QuerySet[Resident], municipality_id: int, text: str) -> list[Resident]:
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised=rules.normalise_email(text)
    )
    return list(among.filter(id__in=points.values("resident_id")).order_by("-id"))


def _by_phone(among: QuerySet[Resident], municipality_id: int, number: str) -> list[Resident]:
    if len(number.lstrip("+")) < rules.TAIL:
        return []
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.PHONE, tail=rules.phone_tail(number)
    ).values_list("resident_id", "normalised")[:MOST_CANDIDATES]
    same = {resident_id for resident_id, kept in points if rules.is_same_phone(number, kept)}
    return list(among.filter(id__in=same).order_by("-id"))


def _by_name(among: QuerySet[Resident], municipality_id: int, typed: list[str], most: int) -> list[Resident]:
    """Look for names as they were typed; when these are few, for those meant by somebody who mistyped.

    Of one word a few more may be meant; somebody found by several words was not mistyped.
    """
    found = list(_beginning(among, municipality_id, typed)[:MOST_CANDIDATES])
    enough = most if len(typed) == 1 else 1
    if len(found) < enough and any(len(word) >= rules.WORD_WITH_ERRORS for word in typed):
        found += _despite_errors(among, municipality_id, typed)[:MOST_CANDIDATES]
    ranked = {one.pk: (rules.rank(typed, folded_words(one.name)), -one.pk, one) for one in found}
    best = sorted((rank, newest, one) for rank, newest, one in ranked.values() if rank is not None)
    return [one for _, _, one in best[:most]]


def _beginning(among: QuerySet[Resident], municipality_id: int, typed: list[str]) -> QuerySet[Resident]:
    for word in _telling(typed):
        key, _ = rules.name_keys(word)
        filed = NameKey.objects.filter(municipality_id=municipality_id, key=key, word__startswith=word)
        among = among.filter(id__in=filed.values("resident_id"))
    return among.order_by("-id")


def _despite_errors(among: QuerySet[Resident], municipality_id: int, typed: list[str]) -> QuerySet[Resident]:
    for word in _telling(typed):
        keys = rules.keys_despite_errors(word)
        filed = NameKey.objects.filter(municipality_id=municipality_id, key__in=keys)
        among = among.filter(id__in=filed.values("resident_id"))
    return among.order_by("-id")


def _telling(typed: list[str]) -> list[str]:
    """Return the words long enough to look up beginnings by; if none is, all, as whole names."""
    return [word for word in typed if len(word) >= rules.BEGINNING] or typed


def undeliverable(municipality_id: int, emails: Iterable[str]) -> set[str]:
    """Return which of these addresses, as compared, are known not to work."""
    asked = {normalise_email(one) for one in emails}
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id,
        kind=ContactKind.EMAIL,
        normalised__in=asked,
        undeliverable_at__isnull=False,
    )
    return set(points.values_list("normalised", flat=True))
