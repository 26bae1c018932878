"""Find residents by what somebody says of themselves: phone number, e-mail address or name."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from moked.base.text import clean_line, folded_words, has_unstorable
from moked.residents import rules
from moked.residents.models import ContactPoint, KeptApart, NameKey, Resident
from moked.residents.rules import ContactKind, normalise_email

MOST = 8
LEAST_LETTERS = 2
MOST_WORDS = 4
MOST_CANDIDATES = 100


@dataclasses.dataclass(frozen=True)
class Reach:
    """How a resident can be reached: of each kind the preferred address, else the newest that works; '' where
    there is none.
    """

    email: str = ""
    phone: str = ""


@dataclasses.dataclass(frozen=True)
class Point:
    """An address or number of somebody, as colleagues are shown it.

    With `is_shared` other people have the same e-mail address. One with `retired_at` is theirs no longer.
    """

    id: int
    kind: str
    value: str
    normalised: str
    is_verified: bool
    is_preferred: bool
    is_undeliverable: bool
    is_shared: bool
    retired_at: datetime | None


def one_each(found: Iterable[Resident]) -> list[int]:
    """Return the ids of the people that residents come to, in order, each once."""
    return list(dict.fromkeys(one.known_as_id or one.pk for one in found))


def rows_of(found: Iterable[Resident]) -> QuerySet[Resident]:
    """Return all residents who are the same people as these: themselves, and who was merged with them."""
    return rows_called(one_each(found))


def rows_called(people: Iterable[int]) -> QuerySet[Resident]:
    """Return all residents who are the people of these ids: themselves, and who was merged with them."""
    return Resident.objects.filter(Q(pk__in=people) | Q(known_as__in=people))


def find(among: QuerySet[Resident], municipality_id: int, text: str, *, most: int = MOST) -> list[Resident]:
    """Return the residents a phone number, an e-mail address or a name may mean, the likeliest first.

    `among` are those the one who asks may find. A number needs its last seven digits, an address has to be
    whole; of a name the beginning of any word does, with few typing errors. Residents merged into one are
    found as that one.
    """
    text = "" if has_unstorable(text) else clean_line(text)
    among = among.filter(municipality_id=municipality_id).select_related("known_as")
    if "@" in text:
        return _people(_by_email(among, municipality_id, text))[:most]
    if number := rules.normalise_phone(text):
        return _people(_by_phone(among, municipality_id, number))[:most]
    typed = [word for word in folded_words(text) if not word.isdigit()][:MOST_WORDS]
    if not typed or max(map(len, typed)) < LEAST_LETTERS:
        return []
    return _people(_by_name(among, municipality_id, typed, most))[:most]


def _people(found: Iterable[Resident]) -> list[Resident]:
    return list({one.pk: one for one in (one.known_as or one for one in found)}.values())


def reach_of(residents: Iterable[Resident]) -> dict[int, Reach]:
    """Return how each of the people can be reached, by id."""
    found: dict[int, dict[str, str]] = {one.pk: {} for one in residents}
    points = ContactPoint.objects.filter(resident__in=rows_of(residents), retired_at__isnull=True)
    rows = list(points.select_related("resident"))
    for point in sorted(rows, key=_how_good):
        found[point.resident.known_as_id or point.resident_id][point.kind] = point.value
    return {
        key: Reach(email=values.get(ContactKind.EMAIL, ""), phone=values.get(ContactKind.PHONE, ""))
        for key, values in found.items()
    }


def _how_good(point: ContactPoint) -> tuple[bool, bool, bool, int]:
    """Order the points of one person: one that works, preferred, of the resident who is spoken of, newest."""
    is_own = point.resident.known_as_id is None
    return point.undeliverable_at is None, point.is_preferred, point.is_preferred and is_own, point.pk


def contact_points_of(resident: Resident) -> list[Point]:
    """Return every address and number of a person, each once: in the order they became known, and after them
    those that are theirs no longer.
    """
    same: dict[tuple[str, str], list[ContactPoint]] = {}
    points = ContactPoint.objects.filter(resident__in=rows_of([resident])).order_by("id")
    for point in points.select_related("resident"):
        same.setdefault((point.kind, point.normalised), []).append(point)
    shared = _shared(resident, [normalised for kind, normalised in same if kind == ContactKind.EMAIL])
    preferred = max(
        (point for some in same.values() for point in some if point.is_preferred), key=_how_good, default=None
    )
    found = [_point(some, shared, preferred) for some in same.values()]
    return sorted(found, key=lambda one: one.retired_at is not None)


def _point(same: list[ContactPoint], shared: set[str], preferred: ContactPoint | None) -> Point:
    in_use = [one for one in same if one.retired_at is None]
    return Point(
        id=same[0].pk,
        kind=same[0].kind,
        value=same[0].value,
        normalised=same[0].normalised,
        is_verified=any(one.verified_at for one in in_use),
        is_preferred=preferred in same,
        is_undeliverable=any(one.undeliverable_at for one in in_use),
        is_shared=same[0].kind == ContactKind.EMAIL and same[0].normalised in shared,
        retired_at=None if in_use else max(one.retired_at for one in same if one.retired_at),
    )


def _shared(resident: Resident, emails: list[str]) -> set[str]:
    """Return which of the addresses somebody else has too."""
    if not emails:
        return set()
    points = ContactPoint.objects.filter(
        municipality_id=resident.municipality_id,
        kind=ContactKind.EMAIL,
        normalised__in=emails,
        retired_at__isnull=True,
    )
    return set(points.exclude(resident__in=rows_of([resident])).values_list("normalised", flat=True))


def at_the_addresses_of(resident_id: int | None) -> QuerySet[Resident]:
    """Return everybody who has an e-mail address of a resident, themselves too."""
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL)
    own = points.filter(resident=resident_id)
    same = points.filter(normalised__in=own.values("normalised"), municipality__in=own.values("municipality"))
    return Resident.objects.filter(id__in=same.values("resident"))


def people_at(municipality_id: int, email: str) -> set[int]:
    """Return the ids of the people who have an e-mail address, given as compared."""
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id, kind=ContactKind.EMAIL, normalised=email, retired_at__isnull=True
    )
    return set(one_each(point.resident for point in points.select_related("resident")))


def sharing_points_with(resident: Resident) -> list[tuple[ContactPoint, ContactPoint]]:
    """Return the newest addresses of others that may be one of this person's, each with that one.

    E-mail addresses are the same; phone numbers end in the same seven digits.
    """
    own = list(ContactPoint.objects.filter(resident__in=rows_of([resident]), retired_at__isnull=True))
    others = ContactPoint.objects.filter(municipality_id=resident.municipality_id, retired_at__isnull=True)
    others = others.exclude(resident__in=rows_of([resident])).select_related("resident").order_by("-id")
    found: list[ContactPoint] = []
    for kind, field in ((ContactKind.EMAIL, "normalised"), (ContactKind.PHONE, "tail")):
        values = {getattr(one, field) for one in own if one.kind == kind}
        if kind == ContactKind.PHONE:
            values = {value for value in values if len(value) == rules.TAIL}
        if values:
            found += others.filter(kind=kind, **{f"{field}__in": values})[:MOST_CANDIDATES]
    return [
        (mine, theirs)
        for theirs in found
        for mine in own
        if mine.kind == theirs.kind
        and (mine.tail == theirs.tail if mine.tail else mine.normalised == theirs.normalised)
    ]


def of_the_same_name(resident: Resident) -> QuerySet[Resident]:
    """Return residents in whose names stand all words of this one's, the newest hundred."""
    words = folded_words(resident.name)[:MOST_WORDS]
    others = Resident.objects.filter(municipality_id=resident.municipality_id)
    if not words:
        return others.none()
    for word in words:
        key, _ = rules.name_keys(word)
        filed = NameKey.objects.filter(
            municipality_id=resident.municipality_id, key=key, word=word[: rules.LONGEST_WORD]
        )
        others = others.filter(id__in=filed.values("resident_id"))
    return others.order_by("-id")[:MOST_CANDIDATES]


def kept_apart_from(resident: Resident) -> set[int]:
    """Return the people of whom somebody said that they are not this one."""
    mine = rows_of([resident]).values("id")
    pairs = KeptApart.objects.filter(Q(one__in=mine) | Q(other__in=mine)).select_related("one", "other")
    return set(one_each(one for pair in pairs for one in (pair.one, pair.other))) - {resident.pk}


def _by_email(among: QuerySet[Resident], municipality_id: int, text: str) -> list[Resident]:
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id,
        kind=ContactKind.EMAIL,
        normalised=rules.normalise_email(text),
        retired_at__isnull=True,
    )
    return list(among.filter(id__in=points.values("resident_id")).order_by("-id"))


def _by_phone(among: QuerySet[Resident], municipality_id: int, number: str) -> list[Resident]:
    if len(number.lstrip("+")) < rules.TAIL:
        return []
    points = ContactPoint.objects.filter(
        municipality_id=municipality_id,
        kind=ContactKind.PHONE,
        tail=rules.phone_tail(number),
        retired_at__isnull=True,
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
