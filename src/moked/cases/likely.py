"""Who may be the same person as a resident, and why. It is looked up, never compared with all."""

import dataclasses
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from moked.accounts.rules import Actor
from moked.base.text import bare, folded_words
from moked.cases.models import Case, Participant
from moked.cases.residents import findable_residents, may_read_contacts_of
from moked.residents import queries as residents
from moked.residents.models import Resident
from moked.residents.rules import ContactKind, Reason, compared_names, is_same_phone

MOST = 5
MOST_PARTS = 400


@dataclasses.dataclass(frozen=True)
class Likely:
    """Somebody who may be the same person, with the reasons, the strongest first."""

    resident: Resident
    reasons: tuple[Reason, ...]


def likely_same(actor: Actor, resident: Resident) -> list[Likely]:
    """Return who may be the same person as a resident, the likeliest first, among those the actor finds.

    The same e-mail address counts unless the names speak against it, the same phone number when the names are
    alike; the same name with a case at the same address or a number that ends alike. Only who could merge
    them is told. Those of whom somebody said that they are not the same are left out.
    """
    if not (actor.is_staff and actor.works_town_wide and may_read_contacts_of(actor, resident)):
        return []
    candidates: dict[int, tuple[Resident, set[Reason]]] = {}
    for mine, theirs in residents.sharing_points_with(resident):
        other = theirs.resident
        names = compared_names(folded_words(resident.name), folded_words(other.name))
        if mine.kind == ContactKind.EMAIL:
            why = Reason.SAME_EMAIL if names or not (resident.name and other.name) else None
        elif is_same_phone(mine.normalised, theirs.normalised):
            why = Reason.SAME_PHONE if names else None
        else:
            why = Reason.PHONE_ENDS_ALIKE if names == Reason.SAME_NAME else None
        if why:
            reasons = {why, names} if names else {why}
            candidates.setdefault(other.pk, (other, set()))[1].update(reasons)
    for other in _at_the_same_address(actor, resident):
        candidates.setdefault(other.pk, (other, set()))[1].update({Reason.SAME_NAME, Reason.SAME_ADDRESS})
    return _of_people(actor, resident, candidates) if candidates else []


def _at_the_same_address(actor: Actor, resident: Resident) -> list[Resident]:
    """Return residents of the same name who have a case where this one has one."""
    named = [
        one
        for one in residents.of_the_same_name(resident)
        if compared_names(folded_words(resident.name), folded_words(one.name)) == Reason.SAME_NAME
    ]
    others = {one.pk: one for one in named if (one.known_as_id or one.pk) != resident.pk}
    if not others:
        return []
    visible = Case.objects.visible_to(actor).exclude(address="").filter(id=OuterRef("case_id"))
    parts = Participant.objects.filter(Exists(visible))
    places = dict.fromkeys(map(bare, _addresses(parts.filter(resident__in=residents.rows_of([resident])))))
    if not places:
        return []
    rows = parts.filter(resident__in=list(others)).order_by("-id").values_list("resident_id", "case__address")
    return [others[pk] for pk in {pk for pk, address in rows[:MOST_PARTS] if bare(address) in places}]


def _addresses(parts: QuerySet[Participant]) -> Iterable[str]:
    return parts.order_by("-id").values_list("case__address", flat=True)[:MOST_PARTS]


def _of_people(
    actor: Actor, resident: Resident, candidates: dict[int, tuple[Resident, set[Reason]]]
) -> list[Likely]:
    seen = findable_residents(actor).filter(id__in=list(candidates)).select_related("known_as")
    apart = residents.kept_apart_from(resident)
    people: dict[int, tuple[Resident, set[Reason]]] = {}
    for row in seen:
        person = row.known_as or row
        if person.pk not in apart and person.pk != resident.pk:
            people.setdefault(person.pk, (person, set()))[1].update(candidates[row.pk][1])
    found = [Likely(person, tuple(one for one in Reason if one in why)) for person, why in people.values()]
    order = list(Reason)
    found.sort(key=lambda one: ([order.index(why) for why in one.reasons], -one.resident.pk))
    return found[:MOST]
